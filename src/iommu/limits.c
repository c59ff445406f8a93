/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "iommu/limits.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

struct user {
	struct user *next;
	uid_t uid;
	unsigned references;
	_Atomic uint64_t used[LIMIT_COUNT];
};

static const uint64_t limits[LIMIT_COUNT] = {
	[LIMIT_CONTEXTS] = 4096,
	[LIMIT_OBJECTS] = 65536,
	[LIMIT_AREAS] = UINT64_C(1) << 20,
	[LIMIT_MEMORIES] = 512,
	[LIMIT_FILES] = 1024,
	[LIMIT_FILE_PAGES] = (UINT64_C(16) << 40) / 4096,
	[LIMIT_DIRTY] = 262144,
	[LIMIT_CALLS] = 48,
};

static struct user *users;
static pthread_mutex_t users_lock = PTHREAD_MUTEX_INITIALIZER;

struct user *
user_get(uid_t uid)
{
	struct user *user;

	pthread_mutex_lock(&users_lock);
	for (user = users; user && user->uid != uid; user = user->next)
		;
	if (!user) {
		user = calloc(1, sizeof(*user));
		if (user) {
			user->uid = uid;
			user->next = users;
			users = user;
		}
	}
	if (user)
		user->references++;
	pthread_mutex_unlock(&users_lock);
	return user;
}

void
user_put(struct user *user)
{
	pthread_mutex_lock(&users_lock);
	if (--user->references == 0) {
		struct user **at = &users;

		while (*at != user)
			at = &(*at)->next;
		*at = user->next;
		free(user);
	}
	pthread_mutex_unlock(&users_lock);
}

uid_t
user_id(const struct user *user)
{
	return user->uid;
}

bool
user_take(struct user *user, enum limited limited, uint64_t amount)
{
	uint64_t used = atomic_load_explicit(&user->used[limited], memory_order_relaxed);

	do {
		if (amount > limits[limited] - used)
			return false;
	} while (!atomic_compare_exchange_weak_explicit(&user->used[limited], &used, used + amount,
							memory_order_relaxed,
							memory_order_relaxed));
	return true;
}

void
user_give(struct user *user, enum limited limited, uint64_t amount)
{
	atomic_fetch_sub_explicit(&user->used[limited], amount, memory_order_relaxed);
}

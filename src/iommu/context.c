/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "iommu/context.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

struct iommu_context *
iommu_context_new(uid_t uid)
{
	struct iommu_context *context = calloc(1, sizeof(*context));

	if (!context)
		return NULL;
	context->user = user_get(uid);
	if (!context->user)
		goto no_user;
	if (!user_take(context->user, LIMIT_CONTEXTS, 1))
		goto too_many;
	atomic_init(&context->references, 1);
	objects_init(&context->objects, context->user);
	pthread_mutex_init(&context->lock, NULL);
	return context;
too_many:
	user_put(context->user);
no_user:
	free(context);
	return NULL;
}

struct iommu_context *
iommu_context_get(struct iommu_context *context)
{
	atomic_fetch_add(&context->references, 1);
	return context;
}

void
iommu_context_put(struct iommu_context *context)
{
	if (atomic_fetch_sub(&context->references, 1) != 1)
		return;
	if (context->compat)
		object_put(context->compat);
	objects_destroy(&context->objects);
	for (unsigned i = 0; i < CONTEXT_MEMORIES; i++)
		if (context->memory[i])
			client_memory_put(context->memory[i]);
	for (unsigned i = 0; i < context->files; i++)
		client_file_put(context->file[i]);
	free(context->file);
	pthread_mutex_destroy(&context->lock);
	user_give(context->user, LIMIT_CONTEXTS, 1);
	user_put(context->user);
	free(context);
}

/* Lock held. Also forgets those that have come to an end: nothing new may be mapped there. */
static struct client_memory *
find_memory(struct iommu_context *context, pid_t process)
{
	for (unsigned i = 0; i < CONTEXT_MEMORIES; i++) {
		struct client_memory *memory = context->memory[i];

		if (!memory || client_memory_process(memory) != process)
			continue;
		if (client_memory_alive(memory))
			return client_memory_get(memory);
		context->memory[i] = NULL;
		client_memory_put(memory);
	}
	return NULL;
}

/* Lock held. Without room for it the next mapping of that process opens it again. */
static void
keep_memory(struct iommu_context *context, struct client_memory *memory)
{
	unsigned i = 0;

	while (i < CONTEXT_MEMORIES && context->memory[i] &&
	       !client_memory_is_last(context->memory[i]) &&
	       client_memory_alive(context->memory[i]))
		i++;
	if (i == CONTEXT_MEMORIES)
		return;
	if (context->memory[i])
		client_memory_put(context->memory[i]);
	context->memory[i] = client_memory_get(memory);
}

static void
memory_gone(void *arg)
{
	user_give(arg, LIMIT_MEMORIES, 1);
}

static int
open_memory(struct iommu_context *context, struct caller *caller, pid_t process,
	    struct client_memory **memory)
{
	int fd;

	if (!user_take(context->user, LIMIT_MEMORIES, 1))
		return -ENOMEM;
	fd = caller->open_memory(caller);
	*memory = fd < 0 ? NULL : client_memory_new(fd, process, memory_gone, context->user);
	if (*memory)
		return 0;
	user_give(context->user, LIMIT_MEMORIES, 1);
	return fd >= 0 || fd == -ENOMEM || fd == -EMFILE || fd == -ENFILE ? -ENOMEM : -EFAULT;
}

int
context_memory(struct iommu_context *context, struct caller *caller, struct client_memory **memory)
{
	pid_t process = caller->process(caller);
	int error;

	if (process < 0)
		return -EFAULT;
	pthread_mutex_lock(&context->lock);
	*memory = find_memory(context, process);
	pthread_mutex_unlock(&context->lock);
	if (*memory)
		return 0;
	error = open_memory(context, caller, process, memory);
	if (error)
		return error;
	pthread_mutex_lock(&context->lock);
	keep_memory(context, *memory);
	pthread_mutex_unlock(&context->lock);
	return 0;
}

static uint64_t
pages(uint64_t size)
{
	return size / 4096 + (size % 4096 != 0);
}

static void
file_gone(void *arg, uint64_t size)
{
	user_give(arg, LIMIT_FILES, 1);
	user_give(arg, LIMIT_FILE_PAGES, pages(size));
}

/* Lock held. Also forgets mappings of an earlier state of the file. */
static struct client_file *
find_file(struct iommu_context *context, const struct client_file_id *id)
{
	for (unsigned i = 0; i < context->files; i++) {
		struct client_file *file = context->file[i];

		if (!client_file_is(file, id))
			continue;
		if (client_file_covers(file, id))
			return client_file_get(file);
		context->file[i] = context->file[--context->files];
		client_file_put(file);
		return NULL;
	}
	return NULL;
}

static int
map_file(struct iommu_context *context, int fd, const struct client_file_id *id,
	 struct client_file **file)
{
	int error;

	if (!user_take(context->user, LIMIT_FILES, 1))
		return -ENOMEM;
	error = user_take(context->user, LIMIT_FILE_PAGES, pages(id->size)) ? 0 : -ENOMEM;
	if (!error) {
		error = client_file_new(fd, id, file_gone, context->user, file);
		if (!error)
			return 0;
		user_give(context->user, LIMIT_FILE_PAGES, pages(id->size));
	}
	user_give(context->user, LIMIT_FILES, 1);
	return error;
}

/* Lock held. */
static int
keep_file(struct iommu_context *context, struct client_file *file)
{
	if (!context->file) {
		context->file = reallocarray(NULL, CONTEXT_FILES, sizeof(struct client_file *));
		if (!context->file)
			return -ENOMEM;
	}
	if (context->files == CONTEXT_FILES)
		return -ENOMEM;
	context->file[context->files++] = client_file_get(file);
	return 0;
}

void
context_trim(struct iommu_context *context)
{
	pthread_mutex_lock(&context->lock);
	for (unsigned i = 0; i < context->files;) {
		struct client_file *file = context->file[i];

		if (!client_file_is_last(file)) {
			i++;
			continue;
		}
		context->file[i] = context->file[--context->files];
		client_file_put(file);
	}
	pthread_mutex_unlock(&context->lock);
}

int
context_file(struct iommu_context *context, struct caller *caller, int theirs, bool write,
	     struct client_file **file)
{
	int fd = caller->take_memory_file(caller, theirs), error;
	struct client_file_id id;

	if (fd < 0)
		return fd == -EMFILE || fd == -ENFILE ? -ENOMEM : fd;
	error = client_file_identify(fd, &id);
	if (!error && write && !id.writable)
		error = -EPERM;
	if (!error) {
		pthread_mutex_lock(&context->lock);
		*file = find_file(context, &id);
		if (!*file) {
			error = map_file(context, fd, &id, file);
			if (!error) {
				error = keep_file(context, *file);
				if (error)
					client_file_put(*file);
			}
		}
		pthread_mutex_unlock(&context->lock);
	}
	close(fd);
	return error;
}

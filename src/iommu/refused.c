/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "iommu/refused.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "iommu/iommu.h"

struct refused {
	struct refused *next;
	dev_t device;
};

static struct refused *list;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

int
iommu_refuse_device(dev_t device)
{
	struct refused *refused = malloc(sizeof(*refused));

	if (!refused)
		return -ENOMEM;
	refused->device = device;
	pthread_mutex_lock(&lock);
	refused->next = list;
	list = refused;
	pthread_mutex_unlock(&lock);
	return 0;
}

void
iommu_accept_device(dev_t device)
{
	struct refused *refused = NULL;

	pthread_mutex_lock(&lock);
	for (struct refused **at = &list; *at; at = &(*at)->next)
		if ((*at)->device == device) {
			refused = *at;
			*at = refused->next;
			break;
		}
	pthread_mutex_unlock(&lock);
	free(refused);
}

static bool
is_refused(dev_t device)
{
	const struct refused *refused;

	pthread_mutex_lock(&lock);
	for (refused = list; refused && refused->device != device; refused = refused->next)
		;
	pthread_mutex_unlock(&lock);
	return refused;
}

client_memory_refused *
refused_filter(void)
{
	bool any;

	pthread_mutex_lock(&lock);
	any = list;
	pthread_mutex_unlock(&lock);
	return any ? is_refused : NULL;
}

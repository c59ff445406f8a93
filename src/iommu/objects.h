/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A context's numbered objects. Ids start at 1, the lowest free one is given out, 31 bits. An object is
 * in the table until it is destroyed; its memory stays as long as somebody has a reference. What is held
 * by another object or a device can't be destroyed.
 */
#ifndef IOMMU_OBJECTS_H
#define IOMMU_OBJECTS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "iommu/limits.h"

enum object_kind { OBJECT_IOAS, OBJECT_HWPT, OBJECT_DEVICE };

struct objects;

struct object {
	struct objects *table;
	void (*free)(struct object *object); /**< called without any lock held */
	enum object_kind kind;
	/* Guarded by the table's lock. */
	uint32_t id; /**< 0: no longer in the table */
	unsigned references;
	unsigned holds; /**< those references that also forbid to destroy it */
};

struct objects {
	pthread_mutex_t lock;
	struct user *user;
	struct object **slot; /**< by id */
	uint32_t size;        /**< slots there are */
	uint32_t lowest;      /**< no id below is free */
	uint32_t count;
};

void objects_init(struct objects *objects, struct user *user);
/** All objects go, which are held by nobody but each other. */
void objects_destroy(struct objects *objects);

/** Numbers a complete object. The table has a reference to it then, and the caller. 0 or -ENOMEM. */
int object_add(struct objects *objects, struct object *object);

/** The object of an id, referenced; NULL if there is none. */
struct object *object_get(struct objects *objects, uint32_t id);
/** NULL also if it is of another kind. */
struct object *object_get_kind(struct objects *objects, uint32_t id, enum object_kind kind);
/** The next one of a kind with a higher id than *@a id, which becomes its; NULL: no more. */
struct object *object_next(struct objects *objects, uint32_t *id, enum object_kind kind);
/** One more reference to an object, if it is still in the table. */
bool object_get_alive(struct object *object);
void object_put(struct object *object);

/** Whether there are any. */
bool objects_any(struct objects *objects);

/** A reference that forbids to destroy it. 0, or -ENOENT if it is destroyed already. */
int object_hold(struct object *object);
/** Undoes it. @a last_goes: without any holds left it is destroyed. */
void object_release(struct object *object, bool last_goes);

/** IOMMU_DESTROY: 0, -ENOENT, -EBUSY. */
int object_destroy(struct objects *objects, uint32_t id);

#endif

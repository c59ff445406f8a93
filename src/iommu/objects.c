/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "iommu/objects.h"

#include <errno.h>
#include <stdlib.h>

#define FIRST_ID   1u
#define FIRST_SIZE 16u

void
objects_init(struct objects *objects, struct user *user)
{
	*objects = (struct objects){.user = user, .lowest = FIRST_ID};
	pthread_mutex_init(&objects->lock, NULL);
}

/* Lock held. Returns the object if that was the last reference: then free it after unlocking. */
static struct object *
drop(struct object *object)
{
	return --object->references == 0 ? object : NULL;
}

static void
free_object(struct object *object)
{
	if (object)
		object->free(object);
}

/* Lock held. The table's own reference remains to be dropped. */
static void
take_out(struct object *object)
{
	struct objects *objects = object->table;

	objects->slot[object->id] = NULL;
	if (object->id < objects->lowest)
		objects->lowest = object->id;
	objects->count--;
	user_give(objects->user, LIMIT_OBJECTS, 1);
	object->id = 0;
}

void
objects_destroy(struct objects *objects)
{
	/* A HWPT holds its IOAS: all that nobody holds, until there is nothing left. */
	while (objects->count)
		for (uint32_t id = FIRST_ID; id < objects->size; id++) {
			struct object *object = objects->slot[id];

			if (!object || object->holds)
				continue;
			take_out(object);
			free_object(drop(object));
		}
	free(objects->slot);
	pthread_mutex_destroy(&objects->lock);
}

/* Lock held. */
static int
make_room(struct objects *objects)
{
	while (objects->lowest < objects->size && objects->slot[objects->lowest])
		objects->lowest++;
	if (objects->lowest >= objects->size) {
		uint32_t size = objects->size ? objects->size * 2 : FIRST_SIZE;
		struct object **slot = reallocarray(objects->slot, size, sizeof(struct object *));

		if (!slot)
			return -ENOMEM;
		for (uint32_t i = objects->size; i < size; i++)
			slot[i] = NULL;
		objects->slot = slot;
		objects->size = size;
	}
	return 0;
}

int
object_add(struct objects *objects, struct object *object)
{
	int error;

	if (!user_take(objects->user, LIMIT_OBJECTS, 1))
		return -ENOMEM;
	pthread_mutex_lock(&objects->lock);
	error = make_room(objects);
	if (!error) {
		object->table = objects;
		object->id = objects->lowest;
		object->references = 2;
		objects->slot[object->id] = object;
		objects->count++;
	}
	pthread_mutex_unlock(&objects->lock);
	if (error)
		user_give(objects->user, LIMIT_OBJECTS, 1);
	return error;
}

/* Lock held. */
static struct object *
look_up(struct objects *objects, uint32_t id)
{
	return id < objects->size ? objects->slot[id] : NULL;
}

struct object *
object_get(struct objects *objects, uint32_t id)
{
	struct object *object;

	pthread_mutex_lock(&objects->lock);
	object = look_up(objects, id);
	if (object)
		object->references++;
	pthread_mutex_unlock(&objects->lock);
	return object;
}

struct object *
object_get_kind(struct objects *objects, uint32_t id, enum object_kind kind)
{
	struct object *object;

	pthread_mutex_lock(&objects->lock);
	object = look_up(objects, id);
	if (object && object->kind == kind)
		object->references++;
	else
		object = NULL;
	pthread_mutex_unlock(&objects->lock);
	return object;
}

struct object *
object_next(struct objects *objects, uint32_t *id, enum object_kind kind)
{
	struct object *object = NULL;

	pthread_mutex_lock(&objects->lock);
	for (uint32_t i = *id + 1; i < objects->size && !object; i++)
		if (objects->slot[i] && objects->slot[i]->kind == kind) {
			object = objects->slot[i];
			object->references++;
			*id = i;
		}
	pthread_mutex_unlock(&objects->lock);
	return object;
}

bool
object_get_alive(struct object *object)
{
	struct objects *objects = object->table;
	bool alive;

	pthread_mutex_lock(&objects->lock);
	alive = object->id;
	if (alive)
		object->references++;
	pthread_mutex_unlock(&objects->lock);
	return alive;
}

bool
objects_any(struct objects *objects)
{
	bool any;

	pthread_mutex_lock(&objects->lock);
	any = objects->count;
	pthread_mutex_unlock(&objects->lock);
	return any;
}

void
object_put(struct object *object)
{
	struct objects *objects = object->table;

	pthread_mutex_lock(&objects->lock);
	object = drop(object);
	pthread_mutex_unlock(&objects->lock);
	free_object(object);
}

int
object_hold(struct object *object)
{
	struct objects *objects = object->table;
	int error = 0;

	pthread_mutex_lock(&objects->lock);
	if (object->id) {
		object->references++;
		object->holds++;
	} else {
		error = -ENOENT;
	}
	pthread_mutex_unlock(&objects->lock);
	return error;
}

void
object_release(struct object *object, bool last_goes)
{
	struct objects *objects = object->table;

	pthread_mutex_lock(&objects->lock);
	object->holds--;
	if (last_goes && !object->holds && object->id) {
		take_out(object);
		drop(object); /* the caller's own reference is still there */
	}
	object = drop(object);
	pthread_mutex_unlock(&objects->lock);
	free_object(object);
}

int
object_destroy(struct objects *objects, uint32_t id)
{
	struct object *object;
	int error = 0;

	pthread_mutex_lock(&objects->lock);
	object = look_up(objects, id);
	if (!object) {
		error = -ENOENT;
	} else if (object->holds) {
		error = -EBUSY;
		object = NULL;
	} else {
		take_out(object);
		object = drop(object);
	}
	pthread_mutex_unlock(&objects->lock);
	free_object(object);
	return error;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "own.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "copy.h"
#include "own_ioctl.h"
#include "lookup.h"
#include "models/models.h"
#include "util/eventfd.h"
#include "vfio/device.h"

/* A device, and the context that stands for the iommufd. */
struct own_device {
	struct vfio_device *device;
	struct vfio_file *file;
	struct iommu_context *context;
};

struct own {
	struct target target;
	struct vfiod_options options;
	struct own_device device[NUM_DEVICES];
	struct iommu_context *context;
	struct lookup *lookup[2];
};

static ssize_t
own_read(void *ctx, uint64_t offset, void *buffer, size_t length)
{
	struct own_device *own = ctx;

	return vfio_read(own->file, offset, buffer, length);
}

static ssize_t
own_write(void *ctx, uint64_t offset, const void *buffer, size_t length)
{
	struct own_device *own = ctx;

	return vfio_write(own->file, offset, buffer, length);
}

static enum call_state
handle_device(void *file, struct call *call)
{
	return vfio_ioctl(file, call);
}

static enum call_state
handle_iommu(void *context, struct call *call)
{
	return iommu_ioctl(context, call);
}

static int
own_device_ioctl(void *ctx, unsigned long command, void *argument)
{
	struct own_device *own = ctx;

	return own_ioctl(handle_device, own->file, command, argument, own->context);
}

static int
own_iommu_ioctl(void *ctx, unsigned long command, void *argument)
{
	struct own_device *own = ctx;

	return own_ioctl(handle_iommu, own->context, command, argument, own->context);
}

static bool
new_device(struct own *own, enum device which)
{
	const struct vfiod_model *model = model_by_name(which == BOUND_EDU ? "edu" : "vgpu");
	struct own_device *device = &own->device[which];

	device->context = own->context;
	own->target.port[which] = (struct port){
		.ctx = device,
		.read = own_read,
		.write = own_write,
		.device_ioctl = own_device_ioctl,
		.iommu_ioctl = own_iommu_ioctl,
	};
	device->device = model ? vfio_device_new(model, "bench", which, &own->options) : NULL;
	device->file = device->device ? vfio_open(device->device) : NULL;
	return device->file;
}

struct own *
own_new(struct dma_memory *memory)
{
	struct own *own = calloc(1, sizeof(*own));
	bool good = own && !eventfd_start();

	if (!own)
		return NULL;
	own->target = (struct target){.carrier = "in process", .recovery = "", .event = -1};
	own->context = iommu_context_new(0);
	good = good && own->context;
	for (unsigned i = 0; good && i < NUM_DEVICES; i++)
		good = new_device(own, i);
	if (good && target_prepare(&own->target, memory))
		return own;
	if (!good)
		fprintf(stderr, "bench: no devices in this process\n");
	own_free(own);
	return NULL;
}

void
own_free(struct own *own)
{
	if (!own)
		return;
	for (unsigned i = 0; i < 2; i++)
		lookup_free(own->lookup[i]);
	for (unsigned i = 0; i < NUM_DEVICES; i++) {
		if (own->device[i].file)
			vfio_close(own->device[i].file);
		if (own->device[i].device)
			vfio_device_free(own->device[i].device);
	}
	if (own->context)
		iommu_context_put(own->context);
	eventfd_stop();
	free(own);
}

struct target *
own_target(struct own *own)
{
	return &own->target;
}

/* What is the same in all calls is found before the first: some take less time than finding it. */
struct one_call {
	const struct target *target;
	const struct operation *op;
	uint8_t *buffer;
	struct vfio_file *file;
	uint64_t offset;
};

typedef bool one_function(void *ctx);

static bool
read_once(void *ctx)
{
	const struct one_call *one = ctx;

	return vfio_read(one->file, one->offset, one->buffer, one->op->size) ==
	       (ssize_t)one->op->size;
}

static bool
write_once(void *ctx)
{
	const struct one_call *one = ctx;

	return vfio_write(one->file, one->offset, one->buffer, one->op->size) ==
	       (ssize_t)one->op->size;
}

static bool
call_once(void *ctx)
{
	const struct one_call *one = ctx;

	return operation_call(one->target, one->op, one->buffer);
}

/* Returns what to call, with @a one, for an operation. NULL: can't be. */
static one_function *
prepare_call(struct own *own, const struct operation *op, struct one_call *one)
{
	*one = (struct one_call){&own->target, op, access_buffer(), NULL, 0};
	if (!one->buffer || !operation_enter(one->target, op, one->buffer))
		return NULL;
	if (op->kind > OPERATION_WRITE)
		return call_once;
	one->file = own->device[operation_device(op)].file;
	one->offset = operation_offset(one->target, op);
	return op->kind == OPERATION_READ ? read_once : write_once;
}

static bool
own_block(const struct work *work, unsigned calls, struct samples *samples)
{
	struct one_call one;
	one_function *call = prepare_call(work->ctx, work->what, &one);

	(void)calls;
	return call && batch(samples, call, &one);
}

bool
own_add(struct plan *plan, struct own *own, const struct operation *op, struct work *memcpy_work)
{
	struct work *floor = memcpy_work, *work;

	if (!floor)
		floor = locked_call_add(plan, op->key, op->name);
	work = floor ? access_add(plan, op, &own->target) : NULL;
	if (!work)
		return false;
	work->against[FLOOR] = floor;
	work->against[MEMCPY] = memcpy_work;
	if (operation_repeats(op)) {
		work->block = own_block;
		work->ctx = own;
	}
	return true;
}

static struct lookup *
lookup_of(struct own *own, bool many)
{
	if (!own->lookup[many])
		own->lookup[many] = lookup_new(own->context, many ? LOOKUP_MANY : 1);
	return own->lookup[many];
}

bool
own_add_lookups(struct plan *plan, struct own *own)
{
	return lookup_of(own, false) && lookup_of(own, true) &&
	       lookup_add(plan, own->lookup[false]) && lookup_add(plan, own->lookup[true]);
}

/* What callgrind counts: its name is given to --toggle-collect, so it must remain a function. */
__attribute__((noinline)) bool counted_calls(bool (*call)(void *ctx), void *ctx,
					     unsigned long calls);

bool
counted_calls(bool (*call)(void *ctx), void *ctx, unsigned long calls)
{
	bool good = true;

	for (unsigned long i = 0; i < calls; i++)
		good &= call(ctx);
	return good;
}

bool
own_count(struct own *own, const char *key, unsigned long calls)
{
	const struct operation *op = operation_by_key(key);
	one_function *call = NULL;
	struct one_call one;
	void *ctx = &one;

	errno = 0;
	if (!strcmp(key, "ioas_lookup_1") || !strcmp(key, "ioas_lookup_100000")) {
		ctx = lookup_of(own, strcmp(key, "ioas_lookup_1"));
		call = lookup_call;
	} else if (!op || !operation_repeats(op)) {
		fprintf(stderr, "bench: '%s' can't be counted\n", key);
		return false;
	} else {
		call = prepare_call(own, op, &one);
	}
	if (!ctx || !call || !call(ctx) || !counted_calls(call, ctx, calls)) {
		fprintf(stderr, "bench: %s failed: %s\n", key, strerror(errno));
		return false;
	}
	return true;
}

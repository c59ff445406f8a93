/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A vGPU in this process: what the accesses cost without kernel, carrier and recovery. */
#include "bench.h"

#include <stdlib.h>
#include <time.h>

#include <linux/vfio.h>

#include "models/models.h"
#include "vfio/device.h"

/* One timed batch: long against the clock's own cost, short against a round. */
#define BATCH_NS    1e6
#define BATCH_CALLS 8ul

/* Calls before it: other threads have had the caches. */
#define WARM_UP 4u

struct own_device {
	struct vfio_device *device;
	struct vfio_file *file;
	struct vfiod_options options;
	uint32_t low;
	uint8_t *buffer;
};

static ssize_t
port_read(void *ctx, uint64_t offset, void *buffer, size_t length)
{
	return vfio_read(ctx, offset, buffer, length);
}

static ssize_t
port_write(void *ctx, uint64_t offset, const void *buffer, size_t length)
{
	return vfio_write(ctx, offset, buffer, length);
}

struct own_device *
own_device_new(void)
{
	const struct vfiod_model *model = model_by_name("vgpu");
	struct own_device *own = calloc(1, sizeof(*own));
	struct port port = {.read = port_read, .write = port_write};

	if (!own || !model)
		goto fail;
	/* As a page begins: 16 bytes behind that, AMD's `rep movsb` is 16 times slower. */
	own->buffer = aligned_alloc(4096, LARGEST);
	own->device = vfio_device_new(model, "bench", 0, &own->options);
	if (!own->buffer || !own->device)
		goto fail;
	own->file = vfio_open(own->device);
	port.ctx = own->file;
	if (own->file && map_aperture(&port, &own->low))
		return own;
fail:
	fprintf(stderr, "bench: no vGPU in this process\n");
	own_device_free(own);
	return NULL;
}

void
own_device_free(struct own_device *own)
{
	if (!own)
		return;
	if (own->file)
		vfio_close(own->file);
	if (own->device)
		vfio_device_free(own->device);
	free(own->buffer);
	free(own);
}

/* Both rounds of a real ioctl: the first one asks for the argument. */
static bool
call_ioctl(struct own_device *own)
{
	uint8_t out[CALL_MAX_OUT];
	struct call request = {
		.command = VFIO_DEVICE_GET_INFO,
		.out = out,
		.out_size = sizeof(out),
	};

	if (vfio_ioctl(own->file, &request) != CALL_MORE)
		return false;
	request.in = own->buffer;
	request.in_size = request.want_in;
	return vfio_ioctl(own->file, &request) == CALL_DONE && !request.result;
}

static bool
call(struct own_device *own, const struct operation *op, uint64_t offset)
{
	ssize_t size = (ssize_t)op->size;

	switch (op->kind) {
	case OPERATION_READ:
		return vfio_read(own->file, offset, own->buffer, op->size) == size;
	case OPERATION_WRITE:
		return vfio_write(own->file, offset, own->buffer, op->size) == size;
	case OPERATION_IOCTL:
		break;
	}
	return call_ioctl(own);
}

static double
since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - start->tv_sec) * 1e9 + (double)(now.tv_nsec - start->tv_nsec);
}

double
own_device_measure(struct own_device *own, const struct operation *op)
{
	const uint64_t offset = operation_offset(op, own->low);

	operation_fill(op, own->buffer);
	for (unsigned i = 0; i < WARM_UP; i++)
		if (!call(own, op, offset))
			return -1;
	for (unsigned long calls = BATCH_CALLS;; calls *= 2) {
		struct timespec start;
		double ns;

		clock_gettime(CLOCK_MONOTONIC, &start);
		for (unsigned long i = 0; i < calls; i++)
			if (!call(own, op, offset))
				return -1;
		ns = since(&start);
		if (ns >= BATCH_NS)
			return ns / (double)calls;
	}
}

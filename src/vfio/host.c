/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a model is given: interrupts, bus memory, time, log. */
#include "vfio/device.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void
host_intx(void *ctx, bool asserted)
{
	struct vfio_device *device = ctx;

	irqs_line(&device->irqs, asserted);
}

static void
host_msi(void *ctx, unsigned vector)
{
	struct vfio_device *device = ctx;

	irqs_message(&device->irqs, vector);
}

/* Whether the device stands behind an IOMMU; if not, its bus leads to its own system memory. */
static bool
translated(const struct vfio_device *device)
{
	return atomic_load_explicit(&device->translated, memory_order_acquire);
}

static void *
host_bus_map(void *ctx, uint64_t address, size_t length, bool write)
{
	struct vfio_device *device = ctx;

	if (translated(device))
		return iommu_map(&device->iommu, address, length, write);
	return memory_at(&device->memory, address, length);
}

static int
host_bus_read(void *ctx, uint64_t address, void *buffer, size_t length)
{
	struct vfio_device *device = ctx;
	const void *from;

	if (translated(device))
		return iommu_read(&device->iommu, address, buffer, length);
	from = memory_at(&device->memory, address, length);
	if (!from)
		return -EFAULT;
	memcpy(buffer, from, length);
	return 0;
}

static int
host_bus_write(void *ctx, uint64_t address, const void *buffer, size_t length)
{
	struct vfio_device *device = ctx;
	void *to;

	if (translated(device))
		return iommu_write(&device->iommu, address, buffer, length);
	to = memory_at(&device->memory, address, length);
	if (!to)
		return -EFAULT;
	memcpy(to, buffer, length);
	return 0;
}

static int
host_bus_transfer(void *ctx, bool write, struct vfiod_piece *piece, unsigned count)
{
	struct vfio_device *device = ctx;
	int result = 0;

	if (translated(device))
		return iommu_transfer(&device->iommu, write, piece, count);
	for (unsigned i = 0; i < count; i++) {
		uint8_t *at = memory_at(&device->memory, piece[i].address, piece[i].length);

		piece[i].failed = !at;
		if (!at)
			result = -EFAULT;
		else if (write)
			memcpy(at, piece[i].buffer, piece[i].length);
		else
			memcpy(piece[i].buffer, at, piece[i].length);
	}
	return result;
}

static uint64_t
host_now(void *ctx)
{
	(void)ctx;
	return timer_now();
}

static void
host_set_timer(void *ctx, uint64_t when)
{
	struct vfio_device *device = ctx;

	if (timer_set(&device->timer, when))
		log_line(LOG_ERR, "%s: no thread for its timer", device->dev.name);
}

static void
host_lock(void *ctx)
{
	lock_take(&((struct vfio_device *)ctx)->lock);
}

static void
host_unlock(void *ctx)
{
	struct vfio_device *device = ctx;

	vfio_model_done(device);
	lock_release(&device->lock);
}

static void __attribute__((format(printf, 3, 0)))
host_log(void *ctx, enum vfiod_log_level level, const char *format, va_list args)
{
	struct vfio_device *device = ctx;
	char text[512];
	unsigned dropped = 0;

	if (!log_enabled((int)level))
		return;
	/* Whoever turns debugging on wants every line of it, a trace above all. */
	if (level < VFIOD_LOG_DEBUG &&
	    !log_limit_pass(&device->log_limit, timer_now() / 1000000, &dropped))
		return;
	vsnprintf(text, sizeof(text), format, args);
	if (dropped)
		log_line((int)level, "%s: %u lines dropped here", device->dev.name, dropped);
	log_line((int)level, "%s: %s", device->dev.name, text);
}

void
vfio_host_init(struct vfio_device *device)
{
	device->host = (struct vfiod_host){
		.ctx = device,
		.intx = host_intx,
		.msi = host_msi,
		.bus_read = host_bus_read,
		.bus_write = host_bus_write,
		.bus_transfer = host_bus_transfer,
		.bus_map = host_bus_map,
		.now = host_now,
		.set_timer = host_set_timer,
		.lock = host_lock,
		.unlock = host_unlock,
		.log = host_log,
	};
}

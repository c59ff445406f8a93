/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which open file owns the device, and which I/O page table its DMA goes through. */
#include "vfio/device.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include <linux/pci_regs.h>

#include "vfio/abi.h"

/* Room to look at what a newer client has behind the struct that we know. */
#define TAIL_CHUNK 512u
#define TAIL_MAX   (1u << 20)

/* Whether all that a client has behind @a known bytes is 0: -E2BIG if not, as the kernel says. */
static int
check_tail(struct call *call, size_t known, size_t size)
{
	uint8_t chunk[TAIL_CHUNK];

	if (size > TAIL_MAX)
		return -E2BIG;
	while (known < size) {
		size_t part = size - known < sizeof(chunk) ? size - known : sizeof(chunk);
		int error = call->caller->read_memory(call->caller, call->argument + known, chunk,
						      part);

		if (error)
			return error;
		for (size_t i = 0; i < part; i++)
			if (chunk[i])
				return -E2BIG;
		known += part;
	}
	return 0;
}

/*
 * Fetches argsz first, then as much of the struct as the client says it has. Returns true when it is in
 * @a to, which is zero behind that; else @a state is what to return.
 */
static bool
fetch(struct call *call, void *to, size_t min, size_t full, enum call_state *state)
{
	uint32_t argsz;
	size_t size;

	if (call->in_size < sizeof(argsz)) {
		*state = call_more(call, sizeof(argsz), 0);
		return false;
	}
	memcpy(&argsz, call->in, sizeof(argsz));
	if (argsz < min) {
		*state = call_done(call, -EINVAL);
		return false;
	}
	size = argsz < full ? argsz : full;
	if (call->in_size < size) {
		*state = call_more(call, size, 0);
		return false;
	}
	memset(to, 0, full);
	memcpy(to, call->in, size);
	return true;
}

/* As the kernel when a file is bound: a fresh device, nothing armed, no bus mastering. */
static void
start_afresh(struct vfio_device *device)
{
	struct vfiod_config *config = &device->dev.config;
	uint32_t command;

	for (struct vfio_file *file = device->files; file; file = file->next)
		irqs_release(&device->irqs, file);
	vfio_start_afresh(device);
	vfio_model_done(device);
	command = vfiod_config_read(config, PCI_COMMAND, 2);
	vfiod_config_set(config, PCI_COMMAND, 2, command & ~(uint32_t)PCI_COMMAND_MASTER);
	device->low_power = false;
}

/* The checks in the kernel's order; the context is the caller's to put. */
static int
check_bind(struct vfio_file *file, struct call *call, const struct abi_bind *bind,
	   struct iommu_context **context)
{
	uint8_t token[16];
	int error;

	if (bind->argsz > sizeof(*bind)) {
		error = check_tail(call, sizeof(*bind), bind->argsz);
		if (error)
			return error;
	}
	if (bind->iommufd < 0 || bind->flags & ~ABI_BIND_TOKEN)
		return -EINVAL;
	if (file->device->bound == file)
		return -EINVAL;
	/* A token belongs to SR-IOV functions, and no device of ours is one. */
	if (bind->flags & ABI_BIND_TOKEN)
		return call->caller->read_memory(call->caller, bind->token_uuid_ptr, token,
						 sizeof(token))
			       ? -EFAULT
			       : -EINVAL;
	error = call->caller->take_iommu(call->caller, bind->iommufd, context);
	if (error)
		return error;
	if (file->device->bound) {
		iommu_context_put(*context);
		return -EINVAL;
	}
	return 0;
}

/* What the device does by itself must not go on in another's memory. */
static void
stop(struct vfio_device *device)
{
	if (device->dev.model->stop)
		device->dev.model->stop(&device->dev);
}

enum call_state
vfio_bind(struct vfio_file *file, struct call *call)
{
	struct vfio_device *device = file->device;
	struct iommu_context *context;
	struct abi_bind bind;
	enum call_state state;
	int error;

	if (!fetch(call, &bind, ABI_BIND_MIN, sizeof(bind), &state))
		return state;
	error = check_bind(file, call, &bind, &context);
	if (error)
		return call_done(call, error);
	error = iommu_bind(&device->iommu, context);
	iommu_context_put(context);
	if (error)
		return call_done(call, error);
	error = call->caller->write_memory(call->caller,
					   call->argument + offsetof(struct abi_bind, out_devid),
					   &device->iommu.id, sizeof(device->iommu.id));
	if (error) {
		iommu_unbind(&device->iommu);
		return call_done(call, error);
	}
	stop(device);
	device->bound = file;
	atomic_store(&device->translated, true);
	start_afresh(device);
	return call_done(call, 0);
}

void
vfio_unbind(struct vfio_file *file)
{
	struct vfio_device *device = file->device;

	stop(device);
	iommu_unbind(&device->iommu);
	device->bound = NULL;
	device->low_power = false;
	atomic_store(&device->translated, false);
}

/* A driver without PASIDs says so whatever else is wrong. */
static int
check_flags(uint32_t flags)
{
	if (flags & ~ABI_ATTACH_PASID)
		return -EINVAL;
	return flags ? -EOPNOTSUPP : 0;
}

enum call_state
vfio_attach(struct vfio_file *file, struct call *call)
{
	struct vfio_device *device = file->device;
	struct abi_attach attach;
	int error;

	if (device->bound != file)
		return call_done(call, -EINVAL);
	if (call->in_size < ABI_ATTACH_MIN)
		return call_more(call, ABI_ATTACH_MIN, 0);
	memcpy(&attach, call->in, ABI_ATTACH_MIN);
	if (attach.argsz < ABI_ATTACH_MIN)
		return call_done(call, -EINVAL);
	error = check_flags(attach.flags);
	if (!error)
		error = iommu_attach(&device->iommu, &attach.pt_id);
	if (error)
		return call_done(call, error);
	error = call->caller->write_memory(call->caller,
					   call->argument + offsetof(struct abi_attach, pt_id),
					   &attach.pt_id, sizeof(attach.pt_id));
	if (error)
		iommu_detach(&device->iommu);
	return call_done(call, error);
}

enum call_state
vfio_detach(struct vfio_file *file, struct call *call)
{
	struct abi_detach detach;
	int error;

	if (file->device->bound != file)
		return call_done(call, -EINVAL);
	if (call->in_size < ABI_DETACH_MIN)
		return call_more(call, ABI_DETACH_MIN, 0);
	memcpy(&detach, call->in, ABI_DETACH_MIN);
	if (detach.argsz < ABI_DETACH_MIN)
		return call_done(call, -EINVAL);
	error = check_flags(detach.flags);
	if (!error)
		iommu_detach(&file->device->iommu);
	return call_done(call, error);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VFIO_DEVICE_FEATURE: the checks that all features share, and the low power ones of vfio-pci. */
#include "vfio/device.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "vfio/abi.h"

#define HEADER 8u /* struct vfio_device_feature without data */
#define GET    VFIO_DEVICE_FEATURE_GET
#define SET    VFIO_DEVICE_FEATURE_SET
#define PROBE  VFIO_DEVICE_FEATURE_PROBE

/* Nothing is saved by it here; what counts is that the client's book-keeping works. */
static int
enter_low_power(struct vfio_device *device)
{
	if (device->low_power)
		return -EINVAL;
	device->low_power = true;
	return 0;
}

static int
low_power_entry(struct vfio_device *device, struct caller *caller, const void *data)
{
	(void)caller, (void)data;
	return enter_low_power(device);
}

/* No device of ours wakes up by itself, so the eventfd is never signalled. */
static int
low_power_entry_with_wakeup(struct vfio_device *device, struct caller *caller, const void *data)
{
	int32_t fd;
	uint32_t reserved;
	int ours;

	memcpy(&fd, data, sizeof(fd));
	memcpy(&reserved, (const uint8_t *)data + sizeof(fd), sizeof(reserved));
	if (fd < 0 || reserved)
		return -EINVAL;
	ours = caller->take_eventfd(caller, fd);
	if (ours < 0)
		return ours;
	close(ours);
	return enter_low_power(device);
}

static int
low_power_exit(struct vfio_device *device, struct caller *caller, const void *data)
{
	(void)caller, (void)data;
	device->low_power = false;
	return 0;
}

static const struct feature {
	uint32_t number;
	uint32_t operations; /* GET, SET */
	uint32_t size;       /* bytes of data */
	int (*set)(struct vfio_device *device, struct caller *caller, const void *data);
} features[] = {
	{ABI_FEATURE_LOW_POWER_ENTRY, SET, 0, low_power_entry},
	{ABI_FEATURE_LOW_POWER_ENTRY_WITH_WAKEUP, SET, 8, low_power_entry_with_wakeup},
	{ABI_FEATURE_LOW_POWER_EXIT, SET, 0, low_power_exit},
};

static const struct feature *
find(uint32_t number)
{
	for (unsigned i = 0; i < sizeof(features) / sizeof(*features); i++)
		if (features[i].number == number)
			return &features[i];
	return NULL;
}

enum call_state
vfio_feature(struct vfio_file *file, struct call *call)
{
	const uint32_t known = VFIO_DEVICE_FEATURE_MASK | GET | SET | PROBE;
	const struct feature *feature;
	uint32_t argsz, flags;

	if (call->in_size < HEADER)
		return call_more(call, HEADER, 0);
	memcpy(&argsz, call->in, sizeof(argsz));
	memcpy(&flags, (const uint8_t *)call->in + sizeof(argsz), sizeof(flags));
	if (argsz < HEADER || flags & ~known)
		return call_done(call, -EINVAL);
	if ((flags & (GET | SET)) == (GET | SET) && !(flags & PROBE))
		return call_done(call, -EINVAL);
	feature = find(flags & VFIO_DEVICE_FEATURE_MASK);
	if (!feature)
		return call_done(call, -ENOTTY);
	if (flags & (GET | SET) & ~feature->operations)
		return call_done(call, -EINVAL);
	if (flags & PROBE)
		return call_done(call, 0);
	if (!(flags & (GET | SET)) || argsz - HEADER < feature->size)
		return call_done(call, -EINVAL);
	if (call->in_size < HEADER + feature->size)
		return call_more(call, HEADER + feature->size, 0);
	return call_done(call, feature->set(file->device, call->caller,
					    (const uint8_t *)call->in + HEADER));
}

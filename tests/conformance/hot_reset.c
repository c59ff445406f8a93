/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VFIO_DEVICE_GET_PCI_HOT_RESET_INFO and VFIO_DEVICE_PCI_HOT_RESET. */
#include <string.h>

#include "groups.h"
#include "run.h"

#define INFO(...)  IOCTL(VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, vfio_pci_hot_reset_info, __VA_ARGS__)
#define RESET(...) IOCTL(VFIO_DEVICE_PCI_HOT_RESET, vfio_pci_hot_reset, __VA_ARGS__)
#define HEADER     VFIO_HOT_RESET_HEADER

/* Most devices that the rules have room for. */
#define ROOM (sizeof(((struct vfio_pci_hot_reset_info *)0)->devices) / 8)

/* How many devices a reset affects; skips the rule where there is no such reset. */
static uint32_t
affected(struct run *run)
{
	struct vfio_pci_hot_reset_info info = {.argsz = HEADER, .flags = 0xffffffff, .count = 99};
	long result = call(run->device.fd, VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, &info);

	if (result == -ENODEV)
		skip(run, "neither slot nor bus can be reset");
	expect(run, "GET_PCI_HOT_RESET_INFO with room for no device", -ENOSPC, result);
	expect_that(run, info.count >= 1, "count is the number needed, at least 1");
	expect_value(run, "flags", 0, info.flags);
	expect_value(run, "argsz", HEADER, info.argsz);
	return info.count;
}

static void
no_room(struct run *run)
{
	affected(run);
}

static long
ask(struct run *run, struct vfio_pci_hot_reset_info *info, uint32_t count)
{
	memset(info, 0xa5, sizeof(*info));
	info->argsz = HEADER + 8 * count;
	info->flags = 0;
	return call(run->device.fd, VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, info);
}

static void
exact_room(struct run *run)
{
	const uint32_t count = affected(run);
	struct vfio_pci_hot_reset_info info;

	if (count >= ROOM)
		skip(run, "too many devices");
	expect(run, "room for one too few", -ENOSPC, ask(run, &info, count - 1));
	expect_value(run, "count", count, info.count);
	expect(run, "exact room", 0, ask(run, &info, count));
	expect_value(run, "count", count, info.count);
	expect_value(run, "what is behind", 0xa5a5a5a5, info.devices[count].group_or_devid);
	expect(run, "more room", 0, ask(run, &info, ROOM));
	expect_value(run, "count", count, info.count);
}

static void
names_itself(struct run *run)
{
	struct vfio_pci_hot_reset_info info;
	bool found = false;

	affected(run);
	expect(run, "GET_PCI_HOT_RESET_INFO", 0, ask(run, &info, ROOM));
	expect_value(run, "flag DEV_ID", VFIO_HOT_RESET_DEV_ID, info.flags & VFIO_HOT_RESET_DEV_ID);
	expect_value(run, "unknown flags", 0,
		     info.flags & ~(VFIO_HOT_RESET_DEV_ID | VFIO_HOT_RESET_DEV_ID_OWNED));
	for (uint32_t i = 0; i < info.count; i++)
		found |= info.devices[i].group_or_devid == run->device.devid;
	expect_that(run, found, "the device itself is among them, by its id");
	if (info.count == 1)
		expect_value(run, "flag DEV_ID_OWNED", VFIO_HOT_RESET_DEV_ID_OWNED,
			     info.flags & VFIO_HOT_RESET_DEV_ID_OWNED);
}

static void
by_group(struct run *run)
{
	struct vfio_pci_hot_reset_info info;

	if (run->way->reach != REACH_GROUP)
		skip(run, "not reached by a group");
	affected(run);
	expect(run, "GET_PCI_HOT_RESET_INFO", 0, ask(run, &info, ROOM));
	expect_value(run, "flags", 0, info.flags);
}

static void
count_given(struct run *run)
{
	struct vfio_pci_hot_reset reset = {.argsz = sizeof(reset), .count = 1, .group_fds = {0}};

	expect(run, "a group for a cdev", -EINVAL,
	       call(run->device.fd, VFIO_DEVICE_PCI_HOT_RESET, &reset));
}

static void
no_groups(struct run *run)
{
	struct vfio_pci_hot_reset reset = {.argsz = HEADER};

	if (run->way->reach != REACH_GROUP)
		skip(run, "not reached by a group");
	expect(run, "no group", -EINVAL, call(run->device.fd, VFIO_DEVICE_PCI_HOT_RESET, &reset));
}

static void
bad_groups(struct run *run)
{
	struct vfio_pci_hot_reset reset = {.argsz = sizeof(reset), .count = 1};

	if (run->way->reach != REACH_GROUP)
		skip(run, "not reached by a group");
	affected(run);
	reset.group_fds[0] = closed_fd();
	expect(run, "a closed descriptor", -EBADF,
	       call(run->device.fd, VFIO_DEVICE_PCI_HOT_RESET, &reset));
	reset.group_fds[0] = make_eventfd(run);
	expect(run, "an eventfd", -EINVAL, call(run->device.fd, VFIO_DEVICE_PCI_HOT_RESET, &reset));
}

static void
resets(struct run *run)
{
	struct vfio_pci_hot_reset reset = {.argsz = HEADER};
	struct vfio_pci_hot_reset_info info;
	struct vfio_device_info device;
	int fd = make_eventfd(run);
	bool owned;
	long result;

	affected(run);
	expect(run, "GET_PCI_HOT_RESET_INFO", 0, ask(run, &info, ROOM));
	owned = info.flags & VFIO_HOT_RESET_DEV_ID_OWNED;
	expect(run, "eventfd of REQ", 0, arm(run->device.fd, VFIO_REQ, 0, 1, &fd));
	result = call(run->device.fd, VFIO_DEVICE_PCI_HOT_RESET, &reset);
	if (owned && result == -ENOTTY)
		skip(run, "the device takes too long to come back from a bus reset");
	expect(run, "PCI_HOT_RESET", owned ? 0 : -EINVAL, result);
	expect(run, "GET_INFO after it", 0, get_info(run->device.fd, &device));
	expect(run, "loopback of REQ after it", 0, trigger(run->device.fd, VFIO_REQ, 0, 1));
	expect_value(run, "signals", 1, counted(fd));
}

static const struct rule rules[] = {
	{"info-null", "the info's null pointer: EFAULT", STATE_BOUND,
	 IOCTL_NULL(VFIO_DEVICE_GET_PCI_HOT_RESET_INFO), .err = EFAULT},
	{"info-argsz-0", "info with argsz 0: EINVAL", STATE_BOUND, INFO(.argsz = 0), .err = EINVAL},
	{"info-argsz-11", "info with argsz 11: EINVAL", STATE_BOUND, INFO(.argsz = 11),
	 .err = EINVAL},
	{"info-no-room", "no room: ENOSPC and the count; input flags are ignored", STATE_BOUND,
	 .body = no_room},
	{"info-room", "exact room is enough, and nothing more is written", STATE_BOUND,
	 .body = exact_room},
	{"info-self", "a cdev: flag DEV_ID, and the device's own id among those affected",
	 STATE_BOUND, NEED_CDEV, .body = names_itself},
	{"info-group", "a group: flags 0", STATE_BOUND, .body = by_group},
	{"null", "the reset's null pointer: EFAULT", STATE_BOUND,
	 IOCTL_NULL(VFIO_DEVICE_PCI_HOT_RESET), .err = EFAULT},
	{"argsz-11", "argsz 11: EINVAL", STATE_BOUND, RESET(.argsz = 11), .err = EINVAL},
	{"flags", "flags: EINVAL", STATE_BOUND, RESET(.argsz = 12, .flags = 1), .err = EINVAL},
	{"count", "a cdev: a count other than 0: EINVAL", STATE_BOUND, NEED_CDEV,
	 .body = count_given},
	{"no-groups", "a group: count 0: EINVAL", STATE_BOUND, .since = KERNEL_6_12,
	 .body = no_groups},
	{"bad-groups", "a group: bad descriptors: EBADF, EINVAL", STATE_BOUND, .body = bad_groups},
	{"reset", "who owns all devices affected may reset; eventfds survive", STATE_BOUND,
	 NEED_CDEV, .body = resets},
};

GROUP(hot_reset, "vfio_pci_core.c");

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VFIO_DEVICE_GET_INFO. */
#include <string.h>

#include "groups.h"
#include "run.h"

#define INFO(...) IOCTL(VFIO_DEVICE_GET_INFO, vfio_device_info, __VA_ARGS__)
#define IRQS_5    .fields = {IS(vfio_device_info, num_irqs, VFIO_NUM_IRQS)}

static void
flags(struct run *run)
{
	struct vfio_device_info info;

	expect(run, "GET_INFO", 0, get_info(run->device.fd, &info));
	expect_value(run, "flag PCI", VFIO_INFO_PCI, info.flags & VFIO_INFO_PCI);
	expect_value(run, "flags other than RESET, PCI, CAPS", 0,
		     info.flags & ~(VFIO_INFO_RESET | VFIO_INFO_PCI | VFIO_INFO_CAPS));
}

static void
numbers(struct run *run)
{
	struct vfio_device_info info;

	expect(run, "GET_INFO", 0, get_info(run->device.fd, &info));
	expect_that(run, info.num_regions >= VFIO_NUM_REGIONS, "num_regions is 9 or more");
	expect_value(run, "num_irqs", VFIO_NUM_IRQS, info.num_irqs);
}

static void
no_caps(struct run *run)
{
	struct vfio_device_info info = {.argsz = 24, .cap_offset = 0x55, .pad = 0x66};

	expect(run, "GET_INFO", 0, call(run->device.fd, VFIO_DEVICE_GET_INFO, &info));
	if (info.flags & VFIO_INFO_CAPS)
		skip(run, "the device has capabilities");
	expect_value(run, "argsz", 24, info.argsz);
	expect_value(run, "cap_offset", 0, info.cap_offset);
	expect_value(run, "padding", 0, info.pad);
}

static void
caps(struct run *run)
{
	struct vfio_device_info info, *whole;
	const struct vfio_info_cap_header *cap;
	uint32_t at, need;

	expect(run, "GET_INFO", 0, get_info(run->device.fd, &info));
	if (!(info.flags & VFIO_INFO_CAPS))
		skip(run, "the device has no capabilities");
	need = info.argsz;
	expect_that(run, need > sizeof(info), "argsz becomes what is needed");
	expect_value(run, "cap_offset", 0, info.cap_offset);
	whole = at_edge(need);
	memset(whole, 0, need);
	whole->argsz = need;
	expect(run, "GET_INFO with it", 0, call(run->device.fd, VFIO_DEVICE_GET_INFO, whole));
	expect_value(run, "argsz", need, whole->argsz);
	expect_value(run, "cap_offset", sizeof(info), whole->cap_offset);
	for (at = whole->cap_offset; at; at = cap->next) {
		expect_that(run, at % 8 == 0 && at <= need - sizeof(*cap),
			    "capabilities lie within argsz");
		cap = (const void *)((const uint8_t *)whole + at);
		expect_that(run, cap->next == 0 || cap->next > at, "the chain ends");
	}
}

static void
same_each_time(struct run *run)
{
	struct vfio_device_info first, second;

	expect(run, "GET_INFO", 0, get_info(run->device.fd, &first));
	expect(run, "GET_INFO", 0, get_info(run->device.fd, &second));
	expect_that(run, !memcmp(&first, &second, sizeof(first)), "both answers are the same");
}

static const struct rule rules[] = {
	{"null", "a null pointer: EFAULT", STATE_BOUND, IOCTL_NULL(VFIO_DEVICE_GET_INFO),
	 .err = EFAULT},
	{"argsz-0", "argsz 0: EINVAL", STATE_BOUND, INFO(.argsz = 0), .err = EINVAL},
	{"argsz-15", "argsz 15: EINVAL", STATE_BOUND, INFO(.argsz = 15), .err = EINVAL},
	{"argsz-16", "argsz 16: ok, 16 bytes are written", STATE_BOUND, INFO(.argsz = 16),
	 .writes = 16, IRQS_5},
	{"argsz-16-edge", "argsz 16: nothing behind is touched", STATE_BOUND, INFO(.argsz = 16),
	 .readable = 16, IRQS_5},
	{"argsz-20", "argsz 20: ok, 20 bytes are written", STATE_BOUND, INFO(.argsz = 20),
	 .writes = 20, IRQS_5},
	{"argsz-24", "argsz 24: ok", STATE_BOUND, INFO(.argsz = 24), .writes = 24, IRQS_5},
	{"short-unreadable", "8 readable bytes with argsz 8: EFAULT, not EINVAL", STATE_BOUND,
	 INFO(.argsz = 8), .readable = 8, .err = EFAULT},
	{"unwritable", "memory that can't be written: EFAULT", STATE_BOUND, INFO(.argsz = 24),
	 .read_only = true, .err = EFAULT},
	{"flags-ignored", "flags that the caller sets are ignored", STATE_BOUND,
	 INFO(.argsz = 24, .flags = 0xffffffff, .num_regions = 77, .num_irqs = 77), .writes = 24,
	 IRQS_5},
	{"flags", "flags: PCI, perhaps RESET and CAPS", STATE_BOUND, .body = flags},
	{"numbers", "9 or more regions, 5 interrupt indices", STATE_BOUND, .body = numbers},
	{"no-caps", "without capabilities cap_offset and padding are 0", STATE_BOUND,
	 .since = KERNEL_6_12, .body = no_caps},
	{"caps", "capabilities: argsz tells the need, then the chain comes", STATE_BOUND,
	 .body = caps},
	{"stable", "two calls give the same", STATE_BOUND, .body = same_each_time},
};

GROUP(info, "vfio_pci_core.c");

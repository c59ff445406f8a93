/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VFIO_DEVICE_FEATURE: the checks for all features, and the features of vfio-pci. */
#include <stdio.h>
#include <string.h>

#include <linux/pci_regs.h>

#include "groups.h"
#include "run.h"

#define FEATURE(...) IOCTL(VFIO_DEVICE_FEATURE, vfio_device_feature, __VA_ARGS__)
#define HEADER       VFIO_FEATURE_HEADER
#define GET          VFIO_FEATURE_GET
#define SET          VFIO_FEATURE_SET
#define PROBE        VFIO_FEATURE_PROBE
#define UNKNOWN      0xfffeu

/* Which operations each feature has, and bytes of data. */
static const struct {
	uint32_t operations, data;
} features[VFIO_NUM_FEATURES] = {
	[VFIO_FEATURE_PCI_VF_TOKEN] = {SET, 16},
	[VFIO_FEATURE_MIGRATION] = {GET, 8},
	[VFIO_FEATURE_MIG_DEVICE_STATE] = {GET | SET, 8},
	[VFIO_FEATURE_LOW_POWER_ENTRY] = {SET, 0},
	[VFIO_FEATURE_LOW_POWER_ENTRY_WITH_WAKEUP] = {SET, 8},
	[VFIO_FEATURE_LOW_POWER_EXIT] = {SET, 0},
	[VFIO_FEATURE_DMA_LOGGING_START] = {SET, 24},
	[VFIO_FEATURE_DMA_LOGGING_STOP] = {SET, 0},
	[VFIO_FEATURE_DMA_LOGGING_REPORT] = {GET, 32},
	[VFIO_FEATURE_MIG_DATA_SIZE] = {GET, 8},
	[VFIO_FEATURE_BUS_MASTER] = {GET | SET, 4},
	[VFIO_FEATURE_DMA_BUF] = {GET, 16},
	[VFIO_FEATURE_MIG_PRECOPY_INFO_V2] = {SET, 0},
};

static long
probe(struct run *run, uint32_t flags)
{
	struct vfio_device_feature arg = {0};

	return feature(run->device.fd, flags | PROBE, &arg, 0);
}

static bool
is_there(struct run *run, uint32_t number)
{
	return !probe(run, number | (features[number].operations & SET ? SET : GET));
}

static void
need(struct run *run, uint32_t number)
{
	if (!is_there(run, number))
		skip(run, "the device lacks the feature");
}

static void
probes(struct run *run)
{
	for (uint32_t i = 0; i < VFIO_NUM_FEATURES; i++) {
		struct vfio_device_feature arg = {0};
		char what[64];

		if (is_there(run, i))
			continue;
		snprintf(what, sizeof(what), "feature %u, which isn't there", i);
		/* The dma-buf feature asks its provider before anything else. */
		if (i == VFIO_FEATURE_DMA_BUF || i == VFIO_FEATURE_MIG_PRECOPY_INFO_V2)
			continue;
		expect(run, what, -ENOTTY, probe(run, i | features[i].operations));
		expect(run, what, -ENOTTY, feature(run->device.fd, i | GET, &arg, 64));
		expect(run, what, -ENOTTY, feature(run->device.fd, i | SET, &arg, 64));
	}
}

static void
operations(struct run *run)
{
	for (uint32_t i = 0; i < VFIO_NUM_FEATURES; i++) {
		struct vfio_device_feature arg = {0};
		uint32_t missing = (GET | SET) & ~features[i].operations;

		if (!is_there(run, i) || i == VFIO_FEATURE_MIG_PRECOPY_INFO_V2)
			continue;
		expect(run, "PROBE alone", 0, probe(run, i));
		expect(run, "PROBE of what the feature has", 0,
		       probe(run, i | features[i].operations));
		expect(run, "neither GET nor SET", -EINVAL,
		       feature(run->device.fd, i, &arg, sizeof(arg.data)));
		if (!missing)
			continue;
		expect(run, "an operation that the feature lacks", -EINVAL,
		       feature(run->device.fd, i | missing, &arg, sizeof(arg.data)));
		expect(run, "PROBE of it", -EINVAL, probe(run, i | missing));
		expect(run, "PROBE of GET and SET", -EINVAL, probe(run, i | GET | SET));
	}
}

static void
data_sizes(struct run *run)
{
	for (uint32_t i = 0; i < VFIO_NUM_FEATURES; i++) {
		struct vfio_device_feature arg = {0};
		uint32_t operation = features[i].operations & SET ? SET : GET;

		if (!features[i].data || !is_there(run, i))
			continue;
		expect(run, "one byte of data too few", -EINVAL,
		       feature(run->device.fd, i | operation, &arg, features[i].data - 1));
		expect(run, "no data", -EINVAL, feature(run->device.fd, i | operation, &arg, 0));
	}
}

static void
low_power(struct run *run)
{
	struct vfio_device_feature arg = {0};
	struct vfio_device_info info;

	need(run, VFIO_FEATURE_LOW_POWER_ENTRY);
	expect(run, "EXIT when not in low power", 0,
	       feature(run->device.fd, VFIO_FEATURE_LOW_POWER_EXIT | SET, &arg, 0));
	expect(run, "ENTRY", 0,
	       feature(run->device.fd, VFIO_FEATURE_LOW_POWER_ENTRY | SET, &arg, 0));
	expect(run, "ENTRY again", -EINVAL,
	       feature(run->device.fd, VFIO_FEATURE_LOW_POWER_ENTRY | SET, &arg, 0));
	expect(run, "GET_INFO in low power", 0, get_info(run->device.fd, &info));
	expect_value(run, "vendor id read in low power", facts_config16(run->facts, 0),
		     config_read(run, PCI_VENDOR_ID, 2));
	expect(run, "EXIT", 0, feature(run->device.fd, VFIO_FEATURE_LOW_POWER_EXIT | SET, &arg, 0));
	expect(run, "EXIT again", 0,
	       feature(run->device.fd, VFIO_FEATURE_LOW_POWER_EXIT | SET, &arg, 0));
	expect(run, "ENTRY after EXIT", 0,
	       feature(run->device.fd, VFIO_FEATURE_LOW_POWER_ENTRY | SET, &arg, 0));
}

static long
entry_with_wakeup(struct run *run, int32_t fd)
{
	struct vfio_device_feature arg = {.word = {(uint32_t)fd, 0}};

	return feature(run->device.fd, VFIO_FEATURE_LOW_POWER_ENTRY_WITH_WAKEUP | SET, &arg, 8);
}

static void
wakeup(struct run *run)
{
	struct vfio_device_feature arg = {0};
	int fd = make_eventfd(run);
	long again;

	need(run, VFIO_FEATURE_LOW_POWER_ENTRY_WITH_WAKEUP);
	expect(run, "eventfd -1", -EINVAL, entry_with_wakeup(run, -1));
	expect(run, "a closed descriptor", -EBADF, entry_with_wakeup(run, closed_fd()));
	expect(run, "no eventfd", -EINVAL, entry_with_wakeup(run, run->device.fd));
	expect(run, "an eventfd", 0, entry_with_wakeup(run, fd));
	/* The next call wakes the device, if it has slept: that is signalled, and it may enter again. */
	again = entry_with_wakeup(run, make_eventfd(run));
	if (again)
		expect(run, "again, while it has not slept", -EINVAL, again);
	expect_value(run, "signals", again ? 0 : 1, counted_now(fd));
	expect(run, "EXIT", 0, feature(run->device.fd, VFIO_FEATURE_LOW_POWER_EXIT | SET, &arg, 0));
}

static void
token(struct run *run)
{
	struct vfio_device_feature arg = {0};

	if (is_there(run, VFIO_FEATURE_PCI_VF_TOKEN))
		skip(run, "the device has VFs");
	expect(run, "SET of a token", -ENOTTY,
	       feature(run->device.fd, VFIO_FEATURE_PCI_VF_TOKEN | SET, &arg, 16));
}

static void
logging_start(struct run *run)
{
	struct vfio_device_feature arg = {.quad = {PAGE}};

	need(run, VFIO_FEATURE_DMA_LOGGING_START);
	expect(run, "no range", -EINVAL,
	       feature(run->device.fd, VFIO_FEATURE_DMA_LOGGING_START | SET, &arg, 24));
	arg.word[2] = 100000;
	arg.quad[2] = (uintptr_t)pages();
	expect(run, "too many ranges", -E2BIG,
	       feature(run->device.fd, VFIO_FEATURE_DMA_LOGGING_START | SET, &arg, 24));
}

static const struct rule rules[] = {
	{"null", "a null pointer: EFAULT", STATE_BOUND, IOCTL_NULL(VFIO_DEVICE_FEATURE),
	 .err = EFAULT},
	{"argsz-0", "argsz 0: EINVAL", STATE_BOUND, FEATURE(.argsz = 0), .err = EINVAL},
	{"argsz-7", "argsz 7: EINVAL", STATE_BOUND, FEATURE(.argsz = 7, .flags = GET | UNKNOWN),
	 .err = EINVAL},
	{"short-unreadable", "4 readable bytes with argsz 4: EFAULT, not EINVAL", STATE_BOUND,
	 FEATURE(.argsz = 4), .readable = 4, .err = EFAULT},
	{"unknown-flag", "bit 19: EINVAL, before an unknown feature", STATE_BOUND,
	 FEATURE(.argsz = 72, .flags = GET | 1u << 19 | UNKNOWN), .err = EINVAL},
	{"unknown-flag-31", "bit 31: EINVAL", STATE_BOUND,
	 FEATURE(.argsz = 72, .flags = GET | 1u << 31 | UNKNOWN), .err = EINVAL},
	{"get-and-set", "GET and SET without PROBE: EINVAL, before an unknown feature", STATE_BOUND,
	 FEATURE(.argsz = 72, .flags = GET | SET | UNKNOWN), .err = EINVAL},
	{"unknown-get", "GET of an unknown feature: ENOTTY", STATE_BOUND,
	 FEATURE(.argsz = 72, .flags = GET | UNKNOWN), .err = ENOTTY},
	{"unknown-set", "SET of an unknown feature: ENOTTY", STATE_BOUND,
	 FEATURE(.argsz = 72, .flags = SET | UNKNOWN), .err = ENOTTY},
	{"unknown-probe", "PROBE of an unknown feature: ENOTTY", STATE_BOUND,
	 FEATURE(.argsz = 8, .flags = PROBE | GET | SET | UNKNOWN), .err = ENOTTY},
	{"unknown-nothing", "no operation on an unknown feature: ENOTTY", STATE_BOUND,
	 FEATURE(.argsz = 8, .flags = UNKNOWN), .err = ENOTTY},
	{"edge", "only 8 bytes are read for an unknown feature", STATE_BOUND,
	 FEATURE(.argsz = 8, .flags = PROBE | UNKNOWN), .readable = 8, .err = ENOTTY},
	{"bus-master", "BUS_MASTER is CDX's: ENOTTY", STATE_BOUND,
	 FEATURE(.argsz = 12, .flags = GET | VFIO_FEATURE_BUS_MASTER), .err = ENOTTY},
	{"absent", "features that aren't there: ENOTTY for PROBE, GET and SET", STATE_BOUND,
	 .body = probes},
	{"operations", "features that are: PROBE ok, operations they lack EINVAL", STATE_BOUND,
	 .body = operations},
	{"data-size", "less data than the feature has: EINVAL", STATE_BOUND, .body = data_sizes},
	{"token", "VF token of a device without VFs: ENOTTY", STATE_BOUND, .body = token},
	{"low-power", "low power: entry, twice EINVAL, exit always", STATE_BOUND,
	 .body = low_power},
	{"wakeup", "low power with an eventfd: bad ones are refused", STATE_BOUND, .body = wakeup},
	{"logging-start", "DMA logging: no range EINVAL, too many E2BIG", STATE_BOUND,
	 .body = logging_start},
};

GROUP(feature, "vfio_main.c, vfio_pci_core.c");

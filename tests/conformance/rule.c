/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/pci_regs.h>

#include "run.h"

/* ---- one ioctl ---- */

#define CANARY       0xa5
#define CANARY_BYTES 64u

static uint64_t
value_of(struct run *run, enum value value)
{
	switch (value) {
	case VALUE_DEVICE_ID:
		return run->device.devid;
	case VALUE_IOAS:
		return run->ioas;
	case VALUE_HWPT:
		return run->hwpt;
	case VALUE_IOMMU_FD:
		return (uint32_t)(run->device.iommu < 0 ? open_iommu(run) : run->device.iommu);
	case VALUE_CLOSED_FD:
		return (uint32_t)closed_fd();
	case VALUE_NULL_FD:
		return (uint32_t)open("/dev/null", O_RDWR | O_CLOEXEC);
	case VALUE_EVENTFD:
		return (uint32_t)make_eventfd(run);
	case VALUE_PAGES:
		return (uintptr_t)pages();
	case VALUE_HOLE:
		return (uintptr_t)at_edge(PAGE) + PAGE;
	default:
		return 0;
	}
}

static void
place_values(struct run *run, uint8_t *image)
{
	const struct placed *placed = run->rule->placed;

	for (unsigned i = 0; i < sizeof(run->rule->placed) / sizeof(*placed); i++) {
		uint64_t value = value_of(run, placed[i].value);
		bool address = placed[i].value == VALUE_PAGES || placed[i].value == VALUE_HOLE;

		if (placed[i].value)
			memcpy(image + placed[i].offset, &value, address ? 8 : 4);
	}
}

/* Where the argument of a rule lies: canaries behind it, or an edge in it. */
static uint8_t *
lay_out(const struct rule *rule, const uint8_t *image, size_t size)
{
	uint8_t *arg;

	if (rule->readable) {
		arg = at_edge(rule->readable);
		memcpy(arg, image, rule->readable);
		return arg;
	}
	arg = map_anonymous((size + CANARY_BYTES + PAGE - 1) / PAGE * PAGE);
	memcpy(arg, image, size);
	memset(arg + size, CANARY, CANARY_BYTES);
	if (rule->read_only && mprotect(arg, (size + PAGE - 1) / PAGE * PAGE, PROT_READ))
		abort();
	return arg;
}

static void
check_unwritten(struct run *run, const uint8_t *image, const uint8_t *arg, size_t size)
{
	const struct rule *rule = run->rule;
	size_t may = rule->writes == WRITES_NOTHING ? 0
		     : rule->writes                 ? rule->writes
		     : rule->err                    ? 0
						    : size;
	size_t end = rule->readable ? rule->readable : size + CANARY_BYTES;

	for (size_t i = may; i < end; i++) {
		uint8_t before = i < size ? image[i] : CANARY;

		if (arg[i] != before)
			fail(run, "byte %zu of the argument: %#x overwritten with %#x", i, before,
			     arg[i]);
	}
}

static void
check_fields(struct run *run, const uint8_t *arg)
{
	const struct field *field = run->rule->fields;

	for (unsigned i = 0; i < sizeof(run->rule->fields) / sizeof(*field); i++, field++) {
		uint64_t value = 0;
		char what[48];

		if (!field->width)
			break;
		memcpy(&value, arg + field->offset, field->width);
		snprintf(what, sizeof(what), "argument at offset %u", field->offset);
		expect_value(run, what, field->value, value);
	}
}

static int
target(const struct run *run)
{
	const enum state state = run->rule->state;
	const unsigned long command = run->rule->command;

	if (state == STATE_IOMMU || state == STATE_IOAS)
		return run->device.iommu;
	return command >= IOMMU_DESTROY && command <= IOMMU_HW_QUEUE_ALLOC ? run->device.iommu
									   : run->device.fd;
}

static void
run_ioctl(struct run *run)
{
	const struct rule *rule = run->rule;
	const bool other = rule->err_access && run->facts->have & NEED_ACCESS;
	const long expected = -(other ? rule->err_access : rule->err);
	uint8_t *image, *arg;

	if (!rule->arg) {
		expect(run, "the call", expected, call(target(run), rule->command, NULL));
		return;
	}
	image = malloc(rule->arg_size);
	if (!image)
		abort();
	memcpy(image, rule->arg, rule->arg_size);
	place_values(run, image);
	arg = lay_out(rule, image, rule->arg_size);
	expect(run, "the call", expected, call(target(run), rule->command, arg));
	check_unwritten(run, image, arg, rule->arg_size);
	check_fields(run, arg);
}

/* ---- states ---- */

/* A device that isn't bound remembers what the rules before have written. */
static void
restore(struct run *run)
{
	struct vfio_device_feature none = {0};

	call(run->device.fd, VFIO_DEVICE_RESET, NULL);
	feature(run->device.fd, VFIO_FEATURE_LOW_POWER_EXIT | VFIO_FEATURE_SET, &none, 0);
	config_write(run, PCI_COMMAND, 2, facts_config16(run->facts, PCI_COMMAND));
	config_write(run, PCI_INTERRUPT_LINE, 1, run->facts->config[PCI_INTERRUPT_LINE]);
	for (unsigned at = PCI_BASE_ADDRESS_0; at <= PCI_BASE_ADDRESS_5; at += 4)
		config_write(run, at, 4, facts_config32(run->facts, at));
}

static void
prepare_device(struct run *run)
{
	const char *step;
	int result;

	if (run->rule->state == STATE_OPEN) {
		run->device.fd = open_again(run);
		return;
	}
	result = device_open(run->way, &run->device, &step);
	if (result)
		fail(run, "before the rule: %s: %s", step, strerror(-result));
	if (run->way->reach == REACH_OPEN)
		restore(run);
}

static void
prepare(struct run *run)
{
	const enum state state = run->rule->state;
	const bool cdev = run->way->reach == REACH_CDEV;

	run->device = DEVICE_NONE;
	if (state == STATE_IOMMU || state == STATE_IOAS)
		run->device.iommu = open_iommu(run);
	else if (state != STATE_NONE)
		prepare_device(run);
	if (state == STATE_IOAS || (state == STATE_ATTACHED && cdev))
		expect(run, "before the rule: IOMMU_IOAS_ALLOC", 0,
		       ioas_alloc(run->device.iommu, &run->ioas));
	if (state == STATE_ATTACHED && cdev) {
		run->hwpt = run->ioas;
		expect(run, "before the rule: VFIO_DEVICE_ATTACH_IOMMUFD_PT", 0,
		       attach_to(run->device.fd, &run->hwpt));
	}
}

void
run_rule(struct run *run)
{
	prepare(run);
	if (run->rule->body)
		run->rule->body(run);
	else
		run_ioctl(run);
	pass(run);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VFIO_DEVICE_SET_IRQS: every data kind, action and index with counts and starts around the number
 * of vectors, in every mode, against the rules of vfio_pci_intrs.c.
 */
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "dump.h"
#include "irq.h"
#include "kernel.h"
#include "node.h"
#include "served.h"

#define NO_MODE (-1)

/* What the state is before a call. */
struct before {
	int mode;        /* INTX, MSI, MSIX with all vectors armed, or NO_MODE */
	bool req_is_set; /* REQ, and ERR if there is one, have an eventfd */
};

struct call {
	uint32_t index, data, action, start, count;
};

static const uint32_t edu_vectors[] = {1, 1, 0, 0, 1};
static const uint32_t express_vectors[] = {1, EXPRESS_MSI_VECTORS, EXPRESS_MSIX_VECTORS, 1, 1};

static int
want_intx(const struct before *before, const struct call *call)
{
	bool on = before->mode == INTX;

	if (call->action != TRIGGER) {
		if (!on || call->start || call->count != 1)
			return -EINVAL;
		return call->action == MASK && call->data == EVENTFD ? -ENOTTY : 0;
	}
	if (on && call->data == NONE && !call->count)
		return 0;
	if (call->start || call->count != 1 || (before->mode != NO_MODE && !on))
		return -EINVAL;
	return call->data == EVENTFD || on ? 0 : -EINVAL;
}

static int
want_message(const struct before *before, const struct call *call)
{
	bool on = before->mode == (int)call->index;

	if (call->action != TRIGGER)
		return -ENOTTY;
	if (on)
		return 0;
	if (before->mode != NO_MODE || call->data != EVENTFD)
		return -EINVAL;
	return call->start + call->count ? 0 : -ERANGE;
}

static int
want_single(const struct before *before, const struct call *call)
{
	if (call->action != TRIGGER)
		return -ENOTTY;
	if (call->data == NONE)
		return before->req_is_set ? 0 : -EINVAL;
	return call->count ? 0 : -EINVAL;
}

static int
wanted(const uint32_t *vectors, const struct before *before, const struct call *call)
{
	uint32_t limit = vectors[call->index];

	if (call->start >= limit || call->start + call->count > limit)
		return -EINVAL;
	switch (call->index) {
	case INTX:
		return want_intx(before, call);
	case MSI:
	case MSIX:
		return want_message(before, call);
	default:
		return want_single(before, call);
	}
}

static void
bring_about(int fd, const uint32_t *vectors, const struct before *before, const int32_t *events)
{
	if (before->mode != NO_MODE)
		ck_assert_int_eq(irq_set(fd, (uint32_t)before->mode, EVENTFD | TRIGGER, 0,
					 vectors[before->mode], events),
				 0);
	if (before->req_is_set)
		ck_assert_int_eq(irq_arm(fd, REQ, TRIGGER, 0, events[0]), 0);
	if (before->req_is_set && vectors[ERR])
		ck_assert_int_eq(irq_arm(fd, ERR, TRIGGER, 0, events[0]), 0);
}

static void
try(const uint32_t *vectors, const struct before *before, const struct call *call)
{
	int fd = node_open(SERVED_NODE), got, want = wanted(vectors, before, call);
	int32_t events[IRQ_MAX_VECTORS];
	uint8_t ones[IRQ_MAX_VECTORS];
	int event = event_new();

	memset(ones, 1, sizeof(ones));
	for (unsigned i = 0; i < IRQ_MAX_VECTORS; i++)
		events[i] = event;
	bring_about(fd, vectors, before, events);
	got = irq_set(fd, call->index, call->data | call->action, call->start, call->count,
		      call->data == BOOL ? (void *)ones : events);
	ck_assert_msg(
		got == want,
		"index %u data %u action %u start %u count %u in mode %d, REQ %d: %d instead of %d",
		call->index, call->data, call->action, call->start, call->count, before->mode,
		before->req_is_set, got, want);
	close(event);
	close(fd);
}

/* All starts and counts of one index, data kind and action. */
static void
try_blocks(const uint32_t *vectors, const struct before *before, struct call call)
{
	const uint32_t n = vectors[call.index];
	const uint32_t starts[] = {0, 1, n}, counts[] = {0, 1, n, n + 1};

	for (unsigned i = 0; i < 3; i++)
		for (unsigned k = 0; k < 4; k++) {
			call.start = starts[i];
			call.count = counts[k];
			/* With one vector, or none, some are the same. */
			if (n < 2 && (i == 2 || k == 2 || (n == 0 && k == 3)))
				continue;
			try(vectors, before, &call);
		}
}

static void
try_all(const uint32_t *vectors, uint32_t index)
{
	static const uint32_t data[] = {NONE, BOOL, EVENTFD}, actions[] = {MASK, UNMASK, TRIGGER};
	bool single = index == ERR || index == REQ;

	for (unsigned i = 0; i < 9; i++)
		for (int state = NO_MODE; state <= MSIX; state++) {
			struct before before = {.mode = single ? NO_MODE : state};

			if (single && state > NO_MODE + 1)
				break;
			before.req_is_set = single && state != NO_MODE;
			if (before.mode != NO_MODE && !vectors[before.mode])
				continue;
			try_blocks(vectors, &before,
				   (struct call){.index = index,
						 .data = data[i / 3],
						 .action = actions[i % 3]});
		}
}

START_TEST(all_calls_edu)
{
	try_all(edu_vectors, (uint32_t)_i);
}
END_TEST

START_TEST(all_calls_express)
{
	try_all(express_vectors, (uint32_t)_i);
}
END_TEST

/* The common checks, in their order. */
static const struct {
	struct vfio_irq_set set;
	int error;
} headers[] = {
	{{.argsz = 0, .flags = NONE | TRIGGER, .index = REQ, .count = 1}, EINVAL},
	{{.argsz = 19, .flags = NONE | TRIGGER, .index = REQ, .count = 1}, EINVAL},
	{{.argsz = 20, .flags = NONE | TRIGGER, .index = 5, .count = 0}, EINVAL},
	{{.argsz = 20, .flags = NONE | TRIGGER, .index = 0xffffffff, .count = 0}, EINVAL},
	/* start and count that overflow, and just don't */
	{{.argsz = 20, .flags = NONE | TRIGGER, .index = MSI, .count = 0xffffffff}, EINVAL},
	{{.argsz = 20, .flags = NONE | TRIGGER, .index = MSI, .start = 1, .count = 0xfffffffe},
	 EINVAL},
	{{.argsz = 20, .flags = NONE | TRIGGER, .index = MSI, .start = 0xffffffff, .count = 1},
	 EINVAL},
	{{.argsz = 20, .flags = NONE | TRIGGER, .index = MSI, .start = 0xffffffff, .count = 0},
	 EINVAL},
	{{.argsz = 20,
	  .flags = NONE | TRIGGER,
	  .index = MSI,
	  .start = 0x80000000,
	  .count = 0x80000000},
	 EINVAL},
	{{.argsz = 20, .flags = EVENTFD | TRIGGER, .index = MSI, .count = 0xfffffffe}, EINVAL},
	{{.argsz = 0xffffffff, .flags = EVENTFD | TRIGGER, .index = MSI, .count = 0x40000000},
	 EINVAL},
	/* flags */
	{{.argsz = 32, .flags = NONE | TRIGGER | 1u << 6, .index = REQ, .count = 1}, EINVAL},
	{{.argsz = 32, .flags = NONE | TRIGGER | 1u << 31, .index = REQ, .count = 1}, EINVAL},
	{{.argsz = 32, .flags = TRIGGER, .index = REQ, .count = 1}, EINVAL},
	{{.argsz = 32, .flags = NONE | BOOL | TRIGGER, .index = REQ, .count = 1}, EINVAL},
	{{.argsz = 32, .flags = BOOL | EVENTFD | TRIGGER, .index = REQ, .count = 1}, EINVAL},
	{{.argsz = 32, .flags = NONE, .index = REQ, .count = 1}, ENOTTY},
	{{.argsz = 32, .flags = BOOL | MASK | TRIGGER, .index = REQ, .count = 1}, ENOTTY},
	{{.argsz = 32, .flags = NONE | MASK | UNMASK, .index = INTX, .count = 1}, ENOTTY},
	{{.argsz = 32, .flags = 0, .index = REQ, .count = 1}, EINVAL},
	/* data that argsz has no room for */
	{{.argsz = 20, .flags = BOOL | TRIGGER, .index = REQ, .count = 1}, EINVAL},
	{{.argsz = 23, .flags = EVENTFD | TRIGGER, .index = REQ, .count = 1}, EINVAL},
	{{.argsz = 32, .flags = BOOL | TRIGGER, .index = REQ, .count = 1}, 0},
	{{.argsz = 0xffffffff, .flags = BOOL | TRIGGER, .index = REQ, .count = 1}, 0},
};

START_TEST(common_checks)
{
	int fd = node_open(SERVED_NODE);

	for (unsigned i = 0; i < sizeof(headers) / sizeof(*headers); i++) {
		uint8_t bytes[64] = {0};
		int got;

		memcpy(bytes, &headers[i].set, 20);
		errno = 0;
		got = ioctl(fd, VFIO_DEVICE_SET_IRQS, bytes);
		ck_assert_msg(got == (headers[i].error ? -1 : 0) && errno == headers[i].error,
			      "row %u: %d, errno %d", i, got, errno);
	}
}
END_TEST

START_TEST(data_at_page_end)
{
	int fd = node_open(SERVED_NODE);
	uint8_t *end = page_end();
	struct vfio_irq_set set = {
		.argsz = 24, .flags = EVENTFD | TRIGGER, .index = REQ, .count = 1};
	int32_t none = -1;

	/* All of it there; then the data not, then the header not. */
	memcpy(end - 24, &set, 20);
	memcpy(end - 4, &none, 4);
	assert_returns(ioctl(fd, VFIO_DEVICE_SET_IRQS, end - 24), 0);
	memcpy(end - 23, &set, 20);
	assert_fails(ioctl(fd, VFIO_DEVICE_SET_IRQS, end - 23), EFAULT);
	memcpy(end - 20, &set, 20);
	assert_fails(ioctl(fd, VFIO_DEVICE_SET_IRQS, end - 20), EFAULT);
	assert_fails(ioctl(fd, VFIO_DEVICE_SET_IRQS, end - 19), EFAULT);
	/* No action is a later check than reading the data; a bad index is an earlier one. */
	set.flags = EVENTFD;
	memcpy(end - 20, &set, 20);
	assert_fails(ioctl(fd, VFIO_DEVICE_SET_IRQS, end - 20), EFAULT);
	set.index = 7;
	memcpy(end - 20, &set, 20);
	assert_fails(ioctl(fd, VFIO_DEVICE_SET_IRQS, end - 20), EINVAL);
	/* DATA_NONE reads nothing, whatever argsz says. */
	set = (struct vfio_irq_set){
		.argsz = 4096, .flags = NONE | TRIGGER, .index = REQ, .count = 1};
	memcpy(end - 20, &set, 20);
	assert_fails(ioctl(fd, VFIO_DEVICE_SET_IRQS, end - 20), EINVAL);
}
END_TEST

Suite *
set_irqs_suite(void)
{
	Suite *suite = suite_create("set-irqs");
	TCase *edu = served_case("edu", serve_edu, 300);
	TCase *express = served_case("express", serve_express, 300);

	tcase_add_loop_test(edu, all_calls_edu, 0, VFIO_PCI_NUM_IRQS);
	tcase_add_test(edu, common_checks);
	tcase_add_test(edu, data_at_page_end);
	served_last(edu);
	suite_add_tcase(suite, edu);
	tcase_add_loop_test(express, all_calls_express, 0, VFIO_PCI_NUM_IRQS);
	served_last(express);
	suite_add_tcase(suite, express);
	return suite;
}

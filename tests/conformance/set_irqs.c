/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What SET_IRQS checks before any index looks at the call, in its order. */
#include <string.h>
#include <sys/mman.h>

#include "groups.h"
#include "run.h"

#define SET(...) IOCTL(VFIO_DEVICE_SET_IRQS, vfio_irq_set, __VA_ARGS__)
#define HEADER   VFIO_IRQ_SET_HEADER
#define LOOPBACK (VFIO_DATA_NONE | VFIO_ACTION_TRIGGER)

/* What each index accepts; without the mode on, most of it is EINVAL then, but never ENOTTY. */
static const struct {
	uint32_t index, action;
	uint32_t kinds; /* those not in it: ENOTTY */
} accepted[] = {
	{VFIO_INTX, VFIO_ACTION_MASK, VFIO_DATA_NONE | VFIO_DATA_BOOL},
	{VFIO_INTX, VFIO_ACTION_UNMASK, VFIO_DATA_NONE | VFIO_DATA_BOOL | VFIO_DATA_EVENTFD},
	{VFIO_INTX, VFIO_ACTION_TRIGGER, VFIO_DATA_NONE | VFIO_DATA_BOOL | VFIO_DATA_EVENTFD},
	{VFIO_MSI, VFIO_ACTION_MASK, 0},
	{VFIO_MSI, VFIO_ACTION_UNMASK, 0},
	{VFIO_MSI, VFIO_ACTION_TRIGGER, VFIO_DATA_NONE | VFIO_DATA_BOOL | VFIO_DATA_EVENTFD},
	{VFIO_MSIX, VFIO_ACTION_MASK, 0},
	{VFIO_MSIX, VFIO_ACTION_UNMASK, 0},
	{VFIO_MSIX, VFIO_ACTION_TRIGGER, VFIO_DATA_NONE | VFIO_DATA_BOOL | VFIO_DATA_EVENTFD},
	{VFIO_ERR, VFIO_ACTION_MASK, 0},
	{VFIO_ERR, VFIO_ACTION_UNMASK, 0},
	{VFIO_ERR, VFIO_ACTION_TRIGGER, VFIO_DATA_NONE | VFIO_DATA_BOOL | VFIO_DATA_EVENTFD},
	{VFIO_REQ, VFIO_ACTION_MASK, 0},
	{VFIO_REQ, VFIO_ACTION_UNMASK, 0},
	{VFIO_REQ, VFIO_ACTION_TRIGGER, VFIO_DATA_NONE | VFIO_DATA_BOOL | VFIO_DATA_EVENTFD},
};

static const uint32_t kinds[] = {VFIO_DATA_NONE, VFIO_DATA_BOOL, VFIO_DATA_EVENTFD};

/* Data for this many vectors: false, or no eventfd. */
static long
idle_call(struct run *run, uint32_t flags, uint32_t index, uint32_t start, uint32_t count)
{
	static uint8_t zeros[4096];
	static int32_t none[4096];

	for (unsigned i = 0; i < sizeof(none) / sizeof(*none); i++)
		none[i] = -1;
	return set_irqs(run->device.fd, flags, index, start, count,
			flags & VFIO_DATA_EVENTFD ? (void *)none : (void *)zeros);
}

/* For the row of the rule's index and action: nothing else is ENOTTY. */
static void
triples(struct run *run)
{
	const uint32_t index = run->rule->param & 7, action = run->rule->param & ~7u;
	const unsigned vectors = run->facts->vectors[index];
	uint32_t accepts = 0;

	for (unsigned i = 0; i < sizeof(accepted) / sizeof(*accepted); i++)
		if (accepted[i].index == index && accepted[i].action == action)
			accepts = accepted[i].kinds;
	for (unsigned i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		const uint32_t flags = kinds[i] | action;
		long result;

		if (!vectors) {
			expect(run, "an index without vectors, count 0", -EINVAL,
			       idle_call(run, flags, index, 0, 0));
			expect(run, "an index without vectors, count 1", -EINVAL,
			       idle_call(run, flags, index, 0, 1));
			continue;
		}
		result = idle_call(run, flags, index, 0, 1);
		if (accepts & kinds[i])
			expect_that(run, result != -ENOTTY,
				    "the pair of index and action is known");
		else if (!accepts)
			expect(run, "a pair of index and action that isn't known", -ENOTTY, result);
		expect(run, "start beyond the last vector", -EINVAL,
		       idle_call(run, flags, index, vectors, 0));
		expect(run, "count one too large", -EINVAL,
		       idle_call(run, flags, index, 0, vectors + 1));
		expect(run, "the last vector and one more", -EINVAL,
		       idle_call(run, flags, index, vectors - 1, 2));
		disarm(run->device.fd, index);
	}
}

static void
kinds_combined(struct run *run)
{
	const uint32_t pairs[] = {
		0,
		VFIO_DATA_NONE | VFIO_DATA_BOOL,
		VFIO_DATA_NONE | VFIO_DATA_EVENTFD,
		VFIO_DATA_BOOL | VFIO_DATA_EVENTFD,
		VFIO_DATA_NONE | VFIO_DATA_BOOL | VFIO_DATA_EVENTFD,
	};

	for (unsigned i = 0; i < sizeof(pairs) / sizeof(*pairs); i++)
		expect(run, "none or several DATA bits", -EINVAL,
		       idle_call(run, pairs[i] | VFIO_ACTION_TRIGGER, VFIO_REQ, 0, 1));
}

static void
actions_combined(struct run *run)
{
	const uint32_t sets[] = {
		0,
		VFIO_ACTION_MASK | VFIO_ACTION_UNMASK,
		VFIO_ACTION_MASK | VFIO_ACTION_TRIGGER,
		VFIO_ACTION_UNMASK | VFIO_ACTION_TRIGGER,
		VFIO_ACTION_MASK | VFIO_ACTION_UNMASK | VFIO_ACTION_TRIGGER,
	};

	for (unsigned i = 0; i < sizeof(sets) / sizeof(*sets); i++)
		expect(run, "none or several ACTION bits", -ENOTTY,
		       idle_call(run, VFIO_DATA_NONE | sets[i], VFIO_REQ, 0, 1));
}

static void
unreadable_data(struct run *run)
{
	struct vfio_irq_set *set = at_edge(HEADER);

	set->argsz = HEADER + 4;
	set->flags = VFIO_DATA_EVENTFD | VFIO_ACTION_TRIGGER;
	set->index = VFIO_REQ;
	set->start = 0;
	set->count = 1;
	expect(run, "eventfds that can't be read", -EFAULT,
	       call(run->device.fd, VFIO_DEVICE_SET_IRQS, set));
	set->flags = VFIO_DATA_BOOL;
	expect(run, "data that can't be read, and no action", -EFAULT,
	       call(run->device.fd, VFIO_DEVICE_SET_IRQS, set));
	set->flags = VFIO_DATA_NONE | VFIO_ACTION_TRIGGER;
	expect(run, "no data: nothing behind the header is read", -EINVAL,
	       call(run->device.fd, VFIO_DEVICE_SET_IRQS, set));
}

static void
surplus(struct run *run)
{
	struct vfio_irq_set set = {
		.argsz = sizeof(set),
		.flags = VFIO_DATA_EVENTFD | VFIO_ACTION_TRIGGER,
		.index = VFIO_REQ,
		.count = 1,
		.fds = {make_eventfd(run), 12345},
	};

	expect(run, "more data than needed", 0, call(run->device.fd, VFIO_DEVICE_SET_IRQS, &set));
}

#define TRIPLES(name, index_, action_)                                                             \
	{                                                                                          \
		.id = (name),                                                                      \
		.words = "what this index takes of each kind of data, and the range",              \
		.state = STATE_BOUND, .body = triples, .param = (index_) | (action_)               \
	}

static const struct rule rules[] = {
	{"null", "a null pointer: EFAULT", STATE_BOUND, IOCTL_NULL(VFIO_DEVICE_SET_IRQS),
	 .err = EFAULT},
	{"argsz-0", "argsz 0: EINVAL", STATE_BOUND, SET(.argsz = 0), .err = EINVAL},
	{"argsz-19", "argsz 19: EINVAL", STATE_BOUND,
	 SET(.argsz = 19, .flags = LOOPBACK, .index = VFIO_REQ, .count = 1), .err = EINVAL},
	{"short-unreadable", "16 readable bytes with argsz 16: EFAULT, not EINVAL", STATE_BOUND,
	 SET(.argsz = 16), .readable = 16, .err = EFAULT},
	{"index-5", "index 5: EINVAL", STATE_BOUND,
	 SET(.argsz = HEADER, .flags = LOOPBACK, .index = 5, .count = 1), .err = EINVAL},
	{"index-max", "index 2^32 - 1: EINVAL", STATE_BOUND,
	 SET(.argsz = HEADER, .flags = LOOPBACK, .index = 0xffffffff, .count = 1), .err = EINVAL},
	{"unknown-flag", "a flag outside DATA and ACTION: EINVAL", STATE_BOUND,
	 SET(.argsz = HEADER, .flags = LOOPBACK | VFIO_IRQ_SET_UNKNOWN, .index = VFIO_REQ,
	     .count = 1),
	 .err = EINVAL},
	{"unknown-flag-31", "flag bit 31: EINVAL", STATE_BOUND,
	 SET(.argsz = HEADER, .flags = LOOPBACK | 1u << 31, .index = VFIO_REQ, .count = 1),
	 .err = EINVAL},
	{"count-max", "count 2^32 - 1: EINVAL", STATE_BOUND,
	 SET(.argsz = HEADER, .flags = LOOPBACK, .index = VFIO_REQ, .count = 0xffffffff),
	 .err = EINVAL},
	{"sum-wraps", "start + count wraps: EINVAL", STATE_BOUND,
	 SET(.argsz = HEADER, .flags = LOOPBACK, .index = VFIO_REQ, .start = 0xffffffff,
	     .count = 2),
	 .err = EINVAL},
	{"start-1", "REQ with start 1: EINVAL", STATE_BOUND,
	 SET(.argsz = HEADER, .flags = LOOPBACK, .index = VFIO_REQ, .start = 1), .err = EINVAL},
	{"range-before-data", "the range comes before the kind of data", STATE_BOUND,
	 SET(.argsz = HEADER, .flags = VFIO_ACTION_MASK, .index = VFIO_REQ, .count = 2),
	 .err = EINVAL},
	{"data-before-action", "the kind of data comes before the action", STATE_BOUND,
	 SET(.argsz = HEADER, .flags = VFIO_ACTION_MASK, .index = VFIO_REQ, .count = 1),
	 .err = EINVAL},
	{"size-before-action", "the size of the data comes before the action", STATE_BOUND,
	 SET(.argsz = HEADER, .flags = VFIO_DATA_BOOL | VFIO_ACTION_MASK, .index = VFIO_REQ,
	     .count = 1),
	 .err = EINVAL},
	{"bool-short", "BOOL with no byte for the vector: EINVAL", STATE_BOUND,
	 SET(.argsz = HEADER, .flags = VFIO_DATA_BOOL | VFIO_ACTION_TRIGGER, .index = VFIO_REQ,
	     .count = 1),
	 .err = EINVAL},
	{"eventfd-short", "EVENTFD with 3 bytes for the vector: EINVAL", STATE_BOUND,
	 SET(.argsz = HEADER + 3, .flags = VFIO_DATA_EVENTFD | VFIO_ACTION_TRIGGER,
	     .index = VFIO_REQ, .count = 1),
	 .err = EINVAL},
	{"data-kinds", "none or several DATA bits: EINVAL", STATE_BOUND, .body = kinds_combined},
	{"actions", "none or several ACTION bits: ENOTTY", STATE_BOUND, .body = actions_combined},
	{"data-unreadable", "data that can't be read: EFAULT", STATE_BOUND,
	 .body = unreadable_data},
	{"data-surplus", "more data than needed is ignored", STATE_BOUND, .body = surplus},
	TRIPLES("intx-mask", VFIO_INTX, VFIO_ACTION_MASK),
	TRIPLES("intx-unmask", VFIO_INTX, VFIO_ACTION_UNMASK),
	TRIPLES("intx-trigger", VFIO_INTX, VFIO_ACTION_TRIGGER),
	TRIPLES("msi-mask", VFIO_MSI, VFIO_ACTION_MASK),
	TRIPLES("msi-unmask", VFIO_MSI, VFIO_ACTION_UNMASK),
	TRIPLES("msi-trigger", VFIO_MSI, VFIO_ACTION_TRIGGER),
	TRIPLES("msix-mask", VFIO_MSIX, VFIO_ACTION_MASK),
	TRIPLES("msix-unmask", VFIO_MSIX, VFIO_ACTION_UNMASK),
	TRIPLES("msix-trigger", VFIO_MSIX, VFIO_ACTION_TRIGGER),
	TRIPLES("err-mask", VFIO_ERR, VFIO_ACTION_MASK),
	TRIPLES("err-unmask", VFIO_ERR, VFIO_ACTION_UNMASK),
	TRIPLES("err-trigger", VFIO_ERR, VFIO_ACTION_TRIGGER),
	TRIPLES("req-mask", VFIO_REQ, VFIO_ACTION_MASK),
	TRIPLES("req-unmask", VFIO_REQ, VFIO_ACTION_UNMASK),
	TRIPLES("req-trigger", VFIO_REQ, VFIO_ACTION_TRIGGER),
};

GROUP(set_irqs, "vfio_main.c, vfio_pci_intrs.c");

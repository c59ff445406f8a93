/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SET_IRQS of ERR and REQ: the same rules for both. */
#include "groups.h"
#include "run.h"

static uint32_t
index_of(const struct run *run)
{
	return run->rule->param;
}

static long
give(struct run *run, int32_t fd)
{
	return arm(run->device.fd, index_of(run), 0, 1, &fd);
}

static long
loop(struct run *run)
{
	return trigger(run->device.fd, index_of(run), 0, 1);
}

static long
with_bool(struct run *run, uint8_t value, uint32_t count)
{
	return set_irqs(run->device.fd, VFIO_DATA_BOOL | VFIO_ACTION_TRIGGER, index_of(run), 0,
			count, &value);
}

static void
none_set(struct run *run)
{
	expect(run, "NONE count 1", -EINVAL, loop(run));
	expect(run, "NONE count 0", -EINVAL, disarm(run->device.fd, index_of(run)));
	expect(run, "BOOL true", 0, with_bool(run, 1, 1));
	expect(run, "EVENTFD -1", 0, give(run, -1));
}

static void
loopback(struct run *run)
{
	int fd = make_eventfd(run);

	expect(run, "EVENTFD", 0, give(run, fd));
	expect_value(run, "signals before", 0, counted_now(fd));
	expect(run, "NONE count 1", 0, loop(run));
	expect_value(run, "signals", 1, counted(fd));
	expect(run, "BOOL true", 0, with_bool(run, 1, 1));
	expect_value(run, "signals", 1, counted(fd));
	expect(run, "BOOL false", 0, with_bool(run, 0, 1));
	expect_value(run, "signals", 0, counted_now(fd));
}

static void
count_0(struct run *run)
{
	expect(run, "BOOL count 0", -EINVAL, with_bool(run, 0, 0));
	expect(run, "EVENTFD count 0", -EINVAL, arm(run->device.fd, index_of(run), 0, 0, NULL));
	expect(run, "EVENTFD", 0, give(run, make_eventfd(run)));
	expect(run, "BOOL count 0 with an eventfd set", -EINVAL, with_bool(run, 0, 0));
	expect(run, "EVENTFD count 0 with an eventfd set", -EINVAL,
	       arm(run->device.fd, index_of(run), 0, 0, NULL));
	expect(run, "NONE count 0", 0, disarm(run->device.fd, index_of(run)));
	expect(run, "NONE count 1 after that", -EINVAL, loop(run));
}

static void
removed(struct run *run)
{
	int fd = make_eventfd(run);

	expect(run, "EVENTFD", 0, give(run, fd));
	expect(run, "EVENTFD -1", 0, give(run, -1));
	expect(run, "NONE count 1", -EINVAL, loop(run));
	expect_value(run, "signals", 0, counted_now(fd));
	expect(run, "EVENTFD -1 again", 0, give(run, -1));
}

static void
replaced(struct run *run)
{
	int first = make_eventfd(run), second = make_eventfd(run);

	expect(run, "EVENTFD", 0, give(run, first));
	expect(run, "EVENTFD, another", 0, give(run, second));
	expect(run, "NONE count 1", 0, loop(run));
	expect_value(run, "signals of the new one", 1, counted(second));
	expect_value(run, "signals of the old one", 0, counted_now(first));
}

static void
bad(struct run *run)
{
	int fd = make_eventfd(run);

	expect(run, "a closed descriptor", -EBADF, give(run, closed_fd()));
	expect(run, "no eventfd", -EINVAL, give(run, run->device.fd));
	expect(run, "EVENTFD", 0, give(run, fd));
	expect(run, "a closed descriptor", -EBADF, give(run, closed_fd()));
	expect(run, "NONE count 1", 0, loop(run));
	expect_value(run, "signals of the one before", 1, counted(fd));
}

static void
minus_2(struct run *run)
{
	expect(run, "EVENTFD -2", -EINVAL, give(run, -2));
}

static void
beside(struct run *run)
{
	const uint32_t mode = run->facts->vectors[VFIO_MSI]    ? VFIO_MSI
			      : run->facts->vectors[VFIO_MSIX] ? VFIO_MSIX
							       : VFIO_INTX;
	int fd = make_eventfd(run), other = make_eventfd(run);

	if (!run->facts->vectors[mode])
		skip(run, "the device has no other interrupt");
	expect(run, "another mode on", 0, arm(run->device.fd, mode, 0, 1, &other));
	expect(run, "EVENTFD", 0, give(run, fd));
	expect(run, "NONE count 1", 0, loop(run));
	expect_value(run, "signals", 1, counted(fd));
	expect(run, "the mode off", 0, disarm(run->device.fd, mode));
	expect(run, "NONE count 1", 0, loop(run));
	expect_value(run, "signals", 1, counted(fd));
	expect_value(run, "signals of the mode's", 0, counted_now(other));
}

#define BOTH(name, said, function)                                                                 \
	{.id = "err-" name,                                                                        \
	 .words = "ERR: " said,                                                                    \
	 .state = STATE_BOUND,                                                                     \
	 .needs = NEED_EXPRESS,                                                                    \
	 .body = (function),                                                                       \
	 .param = VFIO_ERR},                                                                       \
	{                                                                                          \
		.id = "req-" name, .words = "REQ: " said, .state = STATE_BOUND,                    \
		.body = (function), .param = VFIO_REQ                                              \
	}

static const struct rule rules[] = {
	BOTH("none", "NONE with no eventfd set: EINVAL; BOOL and -1: ok", none_set),
	BOTH("loopback", "NONE and BOOL signal", loopback),
	BOTH("count-0", "count 0: EINVAL, but NONE removes the eventfd", count_0),
	BOTH("remove", "-1 removes the eventfd", removed),
	BOTH("replace", "another eventfd replaces the first", replaced),
	{"err-minus-2", "ERR: eventfd -2: EINVAL", STATE_BOUND, NEED_EXPRESS, KERNEL_7_2,
	 .body = minus_2, .param = VFIO_ERR},
	{"req-minus-2", "REQ: eventfd -2: EINVAL", STATE_BOUND, .since = KERNEL_7_2,
	 .body = minus_2, .param = VFIO_REQ},
	BOTH("bad", "closed: EBADF; no eventfd: EINVAL; the one before stays", bad),
	BOTH("beside", "independent of INTx, MSI and MSI-X", beside),
};

GROUP(err_req, "vfio_pci_intrs.c");

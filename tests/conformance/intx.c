/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SET_IRQS of INTx. */
#include <unistd.h>

#include <linux/pci_regs.h>

#include "groups.h"
#include "run.h"

#define UNMASK_FD (VFIO_DATA_EVENTFD | VFIO_ACTION_UNMASK)

/* QEMU's edu: a write raises the interrupt with these status bits, another one acknowledges them. */
#define EDU_RAISE 0x60
#define EDU_ACK   0x64

static long
irq_none(struct run *run, uint32_t action)
{
	return set_irqs(run->device.fd, VFIO_DATA_NONE | action, VFIO_INTX, 0, 1, NULL);
}

static long
irq_bool(struct run *run, uint32_t action, uint8_t value)
{
	return set_irqs(run->device.fd, VFIO_DATA_BOOL | action, VFIO_INTX, 0, 1, &value);
}

static long
unmask_by(struct run *run, int fd)
{
	return set_irqs(run->device.fd, UNMASK_FD, VFIO_INTX, 0, 1, &fd);
}

static int
intx_on(struct run *run)
{
	int fd = make_eventfd(run);

	expect(run, "INTx on", 0, arm(run->device.fd, VFIO_INTX, 0, 1, &fd));
	return fd;
}

static void
edu_write(struct run *run, unsigned reg, uint32_t value)
{
	expect(run, "write to a register", 4,
	       write_at(run->device.fd, &value, sizeof(value), VFIO_REGION_OFFSET(0) + reg));
}

static void
not_on(struct run *run)
{
	uint8_t yes = 1;
	const uint32_t actions[] = {VFIO_ACTION_MASK, VFIO_ACTION_UNMASK, VFIO_ACTION_TRIGGER};

	for (unsigned i = 0; i < sizeof(actions) / sizeof(*actions); i++) {
		expect(run, "NONE while INTx is off", -EINVAL, irq_none(run, actions[i]));
		expect(run, "BOOL while INTx is off", -EINVAL, irq_bool(run, actions[i], yes));
	}
	expect(run, "UNMASK EVENTFD while INTx is off", -EINVAL, unmask_by(run, make_eventfd(run)));
	expect(run, "MASK EVENTFD while INTx is off", -EINVAL,
	       set_irqs(run->device.fd, VFIO_DATA_EVENTFD | VFIO_ACTION_MASK, VFIO_INTX, 0, 1,
			&(int32_t){-1}));
	expect(run, "TRIGGER NONE count 0 while INTx is off", -EINVAL,
	       disarm(run->device.fd, VFIO_INTX));
}

static void
on_and_off(struct run *run)
{
	int fd = intx_on(run);

	expect(run, "INTx off", 0, disarm(run->device.fd, VFIO_INTX));
	expect(run, "INTx off again", -EINVAL, disarm(run->device.fd, VFIO_INTX));
	expect(run, "loopback after off", -EINVAL, trigger(run->device.fd, VFIO_INTX, 0, 1));
	expect(run, "INTx on again", 0, arm(run->device.fd, VFIO_INTX, 0, 1, &fd));
	expect_value(run, "signals", 0, counted_now(fd));
}

static void
count_0(struct run *run)
{
	expect(run, "TRIGGER EVENTFD count 0", -EINVAL, arm(run->device.fd, VFIO_INTX, 0, 0, NULL));
	intx_on(run);
	expect(run, "MASK NONE count 0", -EINVAL,
	       set_irqs(run->device.fd, VFIO_DATA_NONE | VFIO_ACTION_MASK, VFIO_INTX, 0, 0, NULL));
	expect(run, "UNMASK NONE count 0", -EINVAL,
	       set_irqs(run->device.fd, VFIO_DATA_NONE | VFIO_ACTION_UNMASK, VFIO_INTX, 0, 0,
			NULL));
	expect(run, "TRIGGER EVENTFD count 0 while on", -EINVAL,
	       arm(run->device.fd, VFIO_INTX, 0, 0, NULL));
	expect(run, "TRIGGER BOOL count 0 while on", -EINVAL,
	       set_irqs(run->device.fd, VFIO_DATA_BOOL | VFIO_ACTION_TRIGGER, VFIO_INTX, 0, 0,
			NULL));
}

static void
loopback(struct run *run)
{
	int fd = intx_on(run);

	expect(run, "TRIGGER NONE", 0, trigger(run->device.fd, VFIO_INTX, 0, 1));
	expect_value(run, "signals", 1, counted(fd));
	expect(run, "TRIGGER BOOL true", 0, irq_bool(run, VFIO_ACTION_TRIGGER, 1));
	expect_value(run, "signals", 1, counted(fd));
	expect(run, "TRIGGER BOOL false", 0, irq_bool(run, VFIO_ACTION_TRIGGER, 0));
	expect_value(run, "signals", 0, counted_now(fd));
	for (int i = 0; i < 5; i++)
		expect(run, "TRIGGER NONE", 0, trigger(run->device.fd, VFIO_INTX, 0, 1));
	expect_value(run, "signals of 5", 5, counted(fd));
}

static void
loopback_with_disintx(struct run *run)
{
	int fd = intx_on(run);
	const uint32_t command = config_read(run, PCI_COMMAND, 2);

	config_write(run, PCI_COMMAND, 2, command | PCI_COMMAND_INTX_DISABLE);
	expect(run, "TRIGGER NONE", 0, trigger(run->device.fd, VFIO_INTX, 0, 1));
	expect_value(run, "signals with DisINTx", 0, counted_now(fd));
	config_write(run, PCI_COMMAND, 2, command);
	expect(run, "TRIGGER NONE", 0, trigger(run->device.fd, VFIO_INTX, 0, 1));
	expect_value(run, "signals without", 1, counted(fd));
}

static void
replaced(struct run *run)
{
	int first = intx_on(run), second = make_eventfd(run);

	expect(run, "another eventfd", 0, arm(run->device.fd, VFIO_INTX, 0, 1, &second));
	expect(run, "TRIGGER NONE", 0, trigger(run->device.fd, VFIO_INTX, 0, 1));
	expect_value(run, "signals of the new one", 1, counted(second));
	expect_value(run, "signals of the old one", 0, counted_now(first));
}

static void
removed(struct run *run)
{
	int fd = intx_on(run);

	expect(run, "eventfd -1", 0, arm(run->device.fd, VFIO_INTX, 0, 1, &(int32_t){-1}));
	expect(run, "TRIGGER NONE: INTx is still on", 0, trigger(run->device.fd, VFIO_INTX, 0, 1));
	expect_value(run, "signals", 0, counted_now(fd));
	expect(run, "INTx off", 0, disarm(run->device.fd, VFIO_INTX));
}

static void
on_without_eventfd(struct run *run)
{
	expect(run, "eventfd -1 while off", 0,
	       arm(run->device.fd, VFIO_INTX, 0, 1, &(int32_t){-1}));
	expect(run, "TRIGGER NONE: INTx is on", 0, trigger(run->device.fd, VFIO_INTX, 0, 1));
	expect(run, "INTx off", 0, disarm(run->device.fd, VFIO_INTX));
}

static void
bad_eventfds(struct run *run)
{
	int32_t closed = closed_fd(), other = run->device.fd;

	expect(run, "a closed descriptor", -EBADF, arm(run->device.fd, VFIO_INTX, 0, 1, &closed));
	expect(run, "no eventfd", -EINVAL, arm(run->device.fd, VFIO_INTX, 0, 1, &other));
	expect(run, "INTx is off after that", -EINVAL, disarm(run->device.fd, VFIO_INTX));
	intx_on(run);
	expect(run, "a closed descriptor while on", -EBADF,
	       arm(run->device.fd, VFIO_INTX, 0, 1, &closed));
	expect(run, "no eventfd while on", -EINVAL, arm(run->device.fd, VFIO_INTX, 0, 1, &other));
	expect(run, "INTx is still on", 0, disarm(run->device.fd, VFIO_INTX));
}

static void
bad_eventfd_keeps(struct run *run)
{
	int fd = intx_on(run);
	int32_t closed = closed_fd();

	expect(run, "a closed descriptor", -EBADF, arm(run->device.fd, VFIO_INTX, 0, 1, &closed));
	expect(run, "TRIGGER NONE", 0, trigger(run->device.fd, VFIO_INTX, 0, 1));
	expect_value(run, "signals of the first eventfd", 1, counted(fd));
}

static void
masks(struct run *run)
{
	int fd = intx_on(run);

	expect(run, "MASK NONE", 0, irq_none(run, VFIO_ACTION_MASK));
	expect(run, "MASK NONE again", 0, irq_none(run, VFIO_ACTION_MASK));
	expect(run, "MASK BOOL false", 0, irq_bool(run, VFIO_ACTION_MASK, 0));
	expect(run, "MASK BOOL true", 0, irq_bool(run, VFIO_ACTION_MASK, 1));
	expect(run, "UNMASK BOOL false", 0, irq_bool(run, VFIO_ACTION_UNMASK, 0));
	expect(run, "UNMASK BOOL true", 0, irq_bool(run, VFIO_ACTION_UNMASK, 1));
	expect(run, "UNMASK NONE", 0, irq_none(run, VFIO_ACTION_UNMASK));
	expect_value(run, "signals", 0, counted_now(fd));
	expect(run, "MASK EVENTFD", -ENOTTY,
	       set_irqs(run->device.fd, VFIO_DATA_EVENTFD | VFIO_ACTION_MASK, VFIO_INTX, 0, 1,
			&(int32_t){-1}));
}

static void
unmask_eventfds(struct run *run)
{
	intx_on(run);
	expect(run, "UNMASK by a closed descriptor", -EBADF, unmask_by(run, closed_fd()));
	expect(run, "UNMASK by no eventfd", -EINVAL, unmask_by(run, run->device.fd));
	expect(run, "UNMASK by -1 when there is none", 0, unmask_by(run, -1));
	expect(run, "UNMASK by an eventfd", 0, unmask_by(run, make_eventfd(run)));
	expect(run, "UNMASK by another one", -EBUSY, unmask_by(run, make_eventfd(run)));
	expect(run, "UNMASK by -1", 0, unmask_by(run, -1));
}

/* Taking the handler away is done by a worker of the kernel's, which may need a moment. */
static void
unmask_eventfd_again(struct run *run)
{
	long result = -EBUSY;

	intx_on(run);
	expect(run, "UNMASK by an eventfd", 0, unmask_by(run, make_eventfd(run)));
	expect(run, "UNMASK by -1", 0, unmask_by(run, -1));
	for (int i = 0; i < 100 && result == -EBUSY; i++) {
		result = unmask_by(run, make_eventfd(run));
		usleep(10000);
	}
	expect(run, "UNMASK by another one after that", 0, result);
}

static void
other_modes_wait(struct run *run)
{
	int fd = intx_on(run);
	uint32_t other = run->facts->vectors[VFIO_MSI] ? VFIO_MSI : VFIO_MSIX;

	expect(run, "MSI while INTx is on", -EINVAL, arm(run->device.fd, other, 0, 1, &fd));
	expect(run, "MSI off while INTx is on", -EINVAL, disarm(run->device.fd, other));
	expect(run, "INTx off", 0, disarm(run->device.fd, VFIO_INTX));
	expect(run, "MSI on", 0, arm(run->device.fd, other, 0, 1, &fd));
	expect(run, "INTx while MSI is on", -EINVAL, arm(run->device.fd, VFIO_INTX, 0, 1, &fd));
	expect(run, "INTx off while MSI is on", -EINVAL, disarm(run->device.fd, VFIO_INTX));
	expect(run, "mask of INTx while MSI is on", -EINVAL, irq_none(run, VFIO_ACTION_MASK));
}

static void
no_interrupt_pin(struct run *run)
{
	int fd = make_eventfd(run);

	expect(run, "TRIGGER EVENTFD", -EINVAL, arm(run->device.fd, VFIO_INTX, 0, 1, &fd));
	expect(run, "TRIGGER NONE count 0", -EINVAL, disarm(run->device.fd, VFIO_INTX));
}

/* ---- with a device that asserts its line ---- */

static void
masks_itself(struct run *run)
{
	int fd = intx_on(run);

	edu_write(run, EDU_RAISE, 1);
	expect_value(run, "signals of an asserted line", 1, counted(fd));
	edu_write(run, EDU_ACK, 1);
	edu_write(run, EDU_RAISE, 2);
	usleep(50000);
	expect_value(run, "signals while masked", 0, counted_now(fd));
	edu_write(run, EDU_ACK, 2);
	expect(run, "UNMASK NONE", 0, irq_none(run, VFIO_ACTION_UNMASK));
	edu_write(run, EDU_RAISE, 4);
	expect_value(run, "signals after UNMASK", 1, counted(fd));
	edu_write(run, EDU_ACK, 4);
}

static void
pending_at_unmask(struct run *run)
{
	int fd = intx_on(run);

	edu_write(run, EDU_RAISE, 1);
	expect_value(run, "signals of an asserted line", 1, counted(fd));
	expect(run, "UNMASK NONE while asserted", 0, irq_none(run, VFIO_ACTION_UNMASK));
	expect_value(run, "signals", 1, counted(fd));
	edu_write(run, EDU_ACK, 1);
	expect(run, "UNMASK NONE", 0, irq_none(run, VFIO_ACTION_UNMASK));
	usleep(50000);
	expect_value(run, "signals when not asserted", 0, counted_now(fd));
}

static void
masked_by_call(struct run *run)
{
	int fd = intx_on(run);

	expect(run, "MASK NONE", 0, irq_none(run, VFIO_ACTION_MASK));
	edu_write(run, EDU_RAISE, 1);
	usleep(50000);
	expect_value(run, "signals while masked", 0, counted_now(fd));
	expect(run, "UNMASK NONE", 0, irq_none(run, VFIO_ACTION_UNMASK));
	expect_value(run, "signals after UNMASK", 1, counted(fd));
	edu_write(run, EDU_ACK, 1);
}

static void
masked_by_disintx(struct run *run)
{
	int fd = intx_on(run);
	const uint32_t command = config_read(run, PCI_COMMAND, 2);

	config_write(run, PCI_COMMAND, 2, command | PCI_COMMAND_INTX_DISABLE);
	edu_write(run, EDU_RAISE, 1);
	usleep(50000);
	expect_value(run, "signals with DisINTx", 0, counted_now(fd));
	expect(run, "UNMASK NONE", 0, irq_none(run, VFIO_ACTION_UNMASK));
	usleep(50000);
	expect_value(run, "signals after UNMASK with DisINTx", 0, counted_now(fd));
	config_write(run, PCI_COMMAND, 2, command);
	expect_value(run, "signals once DisINTx is off", 1, counted(fd));
	edu_write(run, EDU_ACK, 1);
}

static void
disintx_before(struct run *run)
{
	const uint32_t command = config_read(run, PCI_COMMAND, 2);
	int fd;

	config_write(run, PCI_COMMAND, 2, command | PCI_COMMAND_INTX_DISABLE);
	fd = intx_on(run);
	edu_write(run, EDU_RAISE, 1);
	usleep(50000);
	expect_value(run, "signals with DisINTx", 0, counted_now(fd));
	config_write(run, PCI_COMMAND, 2, command);
	expect_value(run, "signals once DisINTx is off", 1, counted(fd));
	edu_write(run, EDU_ACK, 1);
}

static void
unmasked_by_eventfd(struct run *run)
{
	int fd = intx_on(run), unmask = make_eventfd(run);
	const uint64_t one = 1;

	expect(run, "UNMASK EVENTFD", 0, unmask_by(run, unmask));
	edu_write(run, EDU_RAISE, 1);
	expect_value(run, "signals of an asserted line", 1, counted(fd));
	expect(run, "signal of the eventfd", 8, write(unmask, &one, sizeof(one)));
	expect_value(run, "signals while asserted", 1, counted(fd));
	edu_write(run, EDU_ACK, 1);
	expect(run, "signal of the eventfd", 8, write(unmask, &one, sizeof(one)));
	usleep(50000);
	expect_value(run, "signals when not asserted", 0, counted_now(fd));
	edu_write(run, EDU_RAISE, 2);
	expect_value(run, "signals when asserted again", 1, counted(fd));
	edu_write(run, EDU_ACK, 2);
}

static void
unmasked_at_install(struct run *run)
{
	int fd = intx_on(run), unmask = make_eventfd(run);
	const uint64_t one = 1;

	edu_write(run, EDU_RAISE, 1);
	expect_value(run, "signals of an asserted line", 1, counted(fd));
	expect(run, "signal of the eventfd", 8, write(unmask, &one, sizeof(one)));
	expect(run, "UNMASK EVENTFD with one that is signalled", 0, unmask_by(run, unmask));
	expect_value(run, "signals", 1, counted(fd));
	edu_write(run, EDU_ACK, 1);
}

static void
replaced_keeps_mask(struct run *run)
{
	int first = intx_on(run), second = make_eventfd(run);

	edu_write(run, EDU_RAISE, 1);
	expect_value(run, "signals of an asserted line", 1, counted(first));
	expect(run, "another eventfd", 0, arm(run->device.fd, VFIO_INTX, 0, 1, &second));
	usleep(50000);
	expect_value(run, "signals of the new one while masked", 0, counted_now(second));
	expect(run, "UNMASK NONE", 0, irq_none(run, VFIO_ACTION_UNMASK));
	expect_value(run, "signals of the new one", 1, counted(second));
	edu_write(run, EDU_ACK, 1);
}

static void
status_bit(struct run *run)
{
	expect_value(run, "STATUS.INTx before", 0,
		     config_read(run, PCI_STATUS, 2) & PCI_STATUS_INTERRUPT);
	edu_write(run, EDU_RAISE, 1);
	expect_value(run, "STATUS.INTx while asserted", PCI_STATUS_INTERRUPT,
		     config_read(run, PCI_STATUS, 2) & PCI_STATUS_INTERRUPT);
	edu_write(run, EDU_ACK, 1);
	expect_value(run, "STATUS.INTx after", 0,
		     config_read(run, PCI_STATUS, 2) & PCI_STATUS_INTERRUPT);
}

#define INTX_RULE(name, said, function)                                                            \
	{                                                                                          \
		.id = (name), .words = (said), .state = STATE_BOUND, .needs = NEED_INTX,           \
		.body = (function)                                                                 \
	}
#define EDU_RULE(name, said, function)                                                             \
	{                                                                                          \
		.id = (name), .words = (said), .state = STATE_BOUND,                               \
		.needs = NEED_INTX | NEED_EDU, .body = (function)                                  \
	}

static const struct rule rules[] = {
	INTX_RULE("off", "everything but EVENTFD while INTx is off: EINVAL", not_on),
	INTX_RULE("on-off", "EVENTFD turns it on, NONE count 0 off", on_and_off),
	INTX_RULE("count-0", "count 0 for anything else: EINVAL", count_0),
	INTX_RULE("loopback", "TRIGGER NONE and BOOL signal the eventfd, each once", loopback),
	INTX_RULE("loopback-disintx", "but not while COMMAND has DisINTx", loopback_with_disintx),
	INTX_RULE("replace", "another eventfd replaces the first", replaced),
	INTX_RULE("remove", "eventfd -1 removes it; INTx stays on", removed),
	INTX_RULE("on-without", "eventfd -1 while off turns INTx on without one",
		  on_without_eventfd),
	INTX_RULE("bad-fd", "bad eventfds: EBADF, EINVAL; INTx stays as it was", bad_eventfds),
	INTX_RULE("bad-fd-keeps", "a bad eventfd leaves the one before", bad_eventfd_keeps),
	INTX_RULE("mask", "MASK and UNMASK with NONE and BOOL; MASK EVENTFD: ENOTTY", masks),
	INTX_RULE("unmask-fd", "UNMASK EVENTFD: EBADF, EINVAL, EBUSY for a second",
		  unmask_eventfds),
	INTX_RULE("unmask-fd-again", "after -1 another one may come", unmask_eventfd_again),
	{"one-mode", "INTx and MSI exclude each other: EINVAL", STATE_BOUND, NEED_INTX | NEED_MSI,
	 .body = other_modes_wait},
	{"no-pin", "no interrupt pin: EINVAL", STATE_BOUND, NEED_NO_INTX, .body = no_interrupt_pin},
	EDU_RULE("automask", "an asserted line signals once and is masked until UNMASK",
		 masks_itself),
	EDU_RULE("pending", "UNMASK of a line that is still asserted signals again",
		 pending_at_unmask),
	EDU_RULE("masked", "a masked line signals at UNMASK", masked_by_call),
	EDU_RULE("disintx", "DisINTx masks, clearing it unmasks", masked_by_disintx),
	EDU_RULE("disintx-before", "INTx turned on while DisINTx is set is masked", disintx_before),
	EDU_RULE("unmask-by-fd", "a signal of UNMASK's eventfd unmasks", unmasked_by_eventfd),
	EDU_RULE("unmask-signalled", "one that is signalled already unmasks at once",
		 unmasked_at_install),
	EDU_RULE("replace-masked", "replacing the eventfd keeps the mask", replaced_keeps_mask),
	EDU_RULE("status", "STATUS shows an asserted line", status_bit),
};

GROUP(intx, "vfio_pci_intrs.c");

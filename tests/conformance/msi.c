/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SET_IRQS of MSI and MSI-X: the same rules for both. */
#include <stdlib.h>
#include <unistd.h>

#include <linux/pci_regs.h>

#include "groups.h"
#include "run.h"

#define MANY 64

static uint32_t
index_of(const struct run *run)
{
	return run->rule->param;
}

/* How many of the vectors the rules use. */
static unsigned
usable(const struct run *run)
{
	const unsigned vectors = run->facts->vectors[index_of(run)];

	return vectors < 16 ? vectors : 16;
}

static void
need_vectors(struct run *run, unsigned count)
{
	if (run->facts->vectors[index_of(run)] < count)
		skip(run, "fewer than %u vectors", count);
}

static void
make_eventfds(struct run *run, int32_t *fds, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		fds[i] = make_eventfd(run);
}

/* The machine must be able to give them. */
static void
all_on(struct run *run, int32_t *fds, unsigned count)
{
	long result;

	make_eventfds(run, fds, count);
	result = arm(run->device.fd, index_of(run), 0, count, fds);
	if (result > 0)
		skip(run, "this machine has only %ld vectors for the device", result);
	expect(run, "eventfds for the first vectors", 0, result);
}

static void
off(struct run *run)
{
	const uint32_t index = index_of(run);
	uint8_t yes = 1;

	expect(run, "NONE count 0 while off", -EINVAL, disarm(run->device.fd, index));
	expect(run, "NONE count 1 while off", -EINVAL, trigger(run->device.fd, index, 0, 1));
	expect(run, "BOOL while off", -EINVAL,
	       set_irqs(run->device.fd, VFIO_DATA_BOOL | VFIO_ACTION_TRIGGER, index, 0, 1, &yes));
}

static void
zero_vectors(struct run *run)
{
	expect(run, "EVENTFD start 0 count 0", -ERANGE,
	       arm(run->device.fd, index_of(run), 0, 0, NULL));
	expect(run, "it is off after that", -EINVAL, disarm(run->device.fd, index_of(run)));
}

static void
masking(struct run *run)
{
	int32_t fd;

	all_on(run, &fd, 1);
	expect(run, "MASK", -ENOTTY,
	       set_irqs(run->device.fd, VFIO_DATA_NONE | VFIO_ACTION_MASK, index_of(run), 0, 1,
			NULL));
	expect(run, "UNMASK", -ENOTTY,
	       set_irqs(run->device.fd, VFIO_DATA_NONE | VFIO_ACTION_UNMASK, index_of(run), 0, 1,
			NULL));
}

static void
each_vector(struct run *run)
{
	int32_t fds[16];
	const unsigned count = usable(run);

	all_on(run, fds, count);
	for (unsigned i = 0; i < count; i++) {
		expect_value(run, "signals before", 0, counted_now(fds[i]));
		expect(run, "loopback", 0, trigger(run->device.fd, index_of(run), i, 1));
		expect_value(run, "signals", 1, counted(fds[i]));
		for (unsigned other = 0; other < count; other++)
			expect_value(run, "signals of all others", 0, counted_now(fds[other]));
	}
	for (unsigned i = 0; i < count; i++)
		close(fds[i]);
	expect(run, "off, with the eventfds closed", 0, disarm(run->device.fd, index_of(run)));
}

static void
closed_eventfds(struct run *run)
{
	int32_t fd;

	all_on(run, &fd, 1);
	close(fd);
	expect(run, "loopback to an eventfd that the client has closed", 0,
	       trigger(run->device.fd, index_of(run), 0, 1));
	expect(run, "off", 0, disarm(run->device.fd, index_of(run)));
}

static void
exact_sums(struct run *run)
{
	int32_t fd;

	all_on(run, &fd, 1);
	for (unsigned i = 0; i < MANY; i++)
		expect(run, "loopback", 0, trigger(run->device.fd, index_of(run), 0, 1));
	expect_value(run, "signals", MANY, counted(fd));
	expect_value(run, "signals after that", 0, counted_now(fd));
}

static void
block_loopback(struct run *run)
{
	int32_t fds[4];
	uint8_t bools[4] = {1, 0, 0xff, 0};

	need_vectors(run, 4);
	all_on(run, fds, 4);
	expect(run, "NONE for 1 to 2", 0, trigger(run->device.fd, index_of(run), 1, 2));
	expect_value(run, "signals of 1", 1, counted(fds[1]));
	expect_value(run, "signals of 2", 1, counted(fds[2]));
	expect_value(run, "signals of 0", 0, counted_now(fds[0]));
	expect_value(run, "signals of 3", 0, counted_now(fds[3]));
	expect(run, "BOOL 1 0 255 0", 0,
	       set_irqs(run->device.fd, VFIO_DATA_BOOL | VFIO_ACTION_TRIGGER, index_of(run), 0, 4,
			bools));
	expect_value(run, "signals of 0", 1, counted(fds[0]));
	expect_value(run, "signals of 1", 0, counted_now(fds[1]));
	expect_value(run, "signals of 2", 1, counted(fds[2]));
	expect_value(run, "signals of 3", 0, counted_now(fds[3]));
}

static void
without_eventfd(struct run *run)
{
	int32_t fds[2] = {-1, make_eventfd(run)};
	long result;

	need_vectors(run, 2);
	result = arm(run->device.fd, index_of(run), 0, 2, fds);
	if (result > 0)
		skip(run, "this machine has too few vectors");
	expect(run, "eventfds -1 and one", 0, result);
	expect(run, "loopback to both", 0, trigger(run->device.fd, index_of(run), 0, 2));
	expect_value(run, "signals of the one", 1, counted(fds[1]));
}

static void
replaced(struct run *run)
{
	int32_t fd, other = make_eventfd(run);

	all_on(run, &fd, 1);
	expect(run, "another eventfd", 0, arm(run->device.fd, index_of(run), 0, 1, &other));
	expect(run, "loopback", 0, trigger(run->device.fd, index_of(run), 0, 1));
	expect_value(run, "signals of the new one", 1, counted(other));
	expect_value(run, "signals of the old one", 0, counted_now(fd));
}

static void
removed(struct run *run)
{
	int32_t fds[2], none = -1;

	need_vectors(run, 2);
	all_on(run, fds, 2);
	expect(run, "eventfd -1 for 0", 0, arm(run->device.fd, index_of(run), 0, 1, &none));
	expect(run, "loopback to both", 0, trigger(run->device.fd, index_of(run), 0, 2));
	expect_value(run, "signals of 0", 0, counted_now(fds[0]));
	expect_value(run, "signals of 1", 1, counted(fds[1]));
	expect(run, "eventfd -1 for 1", 0, arm(run->device.fd, index_of(run), 1, 1, &none));
	expect(run, "loopback to 0: the mode is still on", 0,
	       trigger(run->device.fd, index_of(run), 0, 1));
	expect(run, "off", 0, disarm(run->device.fd, index_of(run)));
}

static void
count_0_while_on(struct run *run)
{
	int32_t fd;

	all_on(run, &fd, 1);
	expect(run, "EVENTFD count 0", 0, arm(run->device.fd, index_of(run), 0, 0, NULL));
	expect(run, "BOOL count 0", 0,
	       set_irqs(run->device.fd, VFIO_DATA_BOOL | VFIO_ACTION_TRIGGER, index_of(run), 0, 0,
			NULL));
	expect(run, "loopback", 0, trigger(run->device.fd, index_of(run), 0, 1));
	expect_value(run, "signals", 1, counted(fd));
}

static void
off_ignores_start(struct run *run)
{
	int32_t fds[2];

	need_vectors(run, 2);
	all_on(run, fds, 2);
	expect(run, "NONE start 1 count 0", 0, trigger(run->device.fd, index_of(run), 1, 0));
	expect(run, "it is off", -EINVAL, disarm(run->device.fd, index_of(run)));
}

static void
starts_later(struct run *run)
{
	int32_t fd = make_eventfd(run), first = make_eventfd(run);
	long result;

	need_vectors(run, 2);
	result = arm(run->device.fd, index_of(run), 1, 1, &fd);
	if (result > 0)
		skip(run, "this machine has too few vectors");
	expect(run, "EVENTFD start 1 count 1", 0, result);
	expect(run, "loopback to 0 and 1", 0, trigger(run->device.fd, index_of(run), 0, 2));
	expect_value(run, "signals of 1", 1, counted(fd));
	expect(run, "eventfd for 0, which was allocated too", 0,
	       arm(run->device.fd, index_of(run), 0, 1, &first));
	expect(run, "loopback to 0", 0, trigger(run->device.fd, index_of(run), 0, 1));
	expect_value(run, "signals of 0", 1, counted(first));
}

static void
beyond(struct run *run)
{
	int32_t fds[2], none = -1;
	const bool dynamic = index_of(run) == VFIO_MSIX && run->facts->have & NEED_DYN_MSIX;

	need_vectors(run, 2);
	make_eventfds(run, fds, 2);
	all_on(run, fds, 1);
	expect(run, "eventfd -1 beyond the vectors that are on", 0,
	       arm(run->device.fd, index_of(run), 1, 1, &none));
	expect(run, "an eventfd beyond them", dynamic ? 0 : -EINVAL,
	       arm(run->device.fd, index_of(run), 1, 1, &fds[1]));
	expect(run, "loopback to 0", 0, trigger(run->device.fd, index_of(run), 0, 1));
	expect_value(run, "signals of 0", 1, counted(fds[0]));
	if (dynamic) {
		expect(run, "loopback to 1", 0, trigger(run->device.fd, index_of(run), 1, 1));
		expect_value(run, "signals of 1", 1, counted(fds[1]));
	}
}

static void
bad_first(struct run *run)
{
	int32_t closed = closed_fd(), other = run->device.fd;

	expect(run, "a closed descriptor", -EBADF,
	       arm(run->device.fd, index_of(run), 0, 1, &closed));
	expect(run, "it is off", -EINVAL, disarm(run->device.fd, index_of(run)));
	expect(run, "no eventfd", -EINVAL, arm(run->device.fd, index_of(run), 0, 1, &other));
	expect(run, "it is off", -EINVAL, disarm(run->device.fd, index_of(run)));
}

static void
bad_in_the_middle(struct run *run)
{
	int32_t fds[3], closed;

	need_vectors(run, 3);
	make_eventfds(run, fds, 2);
	fds[2] = closed = closed_fd();
	long result = arm(run->device.fd, index_of(run), 0, 3, fds);

	if (result > 0)
		skip(run, "this machine has too few vectors");
	expect(run, "two eventfds and a closed descriptor", -EBADF, result);
	expect(run, "it is off", -EINVAL, disarm(run->device.fd, index_of(run)));
}

static void
bad_update(struct run *run)
{
	int32_t fds[4], update[3];

	need_vectors(run, 4);
	all_on(run, fds, 4);
	make_eventfds(run, update, 1);
	update[1] = closed_fd();
	update[2] = -1;
	expect(run, "for 1 to 3: an eventfd, a closed descriptor, none", -EBADF,
	       arm(run->device.fd, index_of(run), 1, 3, update));
	expect(run, "loopback to all", 0, trigger(run->device.fd, index_of(run), 0, 4));
	expect_value(run, "signals of 0, before the block", 1, counted(fds[0]));
	expect_value(run, "signals of 1, which loses its eventfd", 0, counted_now(fds[1]));
	expect_value(run, "signals of 1's new one", 0, counted_now(update[0]));
	expect_value(run, "signals of 2, the bad one", 0, counted_now(fds[2]));
	expect_value(run, "signals of 3, behind the bad one", 1, counted(fds[3]));
}

static void
one_eventfd_for_all(struct run *run)
{
	int32_t fd = make_eventfd(run), fds[4] = {fd, fd, fd, fd};
	long result;

	need_vectors(run, 4);
	result = arm(run->device.fd, index_of(run), 0, 4, fds);
	if (result > 0)
		skip(run, "this machine has too few vectors");
	expect(run, "the same eventfd for 4 vectors", 0, result);
	expect(run, "loopback to all", 0, trigger(run->device.fd, index_of(run), 0, 4));
	expect_value(run, "signals", 4, counted(fd));
}

static void
excludes(struct run *run)
{
	const uint32_t other = index_of(run) == VFIO_MSI ? VFIO_MSIX : VFIO_MSI;
	int32_t fd;

	all_on(run, &fd, 1);
	expect(run, "the other one's EVENTFD", -EINVAL, arm(run->device.fd, other, 0, 1, &fd));
	expect(run, "the other one's NONE count 0", -EINVAL, disarm(run->device.fd, other));
	expect(run, "the other one's loopback", -EINVAL, trigger(run->device.fd, other, 0, 1));
	expect(run, "off", 0, disarm(run->device.fd, index_of(run)));
	expect(run, "the other one's EVENTFD now", 0, arm(run->device.fd, other, 0, 1, &fd));
}

static void
on_off_many(struct run *run)
{
	int32_t fds[16];
	const unsigned count = usable(run);

	all_on(run, fds, count);
	for (unsigned i = 0; i < 20; i++) {
		expect(run, "off", 0, disarm(run->device.fd, index_of(run)));
		expect(run, "on", 0, arm(run->device.fd, index_of(run), 0, 1 + i % count, fds));
		expect(run, "loopback to the last", 0,
		       trigger(run->device.fd, index_of(run), i % count, 1));
		expect_value(run, "signals of the last", 1, counted(fds[i % count]));
	}
}

static unsigned
control_of(const struct run *run)
{
	return index_of(run) == VFIO_MSI ? run->facts->msi + PCI_MSI_FLAGS
					 : run->facts->msix + PCI_MSIX_FLAGS;
}

static uint32_t
enable_of(const struct run *run)
{
	return index_of(run) == VFIO_MSI ? PCI_MSI_FLAGS_ENABLE : PCI_MSIX_FLAGS_ENABLE;
}

static void
enable_bit(struct run *run)
{
	const unsigned control = control_of(run);
	const uint32_t enable = enable_of(run);
	int32_t fd;

	expect_value(run, "enable bit before", 0, config_read(run, control, 2) & enable);
	config_write(run, control, 2, config_read(run, control, 2) | enable);
	expect_value(run, "enable bit written while off", 0, config_read(run, control, 2) & enable);
	all_on(run, &fd, 1);
	if (index_of(run) == VFIO_MSIX)
		expect_value(run, "enable bit while on", enable,
			     config_read(run, control, 2) & enable);
	expect(run, "off", 0, disarm(run->device.fd, index_of(run)));
	expect_value(run, "enable bit after", 0, config_read(run, control, 2) & enable);
}

static void
no_intx_then(struct run *run)
{
	int32_t fd;

	all_on(run, &fd, 1);
	expect(run, "INTx's EVENTFD", -EINVAL, arm(run->device.fd, VFIO_INTX, 0, 1, &fd));
	expect(run, "INTx's loopback", -EINVAL, trigger(run->device.fd, VFIO_INTX, 0, 1));
}

#define EDU_RAISE 0x60

static void
message_of_device(struct run *run)
{
	const uint32_t status = 1;
	int32_t fd;

	all_on(run, &fd, 1);
	/* Messages are writes of the device's to memory: it must be master. */
	config_write(run, PCI_COMMAND, 2, config_read(run, PCI_COMMAND, 2) | PCI_COMMAND_MASTER);
	for (unsigned i = 0; i < 3; i++)
		expect(run, "write to a register", 4,
		       write_at(run->device.fd, &status, 4, VFIO_REGION_OFFSET(0) + EDU_RAISE));
	expect_that(run, counted(fd) > 0, "a message signals the eventfd");
}

#define BOTH(name, said, function)                                                                 \
	{.id = "msi-" name,                                                                        \
	 .words = "MSI: " said,                                                                    \
	 .state = STATE_BOUND,                                                                     \
	 .needs = NEED_MSI,                                                                        \
	 .body = (function),                                                                       \
	 .param = VFIO_MSI},                                                                       \
	{                                                                                          \
		.id = "msix-" name, .words = "MSI-X: " said, .state = STATE_BOUND,                 \
		.needs = NEED_MSIX, .body = (function), .param = VFIO_MSIX                         \
	}

static const struct rule rules[] = {
	BOTH("off", "NONE and BOOL while off: EINVAL", off),
	BOTH("zero", "EVENTFD for 0 vectors: ERANGE", zero_vectors),
	BOTH("mask", "MASK and UNMASK: ENOTTY", masking),
	BOTH("each", "each vector signals its eventfd and no other", each_vector),
	BOTH("closed", "eventfds that the client has closed do no harm", closed_eventfds),
	BOTH("sums", "signals are counted exactly", exact_sums),
	BOTH("block", "NONE and BOOL signal a block of vectors", block_loopback),
	BOTH("without", "vectors without eventfd are skipped", without_eventfd),
	BOTH("replace", "another eventfd replaces the first", replaced),
	BOTH("remove", "eventfd -1 removes it; the mode stays on", removed),
	BOTH("count-0", "EVENTFD and BOOL count 0 while on do nothing", count_0_while_on),
	BOTH("off-start", "NONE count 0 turns off whatever start is", off_ignores_start),
	BOTH("later", "turning on from vector 1 allocates vector 0 too", starts_later),
	BOTH("beyond", "vectors that aren't on: -1 is ok, an eventfd is EINVAL unless dynamic",
	     beyond),
	BOTH("bad-first", "a bad eventfd at first: EBADF or EINVAL, and it stays off", bad_first),
	BOTH("bad-middle", "one bad among good ones: it stays off", bad_in_the_middle),
	BOTH("bad-update", "a bad one later: it and those before it in the block lose theirs",
	     bad_update),
	BOTH("shared", "one eventfd for several vectors counts all", one_eventfd_for_all),
	BOTH("on-off", "turning on and off with changing numbers", on_off_many),
	BOTH("enable-bit", "config space can't turn it on", enable_bit),
	{"msi-excludes", "MSI and MSI-X exclude each other: EINVAL", STATE_BOUND,
	 NEED_MSI | NEED_MSIX, .body = excludes, .param = VFIO_MSI},
	{"msix-excludes", "MSI-X and MSI exclude each other: EINVAL", STATE_BOUND,
	 NEED_MSI | NEED_MSIX, .body = excludes, .param = VFIO_MSIX},
	{"msi-no-intx", "MSI excludes INTx: EINVAL", STATE_BOUND, NEED_MSI | NEED_INTX,
	 .body = no_intx_then, .param = VFIO_MSI},
	{"msi-message", "a message of the device signals the eventfd", STATE_BOUND,
	 NEED_MSI | NEED_EDU | NEED_DMA, .body = message_of_device, .param = VFIO_MSI},
};

GROUP(msi, "vfio_pci_intrs.c");

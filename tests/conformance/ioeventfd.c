/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VFIO_DEVICE_IOEVENTFD. */
#include <unistd.h>

#include <linux/pci_regs.h>

#include "groups.h"
#include "run.h"

#define IOEVENTFD(...) IOCTL(VFIO_DEVICE_IOEVENTFD, vfio_device_ioeventfd, __VA_ARGS__)
#define MOST           1000
#define EDU_LIVENESS   4

static long
ask(struct run *run, uint64_t offset, uint64_t data, uint32_t width, int32_t fd)
{
	struct vfio_device_ioeventfd arg = {
		.argsz = sizeof(arg),
		.flags = width,
		.offset = offset,
		.data = data,
		.fd = fd,
	};

	return call(run->device.fd, VFIO_DEVICE_IOEVENTFD, &arg);
}

/* The last dword of the first memory BAR: no register that matters on most devices. */
static uint64_t
place(const struct run *run)
{
	return VFIO_REGION_OFFSET(run->facts->memory_bar) +
	       run->facts->region[run->facts->memory_bar].size - 4;
}

static void
bad_widths(struct run *run)
{
	static const uint32_t widths[] = {0, 3, 5, 6, 12, 15, 16, 4 | 1u << 31};
	int fd = make_eventfd(run);

	for (unsigned i = 0; i < sizeof(widths) / sizeof(*widths); i++)
		expect(run, "none or several widths, or another flag", -EINVAL,
		       ask(run, place(run), 0, widths[i], fd));
}

static void
width_8(struct run *run)
{
	expect(run, "a width of 8 bytes", -EINVAL,
	       ask(run, VFIO_REGION_OFFSET(run->facts->memory_bar), 0, 8, make_eventfd(run)));
}

static void
bad_places(struct run *run)
{
	int fd = make_eventfd(run);

	expect(run, "config space", -EINVAL,
	       ask(run, VFIO_REGION_OFFSET(VFIO_CONFIG_REGION), 0, 4, fd));
	expect(run, "ROM", -EINVAL, ask(run, VFIO_REGION_OFFSET(VFIO_ROM_REGION), 0, 4, fd));
	expect(run, "no region", -EINVAL, ask(run, VFIO_REGION_OFFSET(1000), 0, 4, fd));
	expect(run, "the end of a BAR", -EINVAL, ask(run, place(run) + 4, 0, 4, fd));
	expect(run, "across the end of a BAR", -EINVAL, ask(run, place(run) + 2, 0, 4, fd));
}

static void
absent_bar(struct run *run)
{
	expect(run, "an absent BAR", -EINVAL,
	       ask(run, VFIO_REGION_OFFSET(run->facts->absent_bar), 0, 4, make_eventfd(run)));
}

static void
msix_table(struct run *run)
{
	const uint64_t table = VFIO_REGION_OFFSET(run->facts->msix_bar) + run->facts->msix_table;
	int fd = make_eventfd(run);

	expect(run, "the table", -EINVAL, ask(run, table, 0, 4, fd));
	expect(run, "its end", -EINVAL,
	       ask(run, table + run->facts->msix_table_size - 1, 0, 1, fd));
}

static void
bad_fds(struct run *run)
{
	expect(run, "descriptor -2", -EINVAL, ask(run, place(run), 0, 4, -2));
	expect(run, "a closed descriptor", -EBADF, ask(run, place(run), 0, 4, closed_fd()));
	expect(run, "no eventfd", -EINVAL, ask(run, place(run), 0, 4, run->device.fd));
	expect(run, "removal of what isn't there", -ENODEV, ask(run, place(run), 0, 4, -1));
}

static void
entries(struct run *run)
{
	int fd = make_eventfd(run), other = make_eventfd(run);

	expect(run, "an entry", 0, ask(run, place(run), 5, 4, fd));
	expect(run, "the same with another eventfd", -EEXIST, ask(run, place(run), 5, 4, other));
	expect(run, "other data", 0, ask(run, place(run), 6, 4, other));
	expect(run, "another width", 0, ask(run, place(run), 5, 2, make_eventfd(run)));
	expect(run, "removal of other data", -ENODEV, ask(run, place(run), 7, 4, -1));
	expect(run, "removal", 0, ask(run, place(run), 5, 4, -1));
	expect(run, "removal again", -ENODEV, ask(run, place(run), 5, 4, -1));
	expect(run, "the same once more", 0, ask(run, place(run), 5, 4, make_eventfd(run)));
}

static void
limit(struct run *run)
{
	for (unsigned i = 0; i < MOST; i++)
		expect(run, "an entry", 0, ask(run, place(run), i, 4, make_eventfd(run)));
	expect(run, "one more", -ENOSPC, ask(run, place(run), MOST, 4, make_eventfd(run)));
	expect(run, "removal of one", 0, ask(run, place(run), 0, 4, -1));
	expect(run, "another one", 0, ask(run, place(run), MOST, 4, make_eventfd(run)));
}

static uint32_t
liveness(struct run *run)
{
	uint32_t value;

	expect(run, "read of a register", 4,
	       read_at(run->device.fd, &value, 4, VFIO_REGION_OFFSET(0) + EDU_LIVENESS));
	return value;
}

static void
signal_writes(struct run *run)
{
	const uint64_t one = 1;
	int fd = make_eventfd(run);

	expect(run, "an entry", 0,
	       ask(run, VFIO_REGION_OFFSET(0) + EDU_LIVENESS, 0x01020304, 4, fd));
	expect(run, "signal", 8, write(fd, &one, sizeof(one)));
	for (int i = 0; i < 200 && liveness(run) != 0xfefdfcfb; i++)
		usleep(10000);
	expect_value(run, "the register, which inverts", 0xfefdfcfb, liveness(run));
}

static void
memory_off(struct run *run)
{
	const uint32_t command = config_read(run, PCI_COMMAND, 2);
	const uint32_t before = liveness(run);
	const uint64_t one = 1;
	int fd = make_eventfd(run);

	expect(run, "an entry", 0,
	       ask(run, VFIO_REGION_OFFSET(0) + EDU_LIVENESS, 0x0a0b0c0d, 4, fd));
	config_write(run, PCI_COMMAND, 2, command & ~(uint32_t)PCI_COMMAND_MEMORY);
	expect(run, "signal", 8, write(fd, &one, sizeof(one)));
	usleep(100000);
	config_write(run, PCI_COMMAND, 2, command);
	expect_value(run, "the register", before, liveness(run));
}

#define BAR_RULE(name, said, function)                                                             \
	{                                                                                          \
		.id = (name), .words = (said), .state = STATE_BOUND, .needs = NEED_MEMORY_BAR,     \
		.body = (function)                                                                 \
	}

static const struct rule rules[] = {
	{"null", "a null pointer: EFAULT", STATE_BOUND, IOCTL_NULL(VFIO_DEVICE_IOEVENTFD),
	 .err = EFAULT},
	{"argsz-27", "argsz 27: EINVAL", STATE_BOUND, IOEVENTFD(.argsz = 27, .flags = 4, .fd = -1),
	 .err = EINVAL},
	{"argsz-28", "argsz 28 is enough", STATE_BOUND, NEED_MEMORY_BAR,
	 IOEVENTFD(.argsz = 28, .flags = 4, .data = 0x77777777, .fd = -3), .readable = 28,
	 .err = EINVAL},
	BAR_RULE("width", "not just one width, or other flags: EINVAL", bad_widths),
	{"width-8", "a width of 8 bytes: EINVAL", STATE_BOUND, NEED_MEMORY_BAR, KERNEL_7_2,
	 .body = width_8},
	BAR_RULE("place", "outside BARs or across an end: EINVAL", bad_places),
	{"absent-bar", "an absent BAR: EINVAL", STATE_BOUND, NEED_ABSENT_BAR, .body = absent_bar},
	{"msix-table", "the MSI-X table: EINVAL", STATE_BOUND, NEED_MSIX_TABLE, .body = msix_table},
	BAR_RULE("fd", "bad descriptors: EINVAL, EBADF; -1 for no entry: ENODEV", bad_fds),
	BAR_RULE("entries", "an entry twice: EEXIST; removal by -1", entries),
	BAR_RULE("limit", "1000 entries, then ENOSPC", limit),
	{"edu-write", "edu: a signal writes the register", STATE_BOUND, NEED_EDU,
	 .body = signal_writes},
	{"edu-memory-off", "edu: not while COMMAND's memory bit is off", STATE_BOUND, NEED_EDU,
	 .body = memory_off},
};

GROUP(ioeventfd, "vfio_pci_core.c, vfio_pci_rdwr.c");

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mmap of regions. */
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/pci_regs.h>

#include "groups.h"
#include "run.h"

static long
map(struct run *run, uint64_t offset, size_t length, int flags, volatile uint32_t **memory)
{
	void *address =
		mmap(NULL, length, PROT_READ | PROT_WRITE, flags, run->device.fd, (off_t)offset);

	if (memory)
		*memory = address;
	return address == MAP_FAILED ? -errno : 0;
}

static const struct vfio_region_info *
mappable(const struct run *run)
{
	return &run->facts->region[run->facts->mmap_bar];
}

static void
not_mappable(struct run *run)
{
	expect(run, "config space", -EINVAL,
	       map(run, VFIO_REGION_OFFSET(VFIO_CONFIG_REGION), PAGE, MAP_SHARED, NULL));
	expect(run, "ROM", -EINVAL,
	       map(run, VFIO_REGION_OFFSET(VFIO_ROM_REGION), PAGE, MAP_SHARED, NULL));
	expect(run, "VGA", -EINVAL,
	       map(run, VFIO_REGION_OFFSET(VFIO_VGA_REGION), PAGE, MAP_SHARED, NULL));
	expect(run, "no region", -EINVAL,
	       map(run, VFIO_REGION_OFFSET(run->facts->info.num_regions), PAGE, MAP_SHARED, NULL));
}

static void
no_flag(struct run *run)
{
	for (unsigned i = 0; i <= VFIO_BAR5_REGION; i++)
		if (!(run->facts->region[i].flags & VFIO_REGION_MMAP))
			expect(run, "a BAR without the flag MMAP", -EINVAL,
			       map(run, VFIO_REGION_OFFSET(i), PAGE, MAP_SHARED, NULL));
}

static void private(struct run *run)
{
	expect(run, "MAP_PRIVATE", -EINVAL,
	       map(run, mappable(run)->offset, PAGE, MAP_PRIVATE, NULL));
}

static void
past_end(struct run *run)
{
	const struct vfio_region_info *bar = mappable(run);
	const uint64_t size = bar->size < PAGE ? PAGE : bar->size;

	expect(run, "one page behind", -EINVAL,
	       map(run, bar->offset + size, PAGE, MAP_SHARED, NULL));
	expect(run, "across the end", -EINVAL,
	       map(run, bar->offset, size + PAGE, MAP_SHARED, NULL));
	expect(run, "the last page", 0,
	       map(run, bar->offset + size - PAGE, PAGE, MAP_SHARED, NULL));
	expect(run, "the last page and one more", -EINVAL,
	       map(run, bar->offset + size - PAGE, (size_t)2 * PAGE, MAP_SHARED, NULL));
}

static void
unaligned(struct run *run)
{
	expect(run, "an offset within a page", -EINVAL,
	       map(run, mappable(run)->offset + 16, PAGE, MAP_SHARED, NULL));
}

static void
same_as_read(struct run *run)
{
	volatile uint32_t *memory;
	uint32_t value;

	expect(run, "mmap", 0, map(run, mappable(run)->offset, PAGE, MAP_SHARED, &memory));
	expect(run, "pread", 4, read_at(run->device.fd, &value, 4, mappable(run)->offset));
	expect_value(run, "the first dword", value, *memory);
}

/* Whether touching the memory ends a process with SIGBUS. */
static bool
is_bus_error(volatile uint32_t *memory)
{
	int status;
	pid_t child = fork();

	if (!child) {
		(void)*memory;
		_exit(0);
	}
	return waitpid(child, &status, 0) == child && WIFSIGNALED(status) &&
	       WTERMSIG(status) == SIGBUS;
}

static void
memory_off(struct run *run)
{
	const uint32_t command = config_read(run, PCI_COMMAND, 2);
	volatile uint32_t *memory, *late;

	expect(run, "mmap", 0, map(run, mappable(run)->offset, PAGE, MAP_SHARED, &memory));
	(void)*memory;
	config_write(run, PCI_COMMAND, 2, command & ~(uint32_t)PCI_COMMAND_MEMORY);
	expect(run, "mmap with memory off", 0,
	       map(run, mappable(run)->offset, PAGE, MAP_SHARED, &late));
	expect_that(run, is_bus_error(memory), "a touch of what was mapped before ends in SIGBUS");
	expect_that(run, is_bus_error(late), "a touch of what was mapped since ends in SIGBUS");
	config_write(run, PCI_COMMAND, 2, command);
	expect_that(run, !is_bus_error(memory), "with memory on again it works");
}

static void
after_reset(struct run *run)
{
	volatile uint32_t *memory;
	uint32_t value;

	expect(run, "mmap", 0, map(run, mappable(run)->offset, PAGE, MAP_SHARED, &memory));
	(void)*memory;
	expect(run, "RESET", 0, call(run->device.fd, VFIO_DEVICE_RESET, NULL));
	expect(run, "pread", 4, read_at(run->device.fd, &value, 4, mappable(run)->offset));
	expect_value(run, "the first dword", value, *memory);
}

static void
several(struct run *run)
{
	volatile uint32_t *first, *second;

	expect(run, "mmap", 0, map(run, mappable(run)->offset, PAGE, MAP_SHARED, &first));
	expect(run, "mmap again", 0, map(run, mappable(run)->offset, PAGE, MAP_SHARED, &second));
	expect_value(run, "the first dword in both", *first, *second);
	munmap((void *)(uintptr_t)first, PAGE);
	(void)*second;
}

#define MAPPABLE(name, said, function)                                                             \
	{                                                                                          \
		.id = (name), .words = (said), .state = STATE_BOUND, .needs = NEED_MMAP_BAR,       \
		.body = (function)                                                                 \
	}

static const struct rule rules[] = {
	{"not-mappable", "config space, ROM, VGA and no region: EINVAL", STATE_BOUND,
	 NEED_NO_TRANSPORT, .body = not_mappable},
	{"no-flag", "a BAR without the flag MMAP: EINVAL", STATE_BOUND, NEED_NO_TRANSPORT,
	 .body = no_flag},
	MAPPABLE("private", "MAP_PRIVATE: EINVAL", private),
	MAPPABLE("end", "beyond the BAR: EINVAL", past_end),
	MAPPABLE("unaligned", "an offset within a page: EINVAL", unaligned),
	MAPPABLE("same", "mapped memory shows what read shows", same_as_read),
	MAPPABLE("several", "several mappings live on their own", several),
	MAPPABLE("memory-off", "COMMAND's memory bit off: SIGBUS; on again: works", memory_off),
	{"reset", "a mapping survives RESET", STATE_BOUND, NEED_MMAP_BAR | NEED_RESET,
	 .body = after_reset},
};

GROUP(mmap, "vfio_pci_core.c");

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state that the operations need: page tables, bindings, memory for DMA, an armed interrupt. */
#include "port.h"

#include <errno.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vfiod/device.h"

#define PAGE        4096u
#define PAGES       (LARGEST / PAGE)
#define PVINFO_LOW  0x78040u
#define GGTT        0x800000u
#define PTE_PRESENT 1u

/* The edu device: where its buffer is, how large, and the registers of a transfer. */
#define EDU_BUFFER      0x40000u
#define EDU_DESTINATION 0x88u
#define EDU_COUNT       0x90u

/* Odd, so that all pages have their turn; not 1, so that no page follows the one before. */
#define SCATTER 167u

static uint8_t
pattern(size_t at)
{
	return (uint8_t)(at / PAGE + at);
}

static void
fill(uint8_t *memory, uint8_t seed)
{
	for (size_t i = 0; i < LARGEST; i++)
		memory[i] = (uint8_t)(pattern(i) ^ seed);
}

bool
dma_memory_new(struct dma_memory *memory)
{
	void *anonymous =
		mmap(NULL, LARGEST, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	void *file = MAP_FAILED;

	memory->fd = memfd_create("vfiod-bench", MFD_CLOEXEC);
	if (memory->fd >= 0 && !ftruncate(memory->fd, LARGEST))
		file = mmap(NULL, LARGEST, PROT_READ | PROT_WRITE, MAP_SHARED, memory->fd, 0);
	if (anonymous == MAP_FAILED || file == MAP_FAILED) {
		perror("bench: memory for DMA");
		return false;
	}
	memory->anonymous = anonymous;
	memory->file = file;
	fill(memory->anonymous, 0x11);
	fill(memory->file, 0x22);
	return true;
}

void
dma_memory_free(struct dma_memory *memory)
{
	if (memory->anonymous)
		munmap(memory->anonymous, LARGEST);
	if (memory->file)
		munmap(memory->file, LARGEST);
	if (memory->fd > 0)
		close(memory->fd);
}

/* Points one part of the aperture at LARGEST bytes on the bus. */
static bool
point(const struct port *port, uint32_t gm, uint64_t bus, bool scattered)
{
	uint64_t entry[PAGES];

	for (unsigned i = 0; i < PAGES; i++)
		entry[i] = (bus + (uint64_t)(scattered ? i * SCATTER % PAGES : i) * PAGE) |
			   PTE_PRESENT;
	return port->write(port->ctx, region_offset(VFIOD_BAR0, GGTT + gm / PAGE * 8), entry,
			   sizeof(entry)) == sizeof(entry);
}

/* An aperture without entries answers too, and fast: it must be seen to show what it should. */
static bool
shows(const struct port *port, uint32_t gm, bool scattered, uint8_t seed)
{
	uint8_t *got = malloc(LARGEST);
	bool same = got && port->read(port->ctx, region_offset(VFIOD_BAR2, gm), got, LARGEST) ==
				   (ssize_t)LARGEST;

	for (size_t i = 0; same && i < LARGEST; i++) {
		size_t page = scattered ? i / PAGE * SCATTER % PAGES : i / PAGE;

		same = got[i] == (pattern(page * PAGE + i % PAGE) ^ seed);
	}
	free(got);
	return same;
}

static bool
set_window(const struct port *port, uint32_t gm, uint64_t bus, uint8_t seed)
{
	return point(port, gm, bus, false) && point(port, gm + LARGEST, bus, true) &&
	       shows(port, gm, false, seed) && shows(port, gm + LARGEST, true, seed);
}

static bool
read_low(struct target *target, enum device device)
{
	const struct port *port = &target->port[device];

	return port->read(port->ctx, region_offset(VFIOD_BAR0, PVINFO_LOW), &target->low[device],
			  4) == 4;
}

static bool
prepare_plain(struct target *target)
{
	const struct port *port = &target->port[PLAIN_VGPU];
	uint8_t *bytes = malloc(LARGEST);
	uint32_t low;
	bool good;

	if (!bytes || !read_low(target, PLAIN_VGPU)) {
		free(bytes);
		return false;
	}
	fill(bytes, 0);
	low = target->low[PLAIN_VGPU];
	good = point(port, low, 0, false) &&
	       port->write(port->ctx, region_offset(VFIOD_BAR2, low), bytes, LARGEST) ==
		       (ssize_t)LARGEST &&
	       set_window(port, low, 0, 0);
	free(bytes);
	return good;
}

static bool
prepare_bound(struct target *target, struct dma_memory *memory)
{
	const struct port *port = &target->port[BOUND_VGPU];
	uint32_t ioas;

	if (!port_new_ioas(port, &ioas) || !port_attach(port, ioas) ||
	    port_map(port, ioas, memory->anonymous, LARGEST, IOVA_ANONYMOUS) ||
	    port_map_file(port, ioas, memory->fd, 0, LARGEST, IOVA_FILE) ||
	    !read_low(target, BOUND_VGPU))
		return false;
	target->ioas = ioas;
	return set_window(port, target->low[BOUND_VGPU], IOVA_ANONYMOUS, 0x11) &&
	       set_window(port, target->low[BOUND_VGPU] + 2 * LARGEST, IOVA_FILE, 0x22);
}

static bool
write_register(const struct port *port, uint64_t position, uint64_t value)
{
	return port->write(port->ctx, region_offset(VFIOD_BAR0, position), &value, sizeof(value)) ==
	       sizeof(value);
}

static bool
arm_interrupt(struct target *target, const struct port *port)
{
	struct {
		struct vfio_irq_set set;
		int32_t event;
	} arm = {.set = {.argsz = sizeof(arm),
			 .flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER,
			 .index = VFIO_PCI_MSI_IRQ_INDEX,
			 .count = 1}};

	target->event = eventfd(0, EFD_CLOEXEC);
	arm.event = target->event;
	return arm.event >= 0 && !port->device_ioctl(port->ctx, VFIO_DEVICE_SET_IRQS, &arm);
}

static bool
prepare_edu(struct target *target)
{
	const struct port *port = &target->port[BOUND_EDU];

	return port_attach(port, target->ioas) &&
	       write_register(port, EDU_DESTINATION, EDU_BUFFER) &&
	       write_register(port, EDU_COUNT, PAGE) && arm_interrupt(target, port);
}

bool
target_prepare(struct target *target, struct dma_memory *memory)
{
	const char *what = NULL;

	target->event = -1;
	errno = 0;
	if (target->null)
		return true;
	if (!prepare_plain(target))
		what = "the vGPU's aperture does not show its memory";
	else if (!prepare_bound(target, memory))
		what = "the bound vGPU's aperture does not show our memory";
	else if (!prepare_edu(target))
		what = "the edu device is not ready for DMA and interrupts";
	if (!what)
		return true;
	fprintf(stderr, "bench: %s %s: %s%s%s\n", target->carrier, target->recovery, what,
		errno ? ": " : "", errno ? strerror(errno) : "");
	return false;
}

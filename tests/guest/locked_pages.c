/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pages in a Linux guest. */
#include "memory.h"

#include "check.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Documentation/admin-guide/mm/pagemap.rst: bit 63 present, bits 54:0 frame number. */
#define PRESENT (UINT64_C(1) << 63)
#define FRAME   ((UINT64_C(1) << 55) - 1)

static uint64_t
physical_address(const void *at)
{
	static int pagemap = -1;
	uint64_t entry;

	if (pagemap < 0)
		pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	if (pread(pagemap, &entry, sizeof(entry), (off_t)((uintptr_t)at / PAGE * sizeof(entry))) !=
	    sizeof(entry))
		give_up("/proc/self/pagemap is read");
	if (!(entry & PRESENT) || !(entry & FRAME))
		give_up("/proc/self/pagemap knows a page");
	return (entry & FRAME) * PAGE;
}

/* How many pages do not follow the one before them in physical memory. */
static size_t
scattered(const struct pages *pages)
{
	size_t jumps = 0;

	for (size_t i = 1; i < pages->count; i++)
		jumps += pages->physical[i] != pages->physical[i - 1] + PAGE;
	return jumps;
}

struct pages
pages_new(size_t count)
{
	struct pages pages = {.count = count};

	pages.bytes = mmap(NULL, count * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			   -1, 0);
	pages.physical = calloc(count, sizeof(*pages.physical));
	if (pages.bytes == MAP_FAILED || !pages.physical)
		give_up("%zu pages of memory", count);
	madvise(pages.bytes, count * PAGE, MADV_NOHUGEPAGE);
	/* Touched in an order that makes neighbours unlikely; 1021 is prime. */
	for (size_t i = 0; i < count; i++)
		pages.bytes[i * 1021 % count * PAGE] = 0;
	if (mlock(pages.bytes, count * PAGE))
		give_up("%zu pages are locked", count);
	for (size_t i = 0; i < count; i++)
		pages.physical[i] = physical_address(pages.bytes + i * PAGE);
	/* A few can be next to each other by chance. */
	if (count >= 64)
		check(scattered(&pages), "of %zu pages %zu are scattered", count,
		      scattered(&pages));
	return pages;
}

size_t
pages_moved(const struct pages *pages)
{
	size_t moved = 0;

	for (size_t i = 0; i < pages->count; i++)
		moved += physical_address(pages->bytes + i * PAGE) != pages->physical[i];
	return moved;
}

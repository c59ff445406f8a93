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

/* The search for pages below an address: how many at once at least, and how often at most. */
#define FEW   64u
#define TIMES 1024u

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

static uint8_t *
map(size_t count, int protection)
{
	void *at = mmap(NULL, count * PAGE, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		give_up("%zu pages of memory", count);
	madvise(at, count * PAGE, MADV_NOHUGEPAGE);
	return at;
}

/* Takes some pages, and moves those that are below the limit to the place of pages @a have and on. */
static size_t
take(struct pages *pages, size_t have, uint64_t limit, uint8_t *taken, size_t count)
{
	/* Touched in an order that makes neighbours unlikely; 1021 is prime. */
	for (size_t i = 0; i < count; i++)
		taken[i * 1021 % count * PAGE] = 0;
	for (size_t i = 0; i < count && have < pages->count; i++) {
		if (physical_address(taken + i * PAGE) >= limit)
			continue;
		if (mremap(taken + i * PAGE, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
			   pages->bytes + have * PAGE) == MAP_FAILED)
			give_up("a page is moved in the address space");
		have++;
	}
	return have;
}

struct pages
pages_below(uint64_t limit, size_t count)
{
	struct pages pages = {.count = count};
	size_t have = 0, times = 0, at_once = count < FEW ? FEW : count;
	uint8_t *taken[TIMES];

	pages.bytes = map(count, PROT_NONE);
	pages.physical = calloc(count, sizeof(*pages.physical));
	if (!pages.physical)
		give_up("%zu pages of memory", count);
	/* Those that don't fit are held meanwhile, so that they don't come again. */
	for (; have < count && times < TIMES; times++) {
		taken[times] = map(at_once, PROT_READ | PROT_WRITE);
		have = take(&pages, have, limit, taken[times], at_once);
	}
	while (times)
		munmap(taken[--times], at_once * PAGE);
	if (have < count)
		give_up("%zu pages of memory below 0x%llx", count, (unsigned long long)limit);
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

struct pages
pages_new(size_t count)
{
	return pages_below(UINT64_MAX, count);
}

size_t
pages_moved(const struct pages *pages)
{
	size_t moved = 0;

	for (size_t i = 0; i < pages->count; i++)
		moved += physical_address(pages->bytes + i * PAGE) != pages->physical[i];
	return moved;
}

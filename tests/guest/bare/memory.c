/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pages of memory without paging: what is next to each other for the program is so on the bus. */
#include "../check.h"
#include "../memory.h"
#include "bare.h"

#include <string.h>

#define POOL 1100

static uint8_t pool[POOL][PAGE] __attribute__((aligned(PAGE)));
static uint64_t addresses[POOL];
static size_t used;

void
memory_reset(void)
{
	used = 0;
}

struct pages
pages_new(size_t count)
{
	struct pages pages = {.count = count};

	if (count > POOL - used)
		give_up("%zu pages of memory", count);
	pages.bytes = pool[used];
	pages.physical = addresses + used;
	memset(pages.bytes, 0, count * PAGE);
	for (size_t i = 0; i < count; i++)
		pages.physical[i] = (uintptr_t)pool[used + i];
	used += count;
	return pages;
}

struct pages
pages_below(uint64_t limit, size_t count)
{
	struct pages pages = pages_new(count);

	if (count && pages.physical[count - 1] >= limit)
		give_up("%zu pages of memory below 0x%llx", count, (unsigned long long)limit);
	return pages;
}

size_t
pages_moved(const struct pages *pages)
{
	(void)pages;
	return 0;
}

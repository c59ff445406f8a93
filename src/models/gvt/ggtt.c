/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The global graphics translation table, 8 MiB of 8-byte entries at BAR0 + 8 MiB.
 *
 * Most clients write an entry as two halves. As in GVT-g (gtt.c), the first half alone makes the entry
 * read as that half with zeros beside it and maps nothing; the other half completes it. A byte per
 * entry remembers which half is there. Entries outside the vGPU's slices read 0 and swallow writes.
 */
#include "models/gvt/gvt.h"

#define TABLE_SIZE ((size_t)GVT_GGTT_ENTRIES * 8)

enum half {
	WHOLE = 0,
	LOW_HALF = 1,
	HIGH_HALF = 2,
};

int
gvt_ggtt_create(struct gvt *gvt)
{
	gvt->ggtt.entry = gvt_sparse_new(TABLE_SIZE);
	gvt->ggtt.half = gvt_sparse_new(GVT_GGTT_ENTRIES);
	if (gvt->ggtt.entry && gvt->ggtt.half)
		return 0;
	gvt_ggtt_destroy(gvt);
	return -ENOMEM;
}

void
gvt_ggtt_destroy(struct gvt *gvt)
{
	gvt_sparse_free(gvt->ggtt.entry, TABLE_SIZE);
	gvt_sparse_free(gvt->ggtt.half, GVT_GGTT_ENTRIES);
	gvt->ggtt = (struct gvt_ggtt){0};
}

/*
 * GVT-g points the host's entries to scratch memory and leaves what the guest reads back. Here there is
 * one table, and what counts is that nothing is mapped after a reset.
 */
void
gvt_ggtt_reset(struct gvt *gvt)
{
	gvt_sparse_clear(gvt->ggtt.entry, TABLE_SIZE);
	gvt_sparse_clear(gvt->ggtt.half, GVT_GGTT_ENTRIES);
}

static bool
owned(const struct gvt *gvt, uint64_t index)
{
	uint64_t gm = index << GVT_PAGE_SHIFT;

	return gvt_slice_contains(&gvt->low, gm) || gvt_slice_contains(&gvt->high, gm);
}

int
gvt_ggtt_read(struct gvt *gvt, uint64_t pos, unsigned width, uint64_t *value)
{
	uint64_t index = pos / 8, entry;

	if (width < 4)
		return -EINVAL;
	entry = owned(gvt, index) ? gvt->ggtt.entry[index] : 0;
	if (width == 8)
		*value = entry;
	else
		*value = pos & 4 ? entry >> 32 : entry & 0xffffffff;
	return 0;
}

static void
write_half(struct gvt_ggtt *ggtt, uint64_t index, enum half half, uint64_t value)
{
	uint64_t bits = half == HIGH_HALF ? value << 32 : value & 0xffffffff;

	if (ggtt->half[index] == WHOLE || ggtt->half[index] == half) {
		ggtt->entry[index] = bits;
		ggtt->half[index] = (uint8_t)half;
	} else {
		ggtt->entry[index] |= bits; /* the missing half was zeros */
		ggtt->half[index] = WHOLE;
	}
}

int
gvt_ggtt_write(struct gvt *gvt, uint64_t pos, unsigned width, uint64_t value)
{
	uint64_t index = pos / 8;

	if (width < 4)
		return -EINVAL;
	if (!owned(gvt, index))
		return 0;
	if (width == 4) {
		write_half(&gvt->ggtt, index, pos & 4 ? HIGH_HALF : LOW_HALF, value);
		return 0;
	}
	gvt->ggtt.entry[index] = value;
	if (gvt->ggtt.half[index] != WHOLE)
		gvt->ggtt.half[index] = WHOLE;
	return 0;
}

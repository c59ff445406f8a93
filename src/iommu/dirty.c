/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "iommu/dirty.h"

#include <stdatomic.h>
#include <stdlib.h>

/* Three levels of 12 bits each: tables of tables of bitmaps of 4096 pages. */
#define BITS      12
#define ENTRIES   (1u << BITS)
#define WORD_BITS 64u
#define WORDS     (ENTRIES / WORD_BITS)

struct bitmap {
	_Atomic uint64_t word[WORDS];
};

struct table {
	_Atomic(struct bitmap *) bitmap[ENTRIES];
};

struct dirty {
	_Atomic(struct table *) table[ENTRIES];
	atomic_bool everything;
	struct user *user;
	_Atomic uint64_t taken; /* of the user's share */
};

/* A table weighs as much as so many bitmaps. */
#define TABLE_WEIGHT (sizeof(struct table) / sizeof(struct bitmap))

struct dirty *
dirty_new(struct user *user)
{
	struct dirty *dirty = NULL;

	if (user_take(user, LIMIT_DIRTY, TABLE_WEIGHT)) {
		dirty = calloc(1, sizeof(*dirty));
		if (!dirty)
			user_give(user, LIMIT_DIRTY, TABLE_WEIGHT);
	}
	if (dirty) {
		dirty->user = user;
		dirty->taken = TABLE_WEIGHT;
	}
	return dirty;
}

void
dirty_free(struct dirty *dirty)
{
	if (!dirty)
		return;
	for (unsigned i = 0; i < ENTRIES; i++) {
		struct table *table = dirty->table[i];

		for (unsigned j = 0; table && j < ENTRIES; j++)
			free(table->bitmap[j]);
		free(table);
	}
	user_give(dirty->user, LIMIT_DIRTY, dirty->taken);
	free(dirty);
}

static void *
allocate(struct dirty *dirty, size_t size, uint64_t weight)
{
	void *memory;

	if (!user_take(dirty->user, LIMIT_DIRTY, weight))
		return NULL;
	memory = calloc(1, size);
	if (memory)
		atomic_fetch_add(&dirty->taken, weight);
	else
		user_give(dirty->user, LIMIT_DIRTY, weight);
	return memory;
}

static void
discard(struct dirty *dirty, void *memory, uint64_t weight)
{
	free(memory);
	atomic_fetch_sub(&dirty->taken, weight);
	user_give(dirty->user, LIMIT_DIRTY, weight);
}

static struct table *
make_table(struct dirty *dirty, unsigned index)
{
	struct table *table = allocate(dirty, sizeof(*table), TABLE_WEIGHT), *other = NULL;

	if (table && !atomic_compare_exchange_strong(&dirty->table[index], &other, table)) {
		discard(dirty, table, TABLE_WEIGHT);
		return other;
	}
	return table;
}

static struct bitmap *
make_bitmap(struct dirty *dirty, struct table *table, unsigned index)
{
	struct bitmap *bitmap = allocate(dirty, sizeof(*bitmap), 1), *other = NULL;

	if (bitmap && !atomic_compare_exchange_strong(&table->bitmap[index], &other, bitmap)) {
		discard(dirty, bitmap, 1);
		return other;
	}
	return bitmap;
}

/* The bitmap that a page's bit is in; NULL if it is not there, @a make: and can't be made. */
static struct bitmap *
find(struct dirty *dirty, uint64_t page, bool make)
{
	unsigned top = (unsigned)(page >> 2 * BITS) % ENTRIES;
	unsigned middle = (unsigned)(page >> BITS) % ENTRIES;
	struct table *table = atomic_load(&dirty->table[top]);
	struct bitmap *bitmap;

	if (!table && make)
		table = make_table(dirty, top);
	if (!table)
		return NULL;
	bitmap = atomic_load(&table->bitmap[middle]);
	if (!bitmap && make)
		bitmap = make_bitmap(dirty, table, middle);
	return bitmap;
}

/* Bits [from, to] of a word. */
static uint64_t
mask(unsigned from, unsigned to)
{
	return (UINT64_MAX >> (WORD_BITS - 1 - to)) & (UINT64_MAX << from);
}

/* The last page that has its bit in the same word. */
static uint64_t
word_end(uint64_t page)
{
	return page | (WORD_BITS - 1);
}

/* The first page after what is not there: a bitmap's worth, or a table's. */
static uint64_t
skip(const struct dirty *dirty, uint64_t page)
{
	unsigned top = (unsigned)(page >> 2 * BITS) % ENTRIES;
	uint64_t unit = atomic_load(&dirty->table[top]) ? ENTRIES : (uint64_t)ENTRIES * ENTRIES;

	return (page | (unit - 1)) + 1;
}

static void
change(struct dirty *dirty, uint64_t first, uint64_t last, bool set)
{
	uint64_t page = first / DIRTY_PAGE, end = last / DIRTY_PAGE;

	while (page <= end) {
		struct bitmap *bitmap = find(dirty, page, set);
		uint64_t to = word_end(page) < end ? word_end(page) : end;
		uint64_t bits = mask((unsigned)(page % WORD_BITS), (unsigned)(to % WORD_BITS));
		_Atomic uint64_t *word;

		if (!bitmap) {
			if (set) {
				atomic_store(&dirty->everything, true);
				return;
			}
			page = skip(dirty, page);
			continue;
		}
		word = &bitmap->word[page % ENTRIES / WORD_BITS];
		if (set)
			atomic_fetch_or(word, bits);
		else
			atomic_fetch_and(word, ~bits);
		page = to + 1;
	}
}

void
dirty_mark(struct dirty *dirty, uint64_t first, uint64_t last)
{
	change(dirty, first, last, true);
}

void
dirty_clear(struct dirty *dirty, uint64_t first, uint64_t last)
{
	change(dirty, first, last, false);
}

void
dirty_clear_all(struct dirty *dirty)
{
	atomic_store(&dirty->everything, false);
	change(dirty, 0, (UINT64_C(1) << (3 * BITS + 12)) - 1, false);
}

bool
dirty_everything(const struct dirty *dirty)
{
	return atomic_load(&dirty->everything);
}

bool
dirty_next(const struct dirty *dirty, uint64_t from, uint64_t last, uint64_t *found)
{
	uint64_t page = from / DIRTY_PAGE, end = last / DIRTY_PAGE;

	while (page <= end) {
		const struct table *table =
			atomic_load(&dirty->table[(page >> 2 * BITS) % ENTRIES]);
		const struct bitmap *bitmap =
			table ? atomic_load(&table->bitmap[(page >> BITS) % ENTRIES]) : NULL;
		uint64_t bits;

		if (!bitmap) {
			page = skip(dirty, page);
			continue;
		}
		bits = atomic_load(&bitmap->word[page % ENTRIES / WORD_BITS]) &
		       mask((unsigned)(page % WORD_BITS), WORD_BITS - 1);
		if (bits) {
			page = (page & ~(uint64_t)(WORD_BITS - 1)) +
			       (unsigned)__builtin_ctzll(bits);
			*found = page * DIRTY_PAGE;
			return page <= end;
		}
		page = word_end(page) + 1;
	}
	return false;
}

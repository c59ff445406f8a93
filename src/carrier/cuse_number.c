/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "carrier/cuse_number.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/sysmacros.h>

/* Minors have 20 bits in the kernel. */
#define NUM_MINORS (1u << 20)

static LIST_HEAD(, cuse_number) all;

/* The last minor that was asked for. */
static unsigned last;

static bool
is_taken(dev_t number)
{
	struct cuse_number *taken;

	LIST_FOREACH(taken, &all, others)
	if (taken->number == number)
		return true;
	return false;
}

dev_t
cuse_number_wanted(void)
{
	dev_t number;

	if (LIST_EMPTY(&all))
		return 0;
	/*
	 * The longest unused one, not the lowest: who still has an old node open reaches whatever has its
	 * number now.
	 */
	do {
		last = (last + 1) % NUM_MINORS;
		number = makedev(major(LIST_FIRST(&all)->number), last);
	} while (is_taken(number));
	return number;
}

void
cuse_number_take(struct cuse_number *taken, dev_t number)
{
	taken->number = number;
	LIST_INSERT_HEAD(&all, taken, others);
}

void
cuse_number_give_back(struct cuse_number *taken)
{
	if (!taken->number)
		return;
	LIST_REMOVE(taken, others);
	taken->number = 0;
}

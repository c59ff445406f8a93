/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "memory.h"

#include <string.h>

/* xorshift64*, Vigna 2016. */
uint64_t
next_random(uint64_t *seed)
{
	*seed ^= *seed >> 12;
	*seed ^= *seed << 25;
	*seed ^= *seed >> 27;
	return *seed * UINT64_C(2685821657736338717);
}

void
fill(void *bytes, size_t length, uint64_t seed)
{
	for (uint8_t *at = bytes; length; length -= length < 8 ? length : 8, at += 8) {
		uint64_t value = next_random(&seed);

		memcpy(at, &value, length < 8 ? length : 8);
	}
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An EDID in a few words.
 */
#include <string.h>

#include "edid.h"

#define DESCRIPTORS     54u
#define DESCRIPTOR_SIZE 18u
#define DESCRIPTOR_NAME 0xfcu

static void
get_name(const uint8_t *text, char name[14])
{
	size_t length = 0;

	while (length < 13 && text[length] != '\n')
		length++;
	while (length > 0 && text[length - 1] == ' ')
		length--;
	for (size_t i = 0; i < length; i++)
		name[i] = text[i] >= ' ' && text[i] < 0x7f ? (char)text[i] : '?';
	name[length] = '\0';
}

/* A detailed timing: low bytes, and the upper four bits of two numbers in one byte. */
static void
get_mode(const uint8_t *timing, struct edid_summary *summary)
{
	uint64_t clock = (timing[0] | (uint64_t)timing[1] << 8) * 10000;
	unsigned hblank = timing[3] | (timing[4] & 0xfu) << 8;
	unsigned vblank = timing[6] | (timing[7] & 0xfu) << 8;
	uint64_t total;

	summary->width = timing[2] | (timing[4] & 0xf0u) << 4;
	summary->height = timing[5] | (timing[7] & 0xf0u) << 4;
	total = (uint64_t)(summary->width + hblank) * (summary->height + vblank);
	if (total)
		summary->millihertz = (unsigned)((clock * 1000 + total / 2) / total);
}

void
edid_summarize(const uint8_t *edid, size_t size, struct edid_summary *summary)
{
	unsigned id = (unsigned)edid[8] << 8 | edid[9];

	memset(summary, 0, sizeof(*summary));
	/* Three letters of five bits each, A is 1. */
	for (unsigned i = 0; i < 3; i++) {
		unsigned letter = id >> (10 - 5 * i) & 0x1f;

		summary->manufacturer[i] = letter >= 1 && letter <= 26 ? (char)('A' + letter - 1) : '?';
	}
	summary->product = edid[10] | (unsigned)edid[11] << 8;
	summary->width_cm = edid[21];
	summary->height_cm = edid[22];
	summary->extensions = (unsigned)(size / 128) - 1;
	for (unsigned i = 0; i < 4; i++) {
		const uint8_t *at = edid + DESCRIPTORS + i * DESCRIPTOR_SIZE;

		/* The first timing is the preferred one; what is none begins with two zeros. */
		if ((at[0] || at[1]) && i == 0)
			get_mode(at, summary);
		else if (!at[0] && !at[1] && at[3] == DESCRIPTOR_NAME)
			get_name(at + 5, summary->name);
	}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "util/uuid.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

static bool
is_dash(unsigned position)
{
	return position == 8 || position == 13 || position == 18 || position == 23;
}

bool
uuid_parse(const char *text, char uuid[UUID_TEXT])
{
	for (unsigned i = 0; i < UUID_TEXT - 1; i++) {
		unsigned char c = (unsigned char)text[i];

		if (is_dash(i) ? c != '-' : !isxdigit(c))
			return false;
		uuid[i] = (char)tolower(c);
	}
	uuid[UUID_TEXT - 1] = '\0';
	return !text[UUID_TEXT - 1];
}

int
uuid_random(char uuid[UUID_TEXT])
{
	uint8_t b[16];

	if (getrandom(b, sizeof(b), 0) != sizeof(b))
		return -EIO;
	/* RFC 9562, 5.4: version 4, variant 10b. */
	b[6] = (uint8_t)((b[6] & 0x0f) | 0x40);
	b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
	snprintf(uuid, UUID_TEXT,
		 "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
		 b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
		 b[15]);
	return 0;
}

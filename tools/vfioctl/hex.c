// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bytes as pairs of hex digits, as they go over the control socket.
 */
#include "config.h"

#include <string.h>

#include "control.h"
#include "vfioctl.h"

static int
digit(char c)
{
	const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

uint8_t *
hex_decode(const char *text, size_t *length)
{
	uint8_t *bytes = allocate(strlen(text) / 2 + 1);

	for (*length = 0; text[0] && text[1]; text += 2) {
		int high = digit(text[0]), low = digit(text[1]);

		if (high < 0 || low < 0)
			break;
		bytes[(*length)++] = (uint8_t)(high << 4 | low);
	}
	return bytes;
}

char *
hex_encode(const uint8_t *bytes, size_t length)
{
	char *text = allocate(2 * length + 1);

	for (size_t i = 0; i < length; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	text[2 * length] = '\0';
	return text;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Numbers: from the command line, for people, and in a device's byte order.
 */
#include "config.h"

#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vfioctl.h"

static const char units[] = "KMGT"; /* 1024 to the power of 1, 2, 3, 4 */

bool
parse_number(const char *text, uint64_t *number)
{
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	const char *digits = hex ? text + 2 : text;
	unsigned long long value;
	unsigned shift = 0;
	char *end;

	/* strtoull() would take blanks, signs and, in base 16, a second 0x. */
	if (!isxdigit((unsigned char)digits[0]) ||
	    (hex && toupper((unsigned char)digits[1]) == 'X'))
		return false;
	errno = 0;
	value = strtoull(digits, &end, hex ? 16 : 10);
	if (errno || end == digits)
		return false;
	if (*end) {
		const char *unit = strchr(units, toupper((unsigned char)*end));

		if (!unit || end[1])
			return false;
		shift = 10 * (unsigned)(unit - units + 1);
	}
	if (value > UINT64_MAX >> shift)
		return false;
	*number = (uint64_t)value << shift;
	return true;
}

int
parse_argument(const char *what, const char *text, uint64_t *number)
{
	if (parse_number(text, number))
		return EX_OK;
	warnx("%s is not a number: %s", what, text);
	return EX_USAGE;
}

uint64_t
option_number(struct argp_state *state, const char *what, const char *text, uint64_t min,
	      uint64_t max)
{
	uint64_t number;

	if (!parse_number(text, &number))
		argp_error(state, "%s is not a number: %s", what, text);
	else if (number < min || number > max)
		argp_error(state, "%s is out of range: %s", what, text);
	else
		return number;
	return min; /* not reached: argp_error() ends the program */
}

unsigned
option_width(struct argp_state *state, const char *text)
{
	unsigned width = (unsigned)option_number(state, "WIDTH", text, 1, 8);

	if ((width & (width - 1)) != 0)
		argp_error(state, "WIDTH must be 1, 2, 4 or 8: %s", text);
	return width;
}

const char *
human_size(uint64_t size, char text[24])
{
	int power = 0;

	while (size != 0 && size % 1024 == 0 && power < 4) {
		size /= 1024;
		power++;
	}
	if (power == 0)
		snprintf(text, 24, "%ju B", (uintmax_t)size);
	else
		snprintf(text, 24, "%ju %ciB", (uintmax_t)size, units[power - 1]);
	return text;
}

uint64_t
get_le(const void *bytes, unsigned width)
{
	const uint8_t *byte = bytes;
	uint64_t number = 0;

	while (width > 0)
		number = number << 8 | byte[--width];
	return number;
}

void
put_le(void *bytes, unsigned width, uint64_t number)
{
	uint8_t *byte = bytes;

	for (unsigned i = 0; i < width; i++)
		byte[i] = (uint8_t)(number >> 8 * i);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vfiod/options.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *
vfiod_option(const struct vfiod_options *options, const char *key)
{
	for (unsigned i = options->count; i-- > 0;)
		if (!strcmp(options->setting[i].key, key))
			return options->setting[i].value;
	return NULL;
}

int
vfiod_parse_size(const char *text, uint64_t *size)
{
	static const char units[] = "KMGT";
	const char *unit;
	unsigned long long number;
	unsigned shift = 0;
	char *end;

	/* strtoull() would take a sign or leading space. */
	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	errno = 0;
	number = strtoull(text, &end, 0);
	if (errno)
		return -errno;
	if (*end && (unit = strchr(units, toupper((unsigned char)*end)))) {
		shift = 10 * (unsigned)(unit - units + 1);
		end++;
	}
	if (*end)
		return -EINVAL;
	if (number > UINT64_MAX >> shift)
		return -ERANGE;
	*size = (uint64_t)number << shift;
	return 0;
}

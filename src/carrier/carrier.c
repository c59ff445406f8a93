/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "carrier/carrier.h"

#include <ctype.h>
#include <string.h>

#include "carrier/server.h"

/* In the order in which "auto" prefers them. */
static const struct carrier *const carriers[] = {&cuse_carrier, &fuse_carrier, NULL};

const struct carrier *
carrier_by_name(const char *name)
{
	bool any = !strcmp(name, "auto");

	for (const struct carrier *const *carrier = carriers; *carrier; carrier++)
		if (any ? (*carrier)->possible() : !strcmp((*carrier)->name, name))
			return *carrier;
	return NULL;
}

bool
carried_ended(const struct carried *carried)
{
	return server_ended(carried->server);
}

bool
carried_stop(struct carried *carried)
{
	return carried->stop(carried);
}

bool
carrier_name_valid(const char *name, const char **why)
{
	size_t length = strlen(name);

	*why = NULL;
	if (!length || length > CARRIER_NAME_MAX)
		*why = "must have 1 to 200 characters";
	else if (name[0] == '/' || name[length - 1] == '/' || strstr(name, "//"))
		*why = "is a relative path: no slash at its ends, no empty parts";
	for (const char *part = name; !*why && part; part = strchr(part, '/')) {
		part += *part == '/';
		if (part[0] == '.')
			*why = "must have no part that starts with a dot";
	}
	/* The kernel writes '/' as '!' in sysfs; a comma ends an option of ours. */
	for (const char *c = name; !*why && *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("/-_.:+@", *c))
			*why = "may hold letters, digits, slashes and any of -_.:+@";
	return !*why;
}

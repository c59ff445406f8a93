/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "util/privileges.h"

#include <cap-ng.h>
#include <stdbool.h>

static bool
listed(unsigned cap, const unsigned *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (list[i] == cap)
			return true;
	return false;
}

int
privileges_keep(const unsigned *keep, size_t count)
{
	capng_select_t select = CAPNG_SELECT_CAPS;

	if (capng_get_caps_process())
		return -1;
	/* Without CAP_SETPCAP the bounding set can't be changed; such a process has little to lose. */
	if (capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP))
		select = CAPNG_SELECT_BOTH;
	for (unsigned cap = 0; cap <= CAP_LAST_CAP; cap++)
		if (!listed(cap, keep, count))
			capng_update(CAPNG_DROP,
				     CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_INHERITABLE |
					     CAPNG_BOUNDING_SET,
				     cap);
	return capng_apply(select);
}

int
privileges_keep_starting(const unsigned *more, size_t count)
{
	unsigned keep[CAP_LAST_CAP + 1] = {CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH};
	size_t kept = 2;

	if (capng_get_caps_process())
		return -1;
	if (!capng_have_capability(CAPNG_EFFECTIVE, CAP_SYS_PTRACE))
		return 0;
	for (size_t i = 0; i < count && kept <= CAP_LAST_CAP; i++)
		keep[kept++] = more[i];
	return privileges_keep(keep, kept);
}

int
privileges_keep_serving(void)
{
	return privileges_keep_starting(NULL, 0);
}

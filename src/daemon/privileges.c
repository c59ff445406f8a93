/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/privileges.h"

#include <cap-ng.h>

static const unsigned needed[] = {CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH};

int
privileges_drop(void)
{
	capng_get_caps_process();
	/* Only what we have now can be kept. */
	for (unsigned cap = 0; cap <= CAP_LAST_CAP; cap++) {
		int keep = 0;

		for (unsigned i = 0; i < sizeof(needed) / sizeof(*needed); i++)
			keep |= cap == needed[i];
		if (!keep)
			capng_update(CAPNG_DROP,
				     CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_INHERITABLE |
					     CAPNG_BOUNDING_SET,
				     cap);
	}
	return capng_apply(CAPNG_SELECT_BOTH);
}

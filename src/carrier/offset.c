/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which mechanism recovers offsets. */
#include "config.h"

#include "carrier/offset.h"

#include <string.h>

const struct offset_mechanism *const offset_mechanisms[] = {
#ifdef HAVE_BPF
	&offset_bpf,
#endif
	&offset_proc,
	NULL,
};

static const char *chosen = "auto";
static const struct offset_mechanism *used = &offset_proc;

bool
offset_wanted(const struct offset_mechanism *mechanism)
{
	return !strcmp(chosen, "auto") || !strcmp(chosen, mechanism->name);
}

bool
offset_choose(const char *name)
{
	chosen = name;
	for (unsigned i = 0; offset_mechanisms[i]; i++)
		if (offset_wanted(offset_mechanisms[i]))
			return true;
	return false;
}

void
offset_use(const struct offset_mechanism *mechanism)
{
	used = mechanism;
}

const struct offset_mechanism *
offset_used(void)
{
	return used;
}

enum offset_refusal
offset_recover(struct offset_cache *cache, const struct offset_request *request,
	       struct offset_call *call)
{
	enum offset_refusal refusal;

	if (request->tid <= 0)
		return OFFSET_NOT_VISIBLE;
	refusal = used->recover(cache, request, call);
	if (refusal == OFFSET_NOT_RECORDED)
		refusal = offset_proc.recover(cache, request, call);
	return refusal;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The option trace=yes: every access to BAR0 as a line of log. These functions stand in for the plain
 * ones in the region's table, so that tracing costs nothing while it is off.
 */
#include "models/gvt/gvt.h"

#include <inttypes.h>
#include <stdio.h>

static const char *
name_of(uint64_t pos, char buffer[32])
{
	const char *name = NULL;

	if (pos >= GVT_GGTT_OFFSET) {
		snprintf(buffer, 32, "GGTT[0x%x]", (unsigned)((pos - GVT_GGTT_OFFSET) / 8));
		return buffer;
	}
	if (pos < GVT_MMIO_SIZE)
		name = gvt_register_name((uint32_t)pos);
	return name ? name : "-";
}

static void
trace(struct gvt *gvt, const char *what, uint64_t pos, unsigned width, uint64_t value, int error)
{
	char buffer[32];

	vfiod_log(gvt->dev, VFIOD_LOG_DEBUG, "%s%u 0x%06" PRIx64 " %s 0x%0*" PRIx64 "%s", what,
		  8 * width, pos, name_of(pos, buffer), (int)(2 * width), value,
		  error ? " failed" : "");
}

int
gvt_trace_read(void *state, uint64_t pos, unsigned width, uint64_t *value)
{
	int error = gvt_bar0_read(state, pos, width, value);

	trace(state, "read", pos, width, error ? 0 : *value, error);
	return error;
}

int
gvt_trace_write(void *state, uint64_t pos, unsigned width, uint64_t value)
{
	int error = gvt_bar0_write(state, pos, width, value);

	trace(state, "write", pos, width, value, error);
	return error;
}

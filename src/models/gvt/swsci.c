/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Software SCI: a driver asks the BIOS something through SCIC and PARM of the OpRegion, which the
 * client has put into guest memory at ASLS. GVT-g opregion.c answers three questions with "nothing",
 * and so does vfiod.
 */
#include "models/gvt/gvt.h"

#include <endian.h>

#define ASLS                   0xfcu

#define SWSCI_SCI_SELECT       (1u << 15)
#define SWSCI_TRIGGER          (1u << 0)

#define SCIC_FUNCTION(scic)    ((scic) >> 1 & 0xf)
#define SCIC_SUBFUNCTION(scic) ((scic) >> 8 & 0xff)
#define SCIC_EXIT_STATUS       (7u << 5)

static const struct {
	uint8_t function, subfunction;
} supported[] = {
	{4, 0}, /* get BIOS data: supported calls */
	{4, 1}, /* get BIOS data: requested callbacks */
	{6, 0}, /* callbacks: supported calls */
};

static bool
is_supported(uint32_t scic)
{
	for (unsigned i = 0; i < sizeof(supported) / sizeof(supported[0]); i++)
		if (SCIC_FUNCTION(scic) == supported[i].function &&
		    SCIC_SUBFUNCTION(scic) == supported[i].subfunction)
			return true;
	return false;
}

void
gvt_swsci(struct gvt *gvt, uint32_t value)
{
	const struct vfiod_host *host = gvt->dev->host;
	uint64_t mailbox =
		(uint64_t)vfiod_config_read(&gvt->dev->config, ASLS, 4) + GVT_OPREGION_SCIC;
	uint32_t call[2]; /* SCIC, PARM */

	if (!(value & SWSCI_SCI_SELECT) || !(value & SWSCI_TRIGGER) ||
	    host->bus_read(host->ctx, mailbox, call, sizeof(call)))
		return;
	if (is_supported(le32toh(call[0])))
		call[0] = call[1] = 0;
	else
		call[0] &= htole32(~SCIC_EXIT_STATUS); /* zero means failure */
	host->bus_write(host->ctx, mailbox, call, sizeof(call));
}

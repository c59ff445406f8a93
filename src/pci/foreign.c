/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What vfio-pci hides from the user of a physical device (drivers/vfio/pci/vfio_pci_config.c). */
#include "vfiod/config.h"

#include <linux/pci_regs.h>

/* As many as fit: a chain that goes on longer is a loop. */
#define MOST_CAPABILITIES ((VFIOD_CONFIG_SIZE - PCI_STD_HEADER_SIZEOF) / 4)
#define MOST_EXTENDED     ((VFIOD_CONFIG_EXP_SIZE - VFIOD_CONFIG_SIZE) / 8)

#define EXTENDED_NEXT_SHIFT 20
#define EXTENDED_NEXT_MASK  0xfffu

/* A bit for each id that is shown. */
#define BIT(id) (1u << (id))
static const uint32_t shown =
	BIT(PCI_CAP_ID_PM) | BIT(PCI_CAP_ID_AGP) | BIT(PCI_CAP_ID_VPD) | BIT(PCI_CAP_ID_MSI) |
	BIT(PCI_CAP_ID_PCIX) | BIT(PCI_CAP_ID_HT) | BIT(PCI_CAP_ID_VNDR) | BIT(PCI_CAP_ID_EXP) |
	BIT(PCI_CAP_ID_MSIX) | BIT(PCI_CAP_ID_SATA) | BIT(PCI_CAP_ID_AF);
static const uint32_t shown_extended =
	BIT(PCI_EXT_CAP_ID_ERR) | BIT(PCI_EXT_CAP_ID_VC) | BIT(PCI_EXT_CAP_ID_DSN) |
	BIT(PCI_EXT_CAP_ID_PWR) | BIT(PCI_EXT_CAP_ID_MFVC) | BIT(PCI_EXT_CAP_ID_VC9) |
	BIT(PCI_EXT_CAP_ID_VNDR) | BIT(PCI_EXT_CAP_ID_ACS) | BIT(PCI_EXT_CAP_ID_ARI) |
	BIT(PCI_EXT_CAP_ID_ATS) | BIT(PCI_EXT_CAP_ID_SRIOV) | BIT(PCI_EXT_CAP_ID_MCAST) |
	BIT(PCI_EXT_CAP_ID_PRI) | BIT(PCI_EXT_CAP_ID_REBAR) | BIT(PCI_EXT_CAP_ID_DPA) |
	BIT(PCI_EXT_CAP_ID_TPH) | BIT(PCI_EXT_CAP_ID_LTR);

static bool
is_shown(uint32_t id)
{
	return id < 32 && shown & BIT(id);
}

static bool
is_shown_extended(uint32_t id)
{
	return id == PCI_EXT_CAP_ID_DVSEC || (id < 32 && shown_extended & BIT(id));
}

static void
hide_standard(struct vfiod_config *config)
{
	unsigned link = PCI_CAPABILITY_LIST, at;

	for (unsigned n = 0; n < MOST_CAPABILITIES; n++) {
		at = vfiod_config_read(config, link, 1) & ~3u;
		if (at < PCI_STD_HEADER_SIZEOF)
			break;
		if (is_shown(vfiod_config_read(config, at, 1)))
			link = at + PCI_CAP_LIST_NEXT;
		else
			vfiod_config_set(config, link, 1,
					 vfiod_config_read(config, at + PCI_CAP_LIST_NEXT, 1));
	}
	if (!vfiod_config_read(config, PCI_CAPABILITY_LIST, 1))
		vfiod_config_set(config, PCI_STATUS, 2,
				 vfiod_config_read(config, PCI_STATUS, 2) &
					 ~(uint32_t)PCI_STATUS_CAP_LIST);
}

static void
set_next(struct vfiod_config *config, unsigned at, uint32_t next)
{
	uint32_t head = vfiod_config_read(config, at, 4);

	vfiod_config_set(config, at, 4,
			 (head & ~(EXTENDED_NEXT_MASK << EXTENDED_NEXT_SHIFT)) |
				 next << EXTENDED_NEXT_SHIFT);
}

/* The first one can't be unlinked: it stays as one without id. */
static void
hide_extended(struct vfiod_config *config)
{
	unsigned at = VFIOD_CONFIG_SIZE, before = 0;

	if (config->size <= VFIOD_CONFIG_SIZE)
		return;
	for (unsigned n = 0; n < MOST_EXTENDED && at >= VFIOD_CONFIG_SIZE; n++) {
		uint32_t head = vfiod_config_read(config, at, 4);
		uint32_t next = head >> EXTENDED_NEXT_SHIFT & ~3u;

		if (is_shown_extended(head & 0xffff)) {
			before = at;
		} else if (before) {
			set_next(config, before, next);
		} else {
			vfiod_config_set(config, at, 4, next << EXTENDED_NEXT_SHIFT);
			before = at;
		}
		at = next;
	}
}

void
vfiod_config_hide_foreign(struct vfiod_config *config)
{
	unsigned pm;

	hide_standard(config);
	hide_extended(config);
	pm = vfiod_config_find_capability(config, PCI_CAP_ID_PM);
	if (!pm)
		return;
	vfiod_config_set(config, pm + PCI_PM_PMC, 2,
			 vfiod_config_read(config, pm + PCI_PM_PMC, 2) &
				 ~(uint32_t)PCI_PM_CAP_PME_MASK);
	vfiod_config_set(config, pm + PCI_PM_CTRL, 2,
			 vfiod_config_read(config, pm + PCI_PM_CTRL, 2) &
				 ~(uint32_t)(PCI_PM_CTRL_PME_ENABLE | PCI_PM_CTRL_PME_STATUS));
}

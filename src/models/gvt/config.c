/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PCI configuration space of a Skylake integrated graphics device as GVT-g shows it to a guest
 * (cfg_space.c). Where GVT-g is laxer than hardware or vfio-pci, those win: BARs keep the bits above their
 * size whatever is written, capabilities can't be overwritten, odd-sized writes are merged. What lies
 * between the capabilities up to FFh is memory as in GVT-g; behind that there is nothing.
 */
#include "models/gvt/gvt.h"

#include <string.h>

#include <linux/pci_regs.h>

#define VENDOR_INTEL      0x8086

#define CAP_VENDOR        0x40
#define CAP_VENDOR_LENGTH 0x0c
#define CAP_EXPRESS       0x70
#define CAP_PM            0xd0
#define MSI_LENGTH        (PCI_MSI_DATA_32 + 2) /* 32-bit addresses */
#define GGC               0x50
#define SWSCI             0xe8

/* GGC: 8 MiB of GGTT in bits 7:6, no stolen memory in bits 15:8. */
#define GGC_VALUE   0x00c0

#define ROM_ADDRESS 0xfffff800u

/* GVT-g's write masks, but for BARs; the ROM register goes through the hook below as well. */
static const uint8_t header_writable[PCI_STD_HEADER_SIZEOF] = {
	[PCI_COMMAND] = 0xff,
	[PCI_COMMAND + 1] = 0x07, /* up to INTx disable */
	[PCI_CACHE_LINE_SIZE] = 0xff,
	[PCI_ROM_ADDRESS] = 0x01, /* enable */
	[PCI_ROM_ADDRESS + 1] = 0xf8,
	[PCI_ROM_ADDRESS + 2 ... PCI_ROM_ADDRESS + 3] = 0xff, /* 2 KiB steps */
	[PCI_INTERRUPT_LINE] = 0xff,
};
static const uint8_t header_write1clear[PCI_STD_HEADER_SIZEOF] = {
	[PCI_STATUS + 1] = 0xf9,
};

/* Capabilities from their third byte on. */
static const uint8_t vendor_body[CAP_VENDOR_LENGTH - 2] = {
	CAP_VENDOR_LENGTH, 0x01, /* length, version */
};

/* PCI Express Base 3.0, 7.8: version 2, integrated endpoint of the root complex, hence no link. */
#define EXPRESS_LENGTH PCI_CAP_EXP_ENDPOINT_SIZEOF_V2
#define EXPRESS(reg)   ((reg)-2)
static const uint8_t express_body[EXPRESS_LENGTH - 2] = {
	[EXPRESS(PCI_EXP_FLAGS)] = 2 | PCI_EXP_TYPE_RC_END << 4,
	[EXPRESS(PCI_EXP_DEVCAP) + 1] = PCI_EXP_DEVCAP_RBER >> 8,
};

/*
 * PM version 2, D0 and D3hot. A reset on the way back from D3hot is ruled out: registers keep their
 * values, and clients are not tempted to use it in place of VFIO_DEVICE_RESET.
 */
#define PM(reg) ((reg)-2)
static const uint8_t pm_body[PCI_PM_SIZEOF - 2] = {
	[PM(PCI_PM_PMC)] = 2 | PCI_PM_CAP_DSI,
	[PM(PCI_PM_CTRL)] = PCI_PM_CTRL_NO_SOFT_RESET,
};

static uint32_t
write_hook(void *arg, unsigned offset, uint32_t old, uint32_t merged, uint32_t written,
	   unsigned bytes)
{
	struct gvt *gvt = arg;

	switch (offset) {
	case PCI_ROM_ADDRESS:
		return (written & ROM_ADDRESS) == ROM_ADDRESS ? 0 : merged;
	case SWSCI:
		/* A call is carried out, not stored. */
		if (bytes & 3)
			gvt_swsci(gvt, written);
		return old;
	default:
		return merged;
	}
}

static int
add_capabilities(struct vfiod_config *config)
{
	int error = vfiod_config_add_capability(config, PCI_CAP_ID_VNDR, CAP_VENDOR,
						CAP_VENDOR_LENGTH, vendor_body, NULL);

	if (!error)
		error = vfiod_config_add_capability(config, PCI_CAP_ID_EXP, CAP_EXPRESS,
						    EXPRESS_LENGTH, express_body, NULL);
	if (!error)
		error = vfiod_config_add_msi(config, GVT_CAP_MSI, 0, false);
	if (!error)
		error = vfiod_config_add_capability(config, PCI_CAP_ID_PM, CAP_PM, PCI_PM_SIZEOF,
						    pm_body, NULL);
	return error;
}

static void
set_masks(struct vfiod_config *config)
{
	static const struct {
		unsigned at, length;
	} capabilities[] = {
		{CAP_VENDOR, CAP_VENDOR_LENGTH},
		{CAP_EXPRESS, EXPRESS_LENGTH},
		{GVT_CAP_MSI, MSI_LENGTH},
		{CAP_PM, PCI_PM_SIZEOF},
	};

	memset(config->writable + PCI_STD_HEADER_SIZEOF, 0xff,
	       VFIOD_CONFIG_SIZE - PCI_STD_HEADER_SIZEOF);
	for (unsigned i = 0; i < sizeof(capabilities) / sizeof(*capabilities); i++)
		memset(config->writable + capabilities[i].at, 0, capabilities[i].length);
	vfiod_config_masks_from_image(config);
	for (unsigned i = 0; i < sizeof(header_writable); i++)
		if (i < PCI_BASE_ADDRESS_0 || i > PCI_BASE_ADDRESS_5 + 3)
			config->writable[i] = header_writable[i];
	memcpy(config->write1clear, header_write1clear, sizeof(header_write1clear));
}

int
gvt_config_init(struct gvt *gvt)
{
	struct vfiod_config *config = &gvt->dev->config;
	const struct vfiod_pci_id id = {
		.vendor = VENDOR_INTEL,
		.device = gvt->id->device,
		.subsystem_vendor = VENDOR_INTEL,
		.subsystem = gvt->id->device,
		.revision = gvt->id->revision,
		.class_code = 0x030000, /* VGA compatible controller */
		.interrupt_pin = 1,
	};
	int error;

	vfiod_config_init(config, VFIOD_CONFIG_EXP_SIZE, &id);
	error = vfiod_config_set_bar(config, 0, VFIOD_BAR_MEM64, GVT_BAR0_SIZE);
	if (!error)
		error = vfiod_config_set_bar(config, 2, VFIOD_BAR_MEM64_PREF, gvt->aperture);
	if (!error)
		error = add_capabilities(config);
	if (error)
		return error;
	vfiod_config_set(config, GGC, 2, GGC_VALUE);
	set_masks(config);
	config->write_hook = write_hook;
	config->hook_arg = gvt;
	return 0;
}

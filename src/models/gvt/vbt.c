/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The video BIOS table: tells a driver which ports there are. Four DisplayPort connectors, A to D, as
 * GVT-g opregion.c has them. BDB version 186 makes child devices 33 bytes long, which Windows drivers
 * insist on.
 */
#include "models/gvt/gvt.h"

#include <endian.h>
#include <string.h>

#define VBT_VERSION 155
#define BDB_VERSION 186

enum block_id {
	GENERAL_FEATURES = 1,
	GENERAL_DEFINITIONS = 2,
	DRIVER_FEATURES = 12,
};

struct vbt_header {
	char signature[20];
	uint16_t version, header_size, vbt_size;
	uint8_t checksum, reserved;
	uint32_t bdb_offset;
	uint32_t aim_offset[4];
} __attribute__((packed));

struct bdb_header {
	char signature[16];
	uint16_t version, header_size, bdb_size;
} __attribute__((packed));

struct block_header {
	uint8_t id;
	uint16_t size; /* of what follows */
} __attribute__((packed));

/* Zeros: no panel, no CRT, no TV. */
struct general_features {
	uint8_t flags[5];
} __attribute__((packed));

struct child_device {
	uint16_t handle;
	uint16_t device_type;
	uint8_t device_id[10];
	uint16_t addin_offset;
	uint8_t dvo_port;
	uint8_t i2c_pin;
	uint8_t target_address;
	uint8_t ddc_pin;
	uint16_t edid_offset;
	uint8_t dvo_config;
	uint8_t efp_flags;
	uint8_t compatibility; /* bit 0 HDMI, 1 DP, 2 TMDS */
	uint8_t aux_channel;
	uint8_t dongle_detect;
	uint8_t capabilities; /* bit 5: integrated encoder */
	uint8_t dvo_wiring;
	uint8_t mipi_bridge;
	uint16_t extended_type;
	uint8_t dvo_function;
} __attribute__((packed));

#define DEVICE_TYPE_DP     0x68c6
#define COMPATIBLE_DP      (1u << 1)
#define INTEGRATED_ENCODER (1u << 5)

static const struct {
	uint8_t handle, dvo_port, aux_channel;
} ports[] = {
	{0x04, 10, 0x40}, /* A */
	{0x40, 7, 0x10},  /* B */
	{0x20, 8, 0x20},  /* C */
	{0x10, 9, 0x30},  /* D */
};
#define PORTS (sizeof(ports) / sizeof(ports[0]))

struct general_definitions {
	uint8_t crt_ddc_pin;
	uint8_t dpms;
	uint8_t boot_display[2];
	uint8_t child_size;
	struct child_device child[PORTS];
} __attribute__((packed));

/* Zeros: no LVDS panel, no boot mode, no power saving features. */
struct driver_features {
	uint8_t flags[19];
} __attribute__((packed));

struct vbt {
	struct vbt_header header;
	struct bdb_header bdb;
	struct block_header features_header;
	struct general_features features;
	struct block_header definitions_header;
	struct general_definitions definitions;
	struct block_header driver_header;
	struct driver_features driver;
} __attribute__((packed));

_Static_assert(sizeof(struct vbt_header) == 48, "VBT header");
_Static_assert(sizeof(struct bdb_header) == 22, "BDB header");
_Static_assert(sizeof(struct child_device) == 33, "child device of BDB version 186");
_Static_assert(sizeof(struct vbt) <= GVT_OPREGION_VBT_MAX, "VBT fits the OpRegion");

static struct block_header
block(enum block_id id, size_t size)
{
	return (struct block_header){.id = (uint8_t)id, .size = htole16((uint16_t)size)};
}

static void
add_ports(struct general_definitions *definitions)
{
	definitions->child_size = sizeof(struct child_device);
	for (unsigned i = 0; i < PORTS; i++)
		definitions->child[i] = (struct child_device){
			.handle = htole16(ports[i].handle),
			.device_type = htole16(DEVICE_TYPE_DP),
			.dvo_port = ports[i].dvo_port,
			.compatibility = COMPATIBLE_DP,
			.aux_channel = ports[i].aux_channel,
			.capabilities = INTEGRATED_ENCODER,
		};
}

/* The byte that makes the sum of all zero. */
static uint8_t
checksum(const uint8_t *bytes, size_t size)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < size; i++)
		sum = (uint8_t)(sum + bytes[i]);
	return (uint8_t)-sum;
}

size_t
gvt_vbt_build(uint8_t *bytes)
{
	const uint16_t bdb_offset = sizeof(struct vbt_header);
	struct vbt vbt = {
		.header =
			{
				.signature = "$VBT SKYLAKE",
				.version = htole16(VBT_VERSION),
				.header_size = htole16(sizeof(vbt.header)),
				.vbt_size = htole16(sizeof(vbt)),
				.bdb_offset = htole32(bdb_offset),
			},
		.bdb =
			{
				.signature = {"BIOS_DATA_BLOCK "},
				.version = htole16(BDB_VERSION),
				.header_size = htole16(sizeof(vbt.bdb)),
				.bdb_size = htole16((uint16_t)(sizeof(vbt) - bdb_offset)),
			},
		.features_header = block(GENERAL_FEATURES, sizeof(vbt.features)),
		.definitions_header = block(GENERAL_DEFINITIONS, sizeof(vbt.definitions)),
		.driver_header = block(DRIVER_FEATURES, sizeof(vbt.driver)),
	};

	/* The platform's name is padded with blanks. */
	memset(vbt.header.signature + strlen(vbt.header.signature), ' ',
	       sizeof(vbt.header.signature) - strlen(vbt.header.signature));
	add_ports(&vbt.definitions);
	vbt.header.checksum = checksum((const uint8_t *)&vbt, sizeof(vbt));
	memcpy(bytes, &vbt, sizeof(vbt));
	return sizeof(vbt);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* EDID blocks: VESA Enhanced EDID Standard, Release A, Revision 2 (structure version 1.4). */
#include "models/gvt/gvt.h"

#include <stdio.h>
#include <string.h>

#define NAME "vfiod"

/* Video input: digital, 8 bits per colour, DisplayPort. Features: sRGB, native preferred timing. */
#define VIDEO_INPUT 0xa5
#define FEATURES    0x06
#define GAMMA       (220 - 100)

/* Manufacture year alone: week 0, years from 1990. */
#define YEAR (2026 - 1990)

/* Descriptors that are no timings. */
#define DESCRIPTOR_NAME   0xfc
#define DESCRIPTOR_LIMITS 0xfd
#define DESCRIPTOR_DUMMY  0x10

/* Standard timings, bits 7:6 of the second byte. */
enum ratio { R16_10 = 0, R4_3 = 1, R5_4 = 2, R16_9 = 3 };

struct block {
	uint8_t header[8];
	uint8_t manufacturer[2], product[2], serial[4];
	uint8_t week, year;
	uint8_t version, revision;
	uint8_t video_input, width_cm, height_cm, gamma, features;
	uint8_t chromaticity[10];
	uint8_t established[3];
	uint8_t standard[8][2];
	uint8_t descriptor[4][18];
	uint8_t extensions, checksum;
};
_Static_assert(sizeof(struct block) == GVT_EDID_BLOCK, "EDID block");

static const uint8_t header[8] = {0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00};

/* sRGB primaries and white point D65 in the packed form of section 3.7. */
static const uint8_t srgb[10] = {0xee, 0x91, 0xa3, 0x54, 0x4c, 0x99, 0x26, 0x0f, 0x50, 0x54};

const struct gvt_monitor gvt_monitors[] = {
	{
		.option = "1920x1200",
		.xres = 1920,
		.yres = 1200,
		.product = 1200,
		.width_cm = 52,
		.height_cm = 32,
		/* VESA CVT, reduced blanking. */
		.preferred = {154000, 1920, 48, 32, 160, 1200, 3, 6, 35, true, false},
		.limits = {56, 75, 30, 82, 17},
		.established = {0x21, 0x08, 0x00}, /* 640x480, 800x600, 1024x768, 60 Hz each */
		.standard = {{1920, R16_9},
			     {1680, R16_10},
			     {1600, R4_3},
			     {1440, R16_10},
			     {1280, R5_4},
			     {1280, R4_3},
			     {1280, R16_9}},
	},
	{
		.option = "1024x768",
		.xres = 1024,
		.yres = 768,
		.product = 768,
		.width_cm = 30,
		.height_cm = 23,
		/* VESA DMT 10h. */
		.preferred = {65000, 1024, 24, 136, 320, 768, 3, 6, 38, false, false},
		.limits = {56, 75, 30, 60, 8},
		.established = {0x21, 0x08, 0x00},
	},
	{0},
};

const struct gvt_monitor *
gvt_monitor_find(const char *option)
{
	for (const struct gvt_monitor *monitor = gvt_monitors; monitor->option; monitor++)
		if (!strcmp(monitor->option, option))
			return monitor;
	return NULL;
}

/* Three letters of five bits each, 'A' = 1, big-endian. */
static void
put_manufacturer(uint8_t to[2], const char *letters)
{
	unsigned id = 0;

	for (unsigned i = 0; i < 3; i++)
		id = id << 5 | (unsigned)(letters[i] - 'A' + 1);
	to[0] = (uint8_t)(id >> 8);
	to[1] = (uint8_t)id;
}

static void
put_standard(uint8_t to[2], const struct gvt_standard_timing *timing)
{
	to[0] = timing->width ? (uint8_t)(timing->width / 8 - 31) : 0x01;
	to[1] = (uint8_t)(timing->width ? timing->ratio << 6 | (60 - 60) : 0x01);
}

static uint8_t
low8(unsigned value)
{
	return (uint8_t)(value & 0xff);
}

/* The upper bits of two numbers in one byte. */
static uint8_t
nibbles(unsigned first, unsigned second)
{
	return (uint8_t)((first & 0xf) << 4 | (second & 0xf));
}

/* Detailed timing, section 3.10.2: digital separate sync. */
static void
put_timing(uint8_t to[18], const struct gvt_monitor *monitor)
{
	const struct gvt_mode *mode = &monitor->preferred;
	unsigned clock = mode->clock_khz / 10;
	unsigned width_mm = monitor->width_cm * 10u, height_mm = monitor->height_cm * 10u;

	to[0] = low8(clock);
	to[1] = low8(clock >> 8);
	to[2] = low8(mode->hactive);
	to[3] = low8(mode->hblank);
	to[4] = nibbles(mode->hactive >> 8, mode->hblank >> 8);
	to[5] = low8(mode->vactive);
	to[6] = low8(mode->vblank);
	to[7] = nibbles(mode->vactive >> 8, mode->vblank >> 8);
	to[8] = low8(mode->hfront);
	to[9] = low8(mode->hsync);
	to[10] = nibbles(mode->vfront, mode->vsync);
	to[11] = (uint8_t)((mode->hfront >> 8 & 3) << 6 | (mode->hsync >> 8 & 3) << 4 |
			   (mode->vfront >> 4 & 3) << 2 | (mode->vsync >> 4 & 3));
	to[12] = low8(width_mm);
	to[13] = low8(height_mm);
	to[14] = nibbles(width_mm >> 8, height_mm >> 8);
	to[17] = (uint8_t)(0x18 | (mode->vpositive ? 4 : 0) | (mode->hpositive ? 2 : 0));
}

static void
put_name(uint8_t to[18])
{
	/* A name shorter than 13 bytes ends with a line feed and is padded with blanks. */
	char text[14];

	snprintf(text, sizeof(text), "%-13s", NAME "\n");
	to[3] = DESCRIPTOR_NAME;
	memcpy(to + 5, text, 13);
}

static void
put_limits(uint8_t to[18], const struct gvt_limits *limits)
{
	static const uint8_t no_formula[8] = {0x01, '\n', ' ', ' ', ' ', ' ', ' ', ' '};

	to[3] = DESCRIPTOR_LIMITS;
	to[5] = limits->vmin_hz;
	to[6] = limits->vmax_hz;
	to[7] = limits->hmin_khz;
	to[8] = limits->hmax_khz;
	to[9] = limits->clock_10mhz;
	memcpy(to + 10, no_formula, sizeof(no_formula));
}

static uint8_t
sum(const uint8_t *bytes)
{
	uint8_t total = 0;

	for (unsigned i = 0; i < GVT_EDID_BLOCK; i++)
		total = (uint8_t)(total + bytes[i]);
	return total;
}

void
gvt_edid_build(const struct gvt_monitor *monitor, uint8_t bytes[GVT_EDID_BLOCK])
{
	struct block block = {
		.product = {low8(monitor->product), low8(monitor->product >> 8u)},
		.year = YEAR,
		.version = 1,
		.revision = 4,
		.video_input = VIDEO_INPUT,
		.width_cm = monitor->width_cm,
		.height_cm = monitor->height_cm,
		.gamma = GAMMA,
		.features = FEATURES,
	};

	memcpy(block.header, header, sizeof(header));
	put_manufacturer(block.manufacturer, "VFD");
	memcpy(block.chromaticity, srgb, sizeof(srgb));
	memcpy(block.established, monitor->established, sizeof(block.established));
	for (unsigned i = 0; i < 8; i++)
		put_standard(block.standard[i], &monitor->standard[i]);
	put_timing(block.descriptor[0], monitor);
	put_name(block.descriptor[1]);
	put_limits(block.descriptor[2], &monitor->limits);
	block.descriptor[3][3] = DESCRIPTOR_DUMMY;
	memcpy(bytes, &block, sizeof(block));
	bytes[GVT_EDID_BLOCK - 1] = (uint8_t)-sum(bytes);
}

bool
gvt_edid_valid(const uint8_t *blob, uint32_t size)
{
	if (!size || size % GVT_EDID_BLOCK || memcmp(blob, header, sizeof(header)))
		return false;
	for (uint32_t at = 0; at < size; at += GVT_EDID_BLOCK)
		if (sum(blob + at))
			return false;
	return true;
}

const char *
gvt_edid_fault(const uint8_t *blob, size_t size)
{
	if (!size || size % GVT_EDID_BLOCK)
		return "its length is not a multiple of 128 bytes";
	if (memcmp(blob, header, sizeof(header)))
		return "it doesn't begin with the header 00 ff ff ff ff ff ff 00";
	if (((const struct block *)blob)->extensions + 1u != size / GVT_EDID_BLOCK)
		return "it has not as many blocks as it says in byte 126";
	if (size > GVT_EDID_MAX)
		return "it has more than two blocks";
	if (sum(blob))
		return "the checksum of its first block is wrong";
	if (!gvt_edid_valid(blob, (uint32_t)size))
		return "the checksum of its second block is wrong";
	return NULL;
}

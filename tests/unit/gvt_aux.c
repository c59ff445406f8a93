/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DisplayPort AUX messages: DPCD, training, EDID. Message and register formats are VESA DisplayPort 1.2's
 * and the PRM's; DPCD values and event bits are GVT-g's (display.c, handlers.c, interrupt.c).
 */
#include "gvt_device.h"

#include <string.h>

#define CTL(channel)  (0x64010u + 0x100 * (channel))
#define DATA(channel) (0x64014u + 0x100 * (channel))
#define PORT_D        3u

#define SEND          (1u << 31)
#define DONE          (1u << 30)
#define INTERRUPT     (1u << 29)
#define TIMEOUT       (1u << 28)
#define RECEIVE_ERROR (1u << 25)

enum op {
	I2C_WRITE = 0x0,
	I2C_READ = 0x1,
	MORE = 0x4,
	NATIVE_WRITE = 0x8,
	NATIVE_READ = 0x9,
};

static uint8_t reply[20];

/* Sends bytes as i915 does; fills reply and returns its size, 0 when nobody answered. */
static unsigned
send_bytes(unsigned channel, const uint8_t *bytes, unsigned size)
{
	uint32_t control;

	for (unsigned i = 0; i < size; i += 4) {
		uint32_t value = 0;

		for (unsigned byte = 0; byte < 4 && i + byte < size; byte++)
			value |= (uint32_t)bytes[i + byte] << (24 - 8 * byte);
		put(DATA(channel) + i, value);
	}
	put(CTL(channel), SEND | DONE | TIMEOUT | RECEIVE_ERROR | size << 20 | 0x1ff);
	control = get(CTL(channel));
	ck_assert(!(control & (SEND | RECEIVE_ERROR)));
	ck_assert(control & DONE);
	if (control & TIMEOUT)
		return 0;
	size = control >> 20 & 0x1f;
	for (unsigned i = 0; i < size; i++)
		reply[i] = (uint8_t)(get(DATA(channel) + (i & ~3u)) >> (24 - 8 * (i & 3)));
	/* The driver takes the done bit back. */
	put(CTL(channel), DONE | TIMEOUT | RECEIVE_ERROR);
	ck_assert_uint_eq(get(CTL(channel)) & (SEND | DONE | TIMEOUT | RECEIVE_ERROR), 0);
	return size;
}

static unsigned
message(enum op op, uint32_t address, const uint8_t *data, unsigned length)
{
	uint8_t bytes[20] = {(uint8_t)(op << 4 | address >> 16), (uint8_t)(address >> 8),
			     (uint8_t)address, (uint8_t)(length - 1)};

	if (data)
		memcpy(bytes + 4, data, length);
	return send_bytes(PORT_D, bytes, length ? 4 + (data ? length : 0) : 3);
}

static void
dpcd_write(uint32_t address, uint8_t value)
{
	ck_assert_uint_eq(message(NATIVE_WRITE, address, &value, 1), 1);
	ck_assert_uint_eq(reply[0], 0);
}

static uint8_t
dpcd_read(uint32_t address)
{
	ck_assert_uint_eq(message(NATIVE_READ, address, NULL, 1), 2);
	ck_assert_uint_eq(reply[0], 0);
	return reply[1];
}

START_TEST(receiver_capabilities)
{
	static const uint8_t capabilities[16] = {0x12, 0x14, 0x84};

	ck_assert_uint_eq(message(NATIVE_READ, 0, NULL, 16), 17);
	ck_assert_uint_eq(reply[0], 0);
	ck_assert_mem_eq(reply + 1, capabilities, 16);
	ck_assert_uint_eq(dpcd_read(0x200), 1);
	ck_assert_uint_eq(dpcd_read(0x600), 1);
}
END_TEST

static const unsigned lengths[] = {1, 2, 3, 4, 5, 8, 12, 15, 16};

START_TEST(any_length)
{
	uint8_t data[16];

	for (unsigned i = 0; i < 16; i++)
		data[i] = (uint8_t)(0xa0 + i);
	ck_assert_uint_eq(message(NATIVE_WRITE, 0x340, data, lengths[_i]), 1);
	ck_assert_uint_eq(reply[0], 0);
	ck_assert_uint_eq(message(NATIVE_READ, 0x340, NULL, lengths[_i]), lengths[_i] + 1);
	ck_assert_mem_eq(reply + 1, data, lengths[_i]);
	ck_assert_uint_eq(dpcd_read(0x340 + lengths[_i]), 0);
}
END_TEST

START_TEST(addresses_the_sink_lacks)
{
	static const uint8_t data[4] = {1, 2, 3, 4};

	/* Not there: zeros to read, as GVT-g; a write is not acknowledged from there on. */
	ck_assert_uint_eq(message(NATIVE_READ, 0xf0000, NULL, 8), 9);
	ck_assert_mem_eq(reply, "\0\0\0\0\0\0\0\0\0", 9);
	ck_assert_uint_eq(message(NATIVE_WRITE, 0xf0000, data, 1), 2);
	ck_assert_mem_eq(reply, "\x10\x00", 2);
	ck_assert_uint_eq(message(NATIVE_WRITE, 0x6fe, data, 4), 2);
	ck_assert_mem_eq(reply, "\x10\x02", 2);
	ck_assert_uint_eq(dpcd_read(0x6ff), 2);
	ck_assert_uint_eq(message(NATIVE_WRITE, 0xfffff, data, 4), 2);
}
END_TEST

/* Clock recovery, equalization, end: as i915 does it, pattern and drive of four lanes in one message. */
START_TEST(link_training)
{
	static const uint8_t recovery[5] = {0x21}, equalization[5] = {0x22}, none[1] = {0x00};

	ck_assert_uint_eq(message(NATIVE_WRITE, 0x102, recovery, 5), 1);
	ck_assert_uint_eq(message(NATIVE_READ, 0x202, NULL, 6), 7);
	ck_assert_mem_eq(reply + 1, "\x11\x11\x00\x00\x00\x00", 6);
	ck_assert_uint_eq(message(NATIVE_WRITE, 0x102, equalization, 5), 1);
	ck_assert_uint_eq(message(NATIVE_READ, 0x202, NULL, 6), 7);
	ck_assert_mem_eq(reply + 1, "\x77\x77\x01\x00\x00\x00", 6);
	ck_assert_uint_eq(message(NATIVE_WRITE, 0x102, none, 1), 1);
	ck_assert_uint_eq(message(NATIVE_READ, 0x202, NULL, 6), 7);
	ck_assert_mem_eq(reply + 1, "\x77\x77\x01\x03\x00\x00", 6);
	/* The monitor forgets with the plug. */
	gvt_hotplug(gvt, false);
	gvt_hotplug(gvt, true);
	ck_assert_uint_eq(dpcd_read(0x202), 0);
	ck_assert_uint_eq(dpcd_read(0x000), 0x12);
	dpcd_write(0x100, 0x0a);
	gvt_model.reset(dev);
	ck_assert_uint_eq(dpcd_read(0x100), 0);
}
END_TEST

static const unsigned empty_channels[] = {0, 1, 2, 4};

START_TEST(nobody_there)
{
	static const uint8_t read_capabilities[4] = {0x90, 0, 0, 0};

	ck_assert_uint_eq(send_bytes(empty_channels[_i], read_capabilities, 4), 0);
	/* Nor at D without the plug. */
	gvt_hotplug(gvt, false);
	ck_assert_uint_eq(send_bytes(PORT_D, read_capabilities, 4), 0);
	gvt_hotplug(gvt, true);
	ck_assert_uint_eq(send_bytes(PORT_D, read_capabilities, 4), 2);
}
END_TEST

static const struct {
	unsigned channel;
	uint32_t event;
} events[] = {{0, 1u << 0}, {1, 1u << 25}, {2, 1u << 26}, {3, 1u << 27}};

START_TEST(event)
{
	unsigned channel = events[_i].channel;

	enable_msi();
	put(0x44200, SEND);
	put(0x44444, 0);
	put(0x4444c, 0xffffffff);
	put(DATA(channel), 0x90000000);
	put(CTL(channel), SEND | 4u << 20);
	assert_reg(0x44448, 0);
	put(CTL(channel), SEND | INTERRUPT | 4u << 20);
	assert_reg(0x44448, events[_i].event);
	ck_assert_uint_eq(fake.msi_count, 1);
	ck_assert(get(CTL(channel)) & DONE);
}
END_TEST

/* The way the kernel's DRM reads a block: start, offset, start again, pieces of 16, stop. */
static void
read_edid(unsigned block, uint8_t to[128])
{
	uint8_t offset = (uint8_t)(block * 128);

	ck_assert_uint_eq(message(I2C_WRITE | MORE, 0x50, NULL, 0), 1);
	ck_assert_uint_eq(reply[0], 0);
	ck_assert_uint_eq(message(I2C_WRITE | MORE, 0x50, &offset, 1), 1);
	ck_assert_uint_eq(reply[0], 0);
	ck_assert_uint_eq(message(I2C_READ | MORE, 0x50, NULL, 0), 1);
	for (unsigned at = 0; at < 128; at += 16) {
		ck_assert_uint_eq(message(I2C_READ | MORE, 0x50, NULL, 16), 17);
		ck_assert_uint_eq(reply[0], 0);
		memcpy(to + at, reply + 1, 16);
	}
	ck_assert_uint_eq(message(I2C_READ, 0x50, NULL, 0), 1);
}

START_TEST(edid)
{
	uint8_t block[128], expected[128];

	gvt_edid_build(gvt->monitor, expected);
	for (unsigned i = 0; i < 2; i++) {
		read_edid(0, block);
		ck_assert_mem_eq(block, expected, 128);
	}
	/* There is no second one. */
	memset(expected, 0, 128);
	read_edid(1, block);
	ck_assert_mem_eq(block, expected, 128);
}
END_TEST

START_TEST(edid_of_two_blocks)
{
	uint8_t block[128];

	for (unsigned i = 0; i < 256; i++)
		gvt->edid.blob[i] = (uint8_t)(i * 7 + 1);
	gvt->edid.size = 256;
	for (unsigned n = 0; n < 2; n++) {
		read_edid(n, block);
		ck_assert_mem_eq(block, gvt->edid.blob + 128 * n, 128);
	}
	/* Byte by byte, over the end: the chip's counter has eight bits. */
	ck_assert_uint_eq(message(I2C_WRITE | MORE, 0x50, (const uint8_t *)"\xfe", 1), 1);
	ck_assert_uint_eq(message(I2C_READ | MORE, 0x50, NULL, 1), 2);
	ck_assert_uint_eq(reply[1], gvt->edid.blob[254]);
	ck_assert_uint_eq(message(I2C_READ, 0x50, NULL, 2), 3);
	ck_assert_uint_eq(reply[1], gvt->edid.blob[255]);
	ck_assert_uint_eq(reply[2], gvt->edid.blob[0]);
}
END_TEST

/* Without an offset, as GVT-g's own way has it, reading starts at 0. */
START_TEST(edid_without_offset)
{
	for (unsigned i = 0; i < 2; i++) {
		ck_assert_uint_eq(message(I2C_WRITE | MORE, 0x50, NULL, 0), 1);
		ck_assert_uint_eq(message(I2C_READ | MORE, 0x50, NULL, 1), 2);
		ck_assert_uint_eq(reply[1], 0x00);
		ck_assert_uint_eq(message(I2C_READ | MORE, 0x50, NULL, 1), 2);
		ck_assert_uint_eq(reply[1], 0xff);
	}
}
END_TEST

static const uint32_t other_chips[] = {0x00, 0x30, 0x37, 0x4f, 0x51, 0xa0};

START_TEST(no_other_chip)
{
	ck_assert_uint_eq(message(I2C_WRITE | MORE, other_chips[_i], NULL, 0), 1);
	ck_assert_uint_eq(reply[0], 0x40);
	ck_assert_uint_eq(message(I2C_READ | MORE, other_chips[_i], NULL, 4), 1);
	ck_assert_uint_eq(reply[0], 0x40);
}
END_TEST

/* Sizes and lengths that don't fit together are a client's: nothing breaks, data registers stay. */
START_TEST(odd_messages)
{
	static const uint32_t headers[] = {0x90000000, 0x900000ff, 0x9ffffff0,
					   0x800102ff, 0x810200ff, 0x1000500f,
					   0x400050ff, 0xf00050ff, 0x20005000};

	for (unsigned i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		for (unsigned size = 0; size < 32; size++) {
			uint32_t control;

			put(DATA(PORT_D), headers[i]);
			put(CTL(PORT_D), SEND | size << 20);
			control = get(CTL(PORT_D));
			ck_assert(control & DONE);
			ck_assert_uint_ge(control >> 20 & 0x1f, 1);
			ck_assert_uint_le(control >> 20 & 0x1f, 17);
		}
	ck_assert_uint_eq(dpcd_read(0x000), 0x12);
	/* A control word that sends nothing. */
	assert_write(CTL(PORT_D), 0x00400000, 0);
}
END_TEST

Suite *
gvt_aux_suite(void)
{
	Suite *suite = suite_create("gvt_aux");
	TCase *tests = new_tcase(suite, "dpcd");

	tcase_add_test(tests, receiver_capabilities);
	ALL(tests, any_length, lengths);
	tcase_add_test(tests, addresses_the_sink_lacks);
	tcase_add_test(tests, link_training);
	ALL(tests, nobody_there, empty_channels);
	ALL(tests, event, events);
	tcase_add_test(tests, odd_messages);

	tests = new_tcase(suite, "edid");
	tcase_add_test(tests, edid);
	tcase_add_test(tests, edid_of_two_blocks);
	tcase_add_test(tests, edid_without_offset);
	ALL(tests, no_other_chip, other_chips);
	return suite;
}

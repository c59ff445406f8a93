/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GMBUS and the sideband interface (GVT-g edid.c, handlers.c), and the trace of accesses. */
#include "gvt_device.h"

#include <string.h>

#define GMBUS0   0xc5100
#define GMBUS1   0xc5104
#define GMBUS2   0xc5108
#define GMBUS4   0xc5110

#define SW_CLEAR (1u << 31)
#define SW_READY (1u << 30)
#define IN_USE   (1u << 15)
#define HW_READY (1u << 11)
#define NAK      (1u << 10)
#define ACTIVE   (1u << 9)

/* As i915's gmbus_xfer_read() starts: wait cycle, one byte from EDID's address, on port D's pins. */
#define READ_EDID (SW_READY | 1u << 25 | 1u << 16 | 0x50u << 1 | 1u)

START_TEST(gmbus_answers_nak)
{
	ck_assert_uint_eq(get(GMBUS2) & (HW_READY | NAK | ACTIVE), HW_READY);
	for (unsigned pin = 1; pin < 8; pin++) {
		put(GMBUS0, pin);
		put(GMBUS1, READ_EDID);
		ck_assert_uint_eq(get(GMBUS1), READ_EDID & ~SW_READY);
		ck_assert_uint_eq(get(GMBUS2) & (HW_READY | NAK | ACTIVE), HW_READY | NAK);
		/* The driver clears the error, and lets go. */
		put(GMBUS1, SW_CLEAR);
		assert_reg(GMBUS1, SW_CLEAR);
		ck_assert_uint_eq(get(GMBUS2) & (HW_READY | NAK | ACTIVE), HW_READY);
		put(GMBUS1, 0);
		put(GMBUS0, 0);
	}
	/* Switching the pins off clears it, too. */
	put(GMBUS0, 6);
	put(GMBUS1, READ_EDID);
	put(GMBUS0, 0);
	ck_assert_uint_eq(get(GMBUS2) & NAK, 0);
	/* Neither without a cycle nor without "ready" does anything happen. */
	put(GMBUS0, 6);
	put(GMBUS1, SW_READY);
	put(GMBUS1, READ_EDID & ~SW_READY);
	ck_assert_uint_eq(get(GMBUS2) & NAK, 0);
}
END_TEST

START_TEST(gmbus_semaphore)
{
	assert_reg(GMBUS2, HW_READY);
	assert_reg(GMBUS2, HW_READY | IN_USE);
	put(GMBUS2, 0);
	assert_reg(GMBUS2, HW_READY | IN_USE);
	put(GMBUS0, 6);
	put(GMBUS1, READ_EDID);
	put(GMBUS2, IN_USE);
	assert_reg(GMBUS2, HW_READY | NAK);
	assert_reg(GMBUS2, HW_READY | NAK | IN_USE);
}
END_TEST

START_TEST(gmbus_event)
{
	enable_msi();
	put(0x44200, 1u << 31);
	put(0xc4004, 0);
	put(0xc400c, 0xffffffff);
	put(GMBUS0, 6);
	put(GMBUS1, READ_EDID);
	assert_reg(0xc4008, 0);
	put(GMBUS4, 1u << 3);
	put(GMBUS1, READ_EDID);
	assert_reg(0xc4008, 1u << 17);
	assert_reg(0x44200, 1u << 31 | 1u << 23);
	ck_assert_uint_eq(fake.msi_count, 1);
}
END_TEST

#define SBI_READ  0x0601u
#define SBI_WRITE 0x0701u
#define SBI_PORT  0x10000u

static uint32_t
sbi_read(uint32_t address, uint32_t port)
{
	put(0xc6000, address << 16);
	put(0xc6008, SBI_READ | port);
	/* Not busy, and successful. */
	ck_assert_uint_eq(get(0xc6008) & 7, 0);
	return get(0xc6004);
}

static void
sbi_write(uint32_t address, uint32_t port, uint32_t value)
{
	put(0xc6000, address << 16);
	put(0xc6004, value);
	put(0xc6008, SBI_WRITE | port);
	ck_assert_uint_eq(get(0xc6008) & 7, 0);
}

START_TEST(sideband)
{
	ck_assert_uint_eq(sbi_read(0x0600, 0), 0);
	sbi_write(0x0600, 0, 0x11111111);
	sbi_write(0x0600, SBI_PORT, 0x22222222);
	sbi_write(0x0604, 0, 0x33333333);
	ck_assert_uint_eq(sbi_read(0x0600, 0), 0x11111111);
	ck_assert_uint_eq(sbi_read(0x0600, SBI_PORT), 0x22222222);
	ck_assert_uint_eq(sbi_read(0x0604, 0), 0x33333333);
	sbi_write(0x0600, 0, 0x44444444);
	ck_assert_uint_eq(sbi_read(0x0600, 0), 0x44444444);
	/* Twenty registers in all; what no longer fits is dropped. */
	for (uint32_t i = 3; i < 21; i++)
		sbi_write(0x1000 + i, 0, i);
	ck_assert_uint_eq(sbi_read(0x1013, 0), 19);
	ck_assert_uint_eq(sbi_read(0x1014, 0), 0);
	ck_assert_uint_eq(sbi_read(0x0604, 0), 0x33333333);
	gvt_model.reset(dev);
	ck_assert_uint_eq(sbi_read(0x0600, 0), 0);
}
END_TEST

START_TEST(trace)
{
	struct fake_host host;
	struct vfiod_device *other = fake_device(&host, &gvt_model, "trace=yes", 4096);
	unsigned lines = host.log_lines;

	reg_write(other, VFIOD_BAR0, 0x44200, 4, 0x80000000);
	ck_assert_str_eq(host.log, "write32 0x044200 MASTER_INT_CTL 0x80000000");
	reg_read(other, VFIOD_BAR0, 0x44200, 2);
	ck_assert_str_eq(host.log, "read16 0x044200 MASTER_INT_CTL 0x0000");
	reg_read(other, VFIOD_BAR0, 0x78000, 8);
	ck_assert_str_eq(host.log, "read64 0x078000 PVINFO_MAGIC_LDW 0x4776544776544776");
	reg_write(other, VFIOD_BAR0, 0x80000, 1, 7);
	ck_assert_str_eq(host.log, "write8 0x080000 - 0x07");
	reg_write(other, VFIOD_BAR0, 0x800018, 8, 0x1001);
	ck_assert_str_eq(host.log, "write64 0x800018 GGTT[0x3] 0x0000000000001001");
	reg_write_error(other, VFIOD_BAR0, 0x800018, 2, 1);
	ck_assert_str_eq(host.log, "write16 0x800018 GGTT[0x3] 0x0001 failed");
	reg_read(other, VFIOD_BAR0, 0x200000, 4);
	ck_assert_str_eq(host.log, "read32 0x200000 - 0x00000000");
	ck_assert_uint_eq(host.log_lines, lines + 7);
	fake_device_free(other);
}
END_TEST

START_TEST(no_trace)
{
	char why[256];

	put(0x44200, 0x80000000);
	ck_assert_uint_eq(fake.log_lines, 0);
	ck_assert_int_lt(fake_device_error(&gvt_model, "trace=perhaps", why), 0);
	ck_assert_ptr_nonnull(strstr(why, "trace=perhaps"));
}
END_TEST

Suite *
gvt_south_suite(void)
{
	Suite *suite = suite_create("gvt_south");
	TCase *tests = new_tcase(suite, "gmbus");

	tcase_add_test(tests, gmbus_answers_nak);
	tcase_add_test(tests, gmbus_semaphore);
	tcase_add_test(tests, gmbus_event);

	tests = new_tcase(suite, "sideband");
	tcase_add_test(tests, sideband);

	tests = new_tcase(suite, "trace");
	tcase_add_test(tests, trace);
	tcase_add_test(tests, no_trace);
	return suite;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What vfioctl tells of an EDID; places and forms are those of VESA E-EDID A.2. */
#include "unit.h"

#include <string.h>

#include "../../tools/vfioctl/edid.h"

static uint8_t edid[256];
static struct edid_summary summary;

START_TEST(of_a_monitor)
{
	/* VESA DMT 52h, 1920x1080 at 60 Hz, as a detailed timing. */
	static const uint8_t timing[] = "\x02\x3a\x80\x18\x71\x38\x2d\x40\x58\x2c\x45\x00";

	memset(edid, 0, sizeof(edid));
	memcpy(edid + 8, "\x22\xf0\x58\x29", 4); /* HWP 2958 */
	edid[21] = 64;
	edid[22] = 40;
	memcpy(edid + 54, timing, 12);
	memcpy(edid + 90, "\0\0\0\xfc\0HP ZR2440w\n  ", 18);
	edid_summarize(edid, 256, &summary);
	ck_assert_str_eq(summary.manufacturer, "HWP");
	ck_assert_uint_eq(summary.product, 0x2958);
	ck_assert_str_eq(summary.name, "HP ZR2440w");
	ck_assert_uint_eq(summary.width, 1920);
	ck_assert_uint_eq(summary.height, 1080);
	ck_assert_uint_eq(summary.millihertz, 60000);
	ck_assert_uint_eq(summary.width_cm, 64);
	ck_assert_uint_eq(summary.height_cm, 40);
	ck_assert_uint_eq(summary.extensions, 1);
}
END_TEST

/* What a terminal must not see, and numbers that can't be divided by. */
START_TEST(of_nonsense)
{
	memset(edid, 0, sizeof(edid));
	edid_summarize(edid, 128, &summary);
	ck_assert_str_eq(summary.manufacturer, "???");
	ck_assert_str_eq(summary.name, "");
	ck_assert_uint_eq(summary.width, 0);
	ck_assert_uint_eq(summary.extensions, 0);
	edid[54] = 1; /* a clock, and no pixels */
	memcpy(edid + 72, "\0\0\0\xfc\0\033[2Jx\x7f\x80\0yzzzz", 18);
	edid_summarize(edid, 128, &summary);
	ck_assert_uint_eq(summary.millihertz, 0);
	ck_assert_str_eq(summary.name, "?[2Jx???yzzzz");
	memset(edid, 0xff, sizeof(edid));
	edid_summarize(edid, 128, &summary);
	ck_assert_str_eq(summary.manufacturer, "???");
	ck_assert_str_eq(summary.name, "");
	ck_assert_uint_eq(summary.width, 4095);
}
END_TEST

Suite *
edid_summary_suite(void)
{
	Suite *suite = suite_create("edid_summary");
	TCase *tests = tcase_create("summary");

	tcase_add_test(tests, of_a_monitor);
	tcase_add_test(tests, of_nonsense);
	suite_add_tcase(suite, tests);
	return suite;
}

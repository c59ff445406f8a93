/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Config space of the vGPU against GVT-g's rules (cfg_space.c). */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "models/gvt/gvt.h"

/* Runs a test once for each row of its table. */
#define ALL(tests, test, rows)                                                                     \
	tcase_add_loop_test(tests, test, 0, (int)(sizeof(rows) / sizeof((rows)[0])))

static struct fake_host fake;
static struct vfiod_device *dev;

static void
setup(void)
{
	dev = fake_device(&fake, &gvt_model, NULL, 1 << 20);
}

static void
teardown(void)
{
	fake_device_free(dev);
}

static uint32_t
get(unsigned offset, unsigned width)
{
	return vfiod_config_read(&dev->config, offset, width);
}

static void
put(unsigned offset, unsigned width, uint32_t value)
{
	vfiod_config_write(&dev->config, offset, width, value);
}

START_TEST(identification)
{
	ck_assert_uint_eq(get(0x00, 4), 0x19128086);
	ck_assert_uint_eq(get(0x04, 2), 0x0000);
	ck_assert_uint_eq(get(0x06, 2), 0x0010);
	ck_assert_uint_eq(get(0x08, 4), 0x03000006);
	ck_assert_uint_eq(get(0x0e, 1), 0x00);
	ck_assert_uint_eq(get(0x30, 4), 0);
	ck_assert_uint_eq(get(0x34, 1), 0x40);
	ck_assert_uint_eq(get(0x3c, 2), 0x0100);
	ck_assert_uint_eq(get(0x50, 2), 0x00c0);
	ck_assert_uint_eq(get(0x5c, 4), 0);
	ck_assert_uint_eq(get(0xfc, 4), 0);
	ck_assert_uint_eq(dev->config.size, 4096);
}
END_TEST

static const struct {
	const char *option;
	uint32_t id, revision;
} ids[] = {
	{"device=0x1912", 0x19128086, 0x06},
	{"device=0x5912", 0x59128086, 0x04},
	{"device=0x591D", 0x591d8086, 0x04},
	{"device=0x5917", 0x59178086, 0x07},
};

START_TEST(other_ids)
{
	struct fake_host host;
	struct vfiod_device *other = fake_device(&host, &gvt_model, ids[_i].option, 4096);

	ck_assert_uint_eq(vfiod_config_read(&other->config, 0x00, 4), ids[_i].id);
	ck_assert_uint_eq(vfiod_config_read(&other->config, 0x08, 1), ids[_i].revision);
	fake_device_free(other);
}
END_TEST

static const char *const bad[] = {
	"device=0x1234", "device=",         "device=0x1912x", "aperture=128M", "aperture=2G",
	"aperture=lots", "monitor=640x480", "low=0",          "low=0+0",       "low=0x800+1M",
	"low=0+0x800",   "low=0+257M",      "low=1+1M",       "low=0+4097",    "low=256M+1M",
	"low=255M+2M",   "high=0+512M",     "high=255M+512M", "high=3G+2G",    "high=4G+1M",
	"high=1M+",      "high=+1M",
};

START_TEST(bad_options)
{
	char why[256];

	ck_assert_int_eq(fake_device_error(&gvt_model, bad[_i], why), -EINVAL);
	ck_assert_msg(strchr(why, '='), "no reason given: '%s'", why);
}
END_TEST

/* Write masks of the header outside BARs and ROM: all the others are read-only. */
START_TEST(header_masks)
{
	static const struct {
		unsigned offset;
		uint8_t mask;
	} writable[] = {{0x04, 0xff}, {0x05, 0x07}, {0x0c, 0xff}, {0x3c, 0xff}};

	for (unsigned offset = 0; offset < 0x40; offset++) {
		uint32_t before = get(offset, 1);
		uint8_t mask = 0;

		if ((offset >= 0x10 && offset < 0x28) || (offset >= 0x30 && offset < 0x34))
			continue;
		for (unsigned i = 0; i < sizeof(writable) / sizeof(writable[0]); i++)
			if (writable[i].offset == offset)
				mask = writable[i].mask;
		put(offset, 1, 0xff);
		ck_assert_msg(get(offset, 1) == (before | mask), "byte %02x", offset);
		put(offset, 1, 0x00);
		ck_assert_msg(get(offset, 1) == (before & ~(uint32_t)mask), "byte %02x", offset);
	}
}
END_TEST

START_TEST(status_is_write_1_to_clear)
{
	vfiod_config_set(&dev->config, 0x06, 2, 0xffff);
	put(0x06, 2, 0x0000);
	ck_assert_uint_eq(get(0x06, 2), 0xffff);
	put(0x07, 1, 0x20);
	ck_assert_uint_eq(get(0x06, 2), 0xdfff);
	put(0x06, 2, 0xffff);
	ck_assert_uint_eq(get(0x06, 2), 0x06ff);
	/* Four bytes at COMMAND reach it too. */
	vfiod_config_set(&dev->config, 0x06, 2, 0xffff);
	put(0x04, 4, 0xf9000007);
	ck_assert_uint_eq(get(0x04, 4), 0x06ff0007);
}
END_TEST

static bool
in_capability(unsigned offset)
{
	return (offset >= 0x40 && offset < 0x4c) || (offset >= 0x70 && offset < 0xac) ||
	       (offset >= 0xac && offset < 0xb6) || (offset >= 0xd0 && offset < 0xd8);
}

START_TEST(memory_between_the_capabilities)
{
	for (unsigned offset = 0x40; offset < 0x100; offset++) {
		if ((offset >= 0xe8 && offset < 0xec) || in_capability(offset))
			continue;
		put(offset, 1, 0xa5);
		ck_assert_msg(get(offset, 1) == 0xa5, "byte %03x", offset);
		put(offset, 1, 0x5a);
		ck_assert_msg(get(offset, 1) == 0x5a, "byte %03x", offset);
	}
	/* Across the border: read-only below, memory above. */
	put(0x4a, 4, 0x12345678);
	ck_assert_uint_eq(get(0x4c, 2), 0x1234);
	/* No extended capability. */
	put(0x100, 4, 0xffffffff);
	ck_assert_uint_eq(get(0x100, 4), 0);
}
END_TEST

START_TEST(capabilities_stay_what_they_are)
{
	static const unsigned heads[] = {0x40, 0x70, 0xac, 0xd0};

	for (unsigned i = 0; i < 4; i++) {
		uint32_t before = get(heads[i], 2);

		put(heads[i], 2, 0xffff);
		ck_assert_uint_eq(get(heads[i], 2), before);
	}
	/* PM: the state alone (vfio_pci_config.c). */
	put(0xd2, 2, 0xffff);
	ck_assert_uint_eq(get(0xd2, 2), 0x22);
	put(0xd4, 2, 0xffff);
	ck_assert_uint_eq(get(0xd4, 2), 0x0b);
}
END_TEST

static const struct {
	const char *option;
	uint32_t low;
} apertures[] = {
	{"aperture=256M", 0xf000000c},
	{"aperture=512M", 0xe000000c},
	{"aperture=1G", 0xc000000c},
};

START_TEST(bar_sizing)
{
	struct fake_host host;
	struct vfiod_device *other = fake_device(&host, &gvt_model, apertures[_i].option, 4096);
	struct vfiod_config *config = &other->config;

	ck_assert_uint_eq(vfiod_config_read(config, 0x10, 4), 0x4);
	ck_assert_uint_eq(vfiod_config_read(config, 0x18, 4), 0xc);
	for (unsigned offset = 0x10; offset < 0x28; offset += 4)
		vfiod_config_write(config, offset, 4, 0xffffffff);
	ck_assert_uint_eq(vfiod_config_read(config, 0x10, 4), 0xff000004);
	ck_assert_uint_eq(vfiod_config_read(config, 0x14, 4), 0xffffffff);
	ck_assert_uint_eq(vfiod_config_read(config, 0x18, 4), apertures[_i].low);
	ck_assert_uint_eq(vfiod_config_read(config, 0x1c, 4), 0xffffffff);
	ck_assert_uint_eq(vfiod_config_read(config, 0x20, 4), 0);
	ck_assert_uint_eq(vfiod_config_read(config, 0x24, 4), 0);
	ck_assert_uint_eq(other->region[VFIOD_BAR0].size, 16 << 20);
	ck_assert_uint_eq(other->region[VFIOD_BAR2].size, (uint32_t) - (apertures[_i].low & ~0xfu));
	fake_device_free(other);
}
END_TEST

/* Bits below the size can't be written (PCI 3.0, 6.2.5.1). */
START_TEST(bar_addresses)
{
	put(0x10, 4, 0xfffffff0);
	ck_assert_uint_eq(get(0x10, 4), 0xff000004);
	put(0x10, 4, 0x12345678);
	ck_assert_uint_eq(get(0x10, 4), 0x12000004);
	put(0x14, 4, 0x000000ab);
	ck_assert_uint_eq(get(0x14, 4), 0x000000ab);
	put(0x18, 4, 0xc0000123);
	ck_assert_uint_eq(get(0x18, 4), 0xc000000c);
	put(0x1c, 4, 0x00000040);
	ck_assert_uint_eq(get(0x1c, 4), 0x00000040);
	put(0x20, 4, 0x0000f001);
	put(0x24, 4, 0x12345678);
	ck_assert_uint_eq(get(0x20, 4), 0);
	ck_assert_uint_eq(get(0x24, 4), 0);
}
END_TEST

START_TEST(bar_partial_writes_merge)
{
	put(0x10, 4, 0xe0000000);
	put(0x12, 2, 0xfd12);
	ck_assert_uint_eq(get(0x10, 4), 0xfd000004);
	put(0x10, 1, 0xff);
	ck_assert_uint_eq(get(0x10, 4), 0xfd000004);
	put(0x15, 1, 0x7f);
	ck_assert_uint_eq(get(0x14, 4), 0x00007f00);
	put(0x22, 1, 0xff);
	ck_assert_uint_eq(get(0x20, 4), 0);
}
END_TEST

START_TEST(rom)
{
	put(0x30, 4, 0xfffff800);
	ck_assert_uint_eq(get(0x30, 4), 0);
	put(0x30, 4, 0xffffffff);
	ck_assert_uint_eq(get(0x30, 4), 0);
	/* Anything else goes through the mask FFFFF801. */
	put(0x30, 4, 0x7fffffff);
	ck_assert_uint_eq(get(0x30, 4), 0x7ffff801);
}
END_TEST

START_TEST(capabilities)
{
	static const struct {
		unsigned at;
		uint8_t id, next;
	} chain[] = {{0x40, 0x09, 0x70}, {0x70, 0x10, 0xac}, {0xac, 0x05, 0xd0}, {0xd0, 0x01, 0}};

	for (unsigned i = 0; i < 4; i++) {
		ck_assert_uint_eq(get(chain[i].at, 1), chain[i].id);
		ck_assert_uint_eq(get(chain[i].at + 1, 1), chain[i].next);
		ck_assert_uint_eq(vfiod_config_find_capability(&dev->config, chain[i].id),
				  chain[i].at);
	}
	ck_assert_uint_eq(get(0x42, 1), 0x0c);
	/* PCI Express: version 2, type 9 (integrated endpoint), so no link registers. */
	ck_assert_uint_eq(get(0x72, 2), 0x0092);
	ck_assert_uint_eq(get(0x74, 4), 0x8000); /* role-based errors, no function level reset */
	ck_assert_uint_eq(get(0x7c, 4), 0);
	/* MSI: one message, 32-bit, no mask bits. */
	ck_assert_uint_eq(get(0xae, 2), 0x0000);
	/* Power management version 2, D0, no PME, no D1 and D2. */
	ck_assert_uint_eq(get(0xd2, 2) & 0xfe07, 0x0002);
	ck_assert_uint_eq(get(0xd4, 2) & 0x0003, 0);
	/* No extended capabilities. */
	ck_assert_uint_eq(get(0x100, 4), 0);
}
END_TEST

static void
store32(uint32_t at, uint32_t value)
{
	memcpy(fake.memory + at, &value, 4);
}

static uint32_t
load32(uint32_t at)
{
	uint32_t value;

	memcpy(&value, fake.memory + at, 4);
	return value;
}

START_TEST(swsci_is_not_stored)
{
	put(0xe8, 2, 0x8001);
	ck_assert_uint_eq(get(0xe8, 4), 0);
	put(0xe8, 4, 0xffffffff);
	ck_assert_uint_eq(get(0xe8, 4), 0);
	/* Pointing outside memory is nobody's fault but the guest's. */
	put(0xfc, 4, 0xfffff000);
	put(0xe8, 2, 0x8001);
	ck_assert_uint_eq(get(0xe8, 4), 0);
}
END_TEST

/* Function in bits 4:1, subfunction in 15:8, failure is exit status (7:5) zero. */
static const struct {
	uint32_t swsci, scic, scic_after, parm_after;
} calls[] = {
	{0x8001, 0x0009, 0, 0},         /* get BIOS data 0 */
	{0x8001, 0x0109, 0, 0},         /* get BIOS data 1 */
	{0x8001, 0x000d, 0, 0},         /* callbacks 0 */
	{0x8001, 0x02e9, 0x0209, 0x77}, /* get BIOS data 2: unknown */
	{0x8001, 0x010d, 0x010d, 0x77}, /* callbacks 1: unknown */
	{0x0001, 0x00e9, 0x00e9, 0x77}, /* SMI, not SCI: ignored */
	{0x8000, 0x00e9, 0x00e9, 0x77}, /* no trigger: ignored */
};

START_TEST(swsci_calls)
{
	put(0xfc, 4, 0x4000);
	store32(0x4200, calls[_i].scic);
	store32(0x4204, 0x77);
	put(0xe8, 2, calls[_i].swsci);
	ck_assert_uint_eq(load32(0x4200), calls[_i].scic_after);
	ck_assert_uint_eq(load32(0x4204), calls[_i].parm_after);
}
END_TEST

START_TEST(reset_restores_the_image)
{
	uint8_t before[4096];

	memcpy(before, dev->config.image, sizeof(before));
	put(0x04, 2, 0x0406);
	put(0x10, 4, 0xe0000000);
	put(0xae, 2, 0x0001);
	put(0xfc, 4, 0x12345000);
	ck_assert_int_ne(memcmp(before, dev->config.image, sizeof(before)), 0);
	gvt_model.reset(dev);
	vfiod_config_reset(&dev->config);
	ck_assert_int_eq(memcmp(before, dev->config.image, sizeof(before)), 0);
	/* The hook is still there. */
	put(0x10, 4, 0xffffffff);
	ck_assert_uint_eq(get(0x10, 4), 0xff000004);
}
END_TEST

START_TEST(regions)
{
	ck_assert_str_eq(gvt_model.name, "vgpu");
	ck_assert_uint_eq(gvt_model.default_memory, 64 << 20);
	ck_assert_uint_eq(dev->num_regions, 13);
	ck_assert_uint_eq(dev->region[9].type, 0x80008086);
	ck_assert_uint_eq(dev->region[9].subtype, 1);
	ck_assert_uint_eq(dev->region[9].size, 8192);
	ck_assert_uint_eq(dev->region[9].flags, VFIOD_REGION_READ);
	ck_assert_uint_eq(dev->region[10].type, 1);
	ck_assert_uint_eq(dev->region[10].subtype, 1);
	ck_assert_uint_eq(dev->region[10].size, 4096);
	ck_assert_uint_eq(dev->region[10].flags, VFIOD_REGION_READ | VFIOD_REGION_WRITE);
	for (unsigned i = VFIOD_BAR0; i <= VFIOD_BAR2; i += 2)
		ck_assert_uint_eq(dev->region[i].flags, VFIOD_REGION_READ | VFIOD_REGION_WRITE);
	ck_assert_uint_eq(dev->region[VFIOD_BAR0].max_width, 8);
	ck_assert_uint_eq(dev->region[VFIOD_BAR1].size, 0);
	ck_assert_uint_eq(dev->region[VFIOD_BAR4].size, 0);
	ck_assert_uint_eq(dev->region[VFIOD_ROM].size, 0);
}
END_TEST

Suite *
gvt_config_suite(void)
{
	Suite *suite = suite_create("gvt_config");
	TCase *tests = tcase_create("config");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, identification);
	ALL(tests, other_ids, ids);
	ALL(tests, bad_options, bad);
	tcase_add_test(tests, header_masks);
	tcase_add_test(tests, status_is_write_1_to_clear);
	tcase_add_test(tests, memory_between_the_capabilities);
	tcase_add_test(tests, capabilities_stay_what_they_are);
	ALL(tests, bar_sizing, apertures);
	tcase_add_test(tests, bar_addresses);
	tcase_add_test(tests, bar_partial_writes_merge);
	tcase_add_test(tests, rom);
	tcase_add_test(tests, capabilities);
	tcase_add_test(tests, swsci_is_not_stored);
	ALL(tests, swsci_calls, calls);
	tcase_add_test(tests, reset_restores_the_image);
	tcase_add_test(tests, regions);
	suite_add_tcase(suite, tests);
	return suite;
}

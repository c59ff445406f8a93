/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A device out of an lspci dump. */
#include "recorder.h"
#include "unit.h"

#include <errno.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "models/models.h"
#include "vfio/device.h"

/* 1af4:1041 with a 32-bit BAR1, a 64-bit prefetchable BAR4, I/O BAR0; MSI-X at 98, PM at 40. */
static const char dump[] =
	"00:03.0 Ethernet controller: Red Hat, Inc. Virtio 1.0 network device (rev 01)\n"
	"\tSubsystem: Red Hat, Inc. Virtio 1.0 network device\n"
	"00: f4 1a 41 10 07 05 10 00 01 00 00 02 00 00 00 00\n"
	"10: 41 c0 00 00 00 10 bd fe 00 00 00 00 00 00 00 00\n"
	"20: 0c 40 00 fe 01 00 00 00 00 00 00 00 f4 1a 00 11\n"
	"30: 00 00 b8 fe 98 00 00 00 00 00 00 00 0b 01 00 00\n"
	"40: 01 00 03 00 08 00 00 00 00 00 00 00 00 00 00 00\n"
	"50: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00\n"
	"60: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00\n"
	"70: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00\n"
	"80: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00\n"
	"90: 00 00 00 00 00 00 00 00 11 40 02 80 01 00 00 00\n"
	"a0: 01 08 00 00 00 00 00 00 00 00 00 00 00 00 00 00\n"
	"b0: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00\n"
	"c0: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00\n"
	"d0: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00\n"
	"e0: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00\n"
	"f0: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00\n"
	"\n";

static char path[] = "/tmp/vfiod-clone-XXXXXX";
static struct fake_host fake;

static void
write_dump(const char *text, size_t length)
{
	int fd;

	memcpy(strrchr(path, '-'), "-XXXXXX", 7);
	fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, length), length);
	close(fd);
}

static void
teardown(void)
{
	unlink(path);
}

static struct vfiod_device *
new_clone(const char *more)
{
	char options[128];

	snprintf(options, sizeof(options), "from=%s%s", path, more);
	return fake_device(&fake, model_by_name("clone"), options, 0);
}

START_TEST(config_space_is_the_dumps)
{
	struct vfiod_device *dev;

	write_dump(dump, strlen(dump));
	dev = new_clone("");
	ck_assert_uint_eq(dev->config.size, 256);
	ck_assert_uint_eq(vfiod_config_read(&dev->config, 0, 4), 0x10411af4);
	ck_assert_uint_eq(vfiod_config_read(&dev->config, 0x08, 4), 0x02000001);
	/* COMMAND starts off, the ROM is not there. */
	ck_assert_uint_eq(vfiod_config_read(&dev->config, PCI_COMMAND, 2), 0);
	ck_assert_uint_eq(vfiod_config_read(&dev->config, PCI_ROM_ADDRESS, 4), 0);
	ck_assert_uint_eq(vfiod_config_find_capability(&dev->config, PCI_CAP_ID_MSIX), 0x98);
	ck_assert_uint_eq(vfiod_config_find_capability(&dev->config, PCI_CAP_ID_PM), 0x40);
	ck_assert_uint_eq(vfiod_config_msix_vectors(&dev->config), 3);
	/* Power state may be written, MSI-X control may not. */
	vfiod_config_write(&dev->config, 0x44, 2, 0xffff);
	ck_assert_uint_eq(vfiod_config_read(&dev->config, 0x44, 2), 0x000b);
	vfiod_config_write(&dev->config, 0x9a, 2, 0xffff);
	ck_assert_uint_eq(vfiod_config_read(&dev->config, 0x9a, 2), 0x8002);
	vfiod_config_write(&dev->config, 0, 4, 0);
	ck_assert_uint_eq(vfiod_config_read(&dev->config, 0, 4), 0x10411af4);
	fake_device_free(dev);
}
END_TEST

START_TEST(bars_are_memory)
{
	struct vfiod_device *dev;
	char text[8] = {0};

	write_dump(dump, strlen(dump));
	dev = new_clone(",bar4=16K");
	ck_assert_uint_eq(dev->config.bar[0].kind, VFIOD_BAR_IO);
	ck_assert_uint_eq(dev->region[0].size, 64); /* c040: bounded by its address */
	ck_assert_uint_eq(dev->config.bar[1].kind, VFIOD_BAR_MEM32);
	ck_assert_uint_eq(dev->region[1].size, 4096); /* febd1000 */
	ck_assert_uint_eq(dev->region[2].size, 0);
	ck_assert_uint_eq(dev->config.bar[4].kind, VFIOD_BAR_MEM64_PREF);
	ck_assert_uint_eq(dev->region[4].size, 16384);
	ck_assert_uint_eq(dev->region[5].size, 0);
	/* The address is the dump's; sizing works. */
	ck_assert_uint_eq(vfiod_config_read(&dev->config, 0x20, 4), 0xfe00400c);
	ck_assert_uint_eq(vfiod_config_read(&dev->config, 0x24, 4), 1);
	vfiod_config_write(&dev->config, 0x20, 4, 0xffffffff);
	ck_assert_uint_eq(vfiod_config_read(&dev->config, 0x20, 4), 0xffffc00c);
	ck_assert_int_eq(dev->region[4].copy_in(dev->region[4].state, 16380, "abcd", 4), 0);
	ck_assert_int_eq(dev->region[4].copy_out(dev->region[4].state, 16380, text, 4), 0);
	ck_assert_str_eq(text, "abcd");
	fake_device_free(dev);
}
END_TEST

START_TEST(short_dump_has_no_capabilities)
{
	struct vfiod_device *dev;

	/* The form of lspci -x: the slot's line, the subsystem's and four of bytes. */
	write_dump(dump, (size_t)(strstr(dump, "40: ") - dump));
	dev = new_clone("");
	ck_assert_uint_eq(vfiod_config_read(&dev->config, 0, 4), 0x10411af4);
	ck_assert_uint_eq(vfiod_config_read(&dev->config, PCI_STATUS, 2) & PCI_STATUS_CAP_LIST, 0);
	ck_assert_uint_eq(vfiod_config_find_capability(&dev->config, PCI_CAP_ID_MSIX), 0);
	fake_device_free(dev);
}
END_TEST

START_TEST(one_of_several)
{
	char two[2 * sizeof(dump)], why[256], options[64];
	struct vfiod_device *dev;

	snprintf(two, sizeof(two), "%s%s", dump, dump);
	memcpy(strstr(two + 10, "00:03.0"), "00:04.1", 7);
	write_dump(two, strlen(two));
	snprintf(options, sizeof(options), "from=%s", path);
	ck_assert_int_lt(fake_device_error(model_by_name("clone"), options, why), 0);
	ck_assert_ptr_nonnull(strstr(why, "slot="));
	dev = new_clone(",slot=00:04.1");
	ck_assert_uint_eq(vfiod_config_read(&dev->config, 0, 4), 0x10411af4);
	fake_device_free(dev);
}
END_TEST

START_TEST(msix_table_in_no_bar)
{
	struct vfiod_options options = {.count = 1};
	struct vfio_device *device;
	char text[sizeof(dump)];
	uint8_t bytes[4];

	/* BAR indicator 7: region 7 is config space, which must stay readable. */
	memcpy(text, dump, sizeof(dump));
	memcpy(strstr(text, "80 01 00 00 00\n"), "80 07 00 00 00\n", 15);
	write_dump(text, strlen(text));
	options.setting[0] = (struct vfiod_setting){(char[]){"from"}, path};
	device = vfio_device_new(model_by_name("clone"), "clone0", 0, &options);
	ck_assert_ptr_nonnull(device);
	ck_assert_int_eq(device_read(device, UINT64_C(7) << 40, bytes, 4), 4);
	ck_assert_mem_eq(bytes, "\xf4\x1a\x41\x10", 4);
	vfio_device_free(device);
}
END_TEST

static const char *const bad_dumps[] = {
	"",
	"no dump at all\n",
	"00:03.0 Ethernet\n00: f4 1a\n",
	"00:03.0 Ethernet\n00: zz zz zz zz\n",
	/* A bridge: header type 1. */
	"00:01.0 PCI bridge\n"
	"00: 86 80 01 00 07 05 10 00 01 00 04 06 00 00 01 00\n"
	"10: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00\n"
	"20: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00\n"
	"30: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00\n",
};

START_TEST(bad_dump)
{
	char why[256] = "", options[64];

	write_dump(bad_dumps[_i], strlen(bad_dumps[_i]));
	snprintf(options, sizeof(options), "from=%s", path);
	ck_assert_int_lt(fake_device_error(model_by_name("clone"), options, why), 0);
	ck_assert_uint_gt(strlen(why), 5);
}
END_TEST

START_TEST(bad_options)
{
	static const char *const more[] = {",bar1=3000", ",bar1=x", ",slot=zz", ",slot=00:09.0",
					   ",bar0=1M"};
	char why[256] = "", options[64];

	write_dump(dump, strlen(dump));
	snprintf(options, sizeof(options), "from=%s%s", path, more[_i]);
	ck_assert_int_lt(fake_device_error(model_by_name("clone"), options, why), 0);
	ck_assert_uint_gt(strlen(why), 5);
	ck_assert_int_lt(fake_device_error(model_by_name("clone"), NULL, why), 0);
	ck_assert_ptr_nonnull(strstr(why, "from="));
}
END_TEST

Suite *
clone_suite(void)
{
	Suite *suite = suite_create("clone");
	TCase *tcase = tcase_create("clone");

	tcase_add_checked_fixture(tcase, NULL, teardown);
	tcase_add_test(tcase, config_space_is_the_dumps);
	tcase_add_test(tcase, bars_are_memory);
	tcase_add_test(tcase, short_dump_has_no_capabilities);
	tcase_add_test(tcase, one_of_several);
	tcase_add_test(tcase, msix_table_in_no_bar);
	tcase_add_loop_test(tcase, bad_dump, 0, sizeof(bad_dumps) / sizeof(*bad_dumps));
	tcase_add_loop_test(tcase, bad_options, 0, 5);
	suite_add_tcase(suite, tcase);
	return suite;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line's device words and vfiod.conf. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "daemon/settings.h"
#include "util/log.h"

static struct settings settings;

static void
setup(void)
{
	settings_init(&settings);
}

static void
teardown(void)
{
	settings_free(&settings);
}

static int
read_text(const char *text)
{
	char path[] = "/tmp/vfiod-conf-XXXXXX";
	int fd = mkstemp(path), code;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	code = settings_read_file(&settings, path);
	unlink(path);
	return code;
}

START_TEST(types_and_uuids)
{
	ck_assert_int_eq(settings_add_device(&settings,
					     "vgpu,type=i915-GVTg_V5_4,"
					     "uuid=83B8F4F2-509F-382F-3C1E-E6BFE0FA1001",
					     "test"),
			 0);
	ck_assert_int_eq(settings_add_device(&settings, "vgpu,type=i915-GVTg_V5_8,name=x", "test"),
			 0);
	ck_assert_int_eq(settings_finish(&settings), 0);
	ck_assert_str_eq(settings.device[0].type, "i915-GVTg_V5_4");
	ck_assert_str_eq(settings.device[0].name, "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001");
	ck_assert_str_eq(settings.device[1].name, "x");
	ck_assert_uint_eq(strlen(settings.device[1].uuid), 36);
}
END_TEST

static const char *const bad_types[] = {
	"edu,type=i915-GVTg_V5_4",
	"vgpu,type=i915-GVTg_V5_4,uuid=1",
	"vgpu,uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa1001",
};

START_TEST(types_that_are_wrong)
{
	int code = settings_add_device(&settings, bad_types[_i], "test");

	ck_assert_int_eq(code ? code : settings_finish(&settings), EX_USAGE);
}
END_TEST

START_TEST(no_device)
{
	ck_assert_int_eq(settings_add_device(&settings, "none", "test"), 0);
	ck_assert_int_eq(settings_finish(&settings), 0);
	ck_assert_uint_eq(settings.num_devices, 0);
}
END_TEST

START_TEST(control_socket)
{
	ck_assert(!settings.control.none);
	ck_assert_ptr_null(settings.control.path);
	ck_assert_uint_eq(settings.control.permissions.mode, 0600);
	ck_assert_int_eq(settings_set_control(&settings, "mode=0660", "test"), 0);
	ck_assert_ptr_null(settings.control.path);
	ck_assert_int_eq(settings_set_control(&settings, "/x/y,mode=0666", "test"), 0);
	ck_assert_str_eq(settings.control.path, "/x/y");
	ck_assert_uint_eq(settings.control.permissions.mode, 0666);
	ck_assert_int_eq(settings_set_control(&settings, "none", "test"), 0);
	ck_assert(settings.control.none);
	ck_assert_int_eq(settings_set_control(&settings, "x/y", "test"), EX_USAGE);
	ck_assert_int_eq(settings_set_control(&settings, "/x,key=1", "test"), EX_USAGE);
	ck_assert_int_eq(settings_set_host_gpu(&settings, "aperture=512M,device=0x5912", "test"), 0);
	ck_assert_int_eq(settings_set_host_gpu(&settings, "low=1", "test"), EX_USAGE);
}
END_TEST

START_TEST(default_device)
{
	ck_assert_int_eq(settings_finish(&settings), 0);
	ck_assert_uint_eq(settings.num_devices, 1);
	ck_assert_str_eq(settings.device[0].model->name, "vgpu");
	ck_assert_str_eq(settings.device[0].name, "vgpu0");
	ck_assert_uint_eq(settings.device[0].permissions.mode, 0600);
	ck_assert_uint_eq(settings.device[0].permissions.uid, (uid_t)-1);
}
END_TEST

/* The kernel's own iommufd has this mode (drivers/iommu/iommufd/main.c). */
START_TEST(default_iommu)
{
	ck_assert(!settings.iommu.none);
	ck_assert_ptr_null(settings.iommu.name);
	ck_assert_uint_eq(settings.iommu.permissions.mode, 0660);
}
END_TEST

START_TEST(iommu_words)
{
	ck_assert_int_eq(settings_set_iommu(&settings, "/dev/own/iommu,mode=0600,group=0", "test"), 0);
	ck_assert_str_eq(settings.iommu.name, "own/iommu");
	ck_assert_uint_eq(settings.iommu.permissions.mode, 0600);
	ck_assert_uint_eq(settings.iommu.permissions.gid, 0);
	ck_assert_int_eq(settings_set_iommu(&settings, "mode=0666", "test"), 0);
	ck_assert_uint_eq(settings.iommu.permissions.mode, 0666);
	ck_assert_int_eq(settings_set_iommu(&settings, "none", "test"), 0);
	ck_assert(settings.iommu.none);
	ck_assert_int_eq(settings_set_iommu(&settings, "", "test"), EX_USAGE);
	ck_assert_int_eq(settings_set_iommu(&settings, "a b", "test"), EX_USAGE);
	ck_assert_int_eq(settings_set_iommu(&settings, "x,memory=1M", "test"), EX_USAGE);
	ck_assert_int_eq(settings_add_device(&settings, "edu,name=same", "test"), 0);
	ck_assert_int_eq(settings_set_iommu(&settings, "same", "test"), 0);
	ck_assert_int_eq(settings_finish(&settings), EX_USAGE);
}
END_TEST

START_TEST(strict_by_name_or_word)
{
	static const struct {
		const char *text;
		bool strict;
	} cases[] = {
		{"vgpu", false},
		{"edu,name=vfio/devices/vfio0", true},
		{"edu,name=vfio/devices/vfio1,access=open", false},
		{"edu,name=mine,access=strict", true},
	};

	for (unsigned i = 0; i < 4; i++)
		ck_assert_int_eq(settings_add_device(&settings, cases[i].text, "test"), 0);
	ck_assert_int_eq(settings_add_device(&settings, "edu,access=loose", "test"), EX_USAGE);
	ck_assert_int_eq(settings_finish(&settings), 0);
	for (unsigned i = 0; i < 4; i++)
		ck_assert_int_eq(settings_device_strict(&settings.device[i]), cases[i].strict);
}
END_TEST

START_TEST(polling)
{
	static const char *const wrong[] = {"", "-1", "10001", "20us", "0x10"};
	char text[64];

	ck_assert_int_eq(settings.poll_us, 0);
	ck_assert_int_eq(settings_add_device(&settings, "edu", "test"), 0);
	ck_assert_int_eq(settings_add_device(&settings, "edu,poll-us=200", "test"), 0);
	ck_assert_int_eq(settings_add_device(&settings, "edu,poll-us=0", "test"), 0);
	ck_assert_int_eq(settings.device[0].poll_us, -1);
	ck_assert_int_eq(settings.device[1].poll_us, 200);
	ck_assert_int_eq(settings.device[2].poll_us, 0);
	for (unsigned i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		snprintf(text, sizeof(text), "edu,poll-us=%s", wrong[i]);
		ck_assert_int_eq(settings_add_device(&settings, text, "test"), EX_USAGE);
	}
}
END_TEST

START_TEST(device_words)
{
	ck_assert_int_eq(settings_add_device(&settings,
					     "edu,name=vfio/devices/vfio0,mode=0660,owner=root,"
					     "group=0,memory=1M",
					     "test"),
			 0);
	ck_assert_int_eq(settings_finish(&settings), 0);
	ck_assert_str_eq(settings.device[0].name, "vfio/devices/vfio0");
	ck_assert_uint_eq(settings.device[0].permissions.mode, 0660);
	ck_assert_uint_eq(settings.device[0].permissions.uid, 0);
	ck_assert_uint_eq(settings.device[0].permissions.gid, 0);
	ck_assert_str_eq(vfiod_option(&settings.device[0].options, "memory"), "1M");
}
END_TEST

START_TEST(names_are_given_in_turn)
{
	ck_assert_int_eq(settings_add_device(&settings, "edu", "test"), 0);
	ck_assert_int_eq(settings_add_device(&settings, "edu,name=edu1", "test"), 0);
	ck_assert_int_eq(settings_add_device(&settings, "edu", "test"), 0);
	ck_assert_int_eq(settings_add_device(&settings, "edu,name=/dev/x", "test"), 0);
	ck_assert_int_eq(settings_finish(&settings), 0);
	ck_assert_str_eq(settings.device[0].name, "edu0");
	ck_assert_str_eq(settings.device[2].name, "edu2");
	ck_assert_str_eq(settings.device[3].name, "x");
}
END_TEST

START_TEST(doubles_are_refused)
{
	ck_assert_int_eq(settings_add_device(&settings, "edu,name=a", "test"), 0);
	ck_assert_int_eq(settings_add_device(&settings, "edu,name=a", "test"), 0);
	ck_assert_int_eq(settings_finish(&settings), EX_USAGE);
}
END_TEST

static const char *const bad_words[] = {
	"", "nosuch", ",name=x", "edu,name", "edu,name=", "edu,name=/x", "edu,name=a//b",
	"edu,name=../etc/x", "edu,name=a/./b", "edu,name=.hidden", "edu,name=a b", "edu,name=x/",
	"edu,mode=999", "edu,mode=rw", "edu,mode=1777", "edu,owner=nobody-has-this-name",
	"edu,group=-1", "edu,aperture=256M", "clone,memory=1M", "edu,mode=",
};

START_TEST(bad_device_words)
{
	ck_assert_int_eq(settings_add_device(&settings, bad_words[_i], "test"), EX_USAGE);
}
END_TEST

START_TEST(file)
{
	ck_assert_int_eq(read_text("# a comment\n"
				   "[vfiod]\n"
				   "log-level = debug\n"
				   "\n"
				   "[device vgpu7]\n"
				   "model = vgpu\n"
				   "aperture = 512M\n"
				   "; another\n"
				   "[device vfio/devices/vfio1]\n"
				   "model = edu\n"
				   "mode = 0666\n"),
			 0);
	ck_assert_int_eq(settings_finish(&settings), 0);
	ck_assert_int_eq(settings.log_level, LOG_DEBUG);
	ck_assert_uint_eq(settings.num_devices, 2);
	ck_assert_str_eq(settings.device[0].name, "vgpu7");
	ck_assert_str_eq(vfiod_option(&settings.device[0].options, "aperture"), "512M");
	ck_assert_str_eq(settings.device[1].name, "vfio/devices/vfio1");
	ck_assert_uint_eq(settings.device[1].permissions.mode, 0666);
}
END_TEST

static const char *const bad_files[] = {
	"[device a]\nmode = 0600\n",             /* model= is not first */
	"[device a]\nmodel = nosuch\n",
	"[device a]\nmodel = edu\nmodel = edu\n",
	"[device a]\nmodel = edu\nname = b\n",
	"[device a]\nmodel = edu\ncolour = red\n",
	"[device ../a]\nmodel = edu\n",
	"[vfiod]\nlog-level = loud\n",
	"[vfiod]\ncolour = red\n",
	"[vgpu0]\nmodel = vgpu\n",
	"model = vgpu\n",
	"[vfiod\n",
	"nonsense\n",
};

START_TEST(bad_file)
{
	ck_assert_int_eq(read_text(bad_files[_i]), EX_CONFIG);
}
END_TEST

START_TEST(missing_file)
{
	ck_assert_int_eq(settings_read_file(&settings, "/nonexistent/vfiod.conf"), EX_NOINPUT);
}
END_TEST

Suite *
conf_suite(void)
{
	Suite *suite = suite_create("conf");
	TCase *tcase = tcase_create("settings");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, default_device);
	tcase_add_test(tcase, types_and_uuids);
	tcase_add_loop_test(tcase, types_that_are_wrong, 0, 3);
	tcase_add_test(tcase, no_device);
	tcase_add_test(tcase, control_socket);
	tcase_add_test(tcase, polling);
	tcase_add_test(tcase, device_words);
	tcase_add_test(tcase, default_iommu);
	tcase_add_test(tcase, iommu_words);
	tcase_add_test(tcase, strict_by_name_or_word);
	tcase_add_test(tcase, names_are_given_in_turn);
	tcase_add_test(tcase, doubles_are_refused);
	tcase_add_loop_test(tcase, bad_device_words, 0, sizeof(bad_words) / sizeof(*bad_words));
	tcase_add_test(tcase, file);
	tcase_add_loop_test(tcase, bad_file, 0, sizeof(bad_files) / sizeof(*bad_files));
	tcase_add_test(tcase, missing_file);
	suite_add_tcase(suite, tcase);
	return suite;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Nodes: names, mode, owner, group, names that are taken, many of them. */
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "kernel.h"
#include "node.h"
#include "served.h"

static struct stat
stat_node(const char *name)
{
	char path[256];
	struct stat st;

	snprintf(path, sizeof(path), "/dev/%s", name);
	ck_assert_msg(stat(path, &st) == 0, "%s: errno %d", path, errno);
	return st;
}

START_TEST(mode_and_owner)
{
	struct daemon daemon;
	struct group *video = getgrnam("video");
	struct stat st;

	ck_assert_ptr_nonnull(video);
	daemon_start(&daemon, ARGS("-d", "edu,name=plain", "-d",
				   "edu,name=special,mode=0640,owner=nobody,group=video", "-d",
				   "edu,name=numbers,mode=666,owner=123,group=456"));
	st = stat_node("plain");
	ck_assert(S_ISCHR(st.st_mode));
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_uint_eq(st.st_uid, 0);
	ck_assert_uint_eq(st.st_gid, 0);
	st = stat_node("special");
	ck_assert_uint_eq(st.st_mode & 07777, 0640);
	ck_assert_uint_eq(st.st_uid, 65534);
	ck_assert_uint_eq(st.st_gid, video->gr_gid);
	st = stat_node("numbers");
	ck_assert_uint_eq(st.st_mode & 07777, 0666);
	ck_assert_uint_eq(st.st_uid, 123);
	ck_assert_uint_eq(st.st_gid, 456);
	daemon_stop(&daemon, SIGTERM);
}
END_TEST

START_TEST(default_names)
{
	struct daemon daemon;

	daemon_start(&daemon, ARGS("-d", "edu", "-d", "edu,name=edu1", "-d", "edu"));
	close(node_open("edu0"));
	close(node_open("edu1"));
	close(node_open("edu2"));
	daemon_stop(&daemon, SIGTERM);
	ck_assert_int_eq(access("/dev/edu0", F_OK), -1);
}
END_TEST

START_TEST(default_device)
{
	struct daemon daemon;
	int fd;

	daemon_start(&daemon, ARGS(NULL));
	fd = node_open("vgpu0");
	ck_assert_uint_eq(node_get(fd, CONFIG, 0, 2), 0x8086);
	close(fd);
	daemon_stop(&daemon, SIGTERM);
	ck_assert_int_eq(access("/dev/vgpu0", F_OK), -1);
}
END_TEST

START_TEST(slashes)
{
	struct daemon daemon;
	struct stat st;
	int fd;

	daemon_start(&daemon, ARGS("-d", "edu,name=kernel-test.d/devices/one,mode=0660", "-d",
				   "edu,name=/dev/kernel-test.d/devices/two"));
	st = stat_node("kernel-test.d/devices/one");
	ck_assert_uint_eq(st.st_mode & 07777, 0660);
	fd = node_open("kernel-test.d/devices/two");
	ck_assert_uint_eq(node_get(fd, BAR0, EDU_ID, 4), 0x010000ed);
	close(fd);
	daemon_stop(&daemon, SIGTERM);
	/* Gone, or empty: rmdir succeeds on nothing else. */
	ck_assert(rmdir("/dev/kernel-test.d/devices") == 0 || errno == ENOENT);
	ck_assert(rmdir("/dev/kernel-test.d") == 0 || errno == ENOENT);
}
END_TEST

START_TEST(name_of_another_daemon)
{
	struct daemon daemon, second;
	struct stat before, after;
	int fd;

	daemon_start(&daemon, ARGS("-d", "edu,name=" SERVED_NODE));
	before = stat_node(SERVED_NODE);
	ck_assert_int_eq(
		daemon_run(&second, ARGS("-d", "edu,name=" SERVED_NODE ",mode=0666"), NULL),
		EX_CANTCREAT);
	ck_assert_uint_ge(daemon_log_lines(&second, SERVED_NODE), 1);
	after = stat_node(SERVED_NODE);
	ck_assert_uint_eq(before.st_rdev, after.st_rdev);
	ck_assert_uint_eq(before.st_mode, after.st_mode);
	/* A name below a node can't be. */
	ck_assert_int_ne(daemon_run(&second, ARGS("-d", "edu,name=" SERVED_NODE "/below"), NULL),
			 0);
	fd = node_open(SERVED_NODE);
	ck_assert_uint_eq(node_get(fd, BAR0, EDU_ID, 4), 0x010000ed);
	close(fd);
	daemon_stop(&daemon, SIGTERM);
}
END_TEST

/* /dev has it already: nothing of it may change. */
START_TEST(name_of_the_system)
{
	static const char *const taken[] = {"null", "cuse", "pts"};

	for (unsigned i = 0; i < sizeof(taken) / sizeof(*taken); i++) {
		char device[64], path[64];
		struct daemon daemon;
		struct stat before, after;

		snprintf(device, sizeof(device), "edu,name=%s,mode=0640,owner=nobody", taken[i]);
		snprintf(path, sizeof(path), "/dev/%s", taken[i]);
		ck_assert_int_eq(stat(path, &before), 0);
		ck_assert_int_eq(daemon_run(&daemon, ARGS("-d", device), NULL), EX_CANTCREAT);
		ck_assert_uint_ge(daemon_log_lines(&daemon, taken[i]), 1);
		ck_assert_int_eq(stat(path, &after), 0);
		ck_assert_uint_eq(before.st_ino, after.st_ino);
		ck_assert_uint_eq(before.st_rdev, after.st_rdev);
		ck_assert_uint_eq(before.st_mode, after.st_mode);
		ck_assert_uint_eq(before.st_uid, after.st_uid);
	}
}
END_TEST

START_TEST(longest_name)
{
	char device[512] = "edu,name=", *name = device + strlen(device);
	struct daemon daemon;

	memset(name, 'n', 200);
	daemon_start(&daemon, ARGS("-d", device));
	close(node_open(name));
	daemon_stop(&daemon, SIGTERM);
	name[200] = 'n';
	ck_assert_int_eq(daemon_run(&daemon, ARGS("-d", device), NULL), EX_USAGE);
}
END_TEST

#define MANY 12

START_TEST(many_devices)
{
	const char *args[2 * MANY + 1] = {NULL};
	struct daemon daemon;

	for (unsigned i = 0; i < MANY; i++) {
		args[2 * i] = "-d";
		args[2 * i + 1] = "edu,memory=64K";
	}
	daemon_start(&daemon, args);
	for (unsigned i = 0; i < MANY; i++) {
		char name[16];
		int fd;

		snprintf(name, sizeof(name), "edu%u", i);
		fd = node_open(name);
		node_put(fd, BAR0, EDU_LIVENESS, 4, i);
		ck_assert_uint_eq(node_get(fd, BAR0, EDU_LIVENESS, 4), (uint32_t)~i);
		close(fd);
	}
	daemon_stop(&daemon, SIGTERM);
	ck_assert_int_eq(access("/dev/edu0", F_OK), -1);
}
END_TEST

Suite *
names_suite(void)
{
	Suite *suite = suite_create("names");
	TCase *tcase = tcase_create("names");

	tcase_set_timeout(tcase, 300);
	tcase_add_test(tcase, mode_and_owner);
	tcase_add_test(tcase, default_names);
	tcase_add_test(tcase, default_device);
	tcase_add_test(tcase, slashes);
	tcase_add_test(tcase, name_of_another_daemon);
	tcase_add_test(tcase, name_of_the_system);
	tcase_add_test(tcase, longest_name);
	tcase_add_test(tcase, many_devices);
	suite_add_tcase(suite, tcase);
	return suite;
}

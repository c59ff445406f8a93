/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices made and removed by what is written to the files of the tree: create and remove. */
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kernel.h"
#include "node.h"
#include "served.h"

#define SOCKET       "/run/vfiod-kernel-tests.mdev-control"
#define TREE         SOCKET ".mdev"
#define TYPE(n)      TREE "/types/i915-GVTg_V5_" #n "/"
#define CREATE       TYPE(8) "create"
#define LAST_CREATE  TYPE(8) "last_create"
#define FREE         TYPE(8) "available_instances"
#define DEVICE(uuid) TREE "/devices/" uuid
#define REMOVE(uuid) DEVICE(uuid) "/remove"
#define LAST(uuid)   DEVICE(uuid) "/last_remove"

#define ONE          "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001"
#define TWO          "83b8f4f2-509f-382f-3c1e-e6bfe0fa1002"
#define THREE        "83b8f4f2-509f-382f-3c1e-e6bfe0fa1003"

#define PATIENCE_MS  20000
#define STEP_MS      10

static void
serve(void)
{
	daemon_start(&served, ARGS("--device", "none", "--iommu", "none", "--control", SOCKET));
}

static const char *
content(const char *path)
{
	static char text[512];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length;

	if (fd < 0)
		return "";
	length = read(fd, text, sizeof(text) - 1);
	ck_assert_int_ge(length, 0);
	text[length] = '\0';
	close(fd);
	return text;
}

/* As a shell's "echo TEXT >FILE" opens and writes it. */
static void
echo(const char *path, const void *text, size_t length)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	ck_assert_msg(fd >= 0, "%s: errno %d", path, errno);
	assert_returns(write(fd, text, length), length);
	close(fd);
}

#define ECHO(path, text) echo(path, text, sizeof(text) - 1)

/* Waits until a file begins with this, or (@a text NULL) isn't there. */
static void
await_start(const char *path, const char *text)
{
	for (unsigned waited = 0; waited < PATIENCE_MS; waited += STEP_MS) {
		if (text ? !strncmp(content(path), text, strlen(text)) : access(path, F_OK) < 0)
			return;
		pause_ms(STEP_MS);
	}
	ck_abort_msg("%s: '%s' instead of '%s'", path, content(path), text ? text : "nothing");
}

static void
await(const char *path, const char *text)
{
	await_start(path, text);
	if (text)
		ck_assert_str_eq(content(path), text);
}

#define REMOVE_DEVICE(uuid)                                                                        \
	do {                                                                                       \
		ECHO(REMOVE(uuid), "1\n");                                                         \
		await(DEVICE(uuid), NULL);                                                         \
	} while (0)

START_TEST(made_used_removed)
{
	int fd;

	ck_assert_str_eq(content(LAST_CREATE), "");
	ECHO(CREATE, ONE "\n");
	await(LAST_CREATE, ONE " done\n");
	ck_assert_str_eq(content(FREE), "6\n");
	ck_assert_str_eq(content(LAST(ONE)), "");
	fd = node_open(ONE);
	/* 64 MiB of the aperture behind the host's 128, 384 MiB above it. */
	ck_assert_uint_eq(node_get(fd, BAR0, 0x78040, 4), 128u << 20);
	ck_assert_uint_eq(node_get(fd, BAR0, 0x78044, 4), 64u << 20);
	ck_assert_uint_eq(node_get(fd, BAR0, 0x7804c, 4), 384u << 20);
	ECHO(REMOVE(ONE), "1\n");
	await(LAST(ONE), ONE " EBUSY a client has it open\n");
	ck_assert_uint_eq(node_get(fd, CONFIG, 0, 2), 0x8086);
	close(fd);
	REMOVE_DEVICE(ONE);
	await(FREE, "7\n");
	ck_assert_int_ne(access(node_path(ONE), F_OK), 0);
}
END_TEST

/* Without an end of the line, in capitals, several at once, and shortly after each other. */
START_TEST(all_ways_to_write)
{
	ECHO(CREATE, "83B8F4F2-509F-382F-3C1E-E6BFE0FA1001");
	ECHO(CREATE, TWO "\n");
	ECHO(CREATE, THREE);
	await(FREE, "4\n");
	ECHO(REMOVE(ONE), "1");
	ECHO(REMOVE(TWO), "\n 1 \n");
	ECHO(REMOVE(THREE), "1\n");
	await(FREE, "7\n");
	ECHO(CREATE, "83b8" ONE TWO "\n\n" THREE "\n");
	await(FREE, "4\n");
	REMOVE_DEVICE(ONE);
	REMOVE_DEVICE(TWO);
	REMOVE_DEVICE(THREE);
	await(FREE, "7\n");
}
END_TEST

START_TEST(what_is_in_the_way_is_said)
{
	ECHO(TYPE(1) "create", ONE "\n");
	await(TYPE(1) "last_create", ONE " done\n");
	ECHO(CREATE, ONE "\n");
	await_start(LAST_CREATE, ONE " EEXIST ");
	ECHO(TYPE(1) "create", TWO "\n");
	await_start(TYPE(1) "last_create", TWO " ENOSPC ");
	ck_assert_ptr_nonnull(strstr(content(TYPE(1) "last_create"),
				     "512 MiB of low (mappable) graphics memory"));
	ck_assert_uint_ge(daemon_log_lines(&served, TYPE(1) "create: " TWO " ENOSPC"), 1);
	REMOVE_DEVICE(ONE);
}
END_TEST

#define LONG_TEXT 4096

static const struct {
	const char *text;
	size_t length;
} nonsense[] = {
	{"x", 1},
	{"%s%n%s%n%s%n\n", 13},
	{"../../../../../../../../etc/passwd\n", 35},
	{"\0\0\0\0", 4},
	{"83b8f4f2-509f-382f-3c1e-e6bfe0fa100", 35},
	{"83b8f4f2-509f-382f-3c1e-e6bfe0fa100g\n", 37},
	{"83b8f4f2-509f-382f-3c1e\0e6bfe0fa1001", 36},
	{"83b8f4f2.509f.382f.3c1e.e6bfe0fa1001\n", 37},
	{NULL, LONG_TEXT},
};

/* It is refused, does nothing, and what comes behind it is done all the same. */
START_TEST(nonsense_is_refused)
{
	char text[LONG_TEXT];

	memset(text, 'e', sizeof(text));
	if (nonsense[_i].text)
		memcpy(text, nonsense[_i].text, nonsense[_i].length);
	echo(CREATE, text, nonsense[_i].length);
	await(LAST_CREATE, "- EINVAL not a UUID\n");
	ck_assert_str_eq(content(FREE), "7\n");
	ECHO(CREATE, ONE "\n");
	await(LAST_CREATE, ONE " done\n");
	echo(REMOVE(ONE), text, nonsense[_i].length);
	await(LAST(ONE), ONE " EINVAL not a 1\n");
	ECHO(REMOVE(ONE), "0\n");
	ck_assert_str_eq(content(FREE), "6\n");
	REMOVE_DEVICE(ONE);
	await(FREE, "7\n");
}
END_TEST

/* Who writes without end is held up; others have their turn, and the log its peace. */
START_TEST(a_flood)
{
	unsigned lines = daemon_log_lines(&served, "not a UUID"), sent = 0;
	int fd = open(CREATE, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	struct timespec begin, now;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	do {
		if (write(fd, "no uuid\n", 8) == 8)
			sent++;
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec - begin.tv_sec < 3);
	/* No more than it takes, some 64 words ten times a second, and what the FIFO holds. */
	ck_assert_uint_gt(sent, 64);
	ck_assert_uint_lt(sent, 6000);
	ECHO(TYPE(4) "create", ONE "\n");
	await(TYPE(4) "last_create", ONE " done\n");
	ck_assert_uint_le(daemon_log_lines(&served, "not a UUID"), lines + 20);
	ck_assert_uint_lt(daemon_resident_kib(&served), 512 * 1024);
	close(fd);
	/* What the FIFO holds is read in the end. */
	for (unsigned waited = 0; waited < PATIENCE_MS; waited += 100) {
		fd = open(CREATE, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
		if (write(fd, TWO "\n", 37) == 37)
			break;
		close(fd);
		pause_ms(100);
	}
	close(fd);
	await(LAST_CREATE, TWO " done\n");
	REMOVE_DEVICE(ONE);
	REMOVE_DEVICE(TWO);
}
END_TEST

START_TEST(many_leave_nothing)
{
	unsigned fds = 0;

	for (unsigned i = 0; i < 31; i++) {
		ECHO(CREATE, ONE "\n");
		await(LAST_CREATE, ONE " done\n");
		REMOVE_DEVICE(ONE);
		/* Else the next one's success looks like this one's. */
		ECHO(CREATE, "x\n");
		await(LAST_CREATE, "- EINVAL not a UUID\n");
		if (i)
			continue;
		pause_ms(300);
		fds = daemon_num_fds(&served);
	}
	pause_ms(300);
	ck_assert_uint_eq(daemon_num_fds(&served), fds);
}
END_TEST

static void
assert_file(const char *path, mode_t mode, uid_t uid)
{
	struct stat st;

	assert_returns(lstat(path, &st), 0);
	ck_assert_msg(S_ISFIFO(st.st_mode) && (st.st_mode & 07777) == mode, "%s: mode %o", path,
		      st.st_mode);
	ck_assert_uint_eq(st.st_uid, uid);
}

/* Who may connect to the socket may write, and nobody may read what others write. */
START_TEST(rights_are_the_sockets)
{
	uid_t nobody = getpwnam("nobody")->pw_uid;
	struct daemon daemon;
	pid_t child;
	int status;

	assert_file(CREATE, 0200, geteuid());
	daemon_start(&daemon, ARGS("--iommu", "none", "--device", "none", "--control",
				   SOCKET "2,mode=0620,owner=nobody"));
	assert_file(SOCKET "2.mdev/types/i915-GVTg_V5_8/create", 0220, nobody);
	child = fork();
	if (!child) {
		int fd;

		if (setgid(nobody) || setuid(nobody))
			_exit(3);
		if (open(CREATE, O_WRONLY | O_NONBLOCK) >= 0 || errno != EACCES)
			_exit(2);
		fd = open(SOCKET "2.mdev/types/i915-GVTg_V5_8/create", O_WRONLY | O_NONBLOCK);
		_exit(write(fd, ONE, strlen(ONE)) == (ssize_t)strlen(ONE) ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	await(SOCKET "2.mdev/types/i915-GVTg_V5_8/last_create", ONE " done\n");
	assert_file(SOCKET "2.mdev/devices/" ONE "/remove", 0220, nobody);
	/* What a daemon that was killed has left is no hindrance. */
	kill(daemon.pid, SIGKILL);
	daemon_wait(&daemon);
	daemon_start(&daemon, ARGS("--iommu", "none", "--device", "none", "--control", SOCKET "2"));
	assert_file(SOCKET "2.mdev/types/i915-GVTg_V5_8/create", 0200, geteuid());
	ck_assert_int_ne(access(SOCKET "2.mdev/devices/" ONE, F_OK), 0);
	daemon_stop(&daemon, SIGTERM);
	ck_assert_int_ne(access(SOCKET "2.mdev", F_OK), 0);
}
END_TEST

Suite *
mdev_suite(void)
{
	Suite *suite = suite_create("mdev");
	TCase *tcase = served_case("mdev", serve, 300);

	tcase_add_test(tcase, made_used_removed);
	tcase_add_test(tcase, all_ways_to_write);
	tcase_add_test(tcase, what_is_in_the_way_is_said);
	tcase_add_loop_test(tcase, nonsense_is_refused, 0, sizeof(nonsense) / sizeof(*nonsense));
	tcase_add_test(tcase, a_flood);
	tcase_add_test(tcase, many_leave_nothing);
	tcase_add_test(tcase, rights_are_the_sockets);
	served_last(tcase);
	suite_add_tcase(suite, tcase);
	return suite;
}

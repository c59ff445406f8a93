/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `vfiod run`: what the command gets, what comes back, and that nothing stays. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "daemon.h"
#include "kernel.h"
#include "node.h"
#include "run_command.h"

#define SHELL(script) ARGS("-d", "edu", "--", "sh", "-c", script)

/* Each test is run as root and as an ordinary user; _i is which. */

START_TEST(exit_code_is_the_commands)
{
	run_expect(0, _i, ARGS("-d", "edu", "true"));
	run_expect(1, _i, ARGS("-d", "edu", "false"));
	run_expect(255, _i, SHELL("exit 255"));
	run_expect(128 + SIGTERM, _i, SHELL("kill -TERM $$"));
	run_expect(128 + SIGKILL, _i, SHELL("kill -KILL $$"));
	ck_assert_str_eq(run_errors(&run_last), "");
	run_expect(127, _i, ARGS("-d", "edu", "--", "/no/such/command"));
	ck_assert_str_eq(run_errors(&run_last), "vfiod: error: cannot run /no/such/command: "
						"No such file or directory\n");
	run_expect(126, _i, ARGS("-d", "edu", "--", "/etc/passwd"));
}
END_TEST

START_TEST(options_are_ours_up_to_the_command)
{
	run_expect(0, _i, ARGS("-d", "edu", "echo", "-d", "none", "--help"));
	ck_assert_str_eq(run_output(&run_last), "-d none --help\n");
	run_expect(EX_USAGE, _i, ARGS("-d", "edu"));
	run_expect(EX_USAGE, _i, ARGS("--no-such-option", "true"));
	run_expect(EX_USAGE, _i, ARGS("-d", "nosuchmodel", "true"));
	run_expect(EX_NOINPUT, _i, ARGS("-c", "/no/such/file", "true"));
	/* One vGPU when nothing is said. */
	run_expect(0, _i, ARGS("cat", "/sys/bus/pci/devices/f10d:00:00.0/vendor"));
	ck_assert_str_eq(run_output(&run_last), "0x8086\n");
}
END_TEST

START_TEST(signals_reach_the_command)
{
	static const int numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT};
	struct run run;

	for (unsigned i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		run_start(&run, _i,
			  SHELL("trap 'exit 41' TERM; trap 'exit 42' INT; trap 'exit 43' HUP;"
				"trap 'exit 44' QUIT; echo waiting; while :; do sleep 0.05; done"),
			  NULL);
		run_wait_output(&run, "waiting");
		ck_assert_int_eq(kill(run.pid, numbers[i]), 0);
		ck_assert_int_eq(run_wait(&run), 41 + i);
		ck_assert_str_eq(run_errors(&run), "");
	}
}
END_TEST

START_TEST(sysfs_shows_the_device)
{
	run_expect(0, _i, ARGS("-d", "edu", INSIDE, "sysfs-of-edu"));
}
END_TEST

START_TEST(device_is_bound_and_used)
{
	run_expect(0, _i, ARGS("-d", "edu", INSIDE, "device"));
	run_expect(0, _i, ARGS(INSIDE, "device"));
	run_expect(0, _i, ARGS("-d", "edu", INSIDE, "dma"));
}
END_TEST

START_TEST(devices_are_in_order)
{
	run_expect(0, _i,
		   ARGS("-d", "edu,name=one", "-d", "vgpu", "-d", "edu", INSIDE, "three-devices"));
}
END_TEST

static unsigned
pci_devices(void)
{
	DIR *folder = opendir("/sys/bus/pci/devices");
	const struct dirent *entry;
	unsigned count = 0;

	while (folder && (entry = readdir(folder)))
		count += entry->d_name[0] != '.';
	if (folder)
		closedir(folder);
	return count;
}

START_TEST(the_rest_stays_as_it_was)
{
	char text[32];

	run_expect(0, _i, ARGS("-d", "edu", INSIDE, "the-rest"));
	snprintf(text, sizeof(text), "%u devices in all\n", pci_devices() + 1);
	ck_assert_str_eq(run_output(&run_last), text);
}
END_TEST

static void
set_file_limit(void)
{
	struct rlimit files = {123, 4096};

	if (setrlimit(RLIMIT_NOFILE, &files))
		_exit(99);
}

START_TEST(process_is_a_plain_one)
{
	struct run run;
	int code;

	run_start(&run, _i, ARGS("-d", "edu", INSIDE, "the-process"), set_file_limit);
	code = run_wait(&run);
	ck_assert_msg(code == 0, "%s%s", run_output(&run), run_errors(&run));
	ck_assert_str_eq(run_output(&run),
			 _i == AS_ROOT ? "user 0 group 0\n" : "user 65534 group 65534\n");
}
END_TEST

START_TEST(lspci_lists_it)
{
	run_expect(0, _i, ARGS("-d", "edu", "lspci", "-D", "-n", "-v", "-d", "1234:11e8"));
	ck_assert_ptr_nonnull(strstr(run_output(&run_last),
				     "f10d:00:00.0 00ff: 1234:11e8 (rev 10)\n"
				     "\tSubsystem: 1af4:1100\n"));
	ck_assert_ptr_nonnull(
		strstr(run_output(&run_last),
		       "Memory at <unassigned> (32-bit, non-prefetchable) [size=1M]"));
	ck_assert_ptr_nonnull(strstr(run_output(&run_last), "Kernel driver in use: vfio-pci"));
}
END_TEST

/* What the machine shows of us: mounts, nodes, files. Others may be at work on it, too. */
static char *
traces(void)
{
	static const char script[] =
		"grep -E ' (/dev|/sys)' /proc/self/mountinfo; ls /dev /dev/vfio /dev/vfio/devices "
		"/sys/bus/pci/devices /sys/class /tmp/vfiod-65534 /run/vfiod/vfio/devices/vfio0 "
		"2>&1";
	char *text = NULL;
	size_t length = 0;
	FILE *pipe = popen(script, "re"), *copy = open_memstream(&text, &length);

	ck_assert(pipe && copy);
	for (int c; (c = getc(pipe)) != EOF;)
		putc(c, copy);
	fclose(copy);
	pclose(pipe);
	return text;
}

/* Check has room for short messages only: the whole goes to stdout. */
static void
assert_traces(const char *before)
{
	char *now = traces();
	bool same = !strcmp(now, before);

	if (!same)
		printf("before:\n%s\nnow:\n%s\n", before, now);
	free(now);
	ck_assert_msg(same, "something is seen, see above");
}

static bool
is_alive(pid_t pid)
{
	char path[64], state = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
		state = 'X';
	fclose(file);
	return state != 'Z' && state != 'X';
}

static void
assert_ends(pid_t pid)
{
	for (unsigned waited = 0; is_alive(pid); waited += 5) {
		ck_assert_msg(waited < 10000, "process %d lives on", (int)pid);
		pause_ms(5);
	}
}

static pid_t
pid_in(const struct run *run, const char *word)
{
	const char *at = strstr(run_output(run), word);

	ck_assert_msg(at, "no '%s' in:\n%s", word, run_output(run));
	return (pid_t)strtol(at + strlen(word), NULL, 10);
}

START_TEST(nothing_is_seen_outside_or_left)
{
	char *before = traces();
	struct run run;

	run_start(&run, _i, SHELL("echo waiting; exec sleep 1000"), NULL);
	run_wait_output(&run, "waiting");
	/* A character device is in the machine's /dev, below a folder of its own. */
	if (daemon_carrier_is_fuse())
		assert_traces(before);
	kill(run.pid, SIGTERM);
	ck_assert_int_eq(run_wait(&run), 128 + SIGTERM);
	assert_traces(before);
	free(before);
}
END_TEST

START_TEST(nothing_is_left_of_a_killed_one)
{
	char *before = traces();
	struct run run;
	pid_t command;

	run_start(&run, _i, SHELL("echo \"command $$.\"; exec sleep 1000"), NULL);
	run_wait_output(&run, ".\n");
	command = pid_in(&run, "command ");
	kill(run.pid, SIGKILL);
	ck_assert_int_eq(run_wait(&run), 128 + SIGKILL);
	assert_ends(command);
	assert_traces(before);
	free(before);
}
END_TEST

START_TEST(processes_left_behind_are_ended)
{
	run_expect(3, _i,
		   SHELL("sleep 1000 & echo \"polite $!.\";"
			 "(trap '' TERM; exec setsid sleep 1000) & echo \"stubborn $!.\";"
			 "(sleep 1000 & echo \"orphan $!.\"); exit 3"));
	ck_assert(!is_alive(pid_in(&run_last, "polite ")));
	ck_assert(!is_alive(pid_in(&run_last, "stubborn ")));
	ck_assert(!is_alive(pid_in(&run_last, "orphan ")));
}
END_TEST

START_TEST(several_at_once)
{
	struct run run[6];
	unsigned count = sizeof(run) / sizeof(*run);

	for (unsigned i = 0; i < count; i++)
		run_start(&run[i], i % run_users(), ARGS("-d", "edu", INSIDE, "alone"), NULL);
	for (unsigned i = 0; i < count; i++) {
		int code = run_wait(&run[i]);

		ck_assert_msg(code == 0, "run %u: %d\n%s%s", i, code, run_output(&run[i]),
			      run_errors(&run[i]));
	}
}
END_TEST

/* A job that uses us may be run by another that does. */
START_TEST(one_inside_another)
{
	run_expect(0, _i,
		   ARGS("-d", "vgpu", "-d", "edu", RUN, "-d", "edu", INSIDE, "sysfs-of-edu"));
	run_expect(0, _i, ARGS("-d", "vgpu", "-d", "edu", RUN, "-d", "edu", INSIDE, "device"));
	run_expect(0, _i, ARGS("-d", "vgpu", "-d", "edu", RUN, "-d", "edu", INSIDE, "the-rest"));
	ck_assert_int_eq(strtol(run_output(&run_last), NULL, 10), pci_devices() + 1);
}
END_TEST

static void
without_mounts_of(const char *path)
{
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", path, "tmpfs", 0, NULL))
		_exit(99);
}

static void
without_sys(void)
{
	without_mounts_of("/sys");
}

START_TEST(bare_sys_is_enough)
{
	struct run run;
	int code;

	run_start(&run, _i, ARGS("-d", "edu", INSIDE, "sysfs-of-edu"), without_sys);
	code = run_wait(&run);
	ck_assert_msg(code == 0, "%d\n%s%s", code, run_output(&run), run_errors(&run));
}
END_TEST

static void
without_dev(void)
{
	without_mounts_of("/dev");
}

START_TEST(missing_carrier_is_named)
{
	struct run run;

	run_start(&run, _i, ARGS("-d", "edu", "true"), without_dev);
	ck_assert_int_eq(run_wait(&run), EX_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(run_errors(&run), daemon_carrier_is_fuse()
							       ? "/dev/fuse is missing"
							       : "/dev/cuse is missing"));
}
END_TEST

static void
put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		_exit(99);
	close(fd);
}

/* A user namespace in which we are an ordinary user, and in which no more of them may be made. */
static void
without_namespaces(void)
{
	if (unshare(CLONE_NEWUSER))
		_exit(99);
	put("/proc/self/setgroups", "deny");
	put("/proc/self/uid_map", "1000 0 1");
	put("/proc/self/gid_map", "1000 0 1");
	put("/proc/sys/user/max_user_namespaces", "0");
}

START_TEST(forbidden_namespaces_are_named)
{
	struct run run;

	run_start(&run, AS_ROOT, ARGS("-d", "edu", "true"), without_namespaces);
	ck_assert_int_eq(run_wait(&run), EX_NOPERM);
	ck_assert_str_eq(run_errors(&run),
			 "vfiod: error: cannot make a user namespace: No space left on device: "
			 "the system forbids it by sysctl user.max_user_namespaces=0\n");
}
END_TEST

static mode_t fuse_mode;

/* It is open to all where udev runs. */
static void
open_fuse_to_all(void)
{
	struct stat st;

	ck_assert_int_eq(stat("/dev/fuse", &st), 0);
	fuse_mode = st.st_mode & 07777;
	ck_assert_int_eq(chmod("/dev/fuse", 0666), 0);
}

static void
restore_fuse(void)
{
	chmod("/dev/fuse", fuse_mode);
}

START_TEST(closed_fuse_is_named)
{
	struct run run;

	ck_assert_int_eq(chmod("/dev/fuse", 0600), 0);
	run_start(&run, AS_NOBODY, ARGS("-d", "edu", "true"), NULL);
	ck_assert_int_eq(run_wait(&run), EX_NOPERM);
	ck_assert_ptr_nonnull(strstr(run_errors(&run), "cannot open /dev/fuse: Permission denied"));
	ck_assert_int_eq(chmod("/dev/fuse", 0666), 0);
}
END_TEST

Suite *
run_suite(void)
{
	int users = (int)run_users();
	Suite *suite = suite_create("run");
	TCase *tests = tcase_create("run");

	tcase_set_timeout(tests, 120);
	tcase_add_loop_test(tests, exit_code_is_the_commands, 0, users);
	tcase_add_loop_test(tests, options_are_ours_up_to_the_command, 0, users);
	tcase_add_loop_test(tests, signals_reach_the_command, 0, users);
	tcase_add_loop_test(tests, sysfs_shows_the_device, 0, users);
	tcase_add_loop_test(tests, device_is_bound_and_used, 0, users);
	tcase_add_loop_test(tests, devices_are_in_order, 0, users);
	tcase_add_loop_test(tests, the_rest_stays_as_it_was, 0, users);
	tcase_add_loop_test(tests, process_is_a_plain_one, 0, users);
	tcase_add_loop_test(tests, lspci_lists_it, 0, users);
	tcase_add_loop_test(tests, nothing_is_seen_outside_or_left, 0, users);
	tcase_add_loop_test(tests, nothing_is_left_of_a_killed_one, 0, users);
	tcase_add_loop_test(tests, processes_left_behind_are_ended, 0, users);
	tcase_add_loop_test(tests, missing_carrier_is_named, 0, users);
	tcase_add_test(tests, several_at_once);
	/* A character device appears in the machine's /dev and /sys only. */
	if (daemon_carrier_is_fuse()) {
		tcase_add_loop_test(tests, one_inside_another, 0, users);
		tcase_add_loop_test(tests, bare_sys_is_enough, 0, users);
		tcase_add_checked_fixture(tests, open_fuse_to_all, restore_fuse);
		tcase_add_test(tests, closed_fuse_is_named);
		tcase_add_test(tests, forbidden_namespaces_are_named);
	}
	suite_add_tcase(suite, tests);
	return suite;
}

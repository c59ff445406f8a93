/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfiod.conf: devices from a file, and what is wrong in one. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "kernel.h"
#include "node.h"
#include "served.h"

#define CONF "/run/vfiod-kernel-tests.conf"

static void
write_conf(const char *text)
{
	FILE *file = fopen(CONF, "we");

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	ck_assert_int_eq(fclose(file), 0);
}

START_TEST(devices_from_a_file)
{
	struct daemon daemon;
	struct stat st;
	int fd;

	write_conf("# a comment\n"
		   "[vfiod]\n"
		   "log-level = debug\n"
		   "\n"
		   "[device kernel-test]\n"
		   "model = edu\n"
		   "mode = 0640\n"
		   "memory = 2M\n"
		   "; another comment\n"
		   "[device kernel-test.d/second]\n"
		   "model=edu\n");
	daemon_start(&daemon, ARGS("--config", CONF, "--device", "edu,name=third"));
	ck_assert_int_eq(stat("/dev/kernel-test", &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0640);
	fd = node_open(SERVED_NODE);
	ck_assert_uint_eq(node_region(fd, EDU_MEMORY).info.size, 2 << 20);
	close(fd);
	close(node_open("kernel-test.d/second"));
	close(node_open("third"));
	daemon_stop(&daemon, SIGTERM);
	unlink(CONF);
}
END_TEST

static const struct {
	const char *text, *word;
} wrong[] = {
	{"[vfiod]\nnonsense = 1\n", "nonsense"},
	{"[vfiod]\nlog-level = loud\n", "loud"},
	{"[nonsense]\nkey = value\n", "nonsense"},
	{"key = value\n", CONF},
	{"[device a]\nmode = 0600\nmodel = edu\n", "model="},
	{"[device a]\nmodel = nosuchmodel\n", "nosuchmodel"},
	{"[device a]\nmodel = edu\nmodel = edu\n", "model"},
	{"[device a]\nmodel = edu\nname = b\n", "name"},
	{"[device a]\nmodel = edu\nwrong = 1\n", "wrong"},
	{"[device a]\nmodel = edu\nmode = 8\n", "mode=8"},
	{"[device a b]\nmodel = edu\n", "a b"},
	{"[device ../x]\nmodel = edu\n", "../x"},
	{"[device a\nmodel = edu\n", CONF ":1"},
	{"[device a]\nmodel = edu\nno equals sign here\n", CONF ":3"},
};

START_TEST(wrong_files)
{
	struct daemon daemon;
	int code;

	write_conf(wrong[_i].text);
	code = daemon_run(&daemon, ARGS("--config", CONF), NULL);
	ck_assert_msg(code == EX_CONFIG, "exit code %d; the log:\n%s", code, daemon_log(&daemon));
	ck_assert_msg(strstr(daemon_log(&daemon), wrong[_i].word), "no '%s' in the log:\n%s",
		      wrong[_i].word, daemon_log(&daemon));
	ck_assert_msg(strstr(daemon_log(&daemon), CONF), "the file isn't named:\n%s",
		      daemon_log(&daemon));
	unlink(CONF);
}
END_TEST

START_TEST(no_such_file)
{
	struct daemon daemon;

	ck_assert_int_eq(daemon_run(&daemon, ARGS("-c", "/nonexistent/vfiod.conf"), NULL),
			 EX_NOINPUT);
	ck_assert_ptr_nonnull(strstr(daemon_log(&daemon), "/nonexistent/vfiod.conf"));
}
END_TEST

START_TEST(name_in_file_and_on_command_line)
{
	struct daemon daemon;
	int code;

	write_conf("[device twin]\nmodel = edu\n");
	code = daemon_run(&daemon, ARGS("-c", CONF, "-d", "edu,name=twin"), NULL);
	ck_assert_msg(code == EX_USAGE || code == EX_CONFIG, "exit code %d", code);
	ck_assert_ptr_nonnull(strstr(daemon_log(&daemon), "twin"));
	unlink(CONF);
}
END_TEST

Suite *
conf_suite(void)
{
	Suite *suite = suite_create("conf");
	TCase *tcase = tcase_create("conf");

	tcase_set_timeout(tcase, 300);
	tcase_add_test(tcase, devices_from_a_file);
	tcase_add_loop_test(tcase, wrong_files, 0, sizeof(wrong) / sizeof(*wrong));
	tcase_add_test(tcase, no_such_file);
	tcase_add_test(tcase, name_in_file_and_on_command_line);
	suite_add_tcase(suite, tcase);
	return suite;
}

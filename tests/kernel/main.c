/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests over the real kernel: they start the daemon and are its clients. CK_RUN_SUITE=NAME runs one
 * suite. Environment: VFIOD, VFIOCTL, CLIENT32 (programs), VFIOD_CARRIER=fuse (files instead of
 * character devices), VFIOD_OFFSETS=bpf or proc (how it recovers offsets; proc leaves out what only
 * eBPF can do), VFIOD_TESTS_REQUIRE=1 (a machine without the carrier is a failure),
 * VFIOD_MAPPING=1 (a daemon that can't let clients map BARs is a failure).
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <unistd.h>

#include "kernel.h"
#include "run_command.h"
#include "served.h"

/* What Automake takes for a skipped test. */
#define EXIT_SKIPPED 77

enum carriers { CUSE = 1, FUSE = 2, BOTH = CUSE | FUSE };

static const struct {
	Suite *(*suite)(void);
	enum carriers carriers; /* on which its rules hold */
} suites[] = {
	{life_suite, CUSE},      {names_suite, CUSE},    {conf_suite, CUSE},
	{rights_suite, CUSE},    {info_suite, BOTH},     {region_info_suite, BOTH},
	{ioctls_suite, BOTH},    {set_irqs_suite, BOTH}, {eventfds_suite, BOTH},
	{intx_suite, BOTH},      {messages_suite, BOTH}, {regions_suite, BOTH},
	{config_suite, BOTH},    {bulk_suite, BOTH},     {express_suite, BOTH},
	{vgpu_suite, BOTH},      {offsets_suite, CUSE},  {position_suite, CUSE},
	{compat_suite, CUSE},    {async_suite, CUSE},    {storm_suite, BOTH},
	{tasks_suite, CUSE},     {clients_suite, BOTH},  {daemons_suite, BOTH},
	{leaks_suite, BOTH},     {isolation_suite, BOTH},{stalled_suite, BOTH},
	{bind_suite, BOTH},      {dma_suite, BOTH},
	{tools_suite, CUSE},     {picture_suite, BOTH},   {host_clone_suite, CUSE},
	{files_suite, FUSE},
	{run_suite, BOTH},       {mmap_suite, FUSE},     {control_suite, BOTH},
	{inspect_suite, BOTH},   {watch_suite, BOTH},    {mdev_suite, BOTH},
	{engine_suite, BOTH},    {scale_suite, BOTH},    {mechanism_suite, CUSE},
	{polling_suite, BOTH},
	{rings_suite, CUSE},
};

/* Without the carrier nothing can be shown; that must not look like success. */
static int
refuse(const char *need, int error)
{
	const char *require = getenv("VFIOD_TESTS_REQUIRE");

	printf("SKIPPED: cannot open %s (%s). These tests need root and a kernel with CUSE:\n"
	       "run 'tools/vm -- tests/kernel/kernel-tests', or 'modprobe cuse' as root;\n"
	       "with VFIOD_CARRIER=fuse they need /dev/fuse instead.\n",
	       need, strerror(error));
	return require && !strcmp(require, "1") ? EXIT_FAILURE : EXIT_SKIPPED;
}

int
main(int argc, char **argv)
{
	const char *need = daemon_carrier_is_fuse() ? "/dev/fuse" : "/dev/cuse";
	int fd, failed;
	SRunner *runner;

	if (argc == 3 && !strcmp(argv[1], INSIDE_OPTION))
		return inside_main(argv[2]);
	fd = open(need, O_RDWR | O_CLOEXEC);
	if (fd < 0 || geteuid() != 0)
		return refuse(need, fd < 0 ? errno : EPERM);
	close(fd);
	setenv("LC_ALL", "C", 1);
	/* A shell starts what is in the background without these, and whoever runs commands passes that on. */
	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	if (!daemon_carrier_is_fuse() && !daemon_has_bpf() && !getenv("CK_RUN_SUITE"))
		printf("SKIPPED: what needs offsets by eBPF: the suite rings, parts of mechanism\n");
	/* On a busy machine Check's 4 seconds are few. */
	setenv("CK_DEFAULT_TIMEOUT", "60", 0);
	runner = srunner_create(NULL);
	for (unsigned i = 0; i < sizeof(suites) / sizeof(*suites); i++)
		if (suites[i].carriers & (daemon_carrier_is_fuse() ? FUSE : CUSE))
			srunner_add_suite(runner, suites[i].suite());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	if (served_failures())
		printf("FAILED: %u shared daemons did not end well, see above\n",
		       served_failures());
	return failed || served_failures() ? EXIT_FAILURE : EXIT_SUCCESS;
}

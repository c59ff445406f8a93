/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests over the real kernel: they start the daemon and are its clients. CK_RUN_SUITE=NAME runs one
 * suite. Environment: VFIOD, VFIOCTL, CLIENT32 (programs), VFIOD_TESTS_REQUIRE=1 (a machine without
 * /dev/cuse is a failure).
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <unistd.h>

#include "kernel.h"
#include "served.h"

/* What Automake takes for a skipped test. */
#define EXIT_SKIPPED 77

static Suite *(*const suites[])(void) = {
	life_suite,        names_suite,   conf_suite,     rights_suite,   info_suite,
	region_info_suite, ioctls_suite,  set_irqs_suite, eventfds_suite, intx_suite,
	messages_suite,    regions_suite, config_suite,   bulk_suite,     express_suite,
	vgpu_suite,        offsets_suite, position_suite, compat_suite,   async_suite,
	storm_suite,       tasks_suite,   clients_suite,  daemons_suite,  leaks_suite,
	isolation_suite,   stalled_suite, tools_suite,
};

/* Without CUSE nothing can be shown; that must not look like success. */
static int
refuse(int error)
{
	const char *require = getenv("VFIOD_TESTS_REQUIRE");

	printf("SKIPPED: cannot open /dev/cuse (%s). These tests need a kernel with CUSE:\n"
	       "run 'tools/vm -- tests/kernel/kernel-tests', or 'modprobe cuse' as root.\n",
	       strerror(error));
	return require && !strcmp(require, "1") ? EXIT_FAILURE : EXIT_SKIPPED;
}

int
main(void)
{
	int fd = open("/dev/cuse", O_RDWR | O_CLOEXEC), failed;
	SRunner *runner;

	if (fd < 0)
		return refuse(errno);
	close(fd);
	setenv("LC_ALL", "C", 1);
	runner = srunner_create(NULL);
	for (unsigned i = 0; i < sizeof(suites) / sizeof(*suites); i++)
		srunner_add_suite(runner, suites[i]());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	if (served_failures())
		printf("FAILED: %u shared daemons did not end well, see above\n",
		       served_failures());
	return failed || served_failures() ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The program in the Linux guest of tests/guest/run: finds a device as a driver would, uses it, and says
 * of each thing it tried whether it went as the device's documentation says.
 */
#include "check.h"
#include "devices.h"

#include <stdio.h>

int
main(int argc, char *argv[])
{
	struct wishes wishes = WISHES;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 1; i < argc; i++)
		perform(argv[i], &wishes);
	return check_sums();
}

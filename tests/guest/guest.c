/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The program in the guest of tests/guest/run: finds a device as a driver would, uses it, and says of
 * each thing it tried whether it went as the device's documentation says.
 */
#include "check.h"
#include "devices.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
main(int argc, char *argv[])
{
	struct wishes wishes = {.dma_pages = 512};

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 1; i < argc; i++) {
		const char *word = argv[i];

		if (!strcmp(word, "after-reset"))
			wishes.after_reset = true;
		else if (!strncmp(word, "pages=", 6))
			wishes.dma_pages = (unsigned)atoi(word + 6);
		else if (!strncmp(word, "vectors=", 8))
			wishes.vectors = (unsigned)atoi(word + 8);
		else if (!strcmp(word, "edu"))
			check_edu(&wishes);
		else if (!strcmp(word, "vgpu"))
			check_vgpu(&wishes);
		else if (!strcmp(word, "e1000e"))
			check_e1000e();
		else if (!strcmp(word, "busy"))
			keep_edu_busy();
		else
			check(false, "guest: what is '%s'?", word);
	}
	return check_sums();
}

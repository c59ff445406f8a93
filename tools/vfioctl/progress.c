// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How far a long transfer has come, for whoever sits before a terminal.
 */
#include "config.h"

#include <unistd.h>

#include "vfioctl.h"

#define BAR_WIDTH 40

void
progress_start(struct progress *progress, const char *what, uint64_t total)
{
	/* A total of 0 means: show nothing. */
	*progress = (struct progress){
		.what = what,
		.total = isatty(STDERR_FILENO) ? total : 0,
		.percent = -1,
	};
}

void
progress_update(struct progress *progress, uint64_t done)
{
	static const char bar[BAR_WIDTH + 1] = "########################################";
	int percent, filled;

	if (progress->total == 0)
		return;
	percent = (int)((double)done / (double)progress->total * 100);
	if (percent == progress->percent)
		return;
	progress->percent = percent;
	filled = percent * BAR_WIDTH / 100;
	/* The cursor goes back at once: a message, should there be one, covers the percentage. */
	fprintf(stderr, "%s [%-*.*s] %3d%%\r", progress->what, BAR_WIDTH, filled, bar, percent);
}

void
progress_end(struct progress *progress)
{
	if (progress->percent >= 0)
		fputs("\033[K", stderr);
	progress->percent = -1;
}

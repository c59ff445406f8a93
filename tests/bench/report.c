/* SPDX-License-Identifier: GPL-2.0-or-later */
/* report [-a] [-j JSON] [-s SVG] FIGURES...: puts runs together, prints the table, draws the picture. */
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "picture.h"
#include "results.h"
#include "table.h"

static const char usage[] =
	"Usage: report [-a] [-j FILE] [-s FILE] FIGURES...\n"
	"Prints a table of the FIGURES that tests/bench/bench has written, one file or several.\n"
	"  -a       with the times of memcpy, of a locked call and of a socket of packets\n"
	"  -j FILE  writes all of them into one file, for tools/bench-compare\n"
	"  -s FILE  draws latencies by carrier (SVG)\n";

static bool
write_json(const struct results *results, const char *path)
{
	if (!path || !json_dump_file(results->json, path, JSON_INDENT(1) | JSON_REAL_PRECISION(6)))
		return true;
	perror(path);
	return false;
}

static bool
write_picture(const struct results *results, const char *path)
{
	FILE *out = path ? fopen(path, "we") : NULL;

	if (!path)
		return true;
	if (out)
		picture_draw(out, results);
	if (out && !fclose(out))
		return true;
	perror(path);
	return false;
}

int
main(int argc, char **argv)
{
	const char *json = NULL, *svg = NULL;
	struct results results;
	int option;
	bool good, all = false;

	while ((option = getopt(argc, argv, "aj:s:h")) != -1) {
		if (option == 'a') {
			all = true;
		} else if (option == 'j') {
			json = optarg;
		} else if (option == 's') {
			svg = optarg;
		} else {
			fputs(usage, option == 'h' ? stdout : stderr);
			return option == 'h' ? 0 : EX_USAGE;
		}
	}
	if (optind == argc) {
		fputs(usage, stderr);
		return EX_USAGE;
	}
	good = results_read(&results, (const char *const *)argv + optind,
			    (unsigned)(argc - optind));
	if (good)
		table_print(stdout, &results, all);
	good = good && write_json(&results, json) && write_picture(&results, svg) &&
	       !fflush(stdout);
	results_free(&results);
	return good ? 0 : EX_DATAERR;
}

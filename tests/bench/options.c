/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "options.h"

#include <argp.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

const char *argp_program_version = "vfiod-bench " PACKAGE_VERSION;

#define MOST 1000000u

enum { KEY_VFIOD = 0x100, KEY_DEVICES, KEY_COUNT };

static const struct argp_option argp_options[] = {
	{"carrier", 'c', "fuse|cuse|none", 0,
	 "what the devices are reached through; none: only function calls in this process, the "
	 "default",
	 0},
	{"in-process", 'i', NULL, 0, "the same as --carrier=none", 0},
	{"json", 'j', "FILE", 0, "where the figures go; default: stdout", 0},
	{"rounds", 'r', "N", 0, "times that every operation gets its turn; default 50", 0},
	{"calls", 'n', "N", 0, "calls in a turn, fewer for large transfers; default 100", 0},
	{"seconds", 't', "N", 0, "make no more rounds after so long; default 180", 0},
	{"devices", KEY_DEVICES, "N", 0,
	 "devices of the daemon that has many; default 256, 0: leave that out", 0},
	{"operations", 'o', "KEY,...", 0,
	 "measure these only, called as in the JSON file; more rounds fit into the same time", 0},
	{"quick", 'q', NULL, 0, "fewer rounds, calls and devices, for a first look", 0},
	{"count", KEY_COUNT, "OPERATION", 0,
	 "make --calls calls in this process and measure nothing: for tools that count "
	 "instructions",
	 0},
	{"vfiod", KEY_VFIOD, "FILE", 0, "the daemon; default: $VFIOD, else src/vfiod", 0},
	{0},
};

static unsigned
number(struct argp_state *state, const char *text, unsigned least)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || value < least || value > MOST)
		argp_error(state, "'%s' is not a number from %u to %u", text, least, MOST);
	return (unsigned)value;
}

static error_t
parse_option(int key, char *text, struct argp_state *state)
{
	struct bench_options *options = state->input;

	switch (key) {
	case 'c':
		if (strcmp(text, "fuse") && strcmp(text, "cuse") && strcmp(text, "none"))
			argp_error(state, "no carrier '%s'", text);
		options->carrier = strcmp(text, "none") ? text : NULL;
		return 0;
	case 'i':
		options->carrier = NULL;
		return 0;
	case 'j':
		options->json = text;
		return 0;
	case 'r':
		options->rounds = number(state, text, 1);
		return 0;
	case 'n':
		options->calls = number(state, text, 1);
		return 0;
	case 't':
		options->seconds = number(state, text, 1);
		return 0;
	case KEY_DEVICES:
		options->devices = number(state, text, 0);
		return 0;
	case 'o':
		options->operations = text;
		return 0;
	case 'q':
		options->rounds = 8;
		options->calls = 50;
		options->seconds = 30;
		options->devices = 16;
		return 0;
	case KEY_COUNT:
		options->count = text;
		return 0;
	case KEY_VFIOD:
		options->vfiod = text;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse_option,
	.doc = "Measures what accesses to devices served by vfiod cost, beside a device on the "
	       "same "
	       "carrier that does nothing, a socket, a pipe and memcpy, all in turns.\v"
	       "`make bench` runs this for every carrier, with tests/bench/report to make a table "
	       "and a "
	       "picture of the figures. Nothing is pinned to a processor; what taskset says for "
	       "this "
	       "program holds for those it starts as well.",
};

/* The null device's program lies where this one does. */
static void
find_null_program(struct bench_options *options)
{
	char self[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);

	self[length > 0 ? length : 0] = '\0';
	snprintf(options->null_program, sizeof(options->null_program), "%.*s/null-%s",
		 PATH_MAX - 16, dirname(self), options->carrier ? options->carrier : "");
}

void
bench_options_parse(struct bench_options *options, int argc, char **argv)
{
	const char *vfiod = getenv("VFIOD");

	*options = (struct bench_options){
		.rounds = 50,
		.calls = 100,
		.seconds = 180,
		.devices = 256,
		.json = "-",
		.vfiod = vfiod ? vfiod : "src/vfiod",
	};
	argp_err_exit_status = EX_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, options);
	find_null_program(options);
}

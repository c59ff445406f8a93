/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `make bench`: what a vfiod access costs, beside a CUSE device that does nothing. */
#include "config.h"

#include "bench.h"

#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

const char *argp_program_version = "vfiod-bench " PACKAGE_VERSION;

#define ROUNDS        50
#define SAMPLES       100
#define SECONDS       120
#define QUICK_ROUNDS  10
#define QUICK_SAMPLES 50
#define QUICK_SECONDS 30
#define MOST          100000u

struct arguments {
	const char *vfiod, *null_cuse, *json, *offsets;
	unsigned rounds, samples, seconds;
	bool in_process;
	const char *node[NUM_NODES];
	unsigned nodes;
};

enum { KEY_VFIOD = 0x100, KEY_NULL_CUSE, KEY_OFFSETS };

static const struct argp_option argp_options[] = {
	{"json", 'j', "FILE", 0,
	 "write all figures to FILE too; '-': to stdout, the table to stderr", 0},
	{"rounds", 'r', "N", 0, "times that every operation gets its turn", 0},
	{"samples", 's', "N", 0, "calls a turn; fewer for large transfers", 0},
	{"seconds", 't', "N", 0, "make no more rounds after so long", 0},
	{"quick", 'q', NULL, 0, "fewer rounds and calls, for a first look", 0},
	{"in-process", 'i', NULL, 0, "only function calls in this process: needs no CUSE", 0},
	{"offsets", KEY_OFFSETS, "bpf|proc|auto", 0, "how vfiod recovers offsets; default: auto", 0},
	{"vfiod", KEY_VFIOD, "FILE", 0, "the daemon; default: $VFIOD, else src/vfiod", 0},
	{"null-cuse", KEY_NULL_CUSE, "FILE", 0, "the null device; default: beside this program", 0},
	{0},
};

static unsigned
number(struct argp_state *state, const char *text)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || !value || value > MOST)
		argp_error(state, "'%s' is not a number from 1 to %u", text, MOST);
	return (unsigned)value;
}

static error_t
parse_option(int key, char *text, struct argp_state *state)
{
	struct arguments *arguments = state->input;

	switch (key) {
	case 'j':
		arguments->json = text;
		return 0;
	case 'r':
		arguments->rounds = number(state, text);
		return 0;
	case 's':
		arguments->samples = number(state, text);
		return 0;
	case 't':
		arguments->seconds = number(state, text);
		return 0;
	case 'q':
		arguments->rounds = QUICK_ROUNDS;
		arguments->samples = QUICK_SAMPLES;
		arguments->seconds = QUICK_SECONDS;
		return 0;
	case 'i':
		arguments->in_process = true;
		return 0;
	case KEY_OFFSETS:
		arguments->offsets = text;
		return 0;
	case KEY_VFIOD:
		arguments->vfiod = text;
		return 0;
	case KEY_NULL_CUSE:
		arguments->null_cuse = text;
		return 0;
	case ARGP_KEY_ARG:
		if (arguments->nodes == NUM_NODES)
			argp_usage(state);
		arguments->node[arguments->nodes++] = text;
		return 0;
	case ARGP_KEY_END:
		if (arguments->nodes && arguments->nodes != NUM_NODES)
			argp_error(state, "give all three nodes or none");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse_option,
	.args_doc = "[VFIOD-NODE NULL-NODE RECOVERING-NODE]",
	.doc = "Measures accesses to a vGPU served by vfiod, to a null CUSE device and in this "
	       "process, in turns.\v"
	       "Without nodes it starts vfiod and null-cuse itself, for which it needs /dev/cuse "
	       "and "
	       "root. Nothing is pinned to a processor; what taskset says for this program holds "
	       "for "
	       "those it starts as well.",
};

static bool
open_given(const struct arguments *arguments, struct node node[NUM_NODES])
{
	for (unsigned i = 0; i < NUM_NODES; i++) {
		node[i].fd = open(arguments->node[i], O_RDWR | O_CLOEXEC);
		if (node[i].fd < 0) {
			fprintf(stderr, "bench: %s: %s\n", arguments->node[i], strerror(errno));
			return false;
		}
	}
	return true;
}

/* null-cuse lies where this program does. */
static const char *
null_cuse_path(char path[PATH_MAX])
{
	char self[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - sizeof("null-cuse") - 1);

	self[length > 0 ? length : 0] = '\0';
	snprintf(path, PATH_MAX, "%.*s/null-cuse", PATH_MAX - 16, dirname(self));
	return path;
}

static bool
prepare_nodes(const struct arguments *arguments, struct programs *programs,
	      struct node node[NUM_NODES])
{
	const char *vfiod = arguments->vfiod ? arguments->vfiod : getenv("VFIOD");
	char path[PATH_MAX];
	uint8_t *buffer = aligned_alloc(4096, LARGEST);
	struct port port = node_port(&node[VFIOD]);
	bool opened;

	for (unsigned i = 0; i < NUM_NODES; i++)
		node[i].buffer = buffer;
	if (arguments->nodes)
		opened = open_given(arguments, node);
	else
		opened = programs_start(
			programs, vfiod ? vfiod : "src/vfiod",
			arguments->null_cuse ? arguments->null_cuse : null_cuse_path(path),
			arguments->offsets, node);
	return buffer && opened && map_aperture(&port, &node[VFIOD].low);
}

static void
close_nodes(struct node node[NUM_NODES])
{
	for (unsigned i = 0; i < NUM_NODES; i++)
		if (node[i].fd >= 0)
			close(node[i].fd);
	free(node[0].buffer);
}

static bool
report(const struct arguments *arguments, struct measurement *measurement)
{
	struct result *results = calloc(num_operations, sizeof(*results));
	FILE *out = arguments->json && !strcmp(arguments->json, "-") ? stderr : stdout;
	struct machine machine;
	bool reported = results;

	if (results) {
		machine_describe(&machine);
		results_of(measurement, results);
		table_print(out, &machine, measurement, results);
		if (arguments->json)
			reported = json_write(arguments->json, &machine, measurement, results);
	}
	free(results);
	if (!fflush(stdout))
		return reported;
	perror("bench: standard output");
	return false;
}

int
main(int argc, char **argv)
{
	struct arguments arguments = {.rounds = ROUNDS, .samples = SAMPLES, .seconds = SECONDS,
				      .offsets = "auto"};
	struct measurement measurement = {.node = {{.fd = -1}, {.fd = -1}, {.fd = -1}}};
	struct programs programs = {{0}};
	bool good;

	argp_err_exit_status = EX_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, &arguments);
	measurement.rounds = arguments.rounds;
	measurement.samples = arguments.samples;
	measurement.seconds = arguments.seconds;
	measurement.offsets = arguments.offsets;
	measurement.with_nodes = !arguments.in_process;
	measurement.own = own_device_new();
	good = measurement.own &&
	       (arguments.in_process || prepare_nodes(&arguments, &programs, measurement.node));
	good = good && measure(&measurement);
	/* The nodes go before the report: nothing of theirs is to come between its lines. */
	close_nodes(measurement.node);
	programs_stop(&programs);
	good = good && report(&arguments, &measurement);
	own_device_free(measurement.own);
	measurement_free(&measurement);
	return good ? 0 : EX_SOFTWARE;
}

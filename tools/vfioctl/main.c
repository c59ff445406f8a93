// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vfioctl's command line: global options, the table of verbs, help and version.
 */
#include "config.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vfioctl.h"

static const struct verb *const verbs[] = {
	&info_verb,  &read_verb, &write_verb, &dump_verb, &load_verb,
	&lspci_verb, &ggtt_verb, &reset_verb, &irq_verb,  &screenshot_verb,
	&watch_verb, &types_verb, &create_verb, &list_verb, &remove_verb,
	&regs_verb, &monitor_verb,
};

#define NUM_VERBS (sizeof(verbs) / sizeof(verbs[0]))

/* Read by argp for --version. */
const char *argp_program_version = "vfioctl (vfiod) " PACKAGE_VERSION;

/** What the first pass over the command line finds: everything up to and including VERB. */
struct command {
	const char *iommufd;
	const char *control;
	const char *verb;
	int argc; /**< VERB and all that follows it */
	char **argv;
};

/** What the second pass needs: the verb, and where its arguments go. */
struct verb_input {
	const struct verb *verb;
	struct call *call;
};

static const struct verb *
find_verb(const char *name)
{
	for (size_t i = 0; i < NUM_VERBS; i++)
		if (strcmp(verbs[i]->name, name) == 0)
			return verbs[i];
	return NULL;
}

static error_t
parse_command(int key, char *arg, struct argp_state *state)
{
	struct command *command = state->input;

	switch (key) {
	case 'i':
		command->iommufd = arg;
		return 0;
	case 'c':
		command->control = arg;
		return 0;
	case ARGP_KEY_ARG:
		/* The verb: what comes behind it, options too, is for the second pass. */
		command->verb = arg;
		command->argc = state->argc - state->next + 1;
		command->argv = state->argv + state->next - 1;
		state->next = state->argc;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "no VERB given");
		return EINVAL;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static char *
help_with_verbs(int key, const char *text, void *input)
{
	char *list = NULL;
	size_t size;
	FILE *out;

	(void)input;
	if (key != ARGP_KEY_HELP_POST_DOC)
		return (char *)(uintptr_t)text; /* argp keeps it if it is the same pointer */
	out = open_memstream(&list, &size);
	if (!out)
		return NULL;
	fputs("Verbs:\n", out);
	for (size_t i = 0; i < NUM_VERBS; i++)
		fprintf(out, "  %-10s %s\n", verbs[i]->name, verbs[i]->summary);
	fputs("\nDEVICE is the path of a VFIO device node, or its name below /dev\n"
	      "or below the folder of vfiod's files, or a PCI address (0000:00:02.0) whose\n"
	      "driver is vfio-pci.\n"
	      "`vfioctl VERB --help' tells more about a verb; so does vfioctl(1).",
	      out);
	fclose(out);
	return list;
}

/* A verb's options are the verb's; the arguments are the same for all: DEVICE and so many more. */
static error_t
parse_verb(int key, char *arg, struct argp_state *state)
{
	struct verb_input *input = state->input;
	const struct verb *verb = input->verb;
	struct call *call = input->call;
	error_t error;

	switch (key) {
	case ARGP_KEY_NO_ARGS:
		if (!verb->of_daemon)
			argp_error(state, "no DEVICE given");
		else if (verb->min_arguments)
			argp_error(state, "too few arguments");
		return 0;
	case ARGP_KEY_ARG:
		return ARGP_ERR_UNKNOWN; /* rather all at once, below */
	case ARGP_KEY_ARGS:
		call->argc = state->argc - state->next;
		call->argv = state->argv + state->next;
		if (!verb->of_daemon) {
			call->device = *call->argv++;
			call->argc--;
		}
		if (call->argc < verb->min_arguments)
			argp_error(state, "too few arguments");
		else if (call->argc > verb->max_arguments)
			argp_error(state, "too many arguments");
		return 0;
	default:
		if (!verb->parse_option)
			return ARGP_ERR_UNKNOWN;
		state->input = call->options;
		error = verb->parse_option(key, arg, state);
		state->input = input;
		return error;
	}
}

static char *
join(const char *a, const char *b, const char *c)
{
	char *text;

	if (asprintf(&text, "%s%s%s", a, b, c) < 0)
		err(EX_OSERR, "asprintf");
	return text;
}

/* A bare name: a device node, or a file of vfiod's FUSE carrier. */
static char *
node_path(const char *name)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	char *node = join("/dev/", name, ""), *file;

	if (access(node, F_OK) == 0)
		return node;
	if (geteuid() != 0 && runtime && *runtime)
		file = join(runtime, "/vfiod/", name);
	else
		file = join("/run/vfiod/", name, "");
	if (access(file, F_OK) < 0) {
		free(file);
		return node;
	}
	free(node);
	return file;
}

static char *
usage_of(const struct verb *verb)
{
	const char *arguments = verb->arguments ? verb->arguments : "";

	if (verb->of_daemon)
		return join(arguments, "", "");
	return join("DEVICE", *arguments ? " " : "", arguments);
}

static int
run_verb(const struct verb *verb, const struct command *command)
{
	struct call call = {.iommufd = command->iommufd, .control = command->control};
	struct verb_input input = {.verb = verb, .call = &call};
	char *doc = join(verb->summary, "\v", verb->details);
	char *usage = usage_of(verb);
	char *name = join("vfioctl ", verb->name, "");
	struct argp argp = {
		.options = verb->options,
		.parser = parse_verb,
		.args_doc = usage,
		.doc = doc,
	};
	char *path = NULL;
	int status;

	if (verb->options_size > 0) {
		call.options = allocate(verb->options_size);
		memset(call.options, 0, verb->options_size);
	}
	command->argv[0] = name; /* what argp calls us in usage and messages */
	argp_parse(&argp, command->argc, command->argv, 0, NULL, &input);

	if (call.device && !strchr(call.device, '/') && !group_is_address(call.device)) {
		path = node_path(call.device);
		call.device = path;
	}
	status = verb->run(&call);

	free(path);
	free(call.options);
	free(name);
	free(usage);
	free(doc);
	return status;
}

/* Output that did not reach the disk or the pipe is a failure, whatever the device said. */
static int
finish_output(int status)
{
	bool failed = ferror(stdout) != 0;

	if (fclose(stdout) != 0 || failed) {
		warn("standard output");
		return status ? status : EX_IOERR;
	}
	return status;
}

int
main(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{.name = "iommufd",
		 .key = 'i',
		 .arg = "PATH",
		 .doc = "Bind a device that needs it to this node (default /dev/iommu)"},
		{.name = "control",
		 .key = 'c',
		 .arg = "PATH",
		 .doc = "vfiod's control socket, for types, create, list, remove, regs and monitor"},
		{0},
	};
	static const struct argp argp = {
		.options = options,
		.parser = parse_command,
		.args_doc = "VERB [DEVICE] [ARGUMENT...]",
		.doc = "Looks at a VFIO device node and works on it; makes and ends devices of vfiod.\v",
		.help_filter = help_with_verbs,
	};
	struct command command = {.iommufd = "/dev/iommu"};
	const struct verb *verb;

	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &command);
	verb = find_verb(command.verb);
	if (!verb) {
		warnx("unknown verb: %s (see vfioctl --help)", command.verb);
		return EX_USAGE;
	}
	return finish_output(run_verb(verb, &command));
}

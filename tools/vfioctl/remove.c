// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vfioctl remove: has vfiod end a device.
 */
#include "config.h"

#include "control.h"
#include "vfioctl.h"

struct remove_options {
	bool force;
};

static error_t
parse_option(int key, char *arg, struct argp_state *state)
{
	struct remove_options *options = state->input;

	(void)arg;
	if (key != 'f')
		return ARGP_ERR_UNKNOWN;
	options->force = true;
	return 0;
}

static int
run(const struct call *call)
{
	const struct remove_options *options = call->options;
	json_t *answer;
	int status = control_ask(call->control,
				 json_pack("{s:s, s:s, s:b}", "command", "remove", "uuid",
					   call->argv[0], "force", options->force),
				 &answer);

	json_decref(answer);
	return status;
}

static const struct argp_option options[] = {
	{.name = "force", .key = 'f', .doc = "Also while a client has it open"},
	{0},
};

const struct verb remove_verb = {
	.name = "remove",
	.arguments = "UUID|NAME",
	.summary = "end a device of vfiod",
	.details = "A device that a client has open stays, unless --force says otherwise.",
	.of_daemon = true,
	.min_arguments = 1,
	.max_arguments = 1,
	.options = options,
	.parse_option = parse_option,
	.options_size = sizeof(struct remove_options),
	.run = run,
};

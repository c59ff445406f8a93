// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vfioctl list: the devices that vfiod serves.
 */
#include "config.h"

#include "control.h"
#include "vfioctl.h"

static int
run(const struct call *call)
{
	const struct control_json *options = call->options;
	json_t *answer, *device;
	int status = control_ask(call->control, json_pack("{s:s}", "command", "list"), &answer);
	size_t i;

	if (status)
		return status;
	if (options->json) {
		control_print_json(json_object_get(answer, "devices"));
	} else {
		printf("%-36s  %-16s %-12s %-6s %s\n", "UUID", "Type", "Address", "State", "Path");
		json_array_foreach(json_object_get(answer, "devices"), i, device)
		{
			const char *uuid = control_text(device, "uuid");
			const char *type = control_text(device, "type");

			printf("%-36s  %-16s %-12s %-6s %s\n", *uuid ? uuid : "-",
			       *type ? type : control_text(device, "model"),
			       control_text(device, "address"), control_text(device, "state"),
			       control_text(device, "path"));
		}
	}
	json_decref(answer);
	return EX_OK;
}

static const struct argp_option options[] = {
	{.name = "json", .key = 'j', .doc = "Print the answer as JSON"},
	{0},
};

const struct verb list_verb = {
	.name = "list",
	.summary = "list the devices that vfiod serves",
	.details = "A device without a type has the name of its model in its place.",
	.of_daemon = true,
	.options = options,
	.parse_option = control_parse_option,
	.options_size = sizeof(struct control_json),
	.run = run,
};

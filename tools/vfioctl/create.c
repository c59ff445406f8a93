// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vfioctl create: has vfiod make a device of a type.
 */
#include "config.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "control.h"
#include "vfioctl.h"

#define MAX_KEYS 32

/* KEY=VALUE arguments into an object; NULL after a message. */
static json_t *
keys_of(char *const argv[], int argc)
{
	json_t *keys = json_object();

	for (int i = 0; i < argc; i++) {
		char *equals = strchr(argv[i], '=');

		if (!equals) {
			warnx("%s: not KEY=VALUE", argv[i]);
			json_decref(keys);
			return NULL;
		}
		*equals = '\0';
		json_object_set_new(keys, argv[i], json_string(equals + 1));
	}
	return keys;
}

static int
run(const struct call *call)
{
	const struct control_json *options = call->options;
	bool has_uuid = call->argc > 1 && !strchr(call->argv[1], '=');
	json_t *request, *answer, *device, *keys;
	int first = has_uuid ? 2 : 1, status;

	keys = keys_of(call->argv + first, call->argc - first);
	if (!keys)
		return EX_USAGE;
	request = json_pack("{s:s, s:s, s:o}", "command", "create", "type", call->argv[0],
			    "options", keys);
	if (has_uuid)
		json_object_set_new(request, "uuid", json_string(call->argv[1]));
	status = control_ask(call->control, request, &answer);
	if (status)
		return status;
	device = json_object_get(answer, "device");
	if (options->json)
		control_print_json(device);
	else
		printf("%s\n", control_text(device, "path"));
	json_decref(answer);
	return EX_OK;
}

static const struct argp_option options[] = {
	{.name = "json", .key = 'j', .doc = "Print the new device as JSON"},
	{0},
};

const struct verb create_verb = {
	.name = "create",
	.arguments = "TYPE [UUID] [KEY=VALUE...]",
	.summary = "make a device of a type, and print its path",
	.details = "Without UUID it gets a random one. Keys are those of --device in vfiod(8).",
	.of_daemon = true,
	.min_arguments = 1,
	.max_arguments = 2 + MAX_KEYS,
	.options = options,
	.parse_option = control_parse_option,
	.options_size = sizeof(struct control_json),
	.run = run,
};

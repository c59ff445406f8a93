// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vfioctl types: what types of devices vfiod can make, and how many more of each.
 */
#include "config.h"

#include "control.h"
#include "vfioctl.h"

static void
print_description(const char *text)
{
	fputs("        ", stdout);
	for (; *text; text++)
		fputs(*text == '\n' ? ", " : (char[]){*text, '\0'}, stdout);
	putchar('\n');
}

static int
run(const struct call *call)
{
	const struct control_json *options = call->options;
	json_t *answer, *type;
	int status = control_ask(call->control, json_pack("{s:s}", "command", "types"), &answer);
	size_t i;

	if (status)
		return status;
	if (options->json) {
		control_print_json(json_object_get(answer, "types"));
	} else {
		printf("%-20s %9s  %s\n", "Type", "Available", "Name");
		json_array_foreach(json_object_get(answer, "types"), i, type)
		{
			printf("%-20s %9lld  %s\n", control_text(type, "type"),
			       (long long)json_integer_value(
				       json_object_get(type, "available_instances")),
			       control_text(type, "name"));
			print_description(control_text(type, "description"));
		}
	}
	json_decref(answer);
	return EX_OK;
}

static const struct argp_option options[] = {
	{.name = "json", .key = 'j', .doc = "Print the answer as JSON"},
	{0},
};

const struct verb types_verb = {
	.name = "types",
	.summary = "list the types of devices that vfiod can make",
	.details =
		"Available is how many of a type could be made now; all types share one host GPU.",
	.of_daemon = true,
	.options = options,
	.parse_option = control_parse_option,
	.options_size = sizeof(struct control_json),
	.run = run,
};

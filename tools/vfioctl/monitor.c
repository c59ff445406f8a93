// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vfioctl monitor: what is plugged into a device of vfiod, and plugging it in and out.
 */
#include "config.h"

#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control.h"
#include "edid.h"
#include "vfioctl.h"

struct monitor_options {
	bool json;
	const char *edid; /**< file, or NULL */
};

/* The file's bytes; whether they are an EDID is for vfiod to judge. */
static int
read_edid(const char *name, char **hex)
{
	bool is_input = strcmp(name, "-") == 0;
	int fd = is_input ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC), status;
	uint8_t *bytes;
	size_t size;

	if (fd < 0) {
		warn("%s", name);
		return EX_NOINPUT;
	}
	bytes = allocate(EDID_MAX + 1);
	status = read_file(fd, is_input ? "standard input" : name, bytes, EDID_MAX + 1, &size);
	if (!status && size > EDID_MAX) {
		warnx("%s: too long for an EDID", name);
		status = EX_DATAERR;
	}
	if (!status)
		*hex = hex_encode(bytes, size);
	free(bytes);
	if (!is_input)
		close(fd);
	return status;
}

static void
print_monitor(const json_t *answer, const uint8_t *edid, size_t size)
{
	struct edid_summary summary;

	printf("Connector:  %s\n", control_text(answer, "connector"));
	printf("Monitor:    %s\n",
	       json_is_true(json_object_get(answer, "plugged")) ? "plugged in" : "unplugged");
	if (size < 128) {
		printf("EDID:       not valid, %zu bytes\n", size);
		return;
	}
	edid_summarize(edid, size, &summary);
	printf("Name:       %s\n", *summary.name ? summary.name : "(none)");
	printf("Product:    %s %04x\n", summary.manufacturer, summary.product);
	if (summary.width)
		printf("Preferred:  %ux%u at %u.%02u Hz\n", summary.width, summary.height,
		       (summary.millihertz + 5) / 1000, (summary.millihertz + 5) % 1000 / 10);
	if (summary.width_cm && summary.height_cm)
		printf("Size:       %u x %u cm\n", summary.width_cm, summary.height_cm);
	printf("EDID:       %zu bytes\n", size);
}

static int
print(const struct monitor_options *options, const json_t *answer)
{
	uint8_t *edid;
	size_t size;

	if (options->json) {
		json_t *object = json_pack("{s:O, s:O, s:O}", "connector",
					   json_object_get(answer, "connector"), "plugged",
					   json_object_get(answer, "plugged"), "edid",
					   json_object_get(answer, "edid"));

		control_print_json(object);
		json_decref(object);
		return EX_OK;
	}
	edid = hex_decode(control_text(answer, "edid"), &size);
	print_monitor(answer, edid, size);
	free(edid);
	return EX_OK;
}

static int
make_request(const struct call *call, json_t **request)
{
	const struct monitor_options *options = call->options;
	const char *what = call->argc > 1 ? call->argv[1] : "";
	bool plug = strcmp(what, "plug") == 0;
	char *hex = NULL;
	int status;

	if (*what && !plug && strcmp(what, "unplug") != 0) {
		warnx("monitor: neither plug nor unplug: %s", what);
		return EX_USAGE;
	}
	if (options->edid && !plug) {
		warnx("monitor: --edid goes with plug");
		return EX_USAGE;
	}
	if (options->edid) {
		status = read_edid(options->edid, &hex);
		if (status)
			return status;
	}
	*request = json_pack("{s:s, s:s}", "command", "monitor", "device", call->argv[0]);
	if (*what)
		json_object_set_new(*request, "plugged", json_boolean(plug));
	if (hex)
		json_object_set_new(*request, "edid", json_string(hex));
	free(hex);
	return EX_OK;
}

static int
run(const struct call *call)
{
	json_t *request, *answer;
	int status = make_request(call, &request);

	if (!status)
		status = control_ask(call->control, request, &answer);
	if (status)
		return status;
	if (call->argc == 1)
		status = print(call->options, answer);
	json_decref(answer);
	return status;
}

static error_t
parse_option(int key, char *arg, struct argp_state *state)
{
	struct monitor_options *options = state->input;

	switch (key) {
	case 'j':
		options->json = true;
		return 0;
	case 'e':
		options->edid = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option option_list[] = {
	{.name = "edid",
	 .key = 'e',
	 .arg = "FILE",
	 .doc = "With plug: a monitor with the EDID in FILE, - for standard input"},
	{.name = "json", .key = 'j', .doc = "Print JSON"},
	{0},
};

const struct verb monitor_verb = {
	.name = "monitor",
	.arguments = "NODE [plug|unplug]",
	.summary = "show the monitor of vfiod's device, plug it in or out",
	.details = "A monitor that is plugged in while there is one takes its place. Without --edid "
		   "it is the one that was there last.",
	.of_daemon = true,
	.min_arguments = 1,
	.max_arguments = 2,
	.options = option_list,
	.parse_option = parse_option,
	.options_size = sizeof(struct monitor_options),
	.run = run,
};

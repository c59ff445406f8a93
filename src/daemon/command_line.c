/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/command_line.h"

#include <errno.h>
#include <string.h>

#include "util/log.h"

enum { OPTION_CARRIER = 0x80 };

static const struct argp_option options[] = {
	{"device", 'd', "MODEL[,name=NAME][,KEY=VALUE...]", 0,
	 "a device of this model; may be repeated", 0},
	{"config", 'c', "FILE", 0, "settings and more devices, from a file as of vfiod.conf(5)", 0},
	{"carrier", OPTION_CARRIER, "cuse|fuse|auto", 0,
	 "character devices (root), files, or what the machine can", 0},
	{"log-level", 'l', "LEVEL", 0, "error, warning, notice, info or debug", 0},
	{0},
};

static error_t
parse_option(int key, char *text, struct argp_state *state)
{
	struct command_line *line = state->input;

	switch (key) {
	case 'd':
		line->code = settings_add_device(&line->settings, text, "--device");
		return line->code ? EINVAL : 0;
	case 'c':
		line->config = text;
		return 0;
	case OPTION_CARRIER:
		line->carrier = text;
		if (strcmp(text, "auto") && !carrier_by_name(text))
			argp_error(state, "no carrier '%s'", text);
		return 0;
	case 'l':
		line->log_level = log_level_by_name(text);
		if (line->log_level < 0)
			argp_error(state, "no log level '%s'", text);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp command_line_argp = {.options = options, .parser = parse_option};

int
command_line_read_config(struct command_line *line, const char *config)
{
	int code = 0;

	if (config)
		code = settings_read_file(&line->settings, config);
	if (line->log_level < 0)
		line->log_level = line->settings.log_level;
	if (line->log_level >= 0)
		log_set_level(line->log_level);
	return code;
}

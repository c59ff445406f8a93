/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options that vfiod and vfiod run share. */
#ifndef DAEMON_COMMAND_LINE_H
#define DAEMON_COMMAND_LINE_H

#include <argp.h>

#include "carrier/carrier.h"
#include "daemon/settings.h"

struct command_line {
	struct settings settings;
	const char *config;  /**< file that was named, or NULL */
	const char *carrier; /**< as carrier_by_name() takes it */
	int log_level;       /**< -1: none named */
	int code;            /**< sysexits code of an option that was refused, or 0 */
};

/**
 * For `struct argp_child`; the input is a struct command_line, whose settings are initialised. It takes
 * --device, --config, --carrier and --log-level.
 */
extern const struct argp command_line_argp;

/**
 * Reads @a config, if it isn't NULL, into the settings behind the options' devices, and sets the log
 * level: the option's, else the file's, else it stays. Returns 0 or a sysexits code after logging.
 */
int command_line_read_config(struct command_line *line, const char *config);

#endif

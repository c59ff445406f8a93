/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a client of the control socket can ask for: one JSON object in, one out; see vfiod-control(7). */
#ifndef CONTROL_COMMANDS_H
#define CONTROL_COMMANDS_H

#include <jansson.h>
#include <stdbool.h>

#include "daemon/serve.h"

/**
 * Runs the command in @a request, which may be any JSON value. Returns the answer, a new reference, or
 * NULL when out of memory. Sets *@a changed if there are other devices than before.
 */
json_t *command_run(struct serving *serving, const json_t *request, bool *changed);

/** The answer to what is no request: a negative errno and why. */
json_t *command_refuse(int error, const char *why);

#endif

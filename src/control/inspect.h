/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands that look into one device: registers, peek, monitor. As the rows of commands.c's table. */
#ifndef CONTROL_INSPECT_H
#define CONTROL_INSPECT_H

#include <jansson.h>
#include <stdbool.h>

#include "daemon/serve.h"

/** Most bytes that one peek gets. */
#define INSPECT_PEEK_MAX (2u << 20)

json_t *inspect_registers(struct serving *serving, const json_t *request, bool *changed);
json_t *inspect_peek(struct serving *serving, const json_t *request, bool *changed);
json_t *inspect_monitor(struct serving *serving, const json_t *request, bool *changed);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the verbs share that talk to vfiod instead of to a device. */
#ifndef VFIOCTL_CONTROL_H
#define VFIOCTL_CONTROL_H

#include <argp.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Verbs with no option but --json (key 'j') have this, read by control_parse_option(). */
struct control_json {
	bool json;
};

error_t control_parse_option(int key, char *arg, struct argp_state *state);

/**
 * Sends @a request, which it releases, to the socket at @a path, NULL for the default one. Returns
 * EX_OK with *@a answer, to be released, or an exit status after a message.
 */
int control_ask(const char *path, json_t *request, json_t **answer);

/** A string of an object, "" if it isn't there. */
const char *control_text(const json_t *object, const char *key);

int control_print_json(const json_t *value);

/* hex.c: bytes as the socket has them. Both return memory to be freed. */
char *hex_encode(const uint8_t *bytes, size_t length);
/** Ends at what is no pair of hex digits. */
uint8_t *hex_decode(const char *text, size_t *length);

#endif

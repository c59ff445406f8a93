/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A device's options: the key=value pairs behind --device MODEL or below [device NAME] in the config
 * file. A model lists the keys it knows; any other key is refused before create() is called.
 */
#ifndef VFIOD_OPTIONS_H
#define VFIOD_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

/** Most options one device can be given. */
#define VFIOD_MAX_OPTIONS 32u

/** A key that a model knows. */
struct vfiod_option {
	const char *key;
	const char *value; /**< what to write after '=', for --help: "SIZE", "FILE" */
	const char *help;  /**< one line */
};

struct vfiod_setting {
	char *key;
	char *value;
};

struct vfiod_options {
	struct vfiod_setting setting[VFIOD_MAX_OPTIONS];
	unsigned count;
};

/** The value of @a key, the last one if it was given twice, or NULL. */
const char *vfiod_option(const struct vfiod_options *options, const char *key);

/**
 * Reads @a text as a byte count: decimal or 0x hex, with an optional K, M, G or T (powers of 1024).
 * Returns 0, or -EINVAL when it is not one, -ERANGE when it doesn't fit 64 bits.
 */
int vfiod_parse_size(const char *text, uint64_t *size);

#endif

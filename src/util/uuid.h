/* SPDX-License-Identifier: GPL-2.0-or-later */
/* UUIDs as text, as the kernel takes and prints them. */
#ifndef UTIL_UUID_H
#define UTIL_UUID_H

#include <stdbool.h>

/** Characters of a UUID and its end. */
#define UUID_TEXT 37

/** Reads "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001" in either case into lower case; false if it is none. */
bool uuid_parse(const char *text, char uuid[UUID_TEXT]);

/** A random one. Returns 0 or a negative errno. */
int uuid_random(char uuid[UUID_TEXT]);

#endif

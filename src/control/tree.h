/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A folder with the layout of sysfs's mediated devices, for people and programs that know that. */
#ifndef CONTROL_TREE_H
#define CONTROL_TREE_H

#include "daemon/serve.h"

struct tree;

/** Makes the tree at @a path anew. Returns NULL after a warning if that isn't possible. */
struct tree *tree_open(const char *path, const struct serving *serving);

/** Devices have come or gone. NULL is no tree. */
void tree_update(struct tree *tree);

/** Removes it. */
void tree_close(struct tree *tree);

#endif

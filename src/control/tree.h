/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A folder with the layout of sysfs's mediated devices, for people and programs that know that. A UUID
 * written to a type's file `create` makes a device, and a 1 to a device's `remove` ends it.
 */
#ifndef CONTROL_TREE_H
#define CONTROL_TREE_H

#include <poll.h>

#include "daemon/serve.h"

struct tree;

/** Most descriptors that a tree waits for. */
#define TREE_MAX_POLL 32u

/**
 * Makes the tree at @a path anew; @a permissions decide who may write to its files. Returns NULL after a
 * warning if that isn't possible.
 */
struct tree *tree_open(const char *path, struct serving *serving,
		       const struct carrier_permissions *permissions);

/** Devices have come or gone. NULL is no tree. */
void tree_update(struct tree *tree);

/**
 * Fills @a fds, TREE_MAX_POLL of them, with what to wait for, fd -1 for nothing, and shortens
 * *@a timeout, milliseconds or -1 for ever.
 */
void tree_prepare_poll(const struct tree *tree, struct pollfd *fds, int *timeout);

/** Does one of the things that were written, if poll() has found some. */
void tree_serve(struct tree *tree, const struct pollfd *fds);

/** Removes it. */
void tree_close(struct tree *tree);

#endif

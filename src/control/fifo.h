/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A FIFO that words come in by, for those who say what they want with echo. Unlike a file that is watched,
 * it keeps what several say at once or shortly after each other, holds who says too much up, and takes no
 * space.
 */
#ifndef CONTROL_FIFO_H
#define CONTROL_FIFO_H

#include <stdbool.h>
#include <stddef.h>

#include "carrier/carrier.h"
#include "util/uuid.h"

struct fifo {
	int fd; /**< -1: none */
	size_t used;
	char word[UUID_TEXT];
};

/**
 * Makes one at @a path with these permissions, of which only the bits for writing count. Returns 0 or a
 * negative errno; then there is none, but for -EPERM: it could not be given away.
 */
int fifo_open(struct fifo *fifo, const char *path, const struct carrier_permissions *permissions);

/**
 * Whether there is a word, at `word`; good until the next call. A word ends at white space, where nothing
 * more has been written, and when it is a UUID, whatever somebody has left before or puts behind it. Of
 * longer ones the end is there. Doesn't wait.
 */
bool fifo_read(struct fifo *fifo);

void fifo_close(struct fifo *fifo);

#endif

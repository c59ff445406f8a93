/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control socket: a UNIX stream socket with a line of JSON for each request and each answer, served
 * by the main thread. Its mode decides who may connect. A client that floods or stalls harms itself only:
 * one line of each client a round, no more input while an answer is not taken, bounds on all of it.
 */
#ifndef CONTROL_SOCKET_H
#define CONTROL_SOCKET_H

#include <stdbool.h>

#include "daemon/serve.h"
#include "daemon/settings.h"

/** Longest line of a client, bytes with its newline. */
#define CONTROL_MAX_LINE 65536u
/** Most clients at once. */
#define CONTROL_MAX_CLIENTS 16u
/** A client that has neither a line finished nor an answer taken for so long is dropped. */
#define CONTROL_PATIENCE_S 30

struct control;

/**
 * Listens where the setting says, or at the first free of control, control1, ... in @a folder, which it
 * makes. Returns 0 with *@a control, NULL if the setting says none, or a sysexits code after logging.
 */
int control_open(struct control **control, const struct control_setting *setting,
		 const char *folder, struct serving *serving);

/** Where it listens. */
const char *control_path(const struct control *control);

/** Serves clients until @a fd can be read. */
void control_serve(struct control *control, int fd);

/** Ends all connections and removes the socket. NULL is no control. */
void control_close(struct control *control);

#endif

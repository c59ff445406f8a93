/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A client of the control socket. */
#ifndef KERNEL_CONTROL_CLIENT_H
#define KERNEL_CONTROL_CLIENT_H

/** Connects; fails the test if it can't. */
int control_connect(const char *path);

/**
 * The next line without its end, valid until the next call; "" when the daemon has dropped us. Fails the
 * test when none comes for 20 s.
 */
const char *control_answer(int fd);

/** Connects, sends a line and returns the answer. */
const char *control_ask(const char *path, const char *request);

#endif

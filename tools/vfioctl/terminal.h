/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The terminal as a screen: keys as they are typed, no scrolling back into it, and all as it was when the
 * program ends, however it ends. Escape sequences are xterm's (ctlseqs) and kitty's graphics protocol.
 */
#ifndef VFIOCTL_TERMINAL_H
#define VFIOCTL_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

struct terminal {
	unsigned columns, rows;           /**< at least 1 and 2 */
	unsigned cell_width, cell_height; /**< pixels of a character, a guess if it doesn't tell */
	bool kitty, sixel;                /**< what it says it can draw; false if it wasn't asked */
};

/**
 * Takes standard input and output as a screen. @a ask: what it can, which takes until it answers, a second
 * at most. Returns an exit status after a message: EX_USAGE if they are no terminal.
 */
int terminal_open(struct terminal *terminal, bool ask);

/** Gives it back; nothing if it isn't open. Messages since terminal_open() follow. */
void terminal_close(void);

/** Drops the messages since terminal_open(). */
void terminal_forget_messages(void);

/** Asks for its size once more, if it may have changed. Returns whether it has, or must be drawn anew. */
bool terminal_changed(struct terminal *terminal);

/** Writes all of it, unless a signal ends the program. Returns an exit status after a message. */
int terminal_write(const void *bytes, size_t length);

/** Waits for a key; -1: none in time, or a signal came. EOF is a 'q'. */
int terminal_key(int milliseconds);

/** The signal that is to end the program, or 0. */
int terminal_caught(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command that `vfiod run` runs: started, passed signals, waited for, and cleaned up after. */
#ifndef RUN_COMMAND_H
#define RUN_COMMAND_H

#include <signal.h>
#include <sys/resource.h>
#include <sys/types.h>

/** What this process has changed for itself and the command gets as it was. */
struct command_state {
	sigset_t mask;
	struct sigaction on_child, on_pipe;
	struct rlimit files;
};

/** Exit codes of a shell: found but not executable; not found. */
#define COMMAND_NOT_EXECUTABLE 126
#define COMMAND_NOT_FOUND      127

/**
 * Prepares this process: blocks the signals that command_wait() handles and those in @a others, has
 * orphaned descendants come to us, and notes in @a state how it was. Before there are threads. Returns a
 * signalfd, or a negative errno.
 */
int command_prepare(struct command_state *state, const sigset_t *others);

/**
 * Starts the command, which is killed when this process (the calling thread) dies. Returns its process
 * id or a negative errno. What can't be run prints why and ends with the codes above.
 */
pid_t command_start(char *const argv[], const struct command_state *state);

/**
 * Waits for its end, passing on the signals that are sent to us. @a on_other is called for each of the
 * other signals. Returns its exit code, or 128 + the number of the signal that ended it.
 */
int command_wait(pid_t pid, int signals, void (*on_other)(void *arg, int signal), void *arg);

/** Ends what the command has left running. */
void command_end_leftovers(int signals);

#endif

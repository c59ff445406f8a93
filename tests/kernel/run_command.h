/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `vfiod run` as a user runs it, and programs of ours that it runs. */
#ifndef KERNEL_RUN_COMMAND_H
#define KERNEL_RUN_COMMAND_H

#include <check.h>
#include <stdbool.h>
#include <sys/types.h>

/** Who runs it. With character devices, which need root, ordinary users are left out. */
enum { AS_ROOT, AS_NOBODY, NUM_USERS };
unsigned run_users(void);

/** One run; its command's output and vfiod's messages go to files. */
struct run {
	pid_t pid;
	int out_fd, error_fd;
};

/**
 * Starts `vfiod run --carrier=C ARGS` as that user. @a prepare, unless NULL, runs as root before that.
 * The word INSIDE stands for the test program itself: what follows is the name of a check in inside.c.
 * RUN stands for another `vfiod run --carrier=C`.
 */
void run_start(struct run *run, unsigned user, const char *const args[], void (*prepare)(void));
#define INSIDE "%inside"
#define RUN    "%run"

/** Waits for its end, asserts that no sanitizer spoke; exit code or 128 + signal. */
int run_wait(struct run *run);

/** Both; asserts the exit code. What is printed is to be had from run_output(). */
void run_expect(int code, unsigned user, const char *const args[]);

/** What the last run printed, or has printed so far: the command, and on stderr. */
const char *run_output(const struct run *run);
const char *run_errors(const struct run *run);
extern struct run run_last;

/** Waits until the command has printed this text. */
void run_wait_output(const struct run *run, const char *text);

/** The program's other life: a check by its name, inside a run. Returns its exit code. */
int inside_main(const char *name);
#define INSIDE_OPTION "--inside"

#endif

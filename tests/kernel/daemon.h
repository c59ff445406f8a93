/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The daemon under test: started as a user starts it, its log kept, its end judged. */
#ifndef KERNEL_DAEMON_H
#define KERNEL_DAEMON_H

#include <check.h>
#include <stdbool.h>
#include <sys/types.h>

/** Most seconds that a start or an end may take; emulated machines are slow. */
#define DAEMON_PATIENCE_S 60

struct daemon {
	pid_t pid;
	int log_fd; /**< a memfd with everything that it wrote to stdout and stderr */
};

/** Arguments of the daemon, without its name. */
#define ARGS(...) ((const char *const[]){__VA_ARGS__, NULL})

/**
 * Starts the daemon ($VFIOD, else src/vfiod) and returns at once. @a prepare, unless NULL, runs in
 * the new process before it becomes the daemon.
 */
void daemon_spawn(struct daemon *daemon, const char *const args[], void (*prepare)(void));

/** Waits for its line "ready"; fails the test, with the log, when it doesn't come. */
void daemon_wait_ready(struct daemon *daemon);

/** daemon_spawn() and daemon_wait_ready(). */
void daemon_start(struct daemon *daemon, const char *const args[]);

/** Waits for its end. Returns the exit code, or 128 + signal. */
int daemon_wait(struct daemon *daemon);

/** Starts it, expecting that it ends by itself; keep the log with daemon_log(). */
int daemon_run(struct daemon *daemon, const char *const args[], void (*prepare)(void));

/** Ends it with a signal and asserts exit code 0 and a clean log. */
void daemon_stop(struct daemon *daemon, int signal);

/** What it has written so far; valid until the next call. */
const char *daemon_log(const struct daemon *daemon);

/** How many lines of the log contain @a text. */
unsigned daemon_log_lines(const struct daemon *daemon, const char *text);

/** Asserts that no sanitizer has reported anything. */
void daemon_assert_clean(const struct daemon *daemon);

/** Asserts that it is alive. */
void daemon_assert_alive(const struct daemon *daemon);

/** Open descriptors, and resident memory in KiB. */
unsigned daemon_num_fds(const struct daemon *daemon);
unsigned long daemon_resident_kib(const struct daemon *daemon);

/** Whether VFIOD_CARRIER=fuse: the daemon serves files instead of character devices. */
bool daemon_carrier_is_fuse(void);

/** VFIOD_OFFSETS, else "auto": how daemons are told to recover offsets, unless a test says it. */
const char *daemon_offsets(void);

/** Whether it is to be tested with eBPF: it was built so, and VFIOD_OFFSETS isn't "proc". */
bool daemon_has_bpf(void);

/**
 * From now on starts a copy of the daemon that every user can reach: the build may be below a folder
 * that only root may enter.
 */
void daemon_use_public_copy(void);

/** The path that is started. */
const char *daemon_path(void);

#endif

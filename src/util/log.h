/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines on stderr with syslog levels; below systemd with the <N> prefix that the journal reads. */
#ifndef UTIL_LOG_H
#define UTIL_LOG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <syslog.h>

/** Lines above this level (LOG_ERR .. LOG_DEBUG of <syslog.h>) are dropped. Default LOG_INFO. */
void log_set_level(int level);
bool log_enabled(int level);

/** Level by its name ("error", "warning", "notice", "info", "debug"), or -1. */
int log_level_by_name(const char *name);

void log_line(int level, const char *format, ...) __attribute__((format(printf, 2, 3)));
/**
 * From now on the calling thread's lines of level LOG_ERR are kept in @a text too, the last one without
 * its prefix; NULL ends that. For those who have to tell somebody else what went wrong.
 */
void log_keep_error(char *text, size_t size);

void log_vline(int level, const char *format, va_list args) __attribute__((format(printf, 2, 0)));

/**
 * A bucket of lines, so that no client can fill the log: LOG_BURST lines, then one more every
 * LOG_INTERVAL_MS. Zero-initialised is full. Dropped lines are counted and told with the next.
 */
#define LOG_BURST       10
#define LOG_INTERVAL_MS 1000

struct log_limit {
	uint64_t used_ms; /**< start of the time already spent, on the monotonic clock */
	unsigned dropped;
};

/** Says whether a line may go out now; *@a dropped is set to the number of lines lost before it. */
bool log_limit_pass(struct log_limit *limit, uint64_t now_ms, unsigned *dropped);

#endif

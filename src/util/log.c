/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "util/log.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

static atomic_int threshold = LOG_INFO;

static const char *const level_names[] = {
	[LOG_ERR] = "error", [LOG_WARNING] = "warning", [LOG_NOTICE] = "notice",
	[LOG_INFO] = "info", [LOG_DEBUG] = "debug",
};

void
log_set_level(int level)
{
	atomic_store(&threshold, level);
}

bool
log_enabled(int level)
{
	return level <= atomic_load_explicit(&threshold, memory_order_relaxed);
}

int
log_level_by_name(const char *name)
{
	for (int level = LOG_ERR; level <= LOG_DEBUG; level++)
		if (!strcasecmp(name, level_names[level]))
			return level;
	return -1;
}

static _Thread_local struct {
	char *text;
	size_t size;
} kept;

void
log_keep_error(char *text, size_t size)
{
	kept.text = text;
	kept.size = size;
	if (text)
		*text = '\0';
}

static void
keep_error(const char *format, va_list args)
{
	va_list copy;

	va_copy(copy, args);
	vsnprintf(kept.text, kept.size, format, copy);
	va_end(copy);
}

void
log_vline(int level, const char *format, va_list args)
{
	char line[1024];
	int used;

	if (level == LOG_ERR && kept.text)
		keep_error(format, args);
	if (!log_enabled(level))
		return;
	/* systemd sets JOURNAL_STREAM when stderr goes to the journal (systemd.exec(5)). */
	if (getenv("JOURNAL_STREAM"))
		used = snprintf(line, sizeof(line), "<%d>", level);
	else if (level <= LOG_WARNING || level == LOG_DEBUG)
		used = snprintf(line, sizeof(line), "vfiod: %s: ", level_names[level]);
	else
		used = snprintf(line, sizeof(line), "vfiod: ");
	used += vsnprintf(line + used, sizeof(line) - (size_t)used - 1, format, args);
	if (used > (int)sizeof(line) - 2)
		used = (int)sizeof(line) - 2;
	line[used++] = '\n';
	/* One write a line, so that lines of several threads don't mix. */
	if (write(STDERR_FILENO, line, (size_t)used) < 0)
		return;
}

void
log_line(int level, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_vline(level, format, args);
	va_end(args);
}

bool
log_limit_pass(struct log_limit *limit, uint64_t now_ms, unsigned *dropped)
{
	const uint64_t window = (uint64_t)LOG_BURST * LOG_INTERVAL_MS;

	/* Shifted, so that a bucket of zeros is full even right after boot. */
	now_ms += window;
	if (limit->used_ms < now_ms - window)
		limit->used_ms = now_ms - window;
	if (limit->used_ms + LOG_INTERVAL_MS > now_ms) {
		limit->dropped++;
		return false;
	}
	limit->used_ms += LOG_INTERVAL_MS;
	*dropped = limit->dropped;
	limit->dropped = 0;
	return true;
}

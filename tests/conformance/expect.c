/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "outcome.h"
#include "run.h"

static _Noreturn void
report(const struct run *run, enum outcome_kind kind, const char *words)
{
	struct outcome outcome = {.kind = kind};

	snprintf(outcome.words, sizeof(outcome.words), "%s", words);
	if (write(run->report, &outcome, sizeof(outcome)) != (ssize_t)sizeof(outcome))
		_exit(EXIT_FAILURE);
	_exit(EXIT_SUCCESS);
}

#define REPORT_FORMATTED(run, kind, format)                                                        \
	do {                                                                                       \
		char text[OUTCOME_WORDS];                                                          \
		va_list list;                                                                      \
                                                                                                   \
		va_start(list, format);                                                            \
		vsnprintf(text, sizeof(text), format, list);                                       \
		va_end(list);                                                                      \
		report(run, kind, text);                                                           \
	} while (0)

void
fail(struct run *run, const char *format, ...)
{
	REPORT_FORMATTED(run, OUTCOME_FAIL, format);
}

void
skip(struct run *run, const char *format, ...)
{
	REPORT_FORMATTED(run, OUTCOME_SKIP, format);
}

static const char *
result_words(long result, char text[32])
{
	const char *name = result < 0 ? strerrorname_np((int)-result) : NULL;

	if (name)
		snprintf(text, 32, "%s", name);
	else
		snprintf(text, 32, "%ld", result);
	return text;
}

void
expect(struct run *run, const char *what, long expected, long got)
{
	char wanted[32], had[32];

	if (expected != got)
		fail(run, "%s: expected %s, got %s", what, result_words(expected, wanted),
		     result_words(got, had));
}

void
expect_value(struct run *run, const char *what, uint64_t expected, uint64_t got)
{
	if (expected != got)
		fail(run, "%s: expected %#llx, got %#llx", what, (unsigned long long)expected,
		     (unsigned long long)got);
}

void
expect_that(struct run *run, bool so, const char *what)
{
	if (!so)
		fail(run, "not so: %s", what);
}

void
pass(struct run *run)
{
	report(run, OUTCOME_OK, "");
}

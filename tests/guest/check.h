/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the program in the guest says what it found: one line a check, in the manner of TAP. */
#ifndef TESTS_GUEST_CHECK_H
#define TESTS_GUEST_CHECK_H

#include <stdbool.h>

/** Prints "ok - ..." or "not ok - ..." and returns @a good. */
bool check(bool good, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Like check(), and prints both values when they differ. */
bool check_equal(unsigned long long got, unsigned long long expected, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** Something without which nothing can be checked: "not ok - ...", the sums, and the end. */
void give_up(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/** Prints the sums since the last time. Returns the exit status. */
int check_sums(void);

#endif

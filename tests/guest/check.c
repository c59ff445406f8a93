/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static unsigned passed, failed;

static bool
say(bool good, const char *format, va_list args)
{
	*(good ? &passed : &failed) += 1;
	printf("%sok - ", good ? "" : "not ");
	vprintf(format, args);
	return good;
}

bool
check(bool good, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(good, format, args);
	va_end(args);
	putchar('\n');
	return good;
}

bool
check_equal(unsigned long long got, unsigned long long expected, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (!say(got == expected, format, args))
		printf(": 0x%llx instead of 0x%llx", got, expected);
	va_end(args);
	putchar('\n');
	return got == expected;
}

void
give_up(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(false, format, args);
	va_end(args);
	printf(": %m\n");
	exit(check_sums());
}

int
check_sums(void)
{
	int status = failed || !passed;

	printf("guest: %u passed, %u failed\n", passed, failed);
	passed = failed = 0;
	return status;
}

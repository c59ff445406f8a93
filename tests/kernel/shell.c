/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "shell.h"

#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

const char *
shell_vfioctl(void)
{
	const char *path = getenv("VFIOCTL");

	return path ? path : "tools/vfioctl/vfioctl";
}

const char *
shell_output_of(int code, const char *format, ...)
{
	static char text[1 << 20];
	char command[1024], *all;
	size_t length;
	va_list args;
	FILE *pipe;
	int status;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	ck_assert_int_gt(asprintf(&all, "{ %s; } 2>&1", command), 0);
	pipe = popen(all, "re");
	free(all);
	ck_assert_ptr_nonnull(pipe);
	length = fread(text, 1, sizeof(text) - 1, pipe);
	text[length] = '\0';
	status = pclose(pipe);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == code,
		      "'%s' ended with status 0x%x instead of %d:\n%s", command, status, code, text);
	return text;
}

void
shell_assert_has(const char *text, const char *part)
{
	ck_assert_msg(strstr(text, part) != NULL, "no '%s' in:\n%s", part, text);
}

void
shell_assert_lacks(const char *text, const char *part)
{
	ck_assert_msg(strstr(text, part) == NULL, "'%s' in:\n%s", part, text);
}

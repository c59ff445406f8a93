/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs as people run them, by a shell. */
#ifndef KERNEL_SHELL_H
#define KERNEL_SHELL_H

/** What a command prints, on stderr too; fails the test unless it ends with @a code. Valid until the next call. */
const char *shell_output_of(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Path of vfioctl: $VFIOCTL, else where the build has it. */
const char *shell_vfioctl(void);

/** Asserts that @a text has @a part in it, or hasn't. */
void shell_assert_has(const char *text, const char *part);
void shell_assert_lacks(const char *text, const char *part);

#endif

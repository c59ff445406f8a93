/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private copies of folders: a tmpfs mounted over one, in which what was there is bound again, and in
 * which new entries can be made that the folder itself (sysfs, a shared devtmpfs) doesn't allow.
 */
#ifndef RUN_COVER_H
#define RUN_COVER_H

/**
 * Covers an existing folder. What was in it stays visible but for names that match one of the
 * patterns in @a except (fnmatch(3); ended by NULL). Returns 0 or a negative errno.
 */
int cover(const char *path, const char *const except[]);

/**
 * Makes @a path a folder of ours to make entries in, covering as little as possible: itself as by
 * cover(), or, where it doesn't exist, what exists of the path to it. Returns 0 or a negative errno;
 * -EROFS if that is the root directory, which can't be covered.
 */
int cover_folder(const char *path, const char *const except[]);

/** Makes all covers at or below @a path read-only. Returns 0 or a negative errno. */
int cover_seal(const char *path);

/** Shows the file (or device node) @a source at @a target, a new name in a cover. As above. */
int cover_bind_file(const char *source, const char *target);

#endif

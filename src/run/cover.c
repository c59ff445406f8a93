/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/cover.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/log.h"

/* Some folders each of /dev and /sys. */
#define MAX_COVERS  16

#define COVER_FLAGS (MS_NOSUID | MS_NOEXEC)

static struct {
	char path[64];
	dev_t device;
} covers[MAX_COVERS];
static unsigned num_covers;

/* Binds an entry of the covered folder again, whatever is mounted on it or below. */
static int
bind_entry(int from, const char *name, bool folder, int to)
{
	int tree, error = 0, made;

	made = folder ? mkdirat(to, name, 0755) : mknodat(to, name, S_IFREG | 0600, 0);
	if (made < 0)
		return -errno;
	tree = open_tree(from, name,
			 OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (unsigned)AT_RECURSIVE |
				 AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT);
	if (tree < 0)
		return -errno;
	if (move_mount(tree, "", to, name, MOVE_MOUNT_F_EMPTY_PATH) < 0)
		error = -errno;
	close(tree);
	return error;
}

static int
copy_link(int from, const char *name, int to)
{
	char target[PATH_MAX];
	ssize_t length = readlinkat(from, name, target, sizeof(target) - 1);

	if (length < 0)
		return -errno;
	target[length] = '\0';
	return symlinkat(target, to, name) < 0 ? -errno : 0;
}

/* The directory tells the kind where it can: a look at the entry could wait for its server. */
static int
keep_entry(int from, const struct dirent *entry, int to)
{
	unsigned char type = entry->d_type;
	struct stat st;

	if (type == DT_UNKNOWN) {
		if (fstatat(from, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			return -errno;
		type = S_ISLNK(st.st_mode) ? DT_LNK : S_ISDIR(st.st_mode) ? DT_DIR : DT_REG;
	}
	return type == DT_LNK ? copy_link(from, entry->d_name, to)
			      : bind_entry(from, entry->d_name, type == DT_DIR, to);
}

static bool
matches(const char *name, const char *const pattern[])
{
	for (; *pattern; pattern++)
		if (fnmatch(*pattern, name, 0) == 0)
			return true;
	return false;
}

static int
keep_entries(const char *path, int from, int to, const char *const except[])
{
	int copy = dup(from);
	DIR *folder = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *entry;

	if (!folder)
		return -errno;
	while ((entry = readdir(folder))) {
		int error;

		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..") ||
		    matches(entry->d_name, except))
			continue;
		error = keep_entry(from, entry, to);
		/* What vanishes meanwhile, or refuses to be bound, is no reason to give up. */
		if (error)
			log_line(LOG_INFO, "%s/%s will be missing: %s", path, entry->d_name,
				 strerror(-error));
	}
	closedir(folder);
	return 0;
}

/* Mounts the tmpfs and remembers it. Returns a descriptor of its root or a negative errno. */
static int
mount_over(const char *path, mode_t mode)
{
	char options[32];
	struct stat st;
	int to;

	if (num_covers == MAX_COVERS || strlen(path) >= sizeof(covers[0].path))
		return -ENOSPC;
	snprintf(options, sizeof(options), "mode=%03o", mode);
	if (mount("vfiod", path, "tmpfs", COVER_FLAGS, options) < 0)
		return -errno;
	to = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (to < 0 || fstat(to, &st) < 0) {
		int error = -errno;

		if (to >= 0)
			close(to);
		return error;
	}
	strcpy(covers[num_covers].path, path);
	covers[num_covers++].device = st.st_dev;
	return to;
}

int
cover(const char *path, const char *const except[])
{
	/* Keeps the folder in reach while it is covered. */
	int from = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), to, error;
	struct stat st;

	if (from < 0)
		return -errno;
	if (fstat(from, &st) < 0) {
		error = -errno;
		close(from);
		return error;
	}
	/* We make entries in it even where that one's owner couldn't: /sys is r-xr-xr-x. */
	to = mount_over(path, (st.st_mode & 0777) | 0200);
	if (to < 0) {
		close(from);
		return to;
	}
	error = keep_entries(path, from, to, except);
	close(to);
	close(from);
	return error;
}

static bool
is_ours(const struct stat *st)
{
	for (unsigned i = 0; i < num_covers; i++)
		if (covers[i].device == st->st_dev)
			return true;
	return false;
}

int
cover_folder(const char *path, const char *const except[])
{
	char part[PATH_MAX];
	struct stat st;
	char *slash;
	int error;

	snprintf(part, sizeof(part), "%s", path);
	while (stat(part, &st) < 0) {
		if (errno != ENOENT)
			return -errno;
		slash = strrchr(part, '/');
		if (slash == part)
			return -EROFS;
		*slash = '\0';
	}
	if (!is_ours(&st)) {
		error = cover(part, except);
		if (error)
			return error;
	}
	for (size_t end = strlen(part); path[end]; end = strlen(part)) {
		const char *next = strchr(path + end + 1, '/');

		snprintf(part, sizeof(part), "%.*s", (int)(next ? next - path : PATH_MAX), path);
		if (mkdir(part, 0755) < 0)
			return -errno;
	}
	return 0;
}

int
cover_seal(const char *path)
{
	size_t length = strlen(path);

	for (unsigned i = 0; i < num_covers; i++) {
		if (strncmp(covers[i].path, path, length) ||
		    (covers[i].path[length] && covers[i].path[length] != '/'))
			continue;
		if (mount(NULL, covers[i].path, NULL,
			  MS_REMOUNT | MS_BIND | MS_RDONLY | COVER_FLAGS, NULL) < 0)
			return -errno;
	}
	return 0;
}

int
cover_bind_file(const char *source, const char *target)
{
	if (mknod(target, S_IFREG | 0600, 0) < 0 || mount(source, target, NULL, MS_BIND, NULL) < 0)
		return -errno;
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "control/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "models/types.h"
#include "util/log.h"

/* Nodes below /dev that have the names of the kernel's. */
#define KERNEL_NODES "vfio/devices/"

struct tree {
	const struct serving *serving;
	char path[PATH_MAX / 2];
};

/* Files and folders below the tree: @a format and what follows name one ------------------------------ */

static void place(const struct tree *tree, char path[PATH_MAX], const char *format, va_list args)
	__attribute__((format(printf, 3, 0)));
static void make_folder(const struct tree *tree, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static void put(const struct tree *tree, const char *text, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static void put_link(const struct tree *tree, const char *target, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void
place(const struct tree *tree, char path[PATH_MAX], const char *format, va_list args)
{
	int used = snprintf(path, PATH_MAX, "%s/", tree->path);

	vsnprintf(path + used, PATH_MAX - (size_t)used, format, args);
}

static void
make_folder(const struct tree *tree, const char *format, ...)
{
	char path[PATH_MAX];
	va_list args;

	va_start(args, format);
	place(tree, path, format, args);
	va_end(args);
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		log_line(LOG_WARNING, "cannot make %s: %s", path, strerror(errno));
}

/* At once, so that no reader sees half of it. */
static void
put(const struct tree *tree, const char *text, const char *format, ...)
{
	char path[PATH_MAX], temporary[PATH_MAX];
	size_t length = strlen(text);
	va_list args;
	bool done;
	int fd;

	va_start(args, format);
	place(tree, path, format, args);
	va_end(args);
	snprintf(temporary, sizeof(temporary), "%s/.new", tree->path);
	fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0444);
	done = fd >= 0 && write(fd, text, length) == (ssize_t)length;
	if (fd >= 0)
		close(fd);
	if (!done || rename(temporary, path) < 0)
		log_line(LOG_WARNING, "cannot write %s: %s", path, strerror(errno));
}

static void
put_link(const struct tree *tree, const char *target, const char *format, ...)
{
	char path[PATH_MAX];
	va_list args;

	va_start(args, format);
	place(tree, path, format, args);
	va_end(args);
	if (symlink(target, path) < 0 && errno != EEXIST)
		log_line(LOG_WARNING, "cannot make %s: %s", path, strerror(errno));
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	remove(path);
	return 0;
}

static void
remove_all(const char *path)
{
	nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* Types --------------------------------------------------------------------------------------------- */

static void
put_types(const struct tree *tree)
{
	struct type_info info;
	char text[sizeof(info.description) + 1];

	for (unsigned i = 0; gvt_types.describe(tree->serving->host, i, &info); i++) {
		make_folder(tree, "types/%s", info.name);
		make_folder(tree, "types/%s/devices", info.name);
		snprintf(text, sizeof(text), "%s\n", info.description);
		put(tree, text, "types/%s/description", info.name);
		snprintf(text, sizeof(text), "%s\n", info.api);
		put(tree, text, "types/%s/device_api", info.name);
		snprintf(text, sizeof(text), "%s\n", info.summary);
		put(tree, text, "types/%s/name", info.name);
	}
}

static void
put_available(const struct tree *tree)
{
	struct type_info info;
	char text[16];

	for (unsigned i = 0; gvt_types.describe(tree->serving->host, i, &info); i++) {
		snprintf(text, sizeof(text), "%u\n", info.available);
		put(tree, text, "types/%s/available_instances", info.name);
	}
}

/* Devices ------------------------------------------------------------------------------------------- */

/* "vfio7": that of the node, if it is named as one of the kernel's. */
static void
character_name(const struct served *served, char name[64])
{
	const char *node = served->setting->name;
	size_t folder = strlen(KERNEL_NODES);

	if (!strncmp(node, KERNEL_NODES, folder))
		snprintf(name, 64, "%.63s", node + folder);
	else
		snprintf(name, 64, "vfio%u", served->number);
}

static void
put_device(const struct tree *tree, const struct served *served)
{
	const struct device_setting *setting = served->setting;
	char node[PATH_MAX], text[PATH_MAX + 1], name[64];
	struct stat st;

	snprintf(node, sizeof(node), "%s/%s", tree->serving->carrier->directory(), setting->name);
	character_name(served, name);
	make_folder(tree, "devices/%s", setting->uuid);
	make_folder(tree, "devices/%s/vfio-dev", setting->uuid);
	make_folder(tree, "devices/%s/vfio-dev/%s", setting->uuid, name);
	if (stat(node, &st) == 0 && S_ISCHR(st.st_mode)) {
		snprintf(text, sizeof(text), "%u:%u\n", major(st.st_rdev), minor(st.st_rdev));
		put(tree, text, "devices/%s/vfio-dev/%s/dev", setting->uuid, name);
	}
	snprintf(text, sizeof(text), "../../types/%s", setting->type);
	put_link(tree, text, "devices/%s/mdev_type", setting->uuid);
	put_link(tree, node, "devices/%s/node", setting->uuid);
	/* By this link programs know a mediated device. */
	put_link(tree, "/sys/bus/mdev", "devices/%s/subsystem", setting->uuid);
	snprintf(text, sizeof(text), "../../../devices/%s", setting->uuid);
	put_link(tree, text, "types/%s/devices/%s", setting->type, setting->uuid);
}

static bool
in_tree(const struct served *served)
{
	return served && served->setting->type && !served->held;
}

static void
put_devices(const struct tree *tree)
{
	char path[PATH_MAX];
	struct stat st;

	for (unsigned i = 0; i < tree->serving->num_slots; i++) {
		const struct served *served = tree->serving->device[i];

		if (!in_tree(served))
			continue;
		snprintf(path, sizeof(path), "%s/devices/%s", tree->path, served->setting->uuid);
		if (lstat(path, &st) < 0)
			put_device(tree, served);
	}
}

static void
remove_device(const struct tree *tree, const char *uuid)
{
	struct type_info info;
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/devices/%s", tree->path, uuid);
	remove_all(path);
	for (unsigned i = 0; gvt_types.describe(tree->serving->host, i, &info); i++) {
		snprintf(path, sizeof(path), "%s/types/%s/devices/%s", tree->path, info.name, uuid);
		unlink(path);
	}
}

static void
remove_old_devices(const struct tree *tree)
{
	struct dirent *entry;
	char path[PATH_MAX];
	DIR *folder;

	snprintf(path, sizeof(path), "%s/devices", tree->path);
	folder = opendir(path);
	while (folder && (entry = readdir(folder)))
		if (entry->d_name[0] != '.' && !in_tree(serve_find(tree->serving, entry->d_name)))
			remove_device(tree, entry->d_name);
	if (folder)
		closedir(folder);
}

void
tree_update(struct tree *tree)
{
	if (!tree)
		return;
	remove_old_devices(tree);
	put_devices(tree);
	put_available(tree);
}

/* What a daemon that was killed has left is ours to remove; what looks different isn't. */
static int
clear_place(const char *path)
{
	char types[PATH_MAX];
	struct stat st;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	snprintf(types, sizeof(types), "%s/types", path);
	if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() || st.st_mode & 022 ||
	    access(types, F_OK) < 0)
		return -EEXIST;
	remove_all(path);
	return 0;
}

struct tree *
tree_open(const char *path, const struct serving *serving)
{
	struct tree *tree = calloc(1, sizeof(*tree));
	int error = tree ? 0 : -ENOMEM;

	if (!error && strlen(path) >= sizeof(tree->path))
		error = -ENAMETOOLONG;
	if (!error)
		error = clear_place(path);
	if (!error && mkdir(path, 0755) < 0)
		error = -errno;
	if (error) {
		log_line(LOG_WARNING, "no tree of types and devices at %s: %s", path,
			 strerror(-error));
		free(tree);
		return NULL;
	}
	tree->serving = serving;
	strcpy(tree->path, path);
	make_folder(tree, "types");
	make_folder(tree, "devices");
	put_types(tree);
	tree_update(tree);
	return tree;
}

void
tree_close(struct tree *tree)
{
	if (!tree)
		return;
	remove_all(tree->path);
	free(tree);
}

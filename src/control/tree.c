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
#include <time.h>
#include <unistd.h>

#include "control/commands.h"
#include "control/fifo.h"
#include "models/types.h"
#include "util/log.h"
#include "util/uuid.h"

/* Nodes below /dev that have the names of the kernel's. */
#define KERNEL_NODES "vfio/devices/"

/* Those who write nonsense can do so this often, milliseconds: the log and others' turns are not theirs. */
#define PENANCE_MS 100

/* As much nonsense is read at once. */
#define MAX_NONSENSE 64u

/* Longest line about what came of a request. */
#define MAX_RESULT 512

/* A file to write to: a type's `create`, a device's `remove`. */
struct request {
	struct fifo fifo;
	bool is_create;
	char name[64];       /* the type's, or the device's UUID */
	uint64_t not_before; /* milliseconds */
};

struct tree {
	struct serving *serving;
	struct carrier_permissions permissions;
	char path[PATH_MAX / 2];
	struct request request[TREE_MAX_POLL]; /* fifo.fd -1: unused */
	unsigned turn;                         /* which of them to look at first */
	struct log_limit limit;
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

/* Files to write to --------------------------------------------------------------------------------- */

static uint64_t
now_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

/* Where a request is, below the tree. */
static void
request_place(const struct request *request, const char *prefix, char place[128])
{
	snprintf(place, 128, "%s/%s/%s%s", request->is_create ? "types" : "devices", request->name,
		 prefix, request->is_create ? "create" : "remove");
}

static void
put_request(struct tree *tree, bool is_create, const char *name)
{
	struct request *request = NULL;
	char place[128], path[PATH_MAX];
	int error;

	for (unsigned i = 0; i < TREE_MAX_POLL && !request; i++)
		if (tree->request[i].fifo.fd < 0)
			request = &tree->request[i];
	if (!request) {
		log_line(LOG_WARNING, "%s: too many files to write to", tree->path);
		return;
	}
	request->is_create = is_create;
	request->not_before = 0;
	snprintf(request->name, sizeof(request->name), "%s", name);
	request_place(request, "last_", place);
	put(tree, "", "%s", place);
	request_place(request, "", place);
	snprintf(path, sizeof(path), "%s/%s", tree->path, place);
	error = fifo_open(&request->fifo, path, &tree->permissions);
	if (error)
		log_line(LOG_WARNING, "cannot make %s%s: %s", path,
			 error == -EPERM ? " what it should be" : "", strerror(-error));
}

static void
end_request(struct tree *tree, const char *name)
{
	for (unsigned i = 0; i < TREE_MAX_POLL; i++)
		if (tree->request[i].fifo.fd >= 0 && !strcmp(tree->request[i].name, name))
			fifo_close(&tree->request[i].fifo);
}

/* Types --------------------------------------------------------------------------------------------- */

static void
put_types(struct tree *tree)
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
		put_request(tree, true, info.name);
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
put_device(struct tree *tree, const struct served *served)
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
	put_request(tree, false, setting->uuid);
}

static bool
in_tree(const struct served *served)
{
	return served && served->setting->type && !served->held;
}

static void
put_devices(struct tree *tree)
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
remove_device(struct tree *tree, const char *uuid)
{
	struct type_info info;
	char path[PATH_MAX];

	end_request(tree, uuid);
	snprintf(path, sizeof(path), "%s/devices/%s", tree->path, uuid);
	remove_all(path);
	for (unsigned i = 0; gvt_types.describe(tree->serving->host, i, &info); i++) {
		snprintf(path, sizeof(path), "%s/types/%s/devices/%s", tree->path, info.name, uuid);
		unlink(path);
	}
}

static void
remove_old_devices(struct tree *tree)
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

/* What is written ----------------------------------------------------------------------------------- */

/* Nobody can be answered: what came of it is in a file beside, and in the log if it failed. */
static void
tell(struct tree *tree, struct request *request, const char *uuid, const json_t *answer)
{
	const char *error = json_string_value(json_object_get(answer, "error"));
	const char *message = json_string_value(json_object_get(answer, "message"));
	bool done = json_is_true(json_object_get(answer, "ok"));
	char place[128], text[MAX_RESULT];
	unsigned dropped;

	if (done)
		snprintf(text, sizeof(text), "%s done\n", uuid);
	else
		snprintf(text, sizeof(text), "%s %s %.*s\n", uuid, error ? error : "ENOMEM",
			 MAX_RESULT / 2, message ? message : "");
	if (!done) {
		request->not_before = now_ms() + PENANCE_MS;
		request_place(request, "", place);
		if (log_limit_pass(&tree->limit, now_ms(), &dropped))
			log_line(LOG_WARNING, "%s/%s: %.*s (%u others not told)", tree->path, place,
				 (int)strcspn(text, "\n"), text, dropped);
	}
	/* With a device that is gone its files are. */
	if (request->fifo.fd < 0)
		return;
	request_place(request, "last_", place);
	put(tree, text, "%s", place);
}

static void
refuse(struct tree *tree, struct request *request, const char *why)
{
	json_t *answer = command_refuse(-EINVAL, why);

	tell(tree, request, request->is_create ? "-" : request->name, answer);
	json_decref(answer);
}

/* As a client of the socket would have it done. Takes over @a wish. */
static void
run(struct tree *tree, struct request *request, const char *uuid, json_t *wish)
{
	bool changed = false;
	json_t *answer = wish ? command_run(tree->serving, wish, &changed) : NULL;

	json_decref(wish);
	if (changed)
		tree_update(tree);
	tell(tree, request, uuid, answer);
	json_decref(answer);
}

/* Does what the FIFO's word says; false if it makes no sense. */
static bool
run_word(struct tree *tree, struct request *request)
{
	char uuid[UUID_TEXT];

	if (request->is_create) {
		if (!uuid_parse(request->fifo.word, uuid))
			return false;
		run(tree, request, uuid,
		    json_pack("{s:s, s:s, s:s}", "command", "create", "type", request->name, "uuid",
			      uuid));
		return true;
	}
	if (strcmp(request->fifo.word, "1") || !uuid_parse(request->name, uuid))
		return false;
	run(tree, request, uuid, json_pack("{s:s, s:s}", "command", "remove", "uuid", uuid));
	return true;
}

/* One word that makes sense, behind a number of others. Returns whether there was any. */
static bool
serve_request(struct tree *tree, struct request *request)
{
	unsigned nonsense = 0;

	while (nonsense < MAX_NONSENSE && fifo_read(&request->fifo)) {
		if (run_word(tree, request))
			return true;
		if (!nonsense++)
			refuse(tree, request, request->is_create ? "not a UUID" : "not a 1");
	}
	return nonsense > 0;
}

void
tree_prepare_poll(const struct tree *tree, struct pollfd *fds, int *timeout)
{
	uint64_t now = now_ms();

	for (unsigned i = 0; i < TREE_MAX_POLL; i++) {
		const struct request *request = tree ? &tree->request[i] : NULL;
		int left;

		fds[i] = (struct pollfd){.fd = -1, .events = POLLIN};
		if (!request || request->fifo.fd < 0)
			continue;
		if (now >= request->not_before) {
			fds[i].fd = request->fifo.fd;
			continue;
		}
		left = (int)(request->not_before - now);
		if (*timeout < 0 || left < *timeout)
			*timeout = left;
	}
}

void
tree_serve(struct tree *tree, const struct pollfd *fds)
{
	for (unsigned i = 0; tree && i < TREE_MAX_POLL; i++) {
		unsigned n = (tree->turn + i) % TREE_MAX_POLL;
		struct request *request = &tree->request[n];

		/* The control socket's clients have had their turn since: it may be another one's now. */
		if (!fds[n].revents || fds[n].fd != request->fifo.fd ||
		    !serve_request(tree, request))
			continue;
		tree->turn = n + 1;
		return;
	}
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
tree_open(const char *path, struct serving *serving, const struct carrier_permissions *permissions)
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
	tree->permissions = *permissions;
	strcpy(tree->path, path);
	for (unsigned i = 0; i < TREE_MAX_POLL; i++)
		tree->request[i].fifo.fd = -1;
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
	for (unsigned i = 0; i < TREE_MAX_POLL; i++)
		fifo_close(&tree->request[i].fifo);
	free(tree);
}

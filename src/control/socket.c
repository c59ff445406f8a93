/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "control/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "control/commands.h"
#include "control/tree.h"
#include "util/log.h"

#define SOCKET_NAME "control"
#define TREE_NAME   "mdev"
#define MAX_SOCKETS 1000u

/* Where the two descriptors that are no clients' are among those to poll. */
enum { POLL_SIGNALS, POLL_LISTENER, POLL_TREE, POLL_CLIENTS = POLL_TREE + TREE_MAX_POLL };

struct client {
	int fd; /* -1: free */
	char *line;
	size_t used;       /* bytes of line that are there */
	char *answer;      /* NULL: none on its way */
	size_t sent, size; /* of the answer */
	bool last;         /* to be dropped once the answer is sent */
	time_t since;      /* of its last step */
};

struct control {
	struct serving *serving;
	struct tree *tree; /* NULL: could not be made */
	int listener;
	char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
	struct client client[CONTROL_MAX_CLIENTS];
};

static time_t
now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec;
}

/* A place to listen ------------------------------------------------------------------------------- */

/* Whether somebody listens at an address that is taken; one who is too busy to answer does. */
static bool
is_alive(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	bool alive = fd < 0 ||
		     connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 ||
		     (errno != ECONNREFUSED && errno != ENOENT);

	if (fd >= 0)
		close(fd);
	return alive;
}

/* Nobody but the daemon's user gets in before its mode is set. */
static int
bind_closed(int fd, const struct sockaddr_un *address)
{
	mode_t before = umask(0177);
	int error = bind(fd, (const struct sockaddr *)address, sizeof(*address)) ? -errno : 0;

	umask(before);
	return error;
}

/* The socket of a daemon that was killed is taken over. Returns 0, -EADDRINUSE or another errno. */
static int
try_path(int fd, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct stat st;
	int error;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path) + 1);
	error = bind_closed(fd, &address);
	if (error != -EADDRINUSE || lstat(path, &st) < 0 || !S_ISSOCK(st.st_mode) ||
	    is_alive(&address))
		return error;
	unlink(path);
	return bind_closed(fd, &address);
}

static int
set_permissions(const char *path, const struct carrier_permissions *permissions)
{
	if (((permissions->uid != (uid_t)-1 || permissions->gid != (gid_t)-1) &&
	     lchown(path, permissions->uid, permissions->gid) < 0) ||
	    chmod(path, permissions->mode) < 0)
		return -errno;
	return 0;
}

/* The first free name; two daemons that start at once don't look at the same time. */
static int
choose_path(struct control *control, const char *folder, char tree[PATH_MAX])
{
	int lock, error = -EADDRINUSE;

	if (mkdir(folder, 0755) < 0 && errno != EEXIST)
		return -errno;
	lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (lock < 0)
		return -errno;
	for (unsigned tries = 0; flock(lock, LOCK_EX | LOCK_NB) < 0 && tries < 100; tries++)
		nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
	for (unsigned n = 0; n < MAX_SOCKETS && error == -EADDRINUSE; n++) {
		char number[8] = "";

		if (n)
			snprintf(number, sizeof(number), "%u", n);
		if ((size_t)snprintf(control->path, sizeof(control->path), "%s/" SOCKET_NAME "%s",
				     folder, number) >= sizeof(control->path)) {
			error = -ENAMETOOLONG;
			break;
		}
		snprintf(tree, PATH_MAX, "%s/" TREE_NAME "%s", folder, number);
		error = try_path(control->listener, control->path);
	}
	close(lock);
	return error;
}

static int
take_path(struct control *control, const struct control_setting *setting, const char *folder,
	  char tree[PATH_MAX])
{
	if (!setting->path)
		return choose_path(control, folder, tree);
	if (strlen(setting->path) >= sizeof(control->path))
		return -ENAMETOOLONG;
	strcpy(control->path, setting->path);
	snprintf(tree, PATH_MAX, "%s." TREE_NAME, setting->path);
	return try_path(control->listener, control->path);
}

static int
start_listening(struct control *control, const struct control_setting *setting, const char *folder)
{
	char tree[PATH_MAX];
	int error;

	control->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (control->listener < 0)
		return -errno;
	error = take_path(control, setting, folder, tree);
	if (error) {
		close(control->listener);
		return error;
	}
	error = set_permissions(control->path, &setting->permissions);
	if (!error && listen(control->listener, CONTROL_MAX_CLIENTS) < 0)
		error = -errno;
	if (error) {
		unlink(control->path);
		close(control->listener);
		return error;
	}
	control->tree = tree_open(tree, control->serving, &setting->permissions);
	return 0;
}

int
control_open(struct control **result, const struct control_setting *setting, const char *folder,
	     struct serving *serving)
{
	struct control *control;
	int error = -ENOMEM;

	*result = NULL;
	if (setting->none)
		return 0;
	control = calloc(1, sizeof(*control));
	if (control) {
		for (unsigned i = 0; i < CONTROL_MAX_CLIENTS; i++)
			control->client[i].fd = -1;
		control->serving = serving;
		error = start_listening(control, setting, folder);
	}
	if (!error) {
		log_line(LOG_INFO, "listening for commands at %s", control->path);
		*result = control;
		return 0;
	}
	free(control);
	/* Devices can do without what nobody has asked for. */
	log_line(setting->path ? LOG_ERR : LOG_WARNING, "no control socket at %s: %s",
		 setting->path ? setting->path : folder, strerror(-error));
	if (!setting->path)
		return 0;
	return error == -EACCES || error == -EPERM ? EX_NOPERM : EX_CANTCREAT;
}

const char *
control_path(const struct control *control)
{
	return control->path;
}

/* Clients ----------------------------------------------------------------------------------------- */

static void
drop(struct client *client)
{
	close(client->fd);
	free(client->line);
	free(client->answer);
	*client = (struct client){.fd = -1};
}

static void
send_answer(struct client *client)
{
	while (client->answer && client->sent < client->size) {
		ssize_t done = send(client->fd, client->answer + client->sent,
				    client->size - client->sent, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (done < 0 && errno == EAGAIN)
			return;
		if (done <= 0) {
			drop(client);
			return;
		}
		client->sent += (size_t)done;
		client->since = now();
	}
	free(client->answer);
	client->answer = NULL;
	if (client->last)
		drop(client);
}

/* One line, and its end. */
static void
set_answer(struct client *client, json_t *answer)
{
	char *text = answer ? json_dumps(answer, JSON_COMPACT) : NULL;
	size_t length = text ? strlen(text) : 0;

	json_decref(answer);
	client->answer = text ? realloc(text, length + 1) : NULL;
	if (!client->answer) {
		free(text);
		drop(client);
		return;
	}
	client->answer[length] = '\n';
	client->size = length + 1;
	client->sent = 0;
	send_answer(client);
}

static void
run_line(struct control *control, struct client *client, size_t length)
{
	bool changed = false;
	json_error_t why;
	json_t *request = json_loadb(client->line, length, JSON_REJECT_DUPLICATES, &why), *answer;

	if (request) {
		answer = command_run(control->serving, request, &changed);
		json_decref(request);
	} else {
		answer = command_refuse(-EINVAL, why.text);
		client->last = true;
	}
	client->used -= length;
	memmove(client->line, client->line + length, client->used);
	client->since = now();
	if (changed)
		tree_update(control->tree);
	set_answer(client, answer);
}

/* Runs a line if there is a whole one. */
static void
step(struct control *control, struct client *client)
{
	const char *end = client->used ? memchr(client->line, '\n', client->used) : NULL;

	if (end) {
		run_line(control, client, (size_t)(end - client->line) + 1);
	} else if (client->used == CONTROL_MAX_LINE) {
		client->last = true;
		set_answer(client, command_refuse(-E2BIG, "the line is too long"));
	}
}

static bool
has_line(const struct client *client)
{
	return client->used && memchr(client->line, '\n', client->used);
}

static void
receive(struct client *client)
{
	ssize_t done = recv(client->fd, client->line + client->used,
			    CONTROL_MAX_LINE - client->used, MSG_DONTWAIT);

	if (done < 0 && errno == EAGAIN)
		return;
	if (done <= 0)
		drop(client);
	else
		client->used += (size_t)done;
}

static void
serve_client(struct control *control, struct client *client, short events)
{
	if (client->answer) {
		if (events & (POLLOUT | POLLERR | POLLHUP))
			send_answer(client);
	} else if (!has_line(client) && events & (POLLIN | POLLERR | POLLHUP)) {
		receive(client);
	}
	if (client->fd >= 0 && !client->answer)
		step(control, client);
	if (client->fd >= 0 && now() - client->since >= CONTROL_PATIENCE_S)
		drop(client);
}

static void
welcome(struct control *control)
{
	int fd = accept4(control->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	static const char busy[] = "{\"ok\":false,\"error\":\"EBUSY\",\"errno\":16,"
				   "\"message\":\"too many clients\"}\n";

	if (fd < 0) {
		/* Without descriptors it stays waiting, and would keep us awake. */
		if (errno != EAGAIN)
			nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
		return;
	}
	for (unsigned i = 0; i < CONTROL_MAX_CLIENTS; i++) {
		struct client *client = &control->client[i];

		if (client->fd >= 0)
			continue;
		client->line = malloc(CONTROL_MAX_LINE);
		if (!client->line)
			break;
		client->fd = fd;
		client->since = now();
		return;
	}
	if (send(fd, busy, sizeof(busy) - 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		log_line(LOG_DEBUG, "control socket: too many clients");
	close(fd);
}

/* Milliseconds until there is something to do without anything happening; -1: for ever. */
static int
prepare_poll(const struct control *control, struct pollfd *fds)
{
	int timeout = -1;

	for (unsigned i = 0; i < CONTROL_MAX_CLIENTS; i++) {
		const struct client *client = &control->client[i];

		fds[POLL_CLIENTS + i] = (struct pollfd){
			.fd = client->fd, .events = client->answer ? POLLOUT : POLLIN};
		if (client->fd < 0)
			continue;
		if (!client->answer && has_line(client))
			timeout = 0;
		else if (timeout < 0)
			timeout = 1000;
	}
	tree_prepare_poll(control->tree, fds + POLL_TREE, &timeout);
	return timeout;
}

void
control_serve(struct control *control, int fd)
{
	struct pollfd fds[POLL_CLIENTS + CONTROL_MAX_CLIENTS];

	fds[POLL_SIGNALS] = (struct pollfd){.fd = fd, .events = POLLIN};
	fds[POLL_LISTENER] = (struct pollfd){.fd = control->listener, .events = POLLIN};
	for (;;) {
		int timeout = prepare_poll(control, fds);

		if (poll(fds, sizeof(fds) / sizeof(*fds), timeout) < 0)
			continue;
		if (fds[POLL_SIGNALS].revents)
			return;
		for (unsigned i = 0; i < CONTROL_MAX_CLIENTS; i++)
			if (control->client[i].fd >= 0)
				serve_client(control, &control->client[i],
					     fds[POLL_CLIENTS + i].revents);
		tree_serve(control->tree, fds + POLL_TREE);
		if (fds[POLL_LISTENER].revents)
			welcome(control);
	}
}

void
control_close(struct control *control)
{
	if (!control)
		return;
	for (unsigned i = 0; i < CONTROL_MAX_CLIENTS; i++)
		if (control->client[i].fd >= 0)
			drop(&control->client[i]);
	tree_close(control->tree);
	unlink(control->path);
	close(control->listener);
	free(control);
}

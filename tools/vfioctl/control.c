// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One question to vfiod's control socket and its answer, see vfiod-control(7).
 */
#include "config.h"

#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "vfioctl.h"
#include "control.h"

#define SYSTEM_PATH "/run/vfiod/control"

static char *
user_path(void)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	char *path;

	if (geteuid() == 0 || !runtime || !*runtime)
		return NULL;
	if (asprintf(&path, "%s/vfiod/control", runtime) < 0)
		err(EX_OSERR, "asprintf");
	return path;
}

/* The user's own daemon, else that of the system. */
static void
default_address(struct sockaddr_un *address)
{
	char *path = user_path();
	bool own = path && strlen(path) < sizeof(address->sun_path) && access(path, F_OK) == 0;

	strcpy(address->sun_path, own ? path : SYSTEM_PATH);
	free(path);
}

static int
connect_to(const char *path, FILE **stream)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd, error;

	if (!path)
		default_address(&address);
	else if (strlen(path) < sizeof(address.sun_path))
		strcpy(address.sun_path, path);
	else
		return warnx("%s: too long for a socket", path), EX_USAGE;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return warn("socket"), EX_OSERR;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		error = errno;
		warn("%s", address.sun_path);
		if (error == ENOENT || error == ECONNREFUSED)
			warnx("no vfiod listens there: see --control in vfiod(8)");
		close(fd);
		return error == EACCES || error == EPERM ? EX_NOPERM : EX_UNAVAILABLE;
	}
	*stream = fdopen(fd, "r+");
	if (!*stream)
		err(EX_OSERR, "fdopen");
	return EX_OK;
}

static int
exchange(FILE *stream, const json_t *request, json_t **answer)
{
	char *line = NULL;
	size_t size = 0;
	json_error_t why;

	if (json_dumpf(request, stream, JSON_COMPACT) < 0 || fputc('\n', stream) == EOF ||
	    fflush(stream) == EOF || getline(&line, &size, stream) < 0) {
		warnx("vfiod has ended the connection");
		free(line);
		return EX_IOERR;
	}
	*answer = json_loads(line, 0, &why);
	free(line);
	if (*answer)
		return EX_OK;
	warnx("vfiod's answer is not JSON: %s", why.text);
	return EX_PROTOCOL;
}

const char *
control_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

int
control_ask(const char *path, json_t *request, json_t **answer)
{
	FILE *stream = NULL;
	int status = connect_to(path, &stream);

	*answer = NULL;
	if (!status)
		status = exchange(stream, request, answer);
	if (stream)
		fclose(stream);
	json_decref(request);
	if (status || json_is_true(json_object_get(*answer, "ok")))
		return status;
	warnx("%s (%s)", control_text(*answer, "message"), control_text(*answer, "error"));
	json_decref(*answer);
	*answer = NULL;
	return EX_DEVICE;
}

int
control_print_json(const json_t *value)
{
	json_dumpf(value, stdout, JSON_INDENT(2));
	putchar('\n');
	return EX_OK;
}

error_t
control_parse_option(int key, char *arg, struct argp_state *state)
{
	struct control_json *options = state->input;

	(void)arg;
	if (key != 'j')
		return ARGP_ERR_UNKNOWN;
	options->json = true;
	return 0;
}

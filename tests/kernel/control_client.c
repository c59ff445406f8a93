/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "control_client.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "node.h"

#define PATIENCE_MS 20000

int
control_connect(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(address.sun_path, path);
	ck_assert_int_ge(fd, 0);
	assert_returns(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

const char *
control_answer(int fd)
{
	static char line[65536];
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	size_t used = 0;

	do {
		ck_assert_msg(poll(&ready, 1, PATIENCE_MS) == 1, "no answer");
		if (recv(fd, line + used, 1, 0) != 1)
			break;
	} while (line[used++] != '\n' && used < sizeof(line) - 1);
	line[used ? used - 1 : 0] = '\0';
	return line;
}

const char *
control_ask(const char *path, const char *request)
{
	int fd = control_connect(path);
	const char *text;

	assert_returns(send(fd, request, strlen(request), MSG_NOSIGNAL), strlen(request));
	text = control_answer(fd);
	close(fd);
	return text;
}

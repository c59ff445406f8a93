// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Local files: whole transfers and their messages.
 */
#include "config.h"

#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "vfioctl.h"

int
read_file(int fd, const char *name, void *data, size_t length, size_t *done)
{
	char *bytes = data;

	*done = 0;
	while (*done < length) {
		ssize_t got = read(fd, bytes + *done, length - *done);

		if (got == 0)
			break;
		if (got > 0) {
			*done += (size_t)got;
		} else if (errno != EINTR) {
			warn("%s", name);
			return EX_IOERR;
		}
	}
	return EX_OK;
}

int
write_file(int fd, const char *name, const void *data, size_t length)
{
	const char *bytes = data;

	while (length > 0) {
		ssize_t put = write(fd, bytes, length);

		if (put >= 0) {
			bytes += put;
			length -= (size_t)put;
		} else if (errno != EINTR) {
			warn("%s", name);
			return EX_IOERR;
		}
	}
	return EX_OK;
}

void *
allocate(size_t size)
{
	void *memory = malloc(size);

	if (!memory)
		err(EX_OSERR, "%zu bytes of memory", size);
	return memory;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "control/fifo.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is written in one piece and not longer stays in one piece. */
#define CAPACITY 4096u

/* What is no word doesn't keep others waiting for longer than this. */
#define MAX_AT_ONCE (2 * CAPACITY)

int
fifo_open(struct fifo *fifo, const char *path, const struct carrier_permissions *permissions)
{
	int error = 0;

	*fifo = (struct fifo){.fd = -1};
	if (mkfifo(path, 0600) < 0)
		return -errno;
	/* With a writer that never goes there is no end to be told of again and again. */
	fifo->fd = open(path, O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	if (fifo->fd < 0) {
		error = -errno;
		unlink(path);
		return error;
	}
	fcntl(fifo->fd, F_SETPIPE_SZ, CAPACITY);
	if (fchmod(fifo->fd, permissions->mode & 0222) < 0 ||
	    ((permissions->uid != (uid_t)-1 || permissions->gid != (gid_t)-1) &&
	     fchown(fifo->fd, permissions->uid, permissions->gid) < 0))
		error = -EPERM;
	return error;
}

static bool
end_word(struct fifo *fifo)
{
	fifo->word[fifo->used] = '\0';
	fifo->used = 0;
	return true;
}

/* Whether that makes a word whole. */
static bool
add(struct fifo *fifo, char c)
{
	char uuid[UUID_TEXT];

	if (fifo->used == UUID_TEXT - 1)
		memmove(fifo->word, fifo->word + 1, --fifo->used);
	/* No word has a NUL; those who write one learn that theirs is wrong. */
	fifo->word[fifo->used++] = c ? c : '?';
	fifo->word[fifo->used] = '\0';
	return fifo->used == UUID_TEXT - 1 && uuid_parse(fifo->word, uuid);
}

bool
fifo_read(struct fifo *fifo)
{
	char c;

	for (unsigned i = 0; i < MAX_AT_ONCE; i++) {
		bool more = read(fifo->fd, &c, 1) == 1;

		if (!more || isspace((unsigned char)c)) {
			if (fifo->used)
				return end_word(fifo);
			if (!more)
				return false;
		} else if (add(fifo, c)) {
			return end_word(fifo);
		}
	}
	return fifo->used && end_word(fifo);
}

void
fifo_close(struct fifo *fifo)
{
	if (fifo->fd >= 0)
		close(fifo->fd);
	fifo->fd = -1;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The terminal as a screen.
 */
#include "config.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "terminal.h"
#include "vfioctl.h"

#define ESC "\033"

/* The other screen, without a cursor; the whole of it empty. */
#define ENTER ESC "[?1049h" ESC "[?25l" ESC "[2J"
#define LEAVE ESC "[?2026l" ESC "[0m" ESC "[?25h" ESC "[?1049l"

/*
 * Whether it takes a picture of one pixel by kitty's protocol; how large a character is; what it is
 * (DA1), which all terminals answer, and last.
 */
#define QUESTIONS ESC "_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA" ESC "\\" ESC "[16t" ESC "[c"

#define PATIENCE_MS 1000

/* DA1's number for sixel graphics. */
#define DA1_SIXEL 4

static bool is_open;

/* Where stderr leads while it would write onto the screen, and where it led before; -1: it stays. */
static int messages = -1, stderr_before = -1;

static struct termios before;
static volatile sig_atomic_t caught, size_changed;

static void
catch_end(int signal)
{
	caught = signal;
}

/* SIGWINCH; and SIGCONT, after which nothing on the screen is ours. */
static void
catch_change(int signal)
{
	(void)signal;
	size_changed = 1;
}

/* Without SA_RESTART: a terminal that takes no more output must not keep us from ending. */
static void
catch_signals(void)
{
	static const int ends[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	struct sigaction end = {.sa_handler = catch_end}, change = {.sa_handler = catch_change};

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		sigaction(ends[i], &end, NULL);
	sigaction(SIGWINCH, &change, NULL);
	sigaction(SIGCONT, &change, NULL);
}

/* Messages on a screen that goes away would not be read. */
static void
hold_messages(void)
{
	if (!isatty(STDERR_FILENO))
		return;
	messages = memfd_create("messages", MFD_CLOEXEC);
	stderr_before = messages < 0 ? -1 : fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	if (stderr_before >= 0)
		dup2(messages, STDERR_FILENO);
}

void
terminal_forget_messages(void)
{
	if (stderr_before >= 0 && ftruncate(messages, 0) == 0)
		lseek(messages, 0, SEEK_SET);
}

static void
release_messages(void)
{
	char text[4096];
	ssize_t got;

	if (stderr_before < 0)
		return;
	dup2(stderr_before, STDERR_FILENO);
	stderr_before = -1;
	got = pread(messages, text, sizeof(text), 0);
	if (got > 0)
		fwrite(text, 1, (size_t)got, stderr);
}

int
terminal_caught(void)
{
	return caught;
}

static void
get_size(struct terminal *terminal)
{
	struct winsize size = {0};

	ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
	terminal->columns = size.ws_col ? size.ws_col : 80;
	terminal->rows = size.ws_row ? size.ws_row : 24;
	if (terminal->rows < 2)
		terminal->rows = 2;
	if (size.ws_xpixel && size.ws_ypixel) {
		terminal->cell_width = size.ws_xpixel / terminal->columns;
		terminal->cell_height = size.ws_ypixel / terminal->rows;
	}
	if (!terminal->cell_width || !terminal->cell_height) {
		terminal->cell_width = 8;
		terminal->cell_height = 16;
	}
}

/* Keys at once and unseen; Ctrl-C still is a signal, Ctrl-Z isn't: it would leave the screen as it is. */
static int
set_keys(void)
{
	struct termios keys = before;

	keys.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	keys.c_cc[VMIN] = 1;
	keys.c_cc[VTIME] = 0;
	keys.c_cc[VSUSP] = _POSIX_VDISABLE;
	return tcsetattr(STDIN_FILENO, TCSAFLUSH, &keys);
}

/* What is typed between the questions and their answers is lost. */
static size_t
read_answers(char *answers, size_t room)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	struct timespec start, now;
	size_t used = 0;
	long left = PATIENCE_MS;

	clock_gettime(CLOCK_MONOTONIC, &start);
	while (left > 0 && used < room - 1 && !caught) {
		ssize_t got;

		if (poll(&input, 1, (int)left) > 0) {
			const char *last;

			got = read(STDIN_FILENO, answers + used, room - 1 - used);
			if (got <= 0)
				break;
			used += (size_t)got;
			answers[used] = '\0';
			last = strstr(answers, ESC "[?");
			if (last && strchr(last, 'c'))
				break;
		}
		clock_gettime(CLOCK_MONOTONIC, &now);
		left = PATIENCE_MS - (now.tv_sec - start.tv_sec) * 1000 -
		       (now.tv_nsec - start.tv_nsec) / 1000000;
	}
	answers[used] = '\0';
	return used;
}

/* "?62;4;22c" */
static bool
da1_has(const char *answer, long wanted)
{
	const char *at = strstr(answer, ESC "[?");
	char *end;

	for (at = at ? at + 3 : ""; *at; at = end + 1) {
		if (strtol(at, &end, 10) == wanted && end != at)
			return true;
		if (*end != ';')
			return false;
	}
	return false;
}

static int
ask_terminal(struct terminal *terminal)
{
	const char *size;
	char answers[512];
	unsigned height, width;
	int status = terminal_write(QUESTIONS, strlen(QUESTIONS));

	if (status)
		return status;
	read_answers(answers, sizeof(answers));
	terminal->kitty = strstr(answers, ESC "_Gi=31;OK") != NULL;
	terminal->sixel = da1_has(answers, DA1_SIXEL);
	size = strstr(answers, ESC "[6;");
	if (size && sscanf(size + 2, "6;%5u;%5ut", &height, &width) == 2 && height && width) {
		terminal->cell_height = height;
		terminal->cell_width = width;
	}
	return EX_OK;
}

int
terminal_open(struct terminal *terminal, bool ask)
{
	*terminal = (struct terminal){0};
	for (int fd = STDIN_FILENO; fd <= STDOUT_FILENO; fd++)
		if (!isatty(fd)) {
			warnx("standard %s is not a terminal", fd == STDIN_FILENO ? "input" : "output");
			return EX_USAGE;
		}
	if (tcgetattr(STDIN_FILENO, &before) < 0) {
		warn("terminal");
		return EX_IOERR;
	}
	catch_signals();
	atexit(terminal_close);
	is_open = true;
	if (set_keys() < 0) {
		warn("terminal");
		return EX_IOERR;
	}
	hold_messages();
	get_size(terminal);
	if (ask) {
		int status = ask_terminal(terminal);

		if (status)
			return status;
	}
	return terminal_write(ENTER, strlen(ENTER));
}

void
terminal_close(void)
{
	if (!is_open)
		return;
	is_open = false;
	/* If it takes no more, there is nothing that could be done. */
	if (write(STDOUT_FILENO, LEAVE, strlen(LEAVE)) < 0)
		warn("terminal");
	/* What it still answers, and was typed, is not for the shell. */
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
	release_messages();
}

bool
terminal_changed(struct terminal *terminal)
{
	if (!size_changed)
		return false;
	size_changed = 0;
	set_keys();
	get_size(terminal);
	terminal_write(ENTER, strlen(ENTER));
	return true;
}

int
terminal_write(const void *bytes, size_t length)
{
	const char *at = bytes;

	while (length > 0 && !caught) {
		ssize_t put = write(STDOUT_FILENO, at, length);

		if (put >= 0) {
			at += put;
			length -= (size_t)put;
		} else if (errno != EINTR) {
			warn("terminal");
			return EX_IOERR;
		}
	}
	return EX_OK;
}

int
terminal_key(int milliseconds)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	unsigned char key;

	if (caught || size_changed || poll(&input, 1, milliseconds) <= 0)
		return -1;
	return read(STDIN_FILENO, &key, 1) == 1 ? key : 'q';
}

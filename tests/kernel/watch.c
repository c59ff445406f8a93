/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vfioctl watch on a terminal that the test is: it answers as terminals do (xterm's control sequences,
 * kitty's graphics protocol), and understands what it is sent. A client draws, pixel by pixel.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#ifdef HAVE_SIXEL
#undef PACKAGE_VERSION /* <sixel.h> has its own */
#include <sixel.h>
#endif

#include "kernel.h"
#include "node.h"
#include "served.h"
#include "shell.h"

#define MEMORY   (FIRST_SPECIFIC + 2)
#define GGTT     (UINT64_C(8) << 20)
#define SURFACE  0x40000u /* graphics memory */
#define AT_BUS   0x100000u

#define WIDTH    64u
#define HEIGHT   32u
#define STRIDE   256u

#define PATIENCE 20000

/* The picture ------------------------------------------------------------------------------------------ */

static int device;
static uint32_t picture[HEIGHT][WIDTH];

static void
draw(void)
{
	assert_returns(pwrite(device, picture, sizeof(picture), AT(MEMORY, AT_BUS)),
		       sizeof(picture));
}

/* On pipe A, which is on after a reset: linear XRGB8888, Intel PRM SKL Vol 2c. */
static void
switch_on(void)
{
	device = node_open_reset();
	for (uint32_t page = 0; page < sizeof(picture) / 4096; page++)
		node_put(device, BAR0, GGTT + (SURFACE / 4096 + page) * 8, 8,
			 (AT_BUS + page * 4096) | 1);
	node_put(device, BAR0, 0x6001c, 4, (WIDTH - 1) << 16 | (HEIGHT - 1));
	node_put(device, BAR0, 0x70188, 4, STRIDE / 64);
	node_put(device, BAR0, 0x70180, 4, 0x84000000);
	node_put(device, BAR0, 0x7019c, 4, SURFACE);
	for (uint32_t y = 0; y < HEIGHT; y++)
		for (uint32_t x = 0; x < WIDTH; x++)
			picture[y][x] = 0x5a000000 | (x * 0x040301 + y * 0x010508);
	draw();
}

/* The terminal ----------------------------------------------------------------------------------------- */

static int pty;
static pid_t pid;
static char seen[8 << 20]; /* what it was sent */
static size_t used;

static void
start(const char *options, unsigned columns, unsigned rows)
{
	struct winsize size = {.ws_col = (unsigned short)columns, .ws_row = (unsigned short)rows};
	char command[512];

	snprintf(command, sizeof(command), "exec %s watch %s %s", shell_vfioctl(), options,
		 node_path(SERVED_NODE));
	used = 0;
	pid = forkpty(&pty, NULL, NULL, &size);
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
}

/* Whether more came in time. */
static bool
more(int milliseconds)
{
	struct pollfd input = {.fd = pty, .events = POLLIN};
	ssize_t got;

	if (poll(&input, 1, milliseconds) <= 0)
		return false;
	got = read(pty, seen + used, sizeof(seen) - 1 - used);
	if (got <= 0)
		return false;
	used += (size_t)got;
	seen[used] = '\0';
	return true;
}

/* Where a text ends, from @a from on; waits for it. */
static size_t
until(size_t from, const char *text)
{
	char *at;

	while (!(at = memmem(seen + from, used - from, text, strlen(text))))
		ck_assert_msg(more(PATIENCE), "no '%s' in: %s", text + (*text == '\033'), seen);
	return (size_t)(at - seen) + strlen(text);
}

static void
type(const char *text)
{
	assert_returns(write(pty, text, strlen(text)), strlen(text));
}

#define FRAME_BEGIN "\033[?2026h"
#define FRAME_END   "\033[?2026l"

/* The rest of what it says, and how it ends. */
static int
finish(void)
{
	int status;

	while (more(PATIENCE))
		;
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	close(pty);
	return status;
}

/* What it says last: cursor and screen are back. */
static void
assert_left(void)
{
	static const char end[] = "\033[?25h\033[?1049l";

	ck_assert_msg(used > strlen(end) &&
			      memcmp(seen + used - strlen(end), end, strlen(end)) == 0,
		      "ends with '%s'", seen + (used > 40 ? used - 40 : 0));
}

/* As a terminal with half blocks would show it: cells of two pixels. */
struct screen {
	uint32_t cell[64][128][2];
	unsigned cells; /* how many were drawn */
};
static struct screen screen;

static const char *
control(const char *at, unsigned *row, unsigned *column, uint32_t colour[2])
{
	unsigned number[6] = {0}, n = 0;

	for (; *at < '@'; at++)
		if (*at == ';')
			n++;
		else if (*at >= '0' && *at <= '9' && n < 6)
			number[n] = number[n] * 10 + (unsigned)(*at - '0');
	if (*at == 'H') {
		*row = number[0] ? number[0] - 1 : 0;
		*column = number[1] ? number[1] - 1 : 0;
	} else if (*at == 'm' && number[1] == 2) {
		ck_assert_uint_eq(n, 4);
		ck_assert(number[0] == 38 || number[0] == 48);
		colour[number[0] == 48] = number[2] << 16 | number[3] << 8 | number[4];
	}
	return at + 1;
}

static void
show(const char *at, const char *end)
{
	unsigned row = 0, column = 0;
	uint32_t colour[2] = {0};

	screen.cells = 0;
	while (at < end) {
		if (at[0] == '\033' && at[1] == '[') {
			at = control(at + 2, &row, &column, colour);
		} else if (memcmp(at, "\xe2\x96\x80", 3) == 0) {
			ck_assert(row < 64 && column < 128);
			memcpy(screen.cell[row][column++], colour, sizeof(colour));
			screen.cells++;
			at += 3;
		} else {
			at++;
		}
	}
}

/* The next frame on the screen; returns where it ends. */
static size_t
next_frame(size_t from)
{
	size_t begin = until(from, FRAME_BEGIN), end = until(begin, FRAME_END);

	show(seen + begin, seen + end);
	return end;
}

static void
assert_cell(unsigned x, unsigned y, uint32_t want)
{
	uint32_t got = screen.cell[y / 2][x][y % 2];

	ck_assert_msg(got == (want & 0xffffff), "pixel %u, %u is %06x instead of %06x", x, y, got,
		      want & 0xffffff);
}

/* Half blocks ------------------------------------------------------------------------------------------ */

START_TEST(pixel_by_pixel)
{
	switch_on();
	start("--mode=blocks -n 1", WIDTH, HEIGHT / 2 + 1);
	ck_assert_int_eq(finish(), 0);
	until(0, "\033[?1049h\033[?25l");
	next_frame(0);
	ck_assert_uint_eq(screen.cells, WIDTH * HEIGHT / 2);
	for (unsigned y = 0; y < HEIGHT; y++)
		for (unsigned x = 0; x < WIDTH; x++)
			assert_cell(x, y, picture[y][x]);
	until(0, "\033[17;1H"); /* the line for people */
	until(0, "64 x 32 pixels, by blocks");
	ck_assert_ptr_null(strstr(seen, "\033[c"));
	assert_left();
}
END_TEST

static uint32_t
mean(unsigned x, unsigned y)
{
	uint32_t result = 0;

	for (unsigned shift = 0; shift < 24; shift += 8) {
		uint32_t sum = 2;

		for (unsigned i = 0; i < 4; i++)
			sum += picture[2 * y + i / 2][2 * x + i % 2] >> shift & 0xff;
		result |= sum / 4 << shift;
	}
	return result;
}

/* A terminal half as wide: each pixel is the mean of four. Then it grows. */
START_TEST(scaled_to_the_terminal)
{
	struct winsize size = {.ws_col = WIDTH, .ws_row = HEIGHT};
	size_t at;

	switch_on();
	start("--mode blocks", WIDTH / 2, 30);
	at = next_frame(0);
	ck_assert_uint_eq(screen.cells, WIDTH / 2 * HEIGHT / 4);
	for (unsigned y = 0; y < HEIGHT / 2; y++)
		for (unsigned x = 0; x < WIDTH / 2; x++)
			assert_cell(x, y, mean(x, y));
	assert_returns(ioctl(pty, TIOCSWINSZ, &size), 0);
	next_frame(at);
	ck_assert_uint_eq(screen.cells, WIDTH * HEIGHT / 2);
	for (unsigned y = 0; y < HEIGHT; y++)
		for (unsigned x = 0; x < WIDTH; x++)
			assert_cell(x, y, picture[y][x]);
	type("q");
	ck_assert_int_eq(finish(), 0);
	assert_left();
}
END_TEST

START_TEST(only_what_has_changed)
{
	size_t at;

	switch_on();
	start("--mode=blocks --rate=50", WIDTH, HEIGHT / 2 + 1);
	at = next_frame(0);
	ck_assert(!more(700));
	picture[5][3] ^= 0xffffff;
	draw();
	at = next_frame(at);
	/* One row of cells has pixel 3, 5. */
	ck_assert_uint_eq(screen.cells, WIDTH);
	assert_cell(3, 5, picture[5][3]);
	assert_cell(3, 4, picture[4][3]);
	/* The plane goes off, and comes back. */
	node_put(device, BAR0, 0x70180, 4, 0);
	node_put(device, BAR0, 0x7019c, 4, SURFACE);
	at = next_frame(at);
	until(at - 200, "no picture");
	ck_assert(!more(300));
	node_put(device, BAR0, 0x70180, 4, 0x84000000);
	node_put(device, BAR0, 0x7019c, 4, SURFACE);
	/* On a slow machine it may first say again that there is none. */
	do
		at = next_frame(at);
	while (!screen.cells);
	ck_assert_uint_eq(screen.cells, WIDTH * HEIGHT / 2);
	/* A format that can't be shown is no picture either. */
	node_put(device, BAR0, 0x70180, 4, 0x81000000);
	node_put(device, BAR0, 0x7019c, 4, SURFACE);
	next_frame(at);
	type("xyq");
	ck_assert_int_eq(finish(), 0);
	assert_left();
}
END_TEST

/* No more than so many in a second, however often it changes. */
START_TEST(rate_is_limited)
{
	struct timespec begin, end;
	unsigned frames = 0;
	long seconds;
	size_t at;

	switch_on();
	start("--mode=blocks --rate=5", WIDTH, HEIGHT / 2 + 1);
	at = next_frame(0);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	for (unsigned i = 0; i < 150; i++) {
		picture[0][0] ^= 0xff;
		draw();
		more(0);
		pause_ms(10);
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	seconds = end.tv_sec - begin.tv_sec + 1;
	type("q");
	finish();
	for (const char *frame = seen + at; (frame = strstr(frame, FRAME_BEGIN)); frame++)
		frames++;
	ck_assert_uint_ge(frames, 1);
	ck_assert_uint_le(frames, 5 * seconds + 1);
}
END_TEST

/* What the terminal can ----------------------------------------------------------------------------------- */

/* DA1 is asked last, and all answer it. */
#define DA1 "\033[c"

/* RFC 4648. */
static unsigned
digit(char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(digits, c) : NULL;

	ck_assert_ptr_nonnull(at);
	return (unsigned)(at - digits);
}

/* The data of pieces ESC _ G keys ; data ESC \, all but the last with m=1. */
static size_t
kitty_data(size_t from, uint8_t *bytes, char keys[128])
{
	size_t size = 0;
	bool more_follow = true;

	for (bool first = true; more_follow; first = false) {
		size_t begin = until(from, "\033_G"), data = until(begin, ";");
		size_t end = until(data, "\033\\") - 2;

		ck_assert_uint_le(end - data, 4096);
		ck_assert_uint_lt(data - begin, 128);
		if (first)
			snprintf(keys, 128, "%.*s", (int)(data - begin - 1), seen + begin);
		seen[data - 1] = '\0';
		more_follow = strstr(seen + begin, "m=1") != NULL;
		ck_assert(more_follow || strstr(seen + begin, "m=0"));
		for (size_t at = data; at < end; at += 4) {
			uint32_t group = digit(seen[at]) << 18 | digit(seen[at + 1]) << 12 |
					 digit(seen[at + 2]) << 6 | digit(seen[at + 3]);

			bytes[size++] = (uint8_t)(group >> 16);
			bytes[size++] = (uint8_t)(group >> 8);
			bytes[size++] = (uint8_t)group;
		}
		from = end;
	}
	return size;
}

/* Cells of 10 x 20 pixels, 16 in a row and 4 rows and one more: twice and a half the picture. */
START_TEST(kitty_gets_pixels)
{
	static uint8_t bytes[1 << 20];
	size_t at;
	char keys[128];

	switch_on();
	start("", 16, 5);
	until(0, DA1);
	until(0, "a=q");
	type("\033_Gi=31;OK\033\\\033[6;20;10t\033[?62;4;22c");
	at = until(0, FRAME_BEGIN);
	until(at, FRAME_END);
	ck_assert_uint_eq(kitty_data(until(at, "\033[H"), bytes, keys), 160 * 80 * 3);
	ck_assert_ptr_nonnull(strstr(keys, "a=T,f=24,t=d,s=160,v=80,"));
	ck_assert_ptr_nonnull(strstr(keys, "q=2"));
	ck_assert_ptr_nonnull(strstr(keys, "C=1"));
	for (unsigned y = 0; y < 80; y++)
		for (unsigned x = 0; x < 160; x++) {
			const uint8_t *got = bytes + 3 * (160 * y + x);
			uint32_t want = picture[y * 32 / 80][x * 64 / 160] & 0xffffff;

			ck_assert_msg(((uint32_t)got[0] << 16 | got[1] << 8 | got[2]) == want,
				      "pixel %u, %u", x, y);
		}
	type("q");
	ck_assert_int_eq(finish(), 0);
	/* Pictures live beside the text: it takes its own away. */
	until(at, "\033_Ga=d,d=I,i=1,q=2\033\\");
	assert_left();
}
END_TEST

START_TEST(other_terminals_get_blocks)
{
	switch_on();
	start("", WIDTH, HEIGHT / 2 + 1);
	until(0, DA1);
	/* No kitty, no 4 among the numbers, though there is a 42; one that says nothing in the other case. */
	if (_i)
		type("\033_Gi=31;ENOTSUPPORTED:x\033\\\033[?42;14c");
	next_frame(0);
	ck_assert_uint_eq(screen.cells, WIDTH * HEIGHT / 2);
	type("q");
	ck_assert_int_eq(finish(), 0);
	assert_left();
}
END_TEST

#ifdef HAVE_SIXEL
/* Colours that sixel's percents can say. */
static const uint32_t quarters[] = {0xff0000, 0x00ff00, 0x3333cc, 0xffffff};

static void
assert_sixels(const char *begin, size_t length)
{
	int width, height, colours;
	unsigned char *pixels, *palette;

	ck_assert(SIXEL_SUCCEEDED(sixel_decode_raw((unsigned char *)(uintptr_t)begin, (int)length,
						   &pixels, &width, &height, &palette, &colours,
						   NULL)));
	ck_assert_int_eq(width, 64);
	ck_assert_int_eq(height, 32);
	for (unsigned y = 0; y < 32; y++)
		for (unsigned x = 0; x < 64; x++) {
			const unsigned char *got = palette + 3 * pixels[64 * y + x];
			uint32_t want = quarters[y / 16 * 2 + x / 32];

			for (unsigned i = 0; i < 3; i++)
				ck_assert_int_le(abs(got[i] - (int)(want >> (16 - 8 * i) & 0xff)), 3);
		}
	free(pixels);
	free(palette);
}

/* Two thousand colours become 256: each pixel nearly what it was. */
START_TEST(sixels_of_many_colours)
{
	int width, height, colours;
	unsigned char *pixels, *palette;
	unsigned long error = 0;
	size_t begin, end;

	switch_on();
	for (unsigned y = 0; y < HEIGHT; y++)
		for (unsigned x = 0; x < WIDTH; x++)
			picture[y][x] = x * 4 << 16 | y * 8 << 8 | (x + y);
	draw();
	start("--mode=sixel -n 1", 8, 4);
	until(0, DA1);
	type("\033[6;12;8t\033[?62;4c");
	begin = until(until(0, FRAME_BEGIN), "\033[H");
	end = until(begin, "\033\\");
	ck_assert(SIXEL_SUCCEEDED(sixel_decode_raw((unsigned char *)seen + begin,
						   (int)(end - begin), &pixels, &width, &height,
						   &palette, &colours, NULL)));
	ck_assert_int_eq(width, 64);
	ck_assert_int_eq(height, 32);
	for (unsigned y = 0; y < 32; y++)
		for (unsigned x = 0; x < 64; x++)
			for (unsigned i = 0; i < 3; i++)
				error += (unsigned)abs(palette[3 * pixels[64 * y + x] + i] -
						       (int)(picture[y][x] >> (16 - 8 * i) & 0xff));
	ck_assert_uint_lt(error / (64 * 32 * 3), 12);
	free(pixels);
	free(palette);
	ck_assert_int_eq(finish(), 0);
}
END_TEST

/* 32 rows of pixels need 36, six in each band; the last row of characters stays free. */
START_TEST(sixels)
{
	size_t at, begin;

	switch_on();
	for (unsigned y = 0; y < HEIGHT; y++)
		for (unsigned x = 0; x < WIDTH; x++)
			picture[y][x] = quarters[y / 16 * 2 + x / 32];
	draw();
	start(_i ? "--mode=sixel" : "", 8, 4);
	until(0, DA1);
	type(_i ? "\033[6;12;8t\033[?62c" : "\033[6;12;8t\033[?62;4;22c");
	at = until(0, FRAME_BEGIN);
	until(at, FRAME_END);
	begin = until(at, "\033[H");
	ck_assert_int_eq(memcmp(seen + begin, "\033P", 2), 0);
	assert_sixels(seen + begin, until(begin, "\033\\") - begin);
	type("q");
	ck_assert_int_eq(finish(), 0);
	assert_left();
}
END_TEST
#endif

/* The end ---------------------------------------------------------------------------------------------- */

static const int ends[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

START_TEST(signals_give_the_terminal_back)
{
	struct termios before, during, after;
	int status, slave;

	switch_on();
	start("--mode=blocks", WIDTH, HEIGHT / 2 + 1);
	slave = open(ptsname(pty), O_RDWR | O_NOCTTY | O_CLOEXEC);
	ck_assert_int_ge(slave, 0);
	next_frame(0);
	assert_returns(tcgetattr(slave, &during), 0);
	ck_assert_uint_eq(during.c_lflag & (ICANON | ECHO), 0);
	before = during;
	before.c_lflag |= ICANON | ECHO;
	if (_i == 0)
		type("\003"); /* Ctrl-C */
	else
		kill(pid, ends[_i]);
	assert_returns(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == ends[_i], "status 0x%x", status);
	assert_returns(tcgetattr(slave, &after), 0);
	ck_assert_uint_eq(after.c_lflag, before.c_lflag);
	while (more(200))
		;
	assert_left();
	close(slave);
	close(pty);
}
END_TEST

/* Nobody reads what it writes: it ends all the same. */
START_TEST(a_terminal_that_stands_still)
{
	int status;

	switch_on();
	start("--mode=kitty", 200, 50);
	until(0, DA1);
	type("\033[?62c");
	until(0, FRAME_BEGIN);
	pause_ms(500);
	kill(pid, SIGTERM);
	for (unsigned i = 0; waitpid(pid, &status, WNOHANG) == 0; i++) {
		ck_assert_uint_lt(i, 500);
		/* The last words need room, as with any program. */
		if (i > 20)
			more(0);
		pause_ms(10);
	}
	ck_assert_msg(WIFSIGNALED(status), "status 0x%x", status);
	close(pty);
}
END_TEST

/* The device goes while it is shown: said when the screen is back. */
START_TEST(the_device_goes)
{
	int status;
	char *message;

	switch_on();
	start("--mode=blocks", WIDTH, HEIGHT / 2 + 1);
	next_frame(0);
	kill(served.pid, SIGTERM);
	status = finish();
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 1, "status 0x%x", status);
	message = strstr(seen, "\033[?1049l");
	ck_assert_ptr_nonnull(message);
	ck_assert_ptr_nonnull(strstr(message, "vfioctl: "));
}
END_TEST

START_TEST(no_terminal)
{
	switch_on();
	shell_assert_has(shell_output_of(64, "%s watch %s < /dev/null", shell_vfioctl(),
					 node_path(SERVED_NODE)),
			 "standard input is not a terminal");
	shell_assert_has(shell_output_of(64, "%s watch -m vga %s", shell_vfioctl(),
					 node_path(SERVED_NODE)),
			 "none of auto, kitty, sixel, blocks");
	shell_output_of(64, "%s watch --rate 0 %s", shell_vfioctl(), node_path(SERVED_NODE));
}
END_TEST

Suite *
watch_suite(void)
{
	Suite *suite = suite_create("watch");
	TCase *tests = served_case("terminal", serve_vgpu, 120);
	TCase *gone = tcase_create("gone");

	tcase_add_test(tests, pixel_by_pixel);
	tcase_add_test(tests, scaled_to_the_terminal);
	tcase_add_test(tests, only_what_has_changed);
	tcase_add_test(tests, rate_is_limited);
	tcase_add_test(tests, kitty_gets_pixels);
	tcase_add_loop_test(tests, other_terminals_get_blocks, 0, 2);
#ifdef HAVE_SIXEL
	tcase_add_loop_test(tests, sixels, 0, 2);
	tcase_add_test(tests, sixels_of_many_colours);
#else
	printf("SKIPPED: vfioctl watch with sixels: built without libsixel\n");
#endif
	tcase_add_loop_test(tests, signals_give_the_terminal_back, 0, 4);
	tcase_add_test(tests, a_terminal_that_stands_still);
	tcase_add_test(tests, no_terminal);
	served_last(tests);
	suite_add_tcase(suite, tests);
	tcase_add_unchecked_fixture(gone, serve_vgpu, NULL);
	tcase_set_timeout(gone, 60);
	tcase_add_test(gone, the_device_goes);
	suite_add_tcase(suite, gone);
	return suite;
}

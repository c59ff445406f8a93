/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vfioctl screenshot: a client programs a plane and draws, pixel by pixel into system memory, and what
 * the PNG has is what it drew. libpng reads it.
 */
#include <png.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel.h"
#include "node.h"
#include "served.h"

#define MEMORY  (FIRST_SPECIFIC + 2)
#define GGTT    (UINT64_C(8) << 20)
#define PAGE    4096u

#define WIDTH   1000u
#define HEIGHT  77u
#define PITCH   4096u    /* 8 X tiles */
#define SURFACE 0x40000u /* graphics memory */
#define PAGES   80u      /* rows of tiles until 80 > HEIGHT, 8 in each */

static char folder[] = "/tmp/vfiod-picture-XXXXXX";

static void
make_folder(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void
remove_folder(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -r %s", folder);
	ck_assert_int_eq(system(command), 0);
	memcpy(strrchr(folder, '-') + 1, "XXXXXX", 6);
}

/* Runs vfioctl screenshot with arguments; returns its exit code. */
static int
screenshot(const char *options, const char *file)
{
	const char *vfioctl = getenv("VFIOCTL");
	char command[512];
	int status;

	snprintf(command, sizeof(command), "%s screenshot %s %s %s/%s",
		 vfioctl ? vfioctl : "tools/vfioctl/vfioctl", options, node_path(SERVED_NODE),
		 folder, file);
	status = system(command);
	ck_assert_msg(WIFEXITED(status), "%s: status 0x%x", command, status);
	return WEXITSTATUS(status);
}

/* Pages of the surface are in reverse order in memory. */
static uint64_t
page_at(uint32_t number)
{
	return (uint64_t)(0x300 - number) * PAGE;
}

static uint32_t
colour(uint32_t x, uint32_t y, uint32_t seed)
{
	return ((x * 0x010307 + y * 0x030501) ^ seed) & 0xffffff;
}

/* Pixel after pixel where it belongs: tiles of 512 bytes and 8 rows. */
static void
draw(int fd, uint32_t seed)
{
	uint8_t(*pages)[PAGE] = malloc(sizeof(*pages) * PAGES);

	memset(pages, 0, sizeof(*pages) * PAGES);
	for (uint32_t y = 0; y < HEIGHT; y++)
		for (uint32_t x = 0; x < WIDTH; x++) {
			uint32_t pixel = 0x5a000000 | colour(x, y, seed);

			memcpy(&pages[y / 8 * (PITCH / 512) + x / 128][y % 8 * 512 + x % 128 * 4],
			       &pixel, 4);
		}
	for (uint32_t i = 0; i < PAGES; i++)
		assert_returns(pwrite(fd, pages[i], PAGE, AT(MEMORY, page_at(i))), PAGE);
	free(pages);
}

static void
map_surface(int fd)
{
	for (uint32_t i = 0; i < PAGES; i++)
		node_put(fd, BAR0, GGTT + (SURFACE / PAGE + i) * 8, 8, page_at(i) | 1);
}

static void
flip(int fd)
{
	node_put(fd, BAR0, 0x7019c + 0x1000, 4, SURFACE);
}

/*
 * Pipe B, so that more than the first is looked at; its registers are 0x1000 further. Pipe A is on after a
 * reset, as firmware leaves it.
 */
static void
switch_on(int fd)
{
	map_surface(fd);
	node_put(fd, BAR0, 0x70008, 4, 0);
	node_put(fd, BAR0, 0x70008 + 0x1000, 4, 1u << 31);
	node_put(fd, BAR0, 0x6001c + 0x1000, 4, (WIDTH - 1) << 16 | (HEIGHT - 1));
	node_put(fd, BAR0, 0x70188 + 0x1000, 4, PITCH / 512);
	node_put(fd, BAR0, 0x70180 + 0x1000, 4, 0x84000000 | 1 << 10);
	node_put(fd, BAR0, 0x7019c + 0x1000, 4, SURFACE);
}

/* The pixels of a PNG, to be freed. */
static uint8_t *
decode(const char *file, png_uint_32 format, uint32_t width, uint32_t height)
{
	png_image image = {.version = PNG_IMAGE_VERSION};
	char name[128];
	uint8_t *pixels;

	snprintf(name, sizeof(name), "%s/%s", folder, file);
	ck_assert_msg(png_image_begin_read_from_file(&image, name), "%s: %s", name, image.message);
	ck_assert_uint_eq(image.width, width);
	ck_assert_uint_eq(image.height, height);
	ck_assert_uint_eq(image.format, format);
	pixels = malloc(PNG_IMAGE_SIZE(image));
	ck_assert_msg(png_image_finish_read(&image, NULL, pixels, 0, NULL), "%s: %s", name,
		      image.message);
	return pixels;
}

static void
assert_drawn(const char *file, uint32_t seed)
{
	uint8_t *pixels = decode(file, PNG_FORMAT_RGB, WIDTH, HEIGHT);

	for (uint32_t y = 0; y < HEIGHT; y++)
		for (uint32_t x = 0; x < WIDTH; x++) {
			const uint8_t *at = pixels + (y * WIDTH + x) * 3;
			uint32_t got = (uint32_t)at[0] << 16 | (uint32_t)at[1] << 8 | at[2];

			if (got != colour(x, y, seed))
				ck_abort_msg("%s: pixel %u, %u is %06x instead of %06x", file, x, y,
					     got, colour(x, y, seed));
		}
	free(pixels);
}

START_TEST(pixels_are_as_drawn)
{
	int fd = node_open_reset();

	switch_on(fd);
	draw(fd, 0);
	ck_assert_int_eq(screenshot("", "primary.png"), 0);
	assert_drawn("primary.png", 0);
	draw(fd, 0x123456);
	ck_assert_int_eq(screenshot("--plane=primary", "primary.png"), 0);
	assert_drawn("primary.png", 0x123456);
}
END_TEST

START_TEST(cursor_is_transparent)
{
	uint32_t row[64];
	int fd = node_open_reset();
	uint8_t *pixels;

	switch_on(fd);
	for (uint32_t y = 0; y < 64; y++) {
		for (uint32_t x = 0; x < 64; x++)
			row[x] = x < y ? 0xff000000 | colour(x, y, 0) : 0;
		assert_returns(pwrite(fd, row, 256, AT(MEMORY, page_at(y / 16) + (y & 15) * 256)),
			       256);
	}
	ck_assert_int_eq(screenshot("-p cursor 2>/dev/null", "off.png"), 69);
	node_put(fd, BAR0, 0x71080, 4, 0x27);
	node_put(fd, BAR0, 0x71084, 4, SURFACE);
	ck_assert_int_eq(screenshot("-p cursor", "cursor.png"), 0);
	pixels = decode("cursor.png", PNG_FORMAT_RGBA, 64, 64);
	for (uint32_t y = 0; y < 64; y++)
		for (uint32_t x = 0; x < 64; x++) {
			const uint8_t *at = pixels + (y * 64 + x) * 4;

			ck_assert_uint_eq(at[3], x < y ? 0xff : 0);
			if (x < y)
				ck_assert_uint_eq((uint32_t)at[0] << 16 | (uint32_t)at[1] << 8 |
							  at[2],
						  colour(x, y, 0));
		}
	free(pixels);
}
END_TEST

START_TEST(nothing_to_see)
{
	char name[128];
	int fd = node_open_reset();

	ck_assert_int_eq(screenshot("2>/dev/null", "off.png"), 69);
	snprintf(name, sizeof(name), "%s/off.png", folder);
	assert_fails(access(name, F_OK), ENOENT);
	/* A format that nobody can show. */
	switch_on(fd);
	node_put(fd, BAR0, 0x71180, 4, 0x81000000);
	ck_assert_int_eq(screenshot("2>/dev/null", "off.png"), 1);
	assert_fails(access(name, F_OK), ENOENT);
	ck_assert_int_eq(screenshot("-p sprite 2>/dev/null", "off.png"), 64);
	ck_assert_int_eq(screenshot("-n 1 2>/dev/null", "off.png"), 64);
}
END_TEST

/* Two files for two flips; what is drawn without one is not told. */
START_TEST(follows_flips)
{
	int fd = node_open_reset();
	struct stat st;
	char name[128];
	pid_t pid;
	int status;

	switch_on(fd);
	draw(fd, 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		_exit(screenshot("--follow -n 2 > /dev/null", "flips"));
	snprintf(name, sizeof(name), "%s/flips", folder);
	while (stat(name, &st) < 0)
		pause_ms(10);
	pause_ms(500);
	for (uint32_t i = 1; i <= 2; i++) {
		draw(fd, i * 0x111111);
		flip(fd);
		snprintf(name, sizeof(name), "%s/flips/%06u.png", folder, i);
		while (stat(name, &st) < 0)
			pause_ms(10);
		pause_ms(500);
	}
	assert_returns(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	assert_drawn("flips/000001.png", 0x111111);
	assert_drawn("flips/000002.png", 0x222222);
}
END_TEST

START_TEST(no_display)
{
	ck_assert_int_eq(screenshot("2>/dev/null", "none.png"), 1);
}
END_TEST

Suite *
picture_suite(void)
{
	Suite *suite = suite_create("picture");
	TCase *vgpu = served_case("vgpu", serve_vgpu, 120);
	TCase *edu = served_case("edu", serve_edu, 60);

	tcase_add_checked_fixture(vgpu, make_folder, remove_folder);
	tcase_add_test(vgpu, pixels_are_as_drawn);
	tcase_add_test(vgpu, cursor_is_transparent);
	tcase_add_test(vgpu, nothing_to_see);
	tcase_add_test(vgpu, follows_flips);
	served_last(vgpu);
	suite_add_tcase(suite, vgpu);
	tcase_add_checked_fixture(edu, make_folder, remove_folder);
	tcase_add_test(edu, no_display);
	served_last(edu);
	suite_add_tcase(suite, edu);
	return suite;
}

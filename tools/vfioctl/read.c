// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vfioctl read: registers, one pread() each.
 */
#include "config.h"

#include <ctype.h>

#include "vfioctl.h"

#define LINE 16u /* bytes on a line of the hex dump */

struct read_options {
	unsigned width; /**< 0: not given */
	uint64_t count; /**< 0: not given */
	bool raw;
};

static void
print_line(uint64_t offset, const uint8_t *bytes, size_t length, unsigned width)
{
	printf("%08jx:", (uintmax_t)offset);
	for (size_t i = 0; i < length; i += width)
		printf(" %0*jx", (int)width * 2, (uintmax_t)get_le(bytes + i, width));
	if (width == 1) {
		printf("%*s", 2 + 3 * (int)(LINE - length), "");
		for (size_t i = 0; i < length; i++)
			putchar(isprint(bytes[i]) ? bytes[i] : '.');
	}
	putchar('\n');
}

static int
read_items(const struct device *dev, const struct region *region, uint64_t offset, unsigned width,
	   uint64_t count, const struct read_options *options)
{
	int status = EX_OK;

	while (count > 0 && !status && !ferror(stdout)) {
		uint8_t bytes[LINE];
		size_t length = 0;

		/* A line, or what of it can be read. */
		while (length < LINE && count > 0 && !status) {
			status = region_read(dev, region, offset + length, bytes + length, width);
			if (!status) {
				length += width;
				count--;
			}
		}
		if (options->raw)
			fwrite(bytes, 1, length, stdout);
		else if (options->count > 1 && length > 0)
			print_line(offset, bytes, length, width);
		else if (length > 0)
			printf("0x%0*jx\n", (int)width * 2, (uintmax_t)get_le(bytes, width));
		offset += length;
	}
	return status;
}

static int
run_read(const struct call *call)
{
	const struct read_options *options = call->options;
	struct region region;
	struct device dev;
	uint64_t offset;
	int status = parse_argument("OFFSET", call->argv[1], &offset);

	if (status)
		return status;
	status = region_open(call, &dev, &region);
	if (!status)
		status = read_items(&dev, &region, offset, options->width ? options->width : 4,
				    options->count ? options->count : 1, options);
	region_close(&dev, &region);
	return status;
}

static error_t
parse_option(int key, char *arg, struct argp_state *state)
{
	struct read_options *options = state->input;

	switch (key) {
	case 'w':
		options->width = option_width(state, arg);
		return 0;
	case 'n':
		options->count = option_number(state, "COUNT", arg, 1, UINT64_MAX);
		return 0;
	case 'r':
		options->raw = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option option_list[] = {
	{.name = "width",
	 .key = 'w',
	 .arg = "WIDTH",
	 .doc = "Bytes at a time: 1, 2, 4 (default) or 8"},
	{.name = "count", .key = 'n', .arg = "COUNT", .doc = "How many items (default 1)"},
	{.name = "raw", .key = 'r', .doc = "Write the bytes as they are to standard output"},
	{0},
};

const struct verb read_verb = {
	.name = "read",
	.arguments = "REGION OFFSET",
	.summary = "read registers",
	.details =
		"Each item is read by one access of WIDTH bytes. One item is printed as a number, "
		"more as a hex dump. REGION is a number or bar0 to bar5, rom, config, vga, "
		"opregion, edid, memory, framebuffer, cursor. Numbers are decimal or 0x "
		"hexadecimal, with K, M, G or T behind them for powers of 1024. Use dump for large "
		"areas.",
	.min_arguments = 2,
	.max_arguments = 2,
	.options = option_list,
	.parse_option = parse_option,
	.options_size = sizeof(struct read_options),
	.run = run_read,
};

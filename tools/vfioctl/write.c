// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vfioctl write: registers, one pwrite() each.
 */
#include "config.h"

#include <err.h>
#include <stdlib.h>

#include "vfioctl.h"

struct write_options {
	unsigned width;   /**< 0: not given */
	const char *fill; /**< the value's text, or NULL */
	uint64_t count;   /**< 0: not given */
};

/** What to write, checked and ready. */
struct items {
	uint64_t *value;
	size_t values;  /**< of which the last is repeated until there are ... */
	uint64_t count; /**< ... so many */
	unsigned width;
};

static int
parse_value(const char *text, unsigned width, uint64_t *value)
{
	int status = parse_argument("VALUE", text, value);

	if (!status && width < 8 && *value >> 8 * width != 0) {
		warnx("VALUE does not fit in %u byte%s: %s", width, width == 1 ? "" : "s", text);
		status = EX_USAGE;
	}
	return status;
}

static int
parse_items(const struct call *call, struct items *items)
{
	const struct write_options *options = call->options;
	int status = EX_OK;

	items->width = options->width ? options->width : 4;
	items->values = options->fill ? 1 : (size_t)call->argc - 2;
	if (options->fill && call->argc > 2) {
		warnx("write: either VALUEs or --fill");
		return EX_USAGE;
	}
	if (items->values == 0 || (options->count && !options->fill)) {
		warnx(items->values == 0 ? "write: no VALUE given"
					 : "write: --count goes with --fill");
		return EX_USAGE;
	}
	items->count = options->count ? options->count : items->values;
	items->value = allocate(items->values * sizeof(*items->value));
	if (options->fill)
		return parse_value(options->fill, items->width, &items->value[0]);
	for (size_t i = 0; i < items->values && !status; i++)
		status = parse_value(call->argv[2 + i], items->width, &items->value[i]);
	return status;
}

static int
write_items(const struct device *dev, const struct region *region, uint64_t offset,
	    const struct items *items)
{
	int status = EX_OK;

	for (uint64_t i = 0; i < items->count && !status; i++) {
		uint8_t bytes[8];

		put_le(bytes, items->width,
		       items->value[i < items->values ? i : items->values - 1]);
		status = region_write(dev, region, offset, bytes, items->width);
		offset += items->width;
	}
	return status;
}

static int
run_write(const struct call *call)
{
	struct region region;
	struct items items = {0};
	struct device dev;
	uint64_t offset;
	int status = parse_argument("OFFSET", call->argv[1], &offset);

	if (!status)
		status = parse_items(call, &items);
	if (!status) {
		status = region_open(call, &dev, &region);
		if (!status)
			status = write_items(&dev, &region, offset, &items);
		region_close(&dev, &region);
	}
	free(items.value);
	return status;
}

static error_t
parse_option(int key, char *arg, struct argp_state *state)
{
	struct write_options *options = state->input;

	switch (key) {
	case 'w':
		options->width = option_width(state, arg);
		return 0;
	case 'f':
		options->fill = arg;
		return 0;
	case 'n':
		options->count = option_number(state, "COUNT", arg, 1, UINT64_MAX);
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
	{.name = "fill", .key = 'f', .arg = "VALUE", .doc = "Write this VALUE COUNT times"},
	{.name = "count", .key = 'n', .arg = "COUNT", .doc = "With --fill: how often (default 1)"},
	{0},
};

const struct verb write_verb = {
	.name = "write",
	.arguments = "REGION OFFSET [VALUE...]",
	.summary = "write registers",
	.details = "The VALUEs go to OFFSET, OFFSET + WIDTH and so on, each by one access of WIDTH "
		   "bytes. All are checked before the first is written. Numbers and REGIONs are as "
		   "for read. Use load for large areas.",
	.min_arguments = 2,
	.max_arguments = INT32_MAX,
	.options = option_list,
	.parse_option = parse_option,
	.options_size = sizeof(struct write_options),
	.run = run_write,
};

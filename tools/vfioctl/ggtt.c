// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vfioctl ggtt: the graphics address translation table of an Intel GPU, generation 8 and 9.
 * Its size stands in the graphics control word of config space.
 */
#include "config.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "ggtt.h"

#define VENDOR_INTEL  0x8086u
#define CLASS_DISPLAY 0x03u

#define CONFIG_VENDOR 0x00u
#define CONFIG_CLASS  0x0bu
#define CONFIG_GMCH   0x50u

/** What is to be done. */
struct job {
	enum {
		SHOW,
		MAP,
		UNMAP,
	} action;
	struct span span; /**< pages 0: the whole table */
	uint64_t bus;
};

/* Byte addresses on the command line, page numbers within: whatever a range touches is in it. */
static int
parse_range(const char *text, struct span *span)
{
	const char *plus = strchr(text, '+');
	char *start_text = plus ? strndup(text, (size_t)(plus - text)) : strdup(text);
	uint64_t start = 0, length = 1;
	bool good;

	if (!start_text)
		err(EX_OSERR, "strdup");
	good = parse_number(start_text, &start) && (!plus || parse_number(plus + 1, &length)) &&
	       length > 0 && start + (length - 1) >= start;
	free(start_text);
	if (!good) {
		warnx("range must be START+LENGTH: %s", text);
		return EX_USAGE;
	}
	span->first = start >> PAGE_SHIFT;
	span->pages = ((start + (length - 1)) >> PAGE_SHIFT) - span->first + 1;
	return EX_OK;
}

static int
parse_page(const char *what, const char *text, uint64_t *address)
{
	int status = parse_argument(what, text, address);

	if (!status && *address % PAGE_SIZE != 0) {
		warnx("%s is not a multiple of 4096: %s", what, text);
		status = EX_USAGE;
	}
	return status;
}

static int
parse_show(const struct call *call, struct job *job)
{
	const struct ggtt_options *options = call->options;

	job->action = SHOW;
	if (call->argc > 1) {
		warnx("ggtt show: too many arguments");
		return EX_USAGE;
	}
	return options->range ? parse_range(options->range, &job->span) : EX_OK;
}

/* map GM BUS [PAGES] or unmap GM [PAGES] */
static int
parse_change(const struct call *call, struct job *job)
{
	const struct ggtt_options *options = call->options;
	int needed = job->action == MAP ? 3 : 2;
	int status;
	uint64_t gm;

	if (call->argc < needed || call->argc > needed + 1) {
		warnx("ggtt: wrong number of arguments: map GM BUS [PAGES] or unmap GM [PAGES]");
		return EX_USAGE;
	}
	if (options->all || options->json || options->range) {
		warnx("ggtt: options are for show, not for %s", call->argv[0]);
		return EX_USAGE;
	}
	job->span.pages = 1;
	status = parse_page("GM", call->argv[1], &gm);
	if (!status && job->action == MAP)
		status = parse_page("BUS", call->argv[2], &job->bus);
	if (!status && call->argc > needed)
		status = parse_argument("PAGES", call->argv[needed], &job->span.pages);
	if (status)
		return status;
	job->span.first = gm >> PAGE_SHIFT;
	if (job->span.pages == 0 || job->span.pages > PTE_ADDRESS >> PAGE_SHIFT ||
	    job->bus > PTE_ADDRESS - ((job->span.pages - 1) << PAGE_SHIFT)) {
		warnx("ggtt: PAGES or BUS is out of range");
		return EX_USAGE;
	}
	return EX_OK;
}

static int
parse_job(const struct call *call, struct job *job)
{
	const char *action = call->argc > 0 ? call->argv[0] : "show";

	*job = (struct job){0};
	if (strcmp(action, "show") == 0)
		return parse_show(call, job);
	if (strcmp(action, "map") == 0) {
		job->action = MAP;
	} else if (strcmp(action, "unmap") == 0) {
		job->action = UNMAP;
	} else {
		warnx("ggtt: unknown action: %s (show, map or unmap)", action);
		return EX_USAGE;
	}
	return parse_change(call, job);
}

/** Bytes of table: 0, 2, 4 or 8 MiB. */
static uint64_t
table_size(unsigned gmch)
{
	unsigned ggms = gmch >> 6 & 3;

	return ggms ? UINT64_C(0x100000) << ggms : 0;
}

static int
ggtt_open(struct ggtt *ggtt, const struct call *call)
{
	uint8_t config[CONFIG_GMCH + 2] = {0};
	struct device *dev = &ggtt->dev;
	struct region region = {0};
	uint64_t size;
	int status;

	*ggtt = (struct ggtt){0};
	status = device_open(dev, call);
	if (!status)
		status = region_find(dev, "config", &region);
	if (!status)
		status = region_read(dev, &region, 0, config, sizeof(config));
	region_release(&region);
	if (status)
		return status;

	if (get_le(config + CONFIG_VENDOR, 2) != VENDOR_INTEL ||
	    config[CONFIG_CLASS] != CLASS_DISPLAY) {
		warnx("%s: not an Intel GPU (vendor %04x, class %02x), so it has no GGTT",
		      dev->path, (unsigned)get_le(config + CONFIG_VENDOR, 2), config[CONFIG_CLASS]);
		return EX_DEVICE;
	}
	status = region_find(dev, "bar0", &ggtt->bar0);
	if (status)
		return status;
	size = table_size((unsigned)get_le(config + CONFIG_GMCH, 2));
	if (size == 0 || ggtt->bar0.info->size < TABLE_OFFSET + size) {
		warnx("%s: no room for a GGTT of %ju bytes in BAR0 (graphics control 0x%04x)",
		      dev->path, (uintmax_t)size, (unsigned)get_le(config + CONFIG_GMCH, 2));
		return EX_DEVICE;
	}
	ggtt->pages = size / PTE_SIZE;
	return EX_OK;
}

static void
ggtt_close(struct ggtt *ggtt)
{
	region_release(&ggtt->bar0);
	device_close(&ggtt->dev);
}

static int
write_ptes(const struct ggtt *ggtt, const struct job *job)
{
	uint8_t *chunk = allocate(CHUNK_SIZE);
	uint64_t done = 0;
	int status = EX_OK;

	while (done < job->span.pages && !status) {
		uint64_t left = job->span.pages - done;
		size_t part = left < CHUNK_PTES ? (size_t)left : CHUNK_PTES;

		for (size_t i = 0; i < part; i++) {
			uint64_t bus = job->bus + ((done + i) << PAGE_SHIFT);

			put_le(chunk + i * PTE_SIZE, PTE_SIZE,
			       job->action == MAP ? bus | PTE_PRESENT : 0);
		}
		status = region_write_all(&ggtt->dev, &ggtt->bar0,
					  ggtt_position(job->span.first + done), chunk,
					  part * PTE_SIZE);
		done += part;
	}
	free(chunk);
	return status;
}

static int
run_ggtt(const struct call *call)
{
	struct ggtt ggtt;
	struct job job;
	int status = parse_job(call, &job);

	if (status)
		return status;
	status = ggtt_open(&ggtt, call);
	if (!status && job.span.pages == 0)
		job.span = (struct span){.pages = ggtt.pages};
	if (!status &&
	    (job.span.first > ggtt.pages || job.span.pages > ggtt.pages - job.span.first)) {
		warnx("%s: graphics memory ends at 0x%jx", ggtt.dev.path,
		      (uintmax_t)(ggtt.pages << PAGE_SHIFT));
		status = EX_USAGE;
	}
	if (!status && job.action == SHOW)
		status = ggtt_show(&ggtt, &job.span, call->options);
	else if (!status)
		status = write_ptes(&ggtt, &job);
	ggtt_close(&ggtt);
	return status;
}

static error_t
parse_option(int key, char *arg, struct argp_state *state)
{
	struct ggtt_options *options = state->input;

	switch (key) {
	case 'a':
		options->all = true;
		return 0;
	case 'j':
		options->json = true;
		return 0;
	case 'r':
		options->range = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option option_list[] = {
	{.name = "all", .key = 'a', .doc = "Print each entry by itself, those not present too"},
	{.name = "range",
	 .key = 'r',
	 .arg = "START+LENGTH",
	 .doc = "Only these bytes of graphics memory (default: all of it)"},
	{.name = "json", .key = 'j', .doc = "Print JSON"},
	{0},
};

const struct verb ggtt_verb = {
	.name = "ggtt",
	.arguments = "[show | map GM BUS [PAGES] | unmap GM [PAGES]]",
	.summary = "show or change an Intel GPU's graphics address table",
	.details = "Shows the entries that are present. Pages in a row share a line when their bus "
		   "addresses are in a row too, or all the same. map makes PAGES (default 1) pages "
		   "from graphics address GM on point to bus address BUS and those behind it; "
		   "unmap clears their entries.",
	.min_arguments = 0,
	.max_arguments = 4,
	.options = option_list,
	.parse_option = parse_option,
	.options_size = sizeof(struct ggtt_options),
	.run = run_ggtt,
};

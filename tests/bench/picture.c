/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "picture.h"

#include <stdlib.h>
#include <string.h>

/* Pixels. The labels of operations stand left of the bars, values right of them. */
#define WIDTH      820
#define MARGIN     24
#define BARS_LEFT  210
#define BARS_WIDTH 500
#define BAR        13
#define GAP        9 /* between operations */
#define HEAD       96
#define PANEL_HEAD 54

/* Short accesses: bars of one scale. */
static const char *const shown[] = {
	"register_read_4",  "register_write_4", "config_read_4", "ggtt_write_8",
	"get_info",         "ioas_map_4k",      "ioas_unmap_4k", "doorbell",
	"dma_4k_anonymous", "aperture_read_4k",
};
#define NUM_SHOWN (sizeof(shown) / sizeof(*shown))

struct series {
	const char *carrier, *recovery, *label, *color;
};

/* Grey: yardsticks. */
static const struct series all_series[] = {
	{"fuse", "", "vfiod, FUSE file", "#1f6fb2"},
	{"cuse", "proc", "vfiod, CUSE device, offsets from /proc", "#1f6fb2"},
	{"cuse", "bpf", "vfiod, CUSE device, offsets by eBPF", "#1a9a78"},
	{"null fuse", "", "null device on the same carrier (the floor)", "#8b929a"},
	{"null cuse", "", "null device on the same carrier (the floor)", "#8b929a"},
	{"socket", "", "UNIX socket, vfio-user's message sizes", "#d08a2e"},
};
#define NUM_SERIES (sizeof(all_series) / sizeof(*all_series))

static void
text(FILE *out, int x, int y, const char *class, const char *words)
{
	fprintf(out, "<text x=\"%d\" y=\"%d\" class=\"%s\">", x, y, class);
	for (; *words; words++) {
		if (*words == '&')
			fputs("&amp;", out);
		else if (*words == '<')
			fputs("&lt;", out);
		else
			fputc(*words, out);
	}
	fputs("</text>\n", out);
}

/* The row of a series, and its length: microseconds, or the ratio to the null device. */
static const struct row *
bar_of(const struct run *run, const char *operation, const struct series *series, double *value)
{
	const struct row *row = run_row(run, operation, series->carrier, series->recovery);
	const struct row *floor;

	if (!row)
		return NULL;
	*value = row->median / 1e3;
	if (run->emulated) {
		floor = run_row(run, operation, "null cuse", "");
		if (!floor)
			floor = run_row(run, operation, "null fuse", "");
		if (!floor)
			return NULL;
		*value = row->median / floor->median;
	}
	return row;
}

static bool
has_series(const struct run *run, const struct series *series)
{
	double value;

	return bar_of(run, shown[0], series, &value);
}

static bool
is_drawn(const struct run *run)
{
	return strcmp(run->carrier, "none") != 0;
}

static double
longest(const struct run *run)
{
	double most = 0, value;

	for (unsigned i = 0; i < NUM_SHOWN; i++)
		for (unsigned j = 0; j < NUM_SERIES; j++)
			if (bar_of(run, shown[i], &all_series[j], &value) && value > most)
				most = value;
	return most > 0 ? most : 1;
}

static unsigned
count_series(const struct run *run)
{
	unsigned count = 0;

	for (unsigned j = 0; j < NUM_SERIES; j++)
		count += has_series(run, &all_series[j]);
	return count;
}

static int
panel_height(const struct run *run)
{
	int bars = (int)count_series(run);

	return PANEL_HEAD + 18 * bars + (int)NUM_SHOWN * (bars * BAR + GAP) + 28;
}

static void
draw_bar(FILE *out, int y, const struct series *series, double value, double most, bool emulated)
{
	double width = value / most * BARS_WIDTH;
	char label[32];

	fprintf(out,
		"<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" rx=\"1.5\" fill=\"%s\"/>\n",
		BARS_LEFT, y, width < 1 ? 1 : width, BAR - 2, series->color);
	snprintf(label, sizeof(label), emulated ? "%.2f" : "%.1f", value);
	text(out, BARS_LEFT + (int)width + 6, y + BAR - 3, "value", label);
}

static int
draw_legend(FILE *out, const struct run *run, int y)
{
	for (unsigned j = 0; j < NUM_SERIES; j++) {
		if (!has_series(run, &all_series[j]))
			continue;
		fprintf(out,
			"<rect x=\"%d\" y=\"%d\" width=\"22\" height=\"10\" rx=\"1.5\" "
			"fill=\"%s\"/>\n",
			BARS_LEFT, y - 9, all_series[j].color);
		text(out, BARS_LEFT + 30, y, "legend", all_series[j].label);
		y += 18;
	}
	return y;
}

static void
draw_panel(FILE *out, const struct run *run, int top)
{
	double most = longest(run), value;
	char words[512];
	int y = top + 18;

	snprintf(words, sizeof(words), "%s%s",
		 !strcmp(run->carrier, "fuse") ? "FUSE file" : "CUSE device",
		 run->emulated ? ", in an emulated machine: multiples of the null device's time"
			       : ": microseconds, median");
	text(out, MARGIN, y, "panel", words);
	snprintf(words, sizeof(words), "%s, %s, %ld processor%s%s", run->kernel, run->cpu,
		 run->processors, run->processors == 1 ? "" : "s",
		 run->virtual_machine && !run->emulated ? " (virtual machine)" : "");
	text(out, MARGIN, y + 17, "machine", words);
	y = draw_legend(out, run, top + PANEL_HEAD + 4);
	for (unsigned i = 0; i < NUM_SHOWN; i++) {
		int first = y;

		for (unsigned j = 0; j < NUM_SERIES; j++) {
			const struct row *row = bar_of(run, shown[i], &all_series[j], &value);

			if (!row)
				continue;
			if (y == first)
				text(out, BARS_LEFT - 10,
				     first + (int)count_series(run) * BAR / 2 + 3, "operation",
				     row->title);
			draw_bar(out, y, &all_series[j], value, most, run->emulated);
			y += BAR;
		}
		y += GAP;
	}
}

static const char style[] = "<style>\n"
			    "text { font-family: -apple-system, 'Segoe UI', 'DejaVu Sans', "
			    "Helvetica, Arial, sans-serif; "
			    "fill: #24292f }\n"
			    ".title { font-size: 19px; font-weight: 600 }\n"
			    ".panel { font-size: 14px; font-weight: 600 }\n"
			    ".machine, .note { font-size: 11.5px; fill: #59636e }\n"
			    ".legend { font-size: 12px }\n"
			    ".operation { font-size: 12.5px; text-anchor: end }\n"
			    ".value { font-size: 11px; fill: #424a53 }\n"
			    "</style>\n";

void
picture_draw(FILE *out, const struct results *results)
{
	int height = HEAD, y = HEAD - 14;
	char words[160];

	for (unsigned i = 0; i < results->runs; i++)
		if (is_drawn(&results->run[i]))
			height += panel_height(&results->run[i]);
	fprintf(out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 "
		"0 %d "
		"%d\">\n",
		WIDTH, height, WIDTH, height);
	fputs(style, out);
	/* A sheet of its own: readable on light pages and on dark ones. */
	fprintf(out,
		"<rect x=\"0.5\" y=\"0.5\" width=\"%d\" height=\"%d\" rx=\"8\" fill=\"#fbfbfc\" "
		"stroke=\"#d0d7de\"/>\n",
		WIDTH - 1, height - 1);
	text(out, MARGIN, 36, "title", "What an access costs, by carrier");
	snprintf(words, sizeof(words), "vfiod %s, `make bench`, %.10s. Shorter is better.",
		 results->version, results->runs ? results->run[0].date : "");
	text(out, MARGIN, 58, "note", words);
	for (unsigned i = 0; i < results->runs; i++) {
		if (!is_drawn(&results->run[i]))
			continue;
		draw_panel(out, &results->run[i], y);
		y += panel_height(&results->run[i]);
	}
	fputs("</svg>\n", out);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The graphics address translation table for people and, as JSON, for programs. A million entries
 * are no reading, so pages whose addresses go on as the first ones did share a line.
 */
#include "config.h"

#include <jansson.h>
#include <stdlib.h>

#include "ggtt.h"

/**
 * Pages in a row whose entries follow a rule: all present, the bits beside the address all alike,
 * and the addresses either consecutive or all the same, as of a table full of scratch pages.
 */
struct run {
	struct span span;
	uint64_t pte;    /**< of the first page */
	uint64_t stride; /**< from one page's address to the next one's; 0 or PAGE_SIZE */
};

/** Where runs go to: one of the two. */
struct printer {
	bool all;
	json_t *list; /**< NULL: text on stdout */
};

static void
print_run(const struct printer *printer, const struct run *run)
{
	uint64_t gm = run->span.first << PAGE_SHIFT;
	uint64_t bits = run->pte & ~PTE_ADDRESS & ~PTE_PRESENT;
	uintmax_t bus = run->pte & PTE_ADDRESS;
	uint64_t pages = run->span.pages;
	bool present = run->pte & PTE_PRESENT;

	if (printer->list) {
		json_t *object = json_pack("{sI sI sb sI sI sI}", "gm", (json_int_t)gm, "pages",
					   (json_int_t)pages, "present", (int)present, "bus",
					   (json_int_t)bus, "stride", (json_int_t)run->stride,
					   "bits", (json_int_t)bits);

		json_array_append_new(printer->list, object);
		return;
	}
	printf("GM 0x%09jx .. 0x%09jx (%ju page%s) ", (uintmax_t)gm,
	       (uintmax_t)(gm + (pages << PAGE_SHIFT) - 1), (uintmax_t)pages,
	       pages == 1 ? "" : "s");
	if (present)
		printf("-> bus 0x%jx", bus);
	else
		printf("not present, 0x%jx", bus);
	if (run->stride == 0 && pages > 1)
		printf(", the same for all");
	if (bits)
		printf(", bits 0x%jx", (uintmax_t)bits);
	putchar('\n');
}

/* Whether an entry is the next one of a run; the second page settles the stride. */
static bool
continues(const struct run *run, uint64_t page, uint64_t pte)
{
	uint64_t step = pte - run->pte;

	if (run->span.pages == 0 || page != run->span.first + run->span.pages)
		return false;
	if (run->span.pages == 1)
		return step == 0 || step == PAGE_SIZE;
	return step == run->span.pages * run->stride;
}

static void
add_pte(const struct printer *printer, struct run *run, uint64_t page, uint64_t pte)
{
	if (!printer->all && continues(run, page, pte)) {
		if (run->span.pages == 1)
			run->stride = pte - run->pte;
		run->span.pages++;
		return;
	}
	if (run->span.pages > 0)
		print_run(printer, run);
	*run = (struct run){.span = {.first = page, .pages = 1}, .pte = pte, .stride = PAGE_SIZE};
	if (!printer->all && !(pte & PTE_PRESENT))
		run->span.pages = 0; /* not one to print */
}

static int
show_span(const struct ggtt *ggtt, const struct span *span, const struct printer *printer)
{
	uint8_t *chunk = allocate(CHUNK_SIZE);
	struct run run = {0};
	uint64_t done = 0;
	int status = EX_OK;

	while (done < span->pages && !status) {
		uint64_t left = span->pages - done;
		size_t part = left < CHUNK_PTES ? (size_t)left : CHUNK_PTES;

		status = region_read_all(&ggtt->dev, &ggtt->bar0, ggtt_position(span->first + done),
					 chunk, part * PTE_SIZE);
		for (size_t i = 0; i < part && !status; i++)
			add_pte(printer, &run, span->first + done + i,
				get_le(chunk + i * PTE_SIZE, PTE_SIZE));
		done += part;
	}
	if (run.span.pages > 0)
		print_run(printer, &run);
	free(chunk);
	return status;
}

int
ggtt_show(const struct ggtt *ggtt, const struct span *span, const struct ggtt_options *options)
{
	struct printer printer = {
		.all = options->all,
		.list = options->json ? json_array() : NULL,
	};
	int status = show_span(ggtt, span, &printer);

	if (options->json && !status) {
		json_t *object = json_object();

		json_object_set_new(object, "device", json_string(ggtt->dev.path));
		json_object_set_new(object, "gm_size",
				    json_integer((json_int_t)(ggtt->pages << PAGE_SHIFT)));
		json_object_set(object, "entries", printer.list);
		if (json_dumpf(object, stdout, JSON_INDENT(2)) == 0)
			putchar('\n');
		json_decref(object);
	}
	json_decref(printer.list);
	return status;
}

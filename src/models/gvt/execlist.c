/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Execlists: drivers hand an engine lists of one or two contexts, and the engine says what it did with
 * them by entries in a ring of six, the context status buffer. It is in registers and, as GVT-g
 * promises its guests, in the hardware status page in their memory. GVT-g execlist.c, i915
 * intel_execlists_submission.c (process_csb), Intel PRM SKL Vol 7 "Execlist".
 */
#include "models/gvt/streamer.h"

#include <endian.h>

/* Entries of the context status buffer, low half; the high half is the context's id. */
#define IDLE_TO_ACTIVE   (1u << 0)
#define PREEMPTED        (1u << 1)
#define ELEMENT_SWITCH   (1u << 2)
#define ACTIVE_TO_IDLE   (1u << 3)
#define CONTEXT_COMPLETE (1u << 4)
#define LITE_RESTORE     (1u << 15)

#define CSB_ENTRIES      6u
#define CSB_WRITE_MASK   0x7u

/* Where they are in the status page, and the index of the last one written. */
#define HWSP_CSB       0x40u
#define HWSP_CSB_WRITE 0x7cu

/* EXECLIST_STATUS */
#define STATUS_CURRENT    (1u << 0) /* which of two lists runs; GVT-g counts 0, 1, 0, 1 */
#define STATUS_NEXT       (1u << 1)
#define STATUS_QUEUE_FULL (1u << 2)
#define STATUS_VALID(n)   (1u << (4 - (n)))
#define STATUS_ACTIVE(n)  (1u << (18 - (n)))

static bool
same_context(const struct gvt_element *a, const struct gvt_element *b)
{
	return (a->low & GVT_CONTEXT_ADDRESS) == (b->low & GVT_CONTEXT_ADDRESS) &&
	       a->high == b->high;
}

/* Shows which lists there are. A list keeps its number, 0 or 1, while it waits and runs. */
static void
show_status(struct gvt_streamer *streamer)
{
	uint32_t *status = gvt_streamer_vreg(streamer, GVT_EXECLIST_STATUS);
	unsigned number = *status & STATUS_CURRENT;
	uint32_t value = number;

	if (streamer->has_running)
		value |= STATUS_VALID(number) | STATUS_ACTIVE(number);
	if (streamer->has_waiting)
		value |= STATUS_VALID(number ^ 1) | STATUS_QUEUE_FULL;
	if (streamer->has_running == streamer->has_waiting ? number : number ^ 1)
		value |= STATUS_NEXT;
	status[0] = value;
	status[1] = streamer->has_running ? streamer->running.element[streamer->current].high : 0;
}

void
gvt_execlist_forget(struct gvt_streamer *streamer)
{
	streamer->has_running = streamer->has_waiting = false;
	show_status(streamer);
}

static bool
acceptable(const struct gvt_execlist *list)
{
	const struct gvt_element *element = list->element;

	return element[0].low & GVT_CONTEXT_VALID && element[0].low & GVT_CONTEXT_PRIVILEGE &&
	       (!(element[1].low & GVT_CONTEXT_VALID) || element[1].low & GVT_CONTEXT_PRIVILEGE);
}

void
gvt_execlist_submit(struct gvt_streamer *streamer)
{
	const uint32_t *port = streamer->port;
	const struct gvt_execlist list = {
		.element = {{.high = port[2], .low = port[3]}, {.high = port[0], .low = port[1]}},
	};

	if (!acceptable(&list) || streamer->has_waiting) {
		vfiod_log(streamer->gvt->dev, VFIOD_LOG_WARNING,
			  "%s: list of contexts 0x%08x, 0x%08x dropped: %s", streamer->engine->name,
			  list.element[0].low, list.element[1].low,
			  streamer->has_waiting ? "one waits already" : "not valid");
		return;
	}
	streamer->waiting = list;
	streamer->has_waiting = true;
	show_status(streamer);
	if (!streamer->hung)
		gvt_streamer_kick(streamer);
}

/* The list that waits runs from now on. */
static void
promote(struct gvt_streamer *streamer)
{
	*gvt_streamer_vreg(streamer, GVT_EXECLIST_STATUS) ^= STATUS_CURRENT;
	streamer->running = streamer->waiting;
	streamer->current = 0;
	streamer->has_running = true;
	streamer->has_waiting = false;
	show_status(streamer);
}

/*
 * Appends an entry. It goes to the status page before its index, and both before the interrupt, since
 * drivers look at the index first. A status page that is nowhere costs its owner the news.
 */
static enum gvt_outcome
report(struct gvt_streamer *streamer, uint32_t status, uint32_t id)
{
	const struct vfiod_host *host = streamer->gvt->dev->host;
	uint32_t entry[2] = {htole32(status), htole32(id)}, index, le_index;
	uint64_t page;
	bool has_page;

	if (!gvt_streamer_lock(streamer))
		return GVT_CANCELLED;
	index = *gvt_streamer_vreg(streamer, GVT_CSB_POINTER) & CSB_WRITE_MASK;
	index = index < CSB_ENTRIES - 1 ? index + 1 : 0;
	has_page = !gvt_ggtt_translate(
		streamer->gvt, *gvt_streamer_vreg(streamer, GVT_HWS_PGA) & ~(GVT_PAGE_SIZE - 1),
		&page);
	if (!gvt_streamer_unlock(streamer))
		return GVT_CANCELLED;
	le_index = htole32(index);
	if (!has_page ||
	    host->bus_write(host->ctx, page + HWSP_CSB + 8 * index, entry, sizeof(entry)) ||
	    host->bus_write(host->ctx, page + HWSP_CSB_WRITE, &le_index, sizeof(le_index))) {
		if (has_page && !gvt_streamer_doubt(streamer))
			return GVT_CANCELLED;
		vfiod_log(streamer->gvt->dev, VFIOD_LOG_WARNING,
			  "%s: no memory behind the hardware status page", streamer->engine->name);
	}
	if (!gvt_streamer_lock(streamer))
		return GVT_CANCELLED;
	gvt_streamer_vreg(streamer, GVT_CSB)[2 * index] = status;
	gvt_streamer_vreg(streamer, GVT_CSB)[2 * index + 1] = id;
	*gvt_streamer_vreg(streamer, GVT_CSB_POINTER) &= ~CSB_WRITE_MASK;
	*gvt_streamer_vreg(streamer, GVT_CSB_POINTER) |= index;
	gvt_streamer_interrupt(streamer, GVT_IRQ_CONTEXT_SWITCH);
	return gvt_streamer_unlock(streamer) ? GVT_DONE : GVT_CANCELLED;
}

/* Takes over the waiting list in place of the one that runs, which has been told to stop. */
static enum gvt_outcome
replace(struct gvt_streamer *streamer, uint32_t status)
{
	uint32_t id;

	if (!gvt_streamer_lock(streamer))
		return GVT_CANCELLED;
	id = streamer->running.element[streamer->current].high;
	promote(streamer);
	streamer->switch_wanted = false;
	if (!gvt_streamer_unlock(streamer))
		return GVT_CANCELLED;
	return report(streamer, status, id);
}

/*
 * When the waiting list begins with the context that runs, hardware only samples the ring's tail anew:
 * a "lite restore". Else the context has to leave the engine.
 */
enum gvt_outcome
gvt_execlist_arbitrate(struct gvt_streamer *streamer, bool may_switch)
{
	const struct gvt_element *first = &streamer->switch_to;
	enum gvt_outcome outcome;

	if (!same_context(first, &streamer->context.element) ||
	    first->low & GVT_CONTEXT_FORCE_RESTORE)
		return may_switch ? GVT_SWITCH : GVT_DONE;
	outcome = replace(streamer, LITE_RESTORE | PREEMPTED);
	if (outcome == GVT_DONE) {
		gvt_tlb_flush(streamer);
		outcome = gvt_context_load_tail(streamer);
	}
	return outcome;
}

/* STOP_RING holds the engine between two commands. */
static enum gvt_outcome
park(struct gvt_streamer *streamer)
{
	const struct vfiod_host *host = streamer->gvt->dev->host;

	gvt_context_show(streamer);
	streamer->parked = true;
	host->unlock(host->ctx);
	pthread_mutex_lock(&streamer->mutex);
	while (!atomic_load(&streamer->attention) && !streamer->quit)
		pthread_cond_wait(&streamer->wake, &streamer->mutex);
	pthread_mutex_unlock(&streamer->mutex);
	return gvt_streamer_begin(streamer) ? GVT_DONE : GVT_CANCELLED;
}

enum gvt_outcome
gvt_execlist_attend(struct gvt_streamer *streamer)
{
	while (atomic_exchange(&streamer->attention, false)) {
		if (!gvt_streamer_lock(streamer))
			return GVT_CANCELLED;
		streamer->switch_wanted = streamer->has_waiting;
		streamer->switch_to = streamer->waiting.element[0];
		if (*gvt_streamer_vreg(streamer, GVT_MI_MODE) & GVT_MI_MODE_STOP_RING) {
			enum gvt_outcome outcome = park(streamer);

			if (outcome != GVT_DONE)
				return outcome;
			atomic_store(&streamer->attention, true);
			continue;
		}
		streamer->parked = false;
		if (!gvt_streamer_unlock(streamer))
			return GVT_CANCELLED;
	}
	return GVT_DONE;
}

/* Shows the world a stuck engine. Nothing but a reset gets it out of this. */
static enum gvt_outcome
show_hang(struct gvt_streamer *streamer)
{
	uint32_t error;

	if ((streamer->has_fault && !gvt_streamer_doubt(streamer)) || !gvt_streamer_lock(streamer))
		return GVT_CANCELLED;
	streamer->hung = true;
	gvt_context_show(streamer);
	gvt_engine_registers_hang(streamer);
	error = streamer->error;
	streamer->error = 0;
	if (error) {
		*gvt_streamer_vreg(streamer, GVT_RING_EIR) |= error;
		if (error & ~*gvt_streamer_vreg(streamer, GVT_RING_EMR))
			gvt_streamer_interrupt(streamer, GVT_IRQ_ERROR);
	}
	if (!gvt_streamer_unlock(streamer))
		return GVT_CANCELLED;
	vfiod_log(streamer->gvt->dev, VFIOD_LOG_NOTICE,
		  "%s hangs until it is reset: %s (command 0x%08x in context 0x%08x)",
		  streamer->engine->name, streamer->trouble, streamer->command[0],
		  streamer->context.element.low);
	return GVT_HUNG;
}

/* One context until its ring is empty or it has to make room. */
static enum gvt_outcome
run_context(struct gvt_streamer *streamer)
{
	enum gvt_outcome outcome = gvt_context_load(streamer), saved;

	if (outcome == GVT_DONE)
		outcome = gvt_commands_run(streamer, true);
	if (outcome == GVT_HUNG)
		return show_hang(streamer);
	if (outcome == GVT_CANCELLED)
		return outcome;
	saved = gvt_context_save(streamer);
	if (saved == GVT_HUNG)
		return show_hang(streamer);
	return saved == GVT_DONE ? outcome : saved;
}

/* The context at hand is done. GVT_SWITCH: the list's other element runs next. */
static enum gvt_outcome
complete(struct gvt_streamer *streamer)
{
	uint32_t status = CONTEXT_COMPLETE, id;
	enum gvt_outcome outcome;
	bool more;

	if (!gvt_streamer_lock(streamer))
		return GVT_CANCELLED;
	id = streamer->running.element[streamer->current].high;
	more = !streamer->current && streamer->running.element[1].low & GVT_CONTEXT_VALID;
	if (more)
		streamer->current = 1;
	else
		streamer->has_running = false;
	show_status(streamer);
	if (!gvt_streamer_unlock(streamer))
		return GVT_CANCELLED;
	status |= more ? ELEMENT_SWITCH : ACTIVE_TO_IDLE;
	outcome = report(streamer, status, id);
	return outcome == GVT_DONE && more ? GVT_SWITCH : outcome;
}

/* A list, and those that replace it, until the engine is idle. */
static enum gvt_outcome
run_lists(struct gvt_streamer *streamer)
{
	enum gvt_outcome outcome = report(streamer, IDLE_TO_ACTIVE, 0);

	while (outcome == GVT_DONE) {
		/* Lists change only in this thread while one runs. */
		streamer->context.element = streamer->running.element[streamer->current];
		outcome = run_context(streamer);
		if (outcome == GVT_SWITCH) {
			outcome = replace(streamer, PREEMPTED);
			continue;
		}
		if (outcome != GVT_DONE)
			return outcome;
		outcome = complete(streamer);
		if (outcome != GVT_SWITCH)
			return outcome;
		outcome = GVT_DONE;
	}
	return outcome;
}

/* Whether there is a list to start with; it runs then. */
static bool
take_list(struct gvt_streamer *streamer)
{
	bool found;

	if (!gvt_streamer_lock(streamer))
		return false;
	found = streamer->has_waiting && !streamer->hung;
	if (found)
		promote(streamer);
	streamer->switch_wanted = false;
	return gvt_streamer_unlock(streamer) && found;
}

void
gvt_execlist_serve(struct gvt_streamer *streamer)
{
	while (take_list(streamer))
		if (run_lists(streamer) != GVT_DONE)
			return;
}

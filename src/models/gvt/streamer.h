/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An engine at work. Intel calls the part that fetches and carries out commands the command streamer;
 * here it is a thread for each engine, started when the engine gets its first list of contexts.
 *
 * Two locks. The host's lock guards the device's state: registers, and of the struct below what is
 * marked so. The streamer's own mutex only guards its sleep and the two facts that let others cancel
 * its work. The thread holds neither while it touches bus memory; it says that it does so by
 * `working`. Whoever resets the engine holds the host's lock, starts a new epoch, and waits until
 * `working` is false: after that nothing of the old epoch reaches memory or registers any more, since
 * the thread looks at the epoch each time it takes the lock or begins to work.
 */
#ifndef MODELS_GVT_STREAMER_H
#define MODELS_GVT_STREAMER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "models/gvt/registers.h"

/** How a piece of work ended. */
enum gvt_outcome {
	GVT_DONE,      /**< nothing left to do, or go on */
	GVT_SWITCH,    /**< the context makes room for a list that waits */
	GVT_HUNG,      /**< stuck until a reset */
	GVT_CANCELLED, /**< by a reset: touch nothing more */
};

/** A context to run, as submitted: the two halves of its descriptor. */
struct gvt_element {
	uint32_t low, high;
};

/** What a write to the submit port asks for: one or two contexts, the first always valid. */
struct gvt_execlist {
	struct gvt_element element[2];
};

/* Descriptor, low half. */
#define GVT_CONTEXT_VALID         (1u << 0)
#define GVT_CONTEXT_FORCE_RESTORE (1u << 2)
#define GVT_CONTEXT_64BIT         (2u << 3) /* of bits 4:3: 4-level page tables, else 3-level */
#define GVT_CONTEXT_PRIVILEGE     (1u << 8)
#define GVT_CONTEXT_ADDRESS       0xfffff000u

/** Where commands come from: the ring, batches of two levels, a batch of the context itself. */
struct gvt_stream {
	uint64_t address; /**< of the next command; in the ring an offset into it */
	uint64_t end;     /**< a context's own batch ends here; 0: at MI_BATCH_BUFFER_END */
	bool ppgtt;
	bool privileged;

	/* The page of commands that was read last. */
	bool window_valid;
	uint64_t window_address, window_bus;
	uint32_t window[GVT_PAGE_SIZE / 4];
};

enum { GVT_RING, GVT_BATCH, GVT_SECOND_BATCH, GVT_CONTEXT_BATCH, GVT_STREAMS };

/** Longest command that is fetched whole: MI_LOAD_REGISTER_IMM or MI_MATH with an 8-bit length. */
#define GVT_MAX_COMMAND 258u

/* Cached translations, forgotten whenever hardware may forget its own. */
#define GVT_TLB_PAGES  256u
#define GVT_TLB_TABLES 32u

struct gvt_tlb {
	struct gvt_tlb_page {
		uint64_t tag; /**< virtual page + 1; 0: unused */
		uint64_t frame;
		bool writable;
	} page[GVT_TLB_PAGES];
	struct gvt_tlb_table {
		uint64_t tag; /**< address of 2 MiB + 1 */
		uint64_t entry;
	} table[GVT_TLB_TABLES];
};

/** The context that runs. Only the thread uses it. */
struct gvt_context {
	struct gvt_element element;
	uint32_t ring_start, ring_size, ring_control;
	uint32_t tail;
	bool four_levels;
	uint64_t pdp[4];
	uint32_t timestamp_base; /**< what CTX_TIMESTAMP would be at time 0 */
	uint32_t image[GVT_PAGE_SIZE / 4];
};

/** How long a command of the ring, with the batch it starts, may take before it counts as hung. */
struct gvt_patience {
	uint32_t
		free_commands; /**< so many at full speed, then with pauses that spare the machine */
	uint32_t max_commands;
	uint64_t nanoseconds;
	uint64_t
		memory_nanoseconds; /**< how long memory may be gone before its owner is heard to be */
};

struct gvt_streamer {
	struct gvt *gvt;
	const struct gvt_engine *engine;

	/* Under the host's lock. */
	uint32_t port[4]; /**< dwords written to the submit port so far */
	unsigned port_count;
	struct gvt_execlist running, waiting;
	unsigned current; /**< element of `running` that runs */
	bool has_running, has_waiting;
	bool hung;
	bool parked; /**< stopped by STOP_RING between two commands */

	/* Under the mutex. */
	pthread_mutex_t mutex;
	pthread_cond_t wake;   /**< for the thread */
	pthread_cond_t rested; /**< for others: `working` or `busy` became false */
	pthread_t thread;
	bool started, kicked, quit;
	bool working; /**< touches bus memory */
	bool busy;    /**< serves lists, whether it works or waits for the lock */
	atomic_uint epoch;

	/** Something wants the thread to look up: a list, a stop, a reset. */
	atomic_bool attention;

	/* The thread's own. */
	unsigned my_epoch;
	bool switch_wanted;           /**< a list waits for the next chance to switch ... */
	struct gvt_element switch_to; /**< ... and begins with this context */
	bool arbitration;             /**< MI_ARB_ON_OFF */
	struct gvt_context context;
	struct gvt_stream stream[GVT_STREAMS];
	unsigned depth; /**< the stream in use */
	struct gvt_tlb tlb;
	uint32_t command[GVT_MAX_COMMAND];
	struct gvt_patience patience;
	uint32_t commands;   /**< since the last command of the ring */
	uint64_t deadline;   /**< for the ring's present command, 0: not yet looked at the clock */
	const char *trouble; /**< why it hung */
	uint32_t error;      /**< bits for EIR */
	bool has_fault;
	bool fault_ppgtt;
	uint64_t fault_address;
	uint8_t *rows; /**< the blitter's buffer, GVT_BLIT_BUFFER bytes */
	struct gvt_clip {
		int left, top, right, bottom;
	} clip;
	atomic_bool skipped; /**< said once that commands are skipped */
};

/* streamer.c */

/**
 * Takes the host's lock; the thread may not touch bus memory then. False if the work has been
 * cancelled: then it doesn't have the lock.
 */
bool gvt_streamer_lock(struct gvt_streamer *streamer);
/** Gives the lock back and works on; false if the work has been cancelled. */
bool gvt_streamer_unlock(struct gvt_streamer *streamer);
/** Begins to work; false if the work has been cancelled. */
bool gvt_streamer_begin(struct gvt_streamer *streamer);
/** Stops working; bus memory is no longer touched. */
void gvt_streamer_end(struct gvt_streamer *streamer);
/** Sleeps for so many nanoseconds or until somebody wants attention. False if cancelled. */
bool gvt_streamer_pause(struct gvt_streamer *streamer, uint64_t nanoseconds);
/**
 * Memory isn't there: waits whether its owner goes, and the work with it. False if it was cancelled; true
 * if it is worth telling.
 */
bool gvt_streamer_doubt(struct gvt_streamer *streamer);
/** Whether a reset has cancelled the work; for long loops over memory. */
bool gvt_streamer_cancelled(struct gvt_streamer *streamer);
/** Somebody has work or news for the thread. Under the host's lock. */
void gvt_streamer_kick(struct gvt_streamer *streamer);
/** Raises an interrupt of the engine: GVT_IRQ_* bits. Under the host's lock. */
void gvt_streamer_interrupt(struct gvt_streamer *streamer, uint32_t bits);
/** The engine is stuck; says why. Returns GVT_HUNG. */
enum gvt_outcome gvt_streamer_hang(struct gvt_streamer *streamer, const char *why);

#define GVT_IRQ_USER           (1u << 0)
#define GVT_IRQ_ERROR          (1u << 3)
#define GVT_IRQ_NOTIFY         (1u << 4)
#define GVT_IRQ_CONTEXT_SWITCH (1u << 8)

/* regs_engine.c */

/** Shows a stuck engine, and the fault if that is the cause. Under the host's lock. */
void gvt_engine_registers_hang(struct gvt_streamer *streamer);

static inline uint32_t *
gvt_streamer_vreg(const struct gvt_streamer *streamer, uint32_t offset)
{
	return gvt_vreg(streamer->gvt, streamer->engine->base + offset);
}

/* execlist.c */

/** The fourth write to the submit port. Under the host's lock. */
void gvt_execlist_submit(struct gvt_streamer *streamer);
/** Forgets all lists, and shows that there are none. Under the host's lock, when nothing runs. */
void gvt_execlist_forget(struct gvt_streamer *streamer);
/** Runs lists until there are none, or the engine hangs or is reset. Begins not working. */
void gvt_execlist_serve(struct gvt_streamer *streamer);
/** A list waits: takes it over if it begins with the context that runs, GVT_SWITCH if not. */
enum gvt_outcome gvt_execlist_arbitrate(struct gvt_streamer *streamer, bool may_switch);
/** Follows the registers that others may have changed: stop, waiting list. */
enum gvt_outcome gvt_execlist_attend(struct gvt_streamer *streamer);

/* context.c */

/** Loads the context in `context.element` from its image, with its own batches. */
enum gvt_outcome gvt_context_load(struct gvt_streamer *streamer);
/** Reads the tail anew. */
enum gvt_outcome gvt_context_load_tail(struct gvt_streamer *streamer);
enum gvt_outcome gvt_context_save(struct gvt_streamer *streamer);
/** Shows in the registers where the context is. Under the host's lock. */
void gvt_context_show(struct gvt_streamer *streamer);

/* engine_memory.c */

/** Moves bytes in an address space of the engine. GVT_HUNG at an address that maps nothing. */
enum gvt_outcome gvt_memory_read(struct gvt_streamer *streamer, bool ppgtt, uint64_t address,
				 void *buffer, size_t length);
enum gvt_outcome gvt_memory_write(struct gvt_streamer *streamer, bool ppgtt, uint64_t address,
				  const void *buffer, size_t length);
/** Reads the page of commands at @a address, a multiple of 4 KiB, into a stream's window. */
enum gvt_outcome gvt_memory_fetch(struct gvt_streamer *streamer, struct gvt_stream *stream,
				  uint64_t address);
void gvt_tlb_flush(struct gvt_streamer *streamer);

/** Many pieces, moved together: add them, then finish. */
#define GVT_GATHER_PIECES 256u
struct gvt_gather {
	bool write, ppgtt;
	unsigned count;
	struct vfiod_piece piece[GVT_GATHER_PIECES];
};
enum gvt_outcome gvt_gather_add(struct gvt_streamer *streamer, struct gvt_gather *gather,
				uint64_t address, void *buffer, size_t length);
void gvt_gather_finish(struct gvt_streamer *streamer, struct gvt_gather *gather);

/* commands.c */

/** Runs commands: of the ring until it is empty, or (@a ring false) of a batch until it ends. */
enum gvt_outcome gvt_commands_run(struct gvt_streamer *streamer, bool ring);
/** Fetches @a count dwords of the command at hand to `command`, and moves on. */
enum gvt_outcome gvt_command_fetch(struct gvt_streamer *streamer, unsigned count);
/** Moves over a command of which only the length counts. */
enum gvt_outcome gvt_command_skip(struct gvt_streamer *streamer, unsigned dwords);
/** Whether the ring's command, with all that it started, may go on: for long loops. */
enum gvt_outcome gvt_command_check_time(struct gvt_streamer *streamer);
/** A command that no engine of this kind knows. */
enum gvt_outcome gvt_command_invalid(struct gvt_streamer *streamer);
/** Says once that commands are skipped. */
void gvt_command_skipped(struct gvt_streamer *streamer, const char *what);

/* commands_mi.c, pipe_control.c, blitter.c: one command, whose first dword is given */
enum gvt_outcome gvt_command_mi(struct gvt_streamer *streamer, uint32_t header);
enum gvt_outcome gvt_pipe_control(struct gvt_streamer *streamer);
enum gvt_outcome gvt_command_blit(struct gvt_streamer *streamer, uint32_t header);
/** Writes what a command leaves behind: an address in the page of the context or elsewhere. */
enum gvt_outcome gvt_post_sync(struct gvt_streamer *streamer, uint64_t address, bool index,
			       bool ggtt, const void *value, size_t length);

#define GVT_BLIT_BUFFER (1u << 20)

#endif

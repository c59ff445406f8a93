/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is measured: a list of works, each of which can be done again and again. A group of works is the
 * same access made of different sides, in turns, so that whatever else the machine does hits all of them.
 */
#ifndef BENCH_PLAN_H
#define BENCH_PLAN_H

#include <stdbool.h>
#include <stddef.h>

struct samples {
	double *ns;
	size_t count, room;
};

/** False when out of memory. */
bool samples_add(struct samples *samples, double ns);
/** Sorts them. @a share: 0.5 is the median. There must be one. */
double samples_quantile(struct samples *samples, double share);

/** What a work's time is divided by. */
enum yardstick {
	FLOOR, /**< a null device on the same carrier; in process: the least that any access costs */
	SOCKET, /**< a message of vfio-user's size to another process and its reply, on a UNIX socket */
	PIPE,   /**< a byte to another process and one back */
	MEMCPY, /**< of as many bytes */
	SINGLE, /**< a daemon with one device only */
	NUM_YARDSTICKS,
};

/** In JSON. */
extern const char *const yardstick_key[NUM_YARDSTICKS];

struct work {
	const char *operation; /**< in JSON; operation, carrier and recovery name a work */
	const char *title;     /**< in the table */
	const char *carrier;  /**< who brings the access to whom: "fuse", "cuse", "in process"... */
	const char *recovery; /**< of the offset: "proc", "bpf", or "" where none is needed */
	bool ours;            /**< vfiod; else a yardstick */
	size_t bytes;         /**< that a call moves; 0: that is not what it is about */
	unsigned turns;       /**< of the group in a round, as its first work has it; 0 as 1. Short calls need many */
	unsigned per;         /**< a block takes calls / per calls: large transfers are slow */
	double quantile;      /**< which one is compared: 0.5, or 0.99 */
	struct work *against[NUM_YARDSTICKS]; /**< of the same group, or NULL */

	/** Does that many calls and adds what they took. Errno tells why not; 0: a short transfer. */
	bool (*block)(const struct work *work, unsigned calls, struct samples *samples);
	void *ctx;
	const void *what;

	unsigned group;
	struct samples taken;  /**< all of them */
	struct samples rounds; /**< the quantile of each round, in order */
	double median, p99;    /**< of all, ns; after plan_measure() */
};

struct plan {
	struct work **work;
	unsigned count, groups;
	unsigned calls; /**< in a block */
	unsigned done;  /**< rounds that were made */
};

/** The works added from now on are a group. */
void plan_group(struct plan *plan);
/** Adds a copy; NULL when out of memory, having said so. */
struct work *plan_add(struct plan *plan, const struct work *work);
/** Drops all works but those of the operations in @a keys, "KEY,KEY..."; false if one of them is none. */
bool plan_keep(struct plan *plan, const char *keys);
void plan_free(struct plan *plan);

/** Makes that many rounds, or as many as fit into a time. On failure it has said what failed. */
bool plan_measure(struct plan *plan, unsigned rounds, unsigned seconds);

/** Calls before each block, not counted: the other side's thread and caches were cold. */
#define WARM_UP 5u

double now_ns(void);

#endif

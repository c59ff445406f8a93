/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The benchmark: the same accesses made of vfiod's node, of a null device's two nodes and of a
 * device in this process, in turns, so that whatever else the machine does hits all of them.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

/** Who answers a call. */
enum target {
	VFIOD,      /**< the daemon with a vGPU */
	NULL_NODE,  /**< a CUSE device that answers at once: the floor */
	PROC_NODE,  /**< the same, but recovers the call's offset first, as vfiod does */
	IN_PROCESS, /**< function calls in this program */
	NUM_TARGETS,
};
#define NUM_NODES IN_PROCESS

enum operation_kind { OPERATION_READ, OPERATION_WRITE, OPERATION_IOCTL };
enum operation_place { IN_REGISTERS, IN_CONFIG, IN_GGTT, IN_APERTURE };

struct operation {
	const char *key;  /**< in JSON */
	const char *name; /**< in the table */
	enum operation_kind kind;
	enum operation_place place;
	size_t size;  /**< bytes of one call; of the ioctl's argument */
	unsigned per; /**< one block takes samples / per calls: large transfers are slow */
};

/* operations.c */
extern const struct operation operations[];
extern const unsigned num_operations;

/** The largest size of an operation. */
#define LARGEST (1u << 20)

/** The file offset of an access to a vGPU whose part of the aperture begins at @a low. */
uint64_t operation_offset(const struct operation *op, uint32_t low);
/** Writes to @a buffer what the operation is to write. */
void operation_fill(const struct operation *op, uint8_t *buffer);
/** Whether vfiod has to recover an offset for it: ioctls carry all they need. */
bool operation_recovers(const struct operation *op);

/** One way to reach a vGPU: a node or a function call. */
struct port {
	void *ctx;
	ssize_t (*read)(void *ctx, uint64_t offset, void *buffer, size_t length);
	ssize_t (*write)(void *ctx, uint64_t offset, const void *buffer, size_t length);
};

/**
 * Maps the first LARGEST bytes of the vGPU's part of the aperture to system memory, and proves it.
 * Sets *@a low to where that part begins. Returns false after saying what went wrong.
 */
bool map_aperture(const struct port *port, uint32_t *low);

/* node.c */
struct node {
	int fd;
	uint32_t low;
	uint8_t *buffer; /**< LARGEST bytes, page-aligned */
};

/** One call. False when it did not do all of it; errno tells why. */
bool node_call(const struct node *node, const struct operation *op, uint64_t offset);
struct port node_port(struct node *node);

/* programs.c: vfiod and the null device */
struct programs {
	pid_t pid[2];
};

/**
 * Starts both, with @a offsets for the option of that name, and opens their nodes into node[].fd. On
 * failure it has said why; programs_stop() is to be called in any case.
 */
bool programs_start(struct programs *programs, const char *vfiod, const char *null_cuse,
		    const char *offsets, struct node node[NUM_NODES]);
void programs_stop(struct programs *programs);

/* own.c: a vGPU in this process */
struct own_device;

struct own_device *own_device_new(void);
void own_device_free(struct own_device *own);
/** Mean ns of a call, out of as many as take a millisecond or two. Negative after a failure. */
double own_device_measure(struct own_device *own, const struct operation *op);

/* measure.c */
struct samples {
	double *ns;
	size_t count, room;
};

/** All calls made of each target, one row an operation. */
struct measurement {
	unsigned rounds, samples, seconds; /**< what was asked for */
	unsigned done;                     /**< rounds made before the time was up */
	bool with_nodes;
	const char *offsets; /**< how vfiod recovers them: the option's word */
	struct node node[NUM_NODES];
	struct own_device *own;
	struct samples (*taken)[NUM_TARGETS];
};

bool measure(struct measurement *measurement);
void measurement_free(struct measurement *measurement);

/* stats.c */
struct figures {
	size_t count; /**< 0: nothing was measured */
	double median, p99, mean;
};

/** What the table and the JSON say about an operation. Times in ns. */
struct result {
	const struct operation *op;
	struct figures by[NUM_TARGETS];
	double ratio;     /**< vfiod to floor */
	double low, high; /**< quartiles of the ratio round by round: far apart, there was noise */
	double recovery;  /**< over the floor; 0 where there is none */
	double dispatch;  /**< the rest of vfiod's time */
};

void results_of(struct measurement *measurement, struct result *results);
/** Whether ratios went up and down between rounds: something else kept the machine busy. */
bool results_noisy(const struct result *results);
double calls_per_second(const struct figures *figures);
/** Million bytes a second. */
double megabytes_per_second(const struct operation *op, const struct figures *figures);

/* machine.c */
struct machine {
	char kernel[208], cpu[160], date[32];
	long processors;
	bool virtual_machine;
	bool emulated; /**< by software: times mean nothing, only ratios do */
};

void machine_describe(struct machine *machine);

/* table.c, json.c */
void table_print(FILE *out, const struct machine *machine, const struct measurement *measurement,
		 const struct result *results);
/** @a path "-" is stdout. Returns false after saying why it can't. */
bool json_write(const char *path, const struct machine *machine,
		const struct measurement *measurement, const struct result *results);

#endif

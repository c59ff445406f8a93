/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Measures one carrier, or only what happens in process, and writes the figures down. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "access.h"
#include "carrier.h"
#include "clients.h"
#include "machine.h"
#include "options.h"
#include "own.h"
#include "peer.h"
#include "record.h"
#include "scale.h"
#include "vgpu.h"

/* How long each of the vGPU's figures is measured, seconds. */
#define VGPU_S 0.5

/* All that takes part. */
struct bench {
	struct bench_options options;
	struct dma_memory memory;
	struct plan plan;
	struct peer pipe, stream, seqpacket;
	struct carrier carrier;
	struct clients *clients;
	struct scale scale;
	struct vgpu vgpu;
	struct own *own;
};

static bool
start_carrier(struct bench *bench)
{
	bench->carrier.name = bench->options.carrier;
	bench->carrier.vfiod = bench->options.vfiod;
	bench->carrier.null_program = bench->options.null_program;
	/* Those that are forked come first: they are to have none of the others' descriptors. */
	if (!peer_start(&bench->pipe, PEER_PIPE) || !peer_start(&bench->stream, PEER_STREAM) ||
	    !peer_start(&bench->seqpacket, PEER_SEQPACKET) ||
	    !carrier_start(&bench->carrier, &bench->memory))
		return false;
	bench->clients = clients_start(&bench->carrier);
	if (bench->clients && bench->options.devices)
		scale_start(&bench->scale, &bench->carrier, bench->options.devices);
	return bench->clients;
}

static bool
start(struct bench *bench)
{
	if (!dma_memory_new(&bench->memory))
		return false;
	if (bench->options.carrier && !start_carrier(bench))
		return false;
	/* With CUSE, which may be emulated, the figures in process are another run's. */
	if (bench->options.carrier && !strcmp(bench->options.carrier, "cuse"))
		return true;
	bench->own = own_new(&bench->memory);
	return bench->own;
}

static bool
make_plan(struct bench *bench)
{
	const struct carrier *carrier = &bench->carrier;
	struct plan *plan = &bench->plan;
	struct sides sides = {.own = bench->own};
	struct work *pipe = NULL;

	if (carrier->name) {
		sides.null = &carrier->null.target;
		sides.stream = &bench->stream;
		sides.seqpacket = &bench->seqpacket;
		for (unsigned i = 0; i < carrier->count; i++)
			sides.vfiod[i] = &carrier->served[i].target;
		pipe = peer_add_ping_pong(plan, &bench->pipe);
		if (!pipe)
			return false;
	}
	if (!access_plan(plan, &sides))
		return false;
	if (carrier->name && !clients_plan(plan, bench->clients, carrier))
		return false;
	if (bench->scale.devices && !scale_plan(plan, &bench->scale, carrier))
		return false;
	for (unsigned i = 0; i < plan->count; i++)
		if (plan->work[i]->ours && !plan->work[i]->bytes &&
		    strcmp(plan->work[i]->carrier, "in process"))
			plan->work[i]->against[PIPE] = pipe;
	if (bench->own && !own_add_lookups(plan, bench->own))
		return false;
	return !bench->options.operations || plan_keep(plan, bench->options.operations);
}

static bool
report(struct bench *bench)
{
	struct machine machine;

	machine_describe(&machine);
	return record_write(bench->options.json, &machine, &bench->plan,
			    bench->options.carrier ? bench->options.carrier : "none",
			    bench->scale.devices ? &bench->scale : NULL, &bench->vgpu);
}

static void
stop(struct bench *bench)
{
	own_free(bench->own);
	clients_stop(bench->clients);
	scale_stop(&bench->scale);
	carrier_stop(&bench->carrier);
	peer_stop(&bench->seqpacket);
	peer_stop(&bench->stream);
	peer_stop(&bench->pipe);
	plan_free(&bench->plan);
	dma_memory_free(&bench->memory);
}

/* The exit status of a test that is skipped. */
#define SKIPPED 77

static int
count(struct bench *bench)
{
#ifndef __OPTIMIZE__
	fprintf(stderr, "compiled without optimization: nothing to count\n");
	return SKIPPED;
#endif
	if (!dma_memory_new(&bench->memory))
		return EX_SOFTWARE;
	bench->own = own_new(&bench->memory);
	if (!bench->own || !own_count(bench->own, bench->options.count, bench->options.calls))
		return EX_SOFTWARE;
	return 0;
}

static int
take_figures(struct bench *bench)
{
	const struct bench_options *options = &bench->options;

	bench->plan.calls = options->calls;
	if (!start(bench) || !make_plan(bench) ||
	    !plan_measure(&bench->plan, options->rounds, options->seconds))
		return EX_SOFTWARE;
	/* Afterwards, since it changes the device. */
	if (options->carrier)
		vgpu_measure(&bench->vgpu, &bench->carrier, VGPU_S);
	return report(bench) ? 0 : EX_SOFTWARE;
}

int
main(int argc, char **argv)
{
	static struct bench bench;
	int code;

	bench_options_parse(&bench.options, argc, argv);
	code = bench.options.count ? count(&bench) : take_figures(&bench);
	stop(&bench);
	return code;
}

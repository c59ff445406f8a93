/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "clients.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Calls of a client in a turn, which all of them make at the same time. */
#define CALLS     16u

#define SCRATCH   0x0b11cu
#define NUM_PATHS (1 + MAX_VFIODS)

/* Shared with the clients. */
struct board {
	pthread_barrier_t start, end;
	unsigned path; /* which device is next */
	atomic_uint failed, ready;
	double ns[NUM_CLIENTS][CALLS];
};

struct clients {
	struct board *board;
	pid_t pid[NUM_CLIENTS];
	struct turn {
		struct clients *clients;
		unsigned path;
	} turn[NUM_PATHS];
};

static void
client(struct board *board, unsigned number, const char *const path[NUM_PATHS], unsigned paths)
{
	int fd[NUM_PATHS];
	uint32_t value;

	for (unsigned i = 0; i < paths; i++) {
		fd[i] = open(path[i], O_RDWR | O_CLOEXEC);
		if (fd[i] < 0)
			atomic_fetch_add(&board->failed, 1);
	}
	atomic_fetch_add(&board->ready, 1);
	for (;;) {
		pthread_barrier_wait(&board->start);
		for (unsigned i = 0; i < CALLS; i++) {
			double start = now_ns();

			if (pread(fd[board->path], &value, sizeof(value),
				  (off_t)region_offset(0, SCRATCH)) != sizeof(value))
				atomic_fetch_add(&board->failed, 1);
			board->ns[number][i] = now_ns() - start;
		}
		pthread_barrier_wait(&board->end);
	}
}

static bool
make_board(struct clients *clients)
{
	pthread_barrierattr_t shared;
	void *memory = mmap(NULL, sizeof(struct board), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return false;
	clients->board = memory;
	pthread_barrierattr_init(&shared);
	pthread_barrierattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
	return !pthread_barrier_init(&clients->board->start, &shared, NUM_CLIENTS + 1) &&
	       !pthread_barrier_init(&clients->board->end, &shared, NUM_CLIENTS + 1);
}

static bool
fork_clients(struct clients *clients, const char *const path[NUM_PATHS], unsigned paths)
{
	for (unsigned i = 0; i < NUM_CLIENTS; i++) {
		clients->pid[i] = fork();
		if (clients->pid[i] < 0)
			return false;
		if (!clients->pid[i]) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			client(clients->board, i, path, paths);
		}
	}
	while (atomic_load(&clients->board->ready) < NUM_CLIENTS)
		usleep(1000);
	return !atomic_load(&clients->board->failed);
}

struct clients *
clients_start(const struct carrier *carrier)
{
	struct clients *clients = calloc(1, sizeof(*clients));
	const char *path[NUM_PATHS] = {carrier->null.path};

	for (unsigned i = 0; i < carrier->count; i++)
		path[1 + i] = carrier->served[i].path;
	if (clients && make_board(clients) && fork_clients(clients, path, 1 + carrier->count))
		return clients;
	perror("bench: many clients");
	clients_stop(clients);
	return NULL;
}

void
clients_stop(struct clients *clients)
{
	for (unsigned i = 0; clients && i < NUM_CLIENTS; i++) {
		if (clients->pid[i] <= 0)
			continue;
		kill(clients->pid[i], SIGKILL);
		waitpid(clients->pid[i], NULL, 0);
	}
	if (clients && clients->board)
		munmap(clients->board, sizeof(*clients->board));
	free(clients);
}

static bool
clients_block(const struct work *work, unsigned calls, struct samples *samples)
{
	const struct turn *turn = work->ctx;
	struct board *board = turn->clients->board;

	(void)calls;
	board->path = turn->path;
	pthread_barrier_wait(&board->start);
	pthread_barrier_wait(&board->end);
	for (unsigned i = 0; i < NUM_CLIENTS; i++)
		for (unsigned call = 0; call < CALLS; call++)
			if (!samples_add(samples, board->ns[i][call]))
				return false;
	return !atomic_load(&board->failed);
}

static struct work *
add(struct plan *plan, struct clients *clients, unsigned path, const struct target *target)
{
	clients->turn[path] = (struct turn){clients, path};
	return plan_add(plan, &(struct work){.operation = "clients_64",
					     .title = "64 clients, read 4 B",
					     .carrier = target->carrier,
					     .recovery = target->recovery,
					     .ours = !target->null,
					     .quantile = 0.99,
					     .block = clients_block,
					     .ctx = &clients->turn[path]});
}

bool
clients_plan(struct plan *plan, struct clients *clients, const struct carrier *carrier)
{
	struct work *floor, *work;

	plan_group(plan);
	floor = add(plan, clients, 0, &carrier->null.target);
	for (unsigned i = 0; floor && i < carrier->count; i++) {
		work = add(plan, clients, 1 + i, &carrier->served[i].target);
		if (!work)
			return false;
		work->against[FLOOR] = floor;
	}
	return floor;
}

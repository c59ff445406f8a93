/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asks /proc/TID/syscall, keeping one descriptor open for each thread that calls. */
#include "carrier/offset.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "carrier/ring.h"
#include "util/log.h"

/* The caller is queued before it sleeps: usually a yield is enough, else wait in growing steps. */
#define YIELDS       64
#define NAP_FIRST_NS 20000
#define NAP_LAST_NS  1000000
#define NAPS_TOTAL   5000 /* about 5 s: only a starved or frozen caller takes that long */

/* Flags of /proc/TID/stat that mark threads without a user's system call (include/linux/sched.h). */
#define PF_IO_WORKER   0x00000010ul
#define PF_USER_WORKER 0x00004000ul
#define PF_KTHREAD     0x00200000ul
#define STAT_FLAGS     9 /* field number, proc(5) */

void
offset_cache_init(struct offset_cache *cache)
{
	for (unsigned i = 0; i < OFFSET_CACHE; i++) {
		cache->slot[i].tid = 0;
		cache->slot[i].fd = -1;
	}
}

void
offset_cache_clear(struct offset_cache *cache)
{
	for (unsigned i = 0; i < OFFSET_CACHE; i++)
		if (cache->slot[i].fd >= 0)
			close(cache->slot[i].fd);
	offset_cache_init(cache);
}

static int
open_proc(pid_t tid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)tid, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* A worker of io_uring shows the registers of whoever created it: those of some other call. */
static enum offset_refusal
check_worker(pid_t tid)
{
	char text[512], *at;
	unsigned long flags;
	ssize_t length;
	int fd = open_proc(tid, "stat");

	if (fd < 0)
		return errno == EACCES || errno == EPERM ? OFFSET_NOT_ALLOWED : OFFSET_ERROR;
	length = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (length <= 0)
		return OFFSET_ERROR;
	text[length] = '\0';
	/* The second field is the name in parentheses and may hold anything; the third follows. */
	at = strrchr(text, ')');
	if (!at)
		return OFFSET_ERROR;
	for (int field = 2; field < STAT_FLAGS; field++) {
		at = strchr(at + 1, ' ');
		if (!at)
			return OFFSET_ERROR;
	}
	flags = strtoul(at, NULL, 10);
	return flags & (PF_IO_WORKER | PF_USER_WORKER | PF_KTHREAD) ? OFFSET_KERNEL_WORKER
								    : OFFSET_OK;
}

static enum offset_refusal
open_slot(struct offset_cache *cache, unsigned slot, pid_t tid)
{
	enum offset_refusal refusal = check_worker(tid);
	int fd;

	if (cache->slot[slot].fd >= 0)
		close(cache->slot[slot].fd);
	cache->slot[slot].fd = -1;
	cache->slot[slot].tid = 0;
	if (refusal)
		return refusal;
	fd = open_proc(tid, "syscall");
	if (fd < 0)
		return errno == EACCES || errno == EPERM ? OFFSET_NOT_ALLOWED : OFFSET_ERROR;
	cache->slot[slot].tid = tid;
	cache->slot[slot].fd = fd;
	return OFFSET_OK;
}

/* Reads the line; reopens when the thread that the descriptor was for has gone. */
static enum offset_refusal
read_line(struct offset_cache *cache, pid_t tid, char *line, size_t size)
{
	unsigned slot = (unsigned)tid % OFFSET_CACHE;
	enum offset_refusal refusal = OFFSET_OK;
	bool fresh = false;
	ssize_t length;

	if (cache->slot[slot].tid != tid) {
		refusal = open_slot(cache, slot, tid);
		fresh = true;
	}
	while (!refusal) {
		length = pread(cache->slot[slot].fd, line, size - 1, 0);
		if (length > 0) {
			line[length] = '\0';
			return OFFSET_OK;
		}
		if (length < 0 && (errno == EPERM || errno == EACCES))
			return OFFSET_NOT_ALLOWED;
		if (fresh)
			return OFFSET_ERROR;
		refusal = open_slot(cache, slot, tid);
		fresh = true;
	}
	return refusal;
}

static void
nap(unsigned times)
{
	long ns = NAP_FIRST_NS;

	while (times-- && ns < NAP_LAST_NS)
		ns *= 2;
	nanosleep(&(struct timespec){.tv_nsec = ns < NAP_LAST_NS ? ns : NAP_LAST_NS}, NULL);
}

static enum offset_refusal
ask(struct offset_cache *cache, const struct offset_request *request, struct offset_call *call)
{
	char line[256];

	for (unsigned tries = 0; tries < YIELDS + NAPS_TOTAL; tries++) {
		enum offset_refusal refusal = read_line(cache, request->tid, line, sizeof(line));

		if (refusal)
			return refusal;
		if (!offset_line_running(line))
			return offset_decode(line, request->write, call);
		if (tries < YIELDS)
			sched_yield();
		else
			nap(tries - YIELDS);
	}
	return OFFSET_NEVER_STILL;
}

static enum offset_refusal
recover(struct offset_cache *cache, const struct offset_request *request, struct offset_call *call)
{
	enum offset_refusal refusal = ask(cache, request, call);

	if (!refusal && (request->open_flags & O_NONBLOCK) && thread_has_ring(request->tid))
		return OFFSET_RING;
	return refusal;
}

/* Without the capability only some callers can be looked at, or none. */
static int
start(char *why, size_t room)
{
	char scope = '0';
	int fd;

	if (capng_have_capability(CAPNG_EFFECTIVE, CAP_SYS_PTRACE))
		return 0;
	fd = open("/proc/sys/kernel/yama/ptrace_scope", O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		if (read(fd, &scope, 1) != 1)
			scope = '?';
		close(fd);
	}
	if (scope == '0') {
		log_line(LOG_WARNING, "without CAP_SYS_PTRACE only clients of the same user can be "
				      "served; the others get EOPNOTSUPP");
		return 0;
	}
	snprintf(why, room,
		 "no ptrace right over callers: run vfiod as root or with CAP_SYS_PTRACE "
		 "(kernel.yama.ptrace_scope=%c forbids it otherwise)",
		 scope);
	return EX_NOPERM;
}

static void
stop(void)
{
}

const struct offset_mechanism offset_proc = {
	.name = "proc",
	.how = "read in /proc/TID/syscall",
	.start = start,
	.stop = stop,
	.recover = recover,
};

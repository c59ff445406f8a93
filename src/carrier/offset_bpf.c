/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loads the eBPF program that records calls, and reads its records. */
#include "carrier/offset.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cap-ng.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sysexits.h>

#include "carrier/recorded.h"
#include "util/log.h"

/* Inode number of the first pid namespace (PROC_PID_INIT_INO of include/linux/proc_ns.h). */
#define FIRST_NAMESPACE 0xeffffffcu

#define PROGRAMS        2

/* recorder.bpf.c, compiled. */
static const unsigned char recorder[] = {
#include "carrier/recorder.inc"
};

static struct {
	struct bpf_object *object;
	struct bpf_link *link[PROGRAMS];
	struct record *records;
} state;

static int
log_libbpf(enum libbpf_print_level level, const char *format, va_list args)
{
	char text[16384], *rest = text;

	if (level == LIBBPF_DEBUG || !log_enabled(LOG_DEBUG))
		return 0;
	vsnprintf(text, sizeof(text), format, args);
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		log_line(LOG_DEBUG, "%s", line);
	return 0;
}

/* Thread ids in requests are those of the pid namespace that we are in. */
static int
set_namespace(void)
{
	struct stat st;
	struct bpf_map *map;
	unsigned inode;

	if (stat("/proc/self/ns/pid", &st))
		return -errno;
	inode = (unsigned)st.st_ino;
	if (inode == FIRST_NAMESPACE)
		inode = 0;
	bpf_object__for_each_map(map, state.object) if (
		strstr(bpf_map__name(map),
		       ".rodata")) return bpf_map__set_initial_value(map, &inode, sizeof(inode));
	return -ENOENT;
}

static int
attach(void)
{
	struct bpf_program *program;
	unsigned attached = 0;

	bpf_object__for_each_program(program, state.object)
	{
		if (attached == PROGRAMS)
			return -E2BIG;
		state.link[attached] = bpf_program__attach(program);
		if (!state.link[attached])
			return -errno;
		attached++;
	}
	return attached == PROGRAMS ? 0 : -ENOENT;
}

static int
map_records(void)
{
	int fd = bpf_object__find_map_fd_by_name(state.object, "records");
	void *at;

	if (fd < 0)
		return fd;
	at = mmap(NULL, sizeof(struct record) * RECORDS, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		return -errno;
	state.records = at;
	return 0;
}

static void
stop(void)
{
	for (unsigned i = 0; i < PROGRAMS; i++)
		bpf_link__destroy(state.link[i]);
	if (state.records)
		munmap(state.records, sizeof(struct record) * RECORDS);
	bpf_object__close(state.object);
	memset(&state, 0, sizeof(state));
}

static int
fail(const char *what, int error, char *why, size_t room)
{
	const bool rights = error == -EPERM || error == -EACCES;

	stop();
	snprintf(why, room, "cannot %s: %s%s", what, strerror(-error),
		 rights ? " (it needs CAP_SYS_ADMIN)" : "");
	return rights ? EX_NOPERM : EX_UNAVAILABLE;
}

static int
start(char *why, size_t room)
{
	int error;

	libbpf_set_print(log_libbpf);
	state.object = bpf_object__open_mem(recorder, sizeof(recorder), NULL);
	if (!state.object)
		return fail("read the eBPF program", -errno, why, room);
	error = set_namespace();
	if (error)
		return fail("learn our pid namespace", error, why, room);
	error = bpf_object__load(state.object);
	if (error)
		return fail("load the eBPF program", error, why, room);
	error = map_records();
	if (error)
		return fail("map the eBPF program's records", error, why, room);
	error = attach();
	if (error)
		return fail("attach the eBPF program", error, why, room);
	if (!capng_have_capability(CAPNG_EFFECTIVE, CAP_SYS_PTRACE))
		log_line(LOG_WARNING, "without CAP_SYS_PTRACE only clients of the same user can be "
				      "sent interrupts");
	return 0;
}

static enum offset_refusal
recover(struct offset_cache *cache, const struct offset_request *request, struct offset_call *call)
{
	(void)cache;
	return record_take(&state.records[(unsigned)request->tid % RECORDS], request, call);
}

const struct offset_mechanism offset_bpf = {
	.name = "bpf",
	.how = "recorded by an eBPF program",
	.start = start,
	.stop = stop,
	.recover = recover,
};

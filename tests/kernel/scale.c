/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One daemon with many devices, and one device with many clients. */
#include <dirent.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "control_client.h"
#include "kernel.h"
#include "node.h"
#include "served.h"

#define SOCKET       "/run/vfiod-kernel-tests.scale"
#define CONF         "/run/vfiod-kernel-tests.scale.conf"

#define DEVICES      256
#define IDLE_MS      3000
#define IDLE_WINDOWS 3
#define DEVICE_KIB   1024

/* Registers in BAR0 of a vGPU that say what it is. */
#define PVINFO_MAGIC 0x78000
#define MAGIC        UINT64_C(0x4776544776544776)

static double
now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static bool
is_sanitized(const struct daemon *daemon)
{
	char command[64];

	snprintf(command, sizeof(command), "grep -q libasan /proc/%d/maps", (int)daemon->pid);
	return system(command) == 0;
}

static const char *
name_of(unsigned device)
{
	static char name[32];

	snprintf(name, sizeof(name), "scale/vgpu%u", device);
	return name;
}

static void
start_with(struct daemon *daemon, unsigned devices)
{
	FILE *conf = fopen(CONF, "we");

	ck_assert_ptr_nonnull(conf);
	for (unsigned i = 0; i < devices; i++)
		fprintf(conf, "[device %s]\nmodel = vgpu\n", name_of(i));
	ck_assert_int_eq(fclose(conf), 0);
	daemon_start(daemon, ARGS("--iommu", "none", "--control", "none", "--log-level", "notice",
				  "--config", CONF));
	unlink(CONF);
}

/* How often its threads have waited or been interrupted, and their processor time in ticks. */
struct activity {
	unsigned long switches, ticks;
};

static struct activity
activity(const struct daemon *daemon)
{
	struct activity sum = {0};
	char path[320], line[256];
	struct dirent *entry;
	DIR *threads;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)daemon->pid);
	threads = opendir(path);
	ck_assert_ptr_nonnull(threads);
	while ((entry = readdir(threads))) {
		unsigned long user, system, switches;
		FILE *file;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/proc/%d/task/%s/status", (int)daemon->pid,
			 entry->d_name);
		file = fopen(path, "re");
		ck_assert_ptr_nonnull(file);
		while (fgets(line, sizeof(line), file))
			if (sscanf(line, "voluntary_ctxt_switches: %lu", &switches) == 1 ||
			    sscanf(line, "nonvoluntary_ctxt_switches: %lu", &switches) == 1)
				sum.switches += switches;
		fclose(file);
		snprintf(path, sizeof(path), "/proc/%d/task/%s/stat", (int)daemon->pid,
			 entry->d_name);
		file = fopen(path, "re");
		ck_assert_ptr_nonnull(file);
		/* The name, in parentheses, is ours and has no space. */
		ck_assert_int_eq(
			fscanf(file, "%*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %lu %lu",
			       &user, &system),
			2);
		fclose(file);
		sum.ticks += user + system;
	}
	closedir(threads);
	return sum;
}

static unsigned
num_threads(const struct daemon *daemon)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)daemon->pid);
	assert_returns(stat(path, &st), 0);
	return (unsigned)st.st_nlink - 2;
}

static unsigned
num_lines(const char *path)
{
	unsigned lines = 0;
	FILE *file = fopen(path, "re");

	ck_assert_ptr_nonnull(file);
	for (int c = getc(file); c != EOF; c = getc(file))
		lines += c == '\n';
	fclose(file);
	return lines;
}

/* Nothing there counts as nothing in it. */
static unsigned
num_entries(const char *path)
{
	DIR *folder = opendir(path);
	unsigned entries = 0;

	if (!folder)
		return 0;
	while (readdir(folder))
		entries++;
	closedir(folder);
	return entries;
}

/* All of them work, and character devices share a major number. */
static void
assert_devices(unsigned devices)
{
	unsigned char seen[DEVICES] = {0};
	unsigned high = 0;

	for (unsigned i = 0; i < devices; i++) {
		int fd = node_open(name_of(i));
		struct stat st;

		ck_assert_uint_eq(node_get(fd, BAR0, PVINFO_MAGIC, 8), MAGIC);
		assert_returns(fstat(fd, &st), 0);
		close(fd);
		if (daemon_carrier_is_fuse())
			continue;
		ck_assert(S_ISCHR(st.st_mode));
		if (!i)
			high = major(st.st_rdev);
		ck_assert_uint_eq(major(st.st_rdev), high);
		ck_assert_uint_lt(minor(st.st_rdev), DEVICES);
		ck_assert_uint_eq(seen[minor(st.st_rdev)]++, 0);
	}
}

/* For that long it does nothing; what clients have left to do may come before. */
static void
assert_idle(const struct daemon *daemon)
{
	struct activity before, after = activity(daemon);
	unsigned windows = 0;

	do {
		before = after;
		pause_ms(IDLE_MS);
		after = activity(daemon);
	} while (++windows < IDLE_WINDOWS &&
		 (after.switches != before.switches || after.ticks != before.ticks));
	ck_assert_uint_eq(after.switches, before.switches);
	ck_assert_uint_eq(after.ticks, before.ticks);
}

START_TEST(many_devices)
{
	unsigned long single_kib, many_kib;
	unsigned single_threads;
	struct daemon daemon;
	double took;

	start_with(&daemon, 1);
	single_kib = daemon_resident_kib(&daemon);
	single_threads = num_threads(&daemon);
	daemon_stop(&daemon, SIGTERM);

	/* How long is for the benchmark to say; here other programs may run. */
	took = now_s();
	start_with(&daemon, DEVICES);
	took = now_s() - took;
	many_kib = daemon_resident_kib(&daemon);
	printf("scale: %u devices in %.2f s, %lu KiB each\n", DEVICES, took,
	       (many_kib - single_kib) / (DEVICES - 1));
	ck_assert_uint_eq(num_threads(&daemon), single_threads + DEVICES - 1);
	assert_idle(&daemon);
	if (!is_sanitized(&daemon))
		ck_assert_uint_lt((many_kib - single_kib) / (DEVICES - 1), DEVICE_KIB);
	assert_devices(DEVICES);
	assert_idle(&daemon);
	daemon_stop(&daemon, SIGTERM);
	ck_assert_int_ne(access(node_path("scale"), F_OK), 0);
}
END_TEST

/* A major number of its own for each daemon, and each keeps its nodes when another one ends. */
START_TEST(daemons_don_t_share_numbers)
{
	struct daemon daemon, other;
	struct stat first, second;

	daemon_start(&daemon, ARGS("--iommu", "none", "--control", "none", "--device",
				   "edu,name=scale-a0", "--device", "edu,name=scale-a1"));
	daemon_start(&other, ARGS("--iommu", "none", "--control", "none", "--device",
				  "edu,name=scale-b0", "--device", "edu,name=scale-b1"));
	assert_returns(stat(node_path("scale-a1"), &first), 0);
	assert_returns(stat(node_path("scale-b1"), &second), 0);
	ck_assert_uint_ne(major(first.st_rdev), major(second.st_rdev));
	daemon_stop(&daemon, SIGTERM);
	for (unsigned i = 0; i < 2; i++) {
		int fd = node_open(i ? "scale-b1" : "scale-b0");

		ck_assert_uint_eq(node_get(fd, BAR0, EDU_ID, 4), 0x010000ed);
		close(fd);
	}
	daemon_stop(&other, SIGTERM);
}
END_TEST

/* Made and removed by the thousand ------------------------------------------------------------------ */

#define TYPE    "i915-GVTg_V5_8"
#define BATCH   6 /* so many of the type fit the host at once */
#define ROUNDS  167
#define OK      "\"ok\":true"

#define NODE(n) "scale-made-" #n
#define CREATE(n)                                                                                  \
	"{\"command\":\"create\",\"type\":\"" TYPE "\",\"options\":{\"name\":\"" NODE(n) "\"}}\n"
#define REMOVE(n) "{\"command\":\"remove\",\"uuid\":\"" NODE(n) "\"}\n"

static const char *const made[BATCH] = {NODE(0), NODE(1), NODE(2), NODE(3), NODE(4), NODE(5)};
static const char *const create[BATCH] = {CREATE(0), CREATE(1), CREATE(2),
					  CREATE(3), CREATE(4), CREATE(5)};
static const char *const drop[BATCH] = {REMOVE(0), REMOVE(1), REMOVE(2),
					REMOVE(3), REMOVE(4), REMOVE(5)};

/* Where the kernel gives memory by 2 MiB, a page more or less would hide what is left over. */
static void
without_huge_pages(void)
{
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
}

static void
serve_controlled(void)
{
	daemon_spawn(
		&served,
		ARGS("--device", "edu,name=" SERVED_NODE, "--iommu", "none", "--control", SOCKET),
		without_huge_pages);
	daemon_wait_ready(&served);
}

static void
assert_done(const char *request)
{
	const char *text = control_ask(SOCKET, request);

	ck_assert_msg(strstr(text, OK) != NULL, "%s: %s", request, text);
}

/* Some used, some not; removed in the order they were made, or the other way round. */
static void
make_and_remove(unsigned round)
{
	for (unsigned i = 0; i < BATCH; i++) {
		int fd;

		assert_done(create[i]);
		if (i % 2)
			continue;
		fd = node_open(made[i]);
		ck_assert_uint_eq(node_get(fd, BAR0, PVINFO_MAGIC, 8), MAGIC);
		close(fd);
	}
	for (unsigned i = 0; i < BATCH; i++)
		assert_done(drop[round % 2 ? i : BATCH - 1 - i]);
}

/* All that can be left over. */
struct left {
	unsigned fds, threads, mounts, files, classes, regions;
	unsigned long kib;
};

static struct left
what_is_there(void)
{
	char folder[4096], mounts[64];
	struct left left = {.kib = daemon_resident_kib(&served)};
	unsigned before;

	do {
		before = left.fds;
		pause_ms(300);
		left.fds = daemon_num_fds(&served);
	} while (left.fds != before);
	snprintf(folder, sizeof(folder), "%s", node_path(SERVED_NODE));
	*strrchr(folder, '/') = '\0';
	snprintf(mounts, sizeof(mounts), "/proc/%d/mountinfo", (int)served.pid);
	left.threads = num_threads(&served);
	left.mounts = num_lines(mounts);
	left.files = num_entries(folder);
	left.classes = num_entries("/sys/class/cuse");
	left.regions = num_lines("/proc/devices");
	return left;
}

START_TEST(a_thousand_leave_nothing)
{
	unsigned long slack_kib = is_sanitized(&served) ? 64 * 1024 : 1024;
	struct left before, after;

	make_and_remove(0);
	make_and_remove(1);
	before = what_is_there();
	for (unsigned round = 0; round < ROUNDS; round++)
		make_and_remove(round);
	after = what_is_there();
	ck_assert_uint_eq(after.fds, before.fds);
	ck_assert_uint_eq(after.threads, before.threads);
	ck_assert_uint_eq(after.mounts, before.mounts);
	ck_assert_uint_eq(after.files, before.files);
	ck_assert_uint_eq(after.classes, before.classes);
	ck_assert_uint_eq(after.regions, before.regions);
	ck_assert_uint_le(after.kib, before.kib + slack_kib);
}
END_TEST

/* Many clients of one device ------------------------------------------------------------------------- */

#define CLIENTS    64
#define CLIENTS_MS 2000
#define SHARE      8 /* the luckiest one may get so many times what the unluckiest gets */

struct board {
	atomic_uint ready, failed;
	atomic_bool go, stop;
	unsigned calls[CLIENTS];
};

static void
client(struct board *board, unsigned number)
{
	int fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	fd = node_open(SERVED_NODE);
	atomic_fetch_add(&board->ready, 1);
	while (!atomic_load(&board->go))
		pause_ms(1);
	while (!atomic_load(&board->stop)) {
		uint32_t id;

		if (pread(fd, &id, sizeof(id), AT(BAR0, EDU_ID)) != sizeof(id) || id != 0x010000ed)
			atomic_fetch_add(&board->failed, 1);
		board->calls[number]++;
	}
	_exit(0);
}

START_TEST(many_clients_get_their_share)
{
	struct board *board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned least = UINT32_MAX, most = 0;

	ck_assert_ptr_ne(board, MAP_FAILED);
	for (unsigned i = 0; i < CLIENTS; i++) {
		pid_t pid = fork();

		ck_assert_int_ge(pid, 0);
		if (!pid)
			client(board, i);
	}
	while (atomic_load(&board->ready) < CLIENTS)
		pause_ms(10);
	atomic_store(&board->go, true);
	pause_ms(CLIENTS_MS);
	atomic_store(&board->stop, true);
	for (unsigned i = 0; i < CLIENTS; i++) {
		int status;

		ck_assert_int_gt(wait(&status), 0);
		ck_assert_int_eq(status, 0);
	}
	for (unsigned i = 0; i < CLIENTS; i++) {
		least = board->calls[i] < least ? board->calls[i] : least;
		most = board->calls[i] > most ? board->calls[i] : most;
	}
	printf("scale: %u clients of a device: %u to %u calls each in %u ms\n", CLIENTS, least,
	       most, CLIENTS_MS);
	ck_assert_uint_eq(atomic_load(&board->failed), 0);
	ck_assert_uint_gt(least, 0);
	ck_assert_uint_le(most, SHARE * least);
}
END_TEST

Suite *
scale_suite(void)
{
	Suite *suite = suite_create("scale");
	TCase *many = tcase_create("many"), *clients = served_case("clients", serve_edu, 120),
	      *made_case = served_case("made", serve_controlled, 300);

	tcase_set_timeout(many, 300);
	tcase_add_test(many, many_devices);
	if (!daemon_carrier_is_fuse())
		tcase_add_test(many, daemons_don_t_share_numbers);
	suite_add_tcase(suite, many);
	tcase_add_test(made_case, a_thousand_leave_nothing);
	served_last(made_case);
	suite_add_tcase(suite, made_case);
	tcase_add_test(clients, many_clients_get_their_share);
	served_last(clients);
	suite_add_tcase(suite, clients);
	return suite;
}

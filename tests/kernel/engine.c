/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An engine of the vGPU at work in a client's memory when that client goes. */
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/pci_regs.h>

#include "iommufd.h"
#include "kernel.h"
#include "node.h"
#include "served.h"

#define RW            (MAP_READABLE | MAP_WRITEABLE)
#define IOVA          UINT64_C(0x1000000)
#define SIZE          UINT64_C(0x100000)
#define PAGE          4096u
#define GGTT          UINT64_C(0x800000)
#define PVINFO        0x78000
#define SYSTEM_MEMORY (FIRST_SPECIFIC + 2)

/* Registers of the render engine. */
#define HWS_PGA         0x2080
#define GFX_MODE        0x229c
#define SUBMIT          0x2230
#define EXECLIST_STATUS 0x2234
#define STATUS_ACTIVE   0x78000u

/* Where things are in the client's memory; graphics memory is this memory from 0 on. */
#define STATUS_PAGE      0x00000u
#define CONTEXT          0x10000u
#define IMAGE            0x11000u
#define RING             0x20000u
#define BATCH            0x30000u
#define DATA             0x40000u

#define NOOP             0u
#define BATCH_END        (0x0au << 23)
#define STORE_DWORD_GGTT (0x20u << 23 | 1u << 22 | 2)
#define BATCH_START_GGTT (0x31u << 23 | 1)

/* Less than an engine takes to give a batch without end up. */
#define PATIENCE_MS 3000

static void
serve(void)
{
	daemon_start(&served, ARGS("--device", "vgpu,name=" SERVED_NODE));
}

static uint32_t *
memory_new(void)
{
	void *memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(memory, MAP_FAILED);
	return memory;
}

/* A context whose ring starts a batch that stores a 1 at DATA, for ever. */
static void
fill(uint32_t *memory)
{
	static const uint32_t ring[] = {BATCH_START_GGTT, BATCH, 0, NOOP};
	static const uint32_t batch[] = {STORE_DWORD_GGTT, DATA, 0, 1, BATCH_START_GGTT, BATCH, 0};
	uint32_t *image = memory + IMAGE / 4;

	memcpy(memory + RING / 4, ring, sizeof(ring));
	memcpy(memory + BATCH / 4, batch, sizeof(batch));
	image[0x03] = 0x00090009;
	image[0x07] = sizeof(ring);
	image[0x09] = RING;
	image[0x0b] = 1;
	image[0x60] = BATCH_END;
}

static bool
stored(uint32_t *memory)
{
	return __atomic_load_n(&memory[DATA / 4], __ATOMIC_ACQUIRE);
}

/* As a driver does it. */
static struct attached
start_engine(uint32_t *memory)
{
	struct attached attached = device_attached(&served, SERVED_NODE);
	int fd = attached.device;

	assert_returns(ioas_map(attached.iommufd, attached.ioas, memory, SIZE, IOVA, RW), 0);
	node_put(fd, CONFIG, PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	ck_assert_uint_eq(node_get(fd, BAR0, PVINFO, 4), 0x76544776);
	for (uint64_t at = 0; at < SIZE; at += PAGE)
		node_put(fd, BAR0, GGTT + at / PAGE * 8, 8, (IOVA + at) | 1);
	node_put(fd, BAR0, GFX_MODE, 4, 0x80008000);
	node_put(fd, BAR0, HWS_PGA, 4, STATUS_PAGE);
	for (unsigned i = 0; i < 2; i++)
		node_put(fd, BAR0, SUBMIT, 4, 0);
	node_put(fd, BAR0, SUBMIT, 4, 0x77);
	node_put(fd, BAR0, SUBMIT, 4, CONTEXT | 0x119);
	for (unsigned waited = 0; !stored(memory) && waited < PATIENCE_MS; waited++)
		pause_ms(1);
	ck_assert_msg(stored(memory), "the engine doesn't run: %s", daemon_log(&served));
	return attached;
}

/* Waits until nobody stores there any more. */
static void
assert_rests(uint32_t *memory)
{
	for (unsigned waited = 0; waited < PATIENCE_MS; waited += 100) {
		__atomic_store_n(&memory[DATA / 4], 0, __ATOMIC_RELEASE);
		pause_ms(100);
		if (!stored(memory))
			return;
	}
	ck_abort_msg("the engine goes on");
}

/* For the next client there is nothing of it, neither in memory nor in the log. */
static void
assert_gone(void)
{
	int fd = node_open(SERVED_NODE);

	ck_assert_uint_eq(node_get(fd, SYSTEM_MEMORY, IOVA + DATA, 4), 0);
	ck_assert_uint_eq(node_get(fd, SYSTEM_MEMORY, IOVA + STATUS_PAGE + 0x7c, 4), 0);
	ck_assert_uint_eq(node_get(fd, BAR0, EXECLIST_STATUS, 4) & STATUS_ACTIVE, 0);
	ck_assert_msg(!daemon_log_lines(&served, "hang") &&
			      !daemon_log_lines(&served, "status page"),
		      "%s", daemon_log(&served));
	close(fd);
}

START_TEST(closed)
{
	uint32_t *memory = memory_new();
	struct attached attached;
	int fd;

	fill(memory);
	attached = start_engine(memory);
	ck_assert_uint_ne(node_get(attached.device, BAR0, EXECLIST_STATUS, 4) & STATUS_ACTIVE, 0);
	close(attached.device);
	assert_rests(memory);
	assert_gone();
	/* Registers and page table stay as they were, and a reset clears them. */
	fd = node_open(SERVED_NODE);
	ck_assert_uint_eq(node_get(fd, BAR0, GFX_MODE, 4), 0x8000);
	ck_assert_uint_eq(node_get(fd, BAR0, GGTT + 8, 8), (IOVA + PAGE) | 1);
	close(fd);
	fd = node_open_reset();
	ck_assert_uint_eq(node_get(fd, BAR0, GFX_MODE, 4), 0);
	ck_assert_uint_eq(node_get(fd, BAR0, GGTT + 8, 8), 0);
	close(fd);
	close(attached.iommufd);
	/* The next client's list runs as if there had been none. */
	attached = start_engine(memory);
	device_close_attached(&attached);
	assert_rests(memory);
}
END_TEST

START_TEST(killed)
{
	uint32_t *memory = memory_new();
	pid_t child;

	fill(memory);
	child = fork();
	if (!child) {
		start_engine(memory);
		for (;;)
			pause();
	}
	for (unsigned waited = 0; !stored(memory) && waited < 2 * PATIENCE_MS; waited++)
		pause_ms(1);
	ck_assert(stored(memory));
	kill(child, SIGKILL);
	assert_returns(waitpid(child, NULL, 0), child);
	assert_rests(memory);
	assert_gone();
}
END_TEST

Suite *
engine_suite(void)
{
	Suite *suite = suite_create("engine");
	TCase *tcase = served_case("engine", serve, 120);

	tcase_add_test(tcase, closed);
	tcase_add_loop_test(tcase, killed, 0, 5);
	served_last(tcase);
	suite_add_tcase(suite, tcase);
	return suite;
}

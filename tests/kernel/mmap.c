/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mapping of memory BARs (<linux/vfio.h>, VFIO_REGION_INFO_FLAG_MMAP), where libfuse, kernel and rights
 * allow it, and their absence where they don't. tests/mmap/run has all of that.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/pci_regs.h>

#include "dump.h"
#include "iommufd.h"
#include "kernel.h"
#include "node.h"
#include "served.h"

#define NOBODY 65534
#define PAGE   4096u
#define MIB    (UINT64_C(1) << 20)
/* The windows of serve_express(): two BARs of memory, and the I/O ports in a page of their own. */
#define WINDOW_PAGES (2 * MIB / PAGE + 1)
/* What holds a hostile client back must come before this. */
#define TOO_MANY_PAGES (8 * WINDOW_PAGES)

#define CAN    "memory BARs can be mapped"
#define CANNOT "memory BARs can't be mapped: "

/* Whether this test has something to say; a machine that promises mapping must have it. */
static bool
can_map(const struct daemon *daemon)
{
	const char *promised = getenv("VFIOD_MAPPING");
	bool can = daemon_log_lines(daemon, CAN) > 0;

	ck_assert_uint_eq(daemon_log_lines(daemon, CAN) + daemon_log_lines(daemon, CANNOT), 1);
	ck_assert_msg(can || !promised || strcmp(promised, "1"), "no mapping; the daemon's log:\n%s",
		      daemon_log(daemon));
	return can;
}

static uint8_t *
map(int fd, unsigned region, uint64_t position, uint64_t length)
{
	uint8_t *memory = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			       AT(region, position));

	ck_assert_msg(memory != MAP_FAILED, "mmap: errno %d", errno);
	return memory;
}

static struct vfio_info_cap_header *
capability(void *info, uint16_t id)
{
	uint32_t at = ((struct vfio_region_info *)info)->cap_offset;

	while (at) {
		struct vfio_info_cap_header *header =
			(struct vfio_info_cap_header *)((uint8_t *)info + at);

		if (header->id == id)
			return header;
		at = header->next;
	}
	return NULL;
}

/* Runs in a child: how many pages from here on can be written until SIGBUS; @a most if all. */
static unsigned
writable_pages(uint8_t *memory, unsigned most)
{
	void *shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	volatile unsigned *count = shared;
	unsigned result;
	int status;
	pid_t child;

	ck_assert_ptr_ne(shared, MAP_FAILED);
	child = fork();
	if (!child) {
		for (; *count < most; (*count)++)
			memory[(uint64_t)*count * PAGE] = 0x55;
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	result = *count;
	ck_assert_int_eq(status, result == most ? 0 : SIGBUS);
	munmap(shared, PAGE);
	return result;
}

START_TEST(say_so_if_skipped)
{
	if (!can_map(&served))
		printf("mmap: tests of mapping SKIPPED: this daemon can't; tests/mmap/run has one that can\n");
}
END_TEST

START_TEST(flags_of_regions)
{
	/* BAR0 and BAR2 are memory; BAR4 are I/O ports, config space are registers. */
	static const bool mapped[] = {[BAR0] = true, [BAR2] = true, [VGA] = false};
	int fd = node_open_reset();

	if (!can_map(&served))
		return;
	for (unsigned i = 0; i < VGA; i++) {
		union {
			struct vfio_region_info info;
			uint8_t bytes[256];
		} answer = {.info = {.argsz = sizeof(answer), .index = i}};
		uint32_t flags;

		assert_returns(ioctl(fd, VFIO_DEVICE_GET_REGION_INFO, &answer), 0);
		flags = answer.info.flags;
		ck_assert_int_eq(!!(flags & VFIO_REGION_INFO_FLAG_MMAP), mapped[i]);
		/* The MSI-X table is inside BAR2, and that is no obstacle. */
		ck_assert_int_eq(!!(flags & VFIO_REGION_INFO_FLAG_CAPS), i == EXPRESS_MSIX_BAR);
		ck_assert_int_eq(capability(&answer, VFIO_REGION_INFO_CAP_MSIX_MAPPABLE) != NULL,
				 i == EXPRESS_MSIX_BAR);
	}
	close(fd);
}
END_TEST

START_TEST(mapping_and_file_are_one)
{
	static const unsigned bars[] = {BAR0, BAR2};
	uint8_t *out = malloc(MIB), *in = malloc(MIB);
	int fd = node_open_reset();

	if (!can_map(&served))
		return;
	for (unsigned i = 0; i < 2; i++) {
		/* BAR2's MSI-X table is not what is behind it: leave it out. */
		size_t start = bars[i] == EXPRESS_MSIX_BAR ? EXPRESS_MSIX_TABLE + PAGE : 0;
		size_t length = MIB - start;
		uint8_t *memory = map(fd, bars[i], 0, MIB);

		pattern_fill(out, length, 20 + i);
		assert_returns(pwrite(fd, out, length, AT(bars[i], start)), length);
		ck_assert_mem_eq(memory + start, out, length);
		pattern_fill(memory + start, length, 30 + i);
		assert_returns(pread(fd, in, length, AT(bars[i], start)), length);
		ck_assert(pattern_is(in, length, 30 + i));
		munmap(memory, MIB);
	}
	free(out);
	free(in);
	close(fd);
}
END_TEST

START_TEST(part_of_a_bar)
{
	int fd = node_open_reset();
	uint8_t *all, *part;

	if (!can_map(&served))
		return;
	all = map(fd, BAR2, 0, MIB);
	part = map(fd, BAR2, 0x5000, 2 * PAGE);
	node_put(fd, BAR2, 0x5008, 8, UINT64_C(0x1122334455667788));
	ck_assert_uint_eq(*(volatile uint64_t *)(part + 8), UINT64_C(0x1122334455667788));
	part[2 * PAGE - 1] = 0xa5;
	ck_assert_uint_eq(all[0x6fff], 0xa5);
	munmap(all, MIB);
	/* What is left goes on. */
	part[0] = 0x5a;
	ck_assert_uint_eq(node_get(fd, BAR2, 0x5000, 1), 0x5a);
	munmap(part, 2 * PAGE);
	close(fd);
}
END_TEST

/* Two processes with opens of their own, and the same memory. */
START_TEST(two_processes)
{
	int fd = node_open_reset(), status;
	volatile uint32_t *memory;
	pid_t child;

	if (!can_map(&served))
		return;
	memory = (volatile uint32_t *)map(fd, BAR0, 0, PAGE);
	memory[0] = memory[1] = 0;
	child = fork();
	if (!child) {
		int own = open(node_path(SERVED_NODE), O_RDWR);
		volatile uint32_t *theirs = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, own,
						 AT(BAR0, 0));

		if (theirs == MAP_FAILED)
			_exit(1);
		theirs[1] = 1;
		while (!theirs[0])
			;
		_exit(theirs[0] == 0x900df00d ? 0 : 2);
	}
	while (!memory[1])
		;
	memory[0] = 0x900df00d;
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	munmap((void *)(uintptr_t)memory, PAGE);
	close(fd);
}
END_TEST

START_TEST(reset_keeps_mappings)
{
	int fd = node_open_reset();
	uint8_t *memory;

	if (!can_map(&served))
		return;
	memory = map(fd, BAR0, 0, MIB);
	pattern_fill(memory, MIB, 40);
	assert_returns(ioctl(fd, VFIO_DEVICE_RESET), 0);
	/* A clone's memory keeps what is in it. */
	ck_assert(pattern_is(memory, MIB, 40));
	node_put(fd, BAR0, 0x100, 4, 0xcafe);
	ck_assert_uint_eq(*(volatile uint32_t *)(memory + 0x100), 0xcafe);
	munmap(memory, MIB);
	close(fd);
}
END_TEST

/* The memory bit turns off read() and write(); mappings go on, vfiod(7). */
START_TEST(memory_bit_off)
{
	int fd = node_open_reset();
	volatile uint32_t *memory;
	uint32_t value;

	if (!can_map(&served))
		return;
	memory = (volatile uint32_t *)map(fd, BAR0, 0, PAGE);
	node_put(fd, CONFIG, PCI_COMMAND, 2, 0);
	assert_fails(pread(fd, &value, 4, AT(BAR0, 0)), EIO);
	memory[0] = 0x12345678;
	node_put(fd, CONFIG, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
	ck_assert_uint_eq(node_get(fd, BAR0, 0, 4), 0x12345678);
	munmap((void *)(uintptr_t)memory, PAGE);
	close(fd);
}
END_TEST

/* The table that read() shows belongs to SET_IRQS; what is mapped there is just memory. */
START_TEST(msix_table_page)
{
	int fd = node_open_reset();
	volatile uint32_t *table;

	if (!can_map(&served))
		return;
	table = (volatile uint32_t *)map(fd, BAR2, EXPRESS_MSIX_TABLE, PAGE);
	table[0] = 0xfee00000;
	ck_assert_uint_eq(node_get(fd, BAR2, EXPRESS_MSIX_TABLE, 4), 0xffffffff);
	node_put(fd, BAR2, EXPRESS_MSIX_TABLE, 4, 0);
	ck_assert_uint_eq(table[0], 0xfee00000);
	munmap((void *)(uintptr_t)table, PAGE);
	close(fd);
}
END_TEST

START_TEST(rights_of_the_open)
{
	int fd = node_open_reset(), readable = open(node_path(SERVED_NODE), O_RDONLY);
	const volatile uint32_t *memory;

	if (!can_map(&served))
		return;
	ck_assert_int_ge(readable, 0);
	ck_assert_ptr_eq(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, readable, 0), MAP_FAILED);
	ck_assert_int_eq(errno, EACCES);
	memory = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, readable, 0);
	ck_assert_ptr_ne((void *)(uintptr_t)memory, MAP_FAILED);
	ck_assert_int_eq(mprotect((void *)(uintptr_t)memory, PAGE, PROT_READ | PROT_WRITE), -1);
	ck_assert_int_eq(errno, EACCES);
	node_put(fd, BAR0, 0, 4, 0xabcd);
	ck_assert_uint_eq(memory[0], 0xabcd);
	munmap((void *)(uintptr_t)memory, PAGE);
	close(readable);
	close(fd);
}
END_TEST

/* A kernel device refuses these; here they are a copy that the device doesn't see, vfiod(7). */
START_TEST(private_mappings_are_copies)
{
	int fd = node_open_reset();
	uint8_t *memory;

	if (!can_map(&served))
		return;
	node_put(fd, BAR0, 0, 4, 1);
	memory = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	ck_assert_ptr_ne(memory, MAP_FAILED);
	ck_assert_uint_eq(memory[0], 1);
	memory[0] = 2;
	ck_assert_uint_eq(node_get(fd, BAR0, 0, 4), 1);
	munmap(memory, PAGE);
	close(fd);
}
END_TEST

/* iommufd doesn't take a device's BAR for memory: EFAULT. */
START_TEST(no_target_of_dma)
{
	struct attached attached = device_attached(&served, SERVED_NODE);
	uint8_t *memory, *pages;

	if (!can_map(&served))
		return;
	/* A page of memory on either side. */
	pages = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(pages, MAP_FAILED);
	memory = mmap(pages + PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
		      attached.device, AT(BAR0, 0));
	ck_assert_ptr_eq(memory, pages + PAGE);
	assert_fails(ioas_map(attached.iommufd, attached.ioas, memory, PAGE, 0x10000,
			      MAP_READABLE | MAP_WRITEABLE), EFAULT);
	assert_fails(ioas_map(attached.iommufd, attached.ioas, pages, 3 * PAGE, 0x10000,
			      MAP_READABLE | MAP_WRITEABLE), EFAULT);
	assert_returns(ioas_map(attached.iommufd, attached.ioas, pages, PAGE, 0x10000,
				MAP_READABLE | MAP_WRITEABLE), 0);
	/* Nor through the node's descriptor. */
	assert_fails(ioas_map_file(attached.iommufd, attached.ioas, attached.device, 0, PAGE, 0x20000,
				   MAP_READABLE | MAP_WRITEABLE), EINVAL);
	munmap(pages, 3 * PAGE);
	device_close_attached(&attached);
}
END_TEST

/*
 * The kernel lets a client map what is no window as well. There are as many pages as the windows have,
 * and the daemon lives without them until the client gives them back.
 */
START_TEST(memory_beside_the_windows)
{
	int fd = node_open_reset(), other;
	uint8_t *gap, *window;
	unsigned count;

	if (!can_map(&served))
		return;
	gap = mmap(NULL, TOO_MANY_PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		   AT(BAR1, 0x100000));
	ck_assert_ptr_ne(gap, MAP_FAILED);
	count = writable_pages(gap, TOO_MANY_PAGES);
	ck_assert_uint_le(count, WINDOW_PAGES);
	/* It isn't a way into the device: BAR1 is absent. */
	assert_fails(pread(fd, &count, 4, AT(BAR1, 0x100000)), EINVAL);
	/* Every page of the windows, of which some can't be had now. */
	other = node_open(SERVED_NODE);
	for (uint64_t at = EXPRESS_MSIX_TABLE + PAGE; at < MIB; at += PAGE)
		node_put(other, BAR2, at, 4, 0x77);
	daemon_assert_alive(&served);
	/* Reset brings all pages back, and new ones can be had where the windows are. */
	assert_returns(ioctl(other, VFIO_DEVICE_RESET), 0);
	window = map(other, BAR2, 0, MIB);
	ck_assert_uint_eq(writable_pages(window, MIB / PAGE), MIB / PAGE);
	ck_assert_uint_eq(node_get(other, BAR2, 0x80000, 1), 0x55);
	node_put(other, BAR2, 0x80000, 1, 0x66);
	ck_assert_uint_eq(window[0x80000], 0x66);
	munmap(window, MIB);
	munmap(gap, TOO_MANY_PAGES * PAGE);
	close(other);
	close(fd);
	daemon_assert_alive(&served);
}
END_TEST

/* The first open after all others are closed finds the memory complete, too. */
START_TEST(next_client_has_all_memory)
{
	int fd = node_open_reset();
	uint8_t *memory;

	if (!can_map(&served))
		return;
	memory = map(fd, BAR5, 0, TOO_MANY_PAGES * PAGE);
	ck_assert_uint_le(writable_pages(memory, TOO_MANY_PAGES), WINDOW_PAGES);
	munmap(memory, TOO_MANY_PAGES * PAGE);
	close(fd);
	fd = node_open(SERVED_NODE);
	memory = map(fd, BAR0, 0, MIB);
	ck_assert_uint_eq(writable_pages(memory, MIB / PAGE), MIB / PAGE);
	munmap(memory, MIB);
	close(fd);
}
END_TEST

/* A client can give pages of a window back to the system: they are zeros, then memory again. */
START_TEST(pages_given_back)
{
	int fd = node_open_reset();
	uint8_t *memory;

	if (!can_map(&served))
		return;
	memory = map(fd, BAR0, 0, MIB);
	memset(memory, 0x99, MIB);
	ck_assert_int_eq(madvise(memory, MIB, MADV_REMOVE), 0);
	ck_assert_uint_eq(node_get(fd, BAR0, 0x4000, 4), 0);
	node_put(fd, BAR0, 0x4000, 4, 0x1357);
	ck_assert_uint_eq(*(volatile uint32_t *)(memory + 0x4000), 0x1357);
	munmap(memory, MIB);
	close(fd);
	daemon_assert_alive(&served);
}
END_TEST

START_TEST(nothing_is_left_of_mappings)
{
	int fd = node_open_reset();
	unsigned before = daemon_num_fds(&served);

	if (!can_map(&served))
		return;
	for (unsigned i = 0; i < 1000; i++) {
		int own = node_open(SERVED_NODE);
		uint8_t *memory = map(own, i & 1 ? BAR0 : BAR2, 0, MIB);

		close(own);
		memory[i] = 1;
		munmap(memory, MIB);
	}
	/* The last closes may be on their way. */
	for (unsigned i = 0; i < 100 && daemon_num_fds(&served) != before; i++)
		pause_ms(20);
	ck_assert_uint_eq(daemon_num_fds(&served), before);
	close(fd);
}
END_TEST

static void
start_express(struct daemon *daemon, void (*prepare)(void))
{
	const char *dump = dump_express();
	char device[256];

	snprintf(device, sizeof(device), "clone,name=" SERVED_NODE ",from=%s,bar0=1M,bar2=1M,bar4=32",
		 dump);
	daemon_spawn(daemon, ARGS("--device", device), prepare);
	daemon_wait_ready(daemon);
	unlink(dump);
}

/* A mapping needs neither its descriptor nor the daemon, and holds up neither. */
START_TEST(mapping_outlives_the_daemon)
{
	struct daemon daemon;
	uint8_t *memory;
	int fd;

	start_express(&daemon, NULL);
	if (can_map(&daemon)) {
		fd = node_open(SERVED_NODE);
		memory = map(fd, BAR0, 0, MIB);
		memory[1] = 0x42;
		close(fd);
		fd = node_open(SERVED_NODE);
		ck_assert_uint_eq(node_get(fd, BAR0, 1, 1), 0x42);
		close(fd);
		daemon_stop(&daemon, SIGTERM);
		ck_assert_int_eq(access(node_path(SERVED_NODE), F_OK), -1);
		ck_assert_uint_eq(memory[1], 0x42);
		memory[MIB - 1] = 1;
		/* A new daemon has memory of its own. */
		start_express(&daemon, NULL);
		fd = node_open(SERVED_NODE);
		ck_assert_uint_eq(node_get(fd, BAR0, 1, 1), 0);
		close(fd);
		munmap(memory, MIB);
	}
	daemon_stop(&daemon, SIGTERM);
}
END_TEST

/* Without the flag mmap() fails, and everything else works. Returns 0 or what was wrong. */
static int
check_unmapped(const char *path)
{
	static const uint8_t out[8] = {1, 2, 3, 4, 5, 6, 7, 8};
	uint8_t in[sizeof(out)];
	int fd = open(path, O_RDWR);

	if (fd < 0)
		return 1;
	for (unsigned i = BAR0; i <= CONFIG; i++) {
		struct vfio_region_info info = {.argsz = sizeof(info), .index = i};

		if (ioctl(fd, VFIO_DEVICE_GET_REGION_INFO, &info)) {
			/* Yama keeps an ordinary user's daemon from looking at the caller. */
			if (errno == EFAULT && access("/proc/sys/kernel/yama/ptrace_scope", F_OK) == 0)
				break;
			return 2;
		}
		if (info.flags & (VFIO_REGION_INFO_FLAG_MMAP | VFIO_REGION_INFO_FLAG_CAPS))
			return 3;
	}
	if (mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, AT(BAR0, 0)) != MAP_FAILED ||
	    errno != ENODEV)
		return 4;
	if (pwrite(fd, out, sizeof(out), AT(BAR0, 0x800)) != sizeof(out) ||
	    pread(fd, in, sizeof(in), AT(BAR0, 0x800)) != sizeof(in) || memcmp(in, out, sizeof(in)))
		return 5;
	close(fd);
	return 0;
}

START_TEST(where_it_cannot_be)
{
	struct daemon daemon;

	start_express(&daemon, NULL);
	if (!can_map(&daemon)) {
		ck_assert_uint_eq(daemon_log_lines(&daemon, CANNOT), 1);
		ck_assert_int_eq(check_unmapped(node_path(SERVED_NODE)), 0);
	}
	daemon_stop(&daemon, SIGTERM);
}
END_TEST

static char runtime_dir[] = "/tmp/vfiod-test-XXXXXX";

static void
become_nobody(void)
{
	setenv("XDG_RUNTIME_DIR", runtime_dir, 1);
	if (setgid(NOBODY) || setuid(NOBODY))
		_exit(99);
}

START_TEST(ordinary_user)
{
	struct daemon daemon;
	struct stat fuse;
	char path[128];
	int status;
	pid_t child;

	daemon_use_public_copy();
	ck_assert_ptr_nonnull(mkdtemp(runtime_dir));
	ck_assert_int_eq(chown(runtime_dir, NOBODY, NOBODY), 0);
	ck_assert_int_eq(stat("/dev/fuse", &fuse), 0);
	ck_assert_int_eq(chmod("/dev/fuse", 0666), 0);
	snprintf(path, sizeof(path), "%s/vfiod/" SERVED_NODE, runtime_dir);
	start_express(&daemon, become_nobody);
	ck_assert_uint_eq(daemon_log_lines(&daemon, CANNOT), 1);
	child = fork();
	if (!child) {
		become_nobody();
		/* As after an exec: a process that has just changed its user is nobody's to look at. */
		prctl(PR_SET_DUMPABLE, 1);
		_exit(check_unmapped(path));
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	daemon_stop(&daemon, SIGTERM);
	ck_assert_int_eq(chmod("/dev/fuse", fuse.st_mode & 07777), 0);
	ck_assert_int_eq(rmdir(runtime_dir), 0);
	ck_assert_int_eq(unlink(daemon_path()), 0);
}
END_TEST

/* A device without plain memory has nothing to map, and no word is lost on it. */
START_TEST(nothing_to_map)
{
	struct daemon daemon;
	int fd;

	daemon_start(&daemon, ARGS("-d", "edu,name=" SERVED_NODE));
	ck_assert_uint_eq(daemon_log_lines(&daemon, "be mapped"), 0);
	fd = node_open(SERVED_NODE);
	for (unsigned i = BAR0; i <= EDU_MEMORY; i++) {
		ck_assert_ptr_eq(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, AT(i, 0)), MAP_FAILED);
		ck_assert_int_eq(errno, ENODEV);
	}
	close(fd);
	daemon_stop(&daemon, SIGTERM);
}
END_TEST

Suite *
mmap_suite(void)
{
	Suite *suite = suite_create("mmap");
	TCase *mapped = served_case("mapped", serve_express, 60);
	TCase *life = tcase_create("life");

	tcase_add_test(mapped, say_so_if_skipped);
	tcase_add_test(mapped, flags_of_regions);
	tcase_add_test(mapped, mapping_and_file_are_one);
	tcase_add_test(mapped, part_of_a_bar);
	tcase_add_test(mapped, two_processes);
	tcase_add_test(mapped, reset_keeps_mappings);
	tcase_add_test(mapped, memory_bit_off);
	tcase_add_test(mapped, msix_table_page);
	tcase_add_test(mapped, rights_of_the_open);
	tcase_add_test(mapped, private_mappings_are_copies);
	tcase_add_test(mapped, no_target_of_dma);
	tcase_add_test(mapped, memory_beside_the_windows);
	tcase_add_test(mapped, next_client_has_all_memory);
	tcase_add_test(mapped, pages_given_back);
	tcase_add_test(mapped, nothing_is_left_of_mappings);
	served_last(mapped);
	suite_add_tcase(suite, mapped);
	tcase_set_timeout(life, 120);
	tcase_add_test(life, mapping_outlives_the_daemon);
	tcase_add_test(life, where_it_cannot_be);
	tcase_add_test(life, ordinary_user);
	tcase_add_test(life, nothing_to_map);
	suite_add_tcase(suite, life);
	return suite;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DMA in process, without a node: what it costs to find a mapping among many. The same random accesses to
 * the same memory, mapped as one piece and as 100,000.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "iommu/abi.h"
#include "iommu/iommu.h"

#define PAGE   UINT64_C(4096)
#define PAGES  100000u
#define ROUNDS 7

static int
take_memory_file(struct caller *caller, int fd)
{
	(void)caller;
	return fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

static pid_t
process(struct caller *caller)
{
	(void)caller;
	return getpid();
}

static int
open_memory(struct caller *caller)
{
	int fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC);

	(void)caller;
	return fd < 0 ? -errno : fd;
}

static void
must(int result, const char *what)
{
	if (result) {
		fprintf(stderr, "iommu: %s: %s\n", what, strerror(-result));
		exit(1);
	}
}

static void
call(struct iommu_context *context, unsigned number, void *argument, size_t size)
{
	struct caller caller = {.take_memory_file = take_memory_file,
				.process = process,
				.open_memory = open_memory};
	struct call request = {.command = _IO(ABI_TYPE, number),
			       .in = argument,
			       .in_size = size,
			       .out = argument,
			       .out_size = size,
			       .caller = &caller};

	iommu_ioctl(context, &request);
	must(request.result, "ioctl");
}

static uint32_t
new_ioas(struct iommu_context *context)
{
	struct abi_ioas_alloc alloc = {.size = sizeof(alloc)};

	call(context, ABI_IOAS_ALLOC, &alloc, sizeof(alloc));
	return alloc.out_ioas_id;
}

/* Maps all of the memory in @a pieces; as a file if @a fd is not negative. */
static void
map(struct iommu_context *context, uint32_t ioas, uint8_t *memory, int fd, unsigned pieces)
{
	uint64_t length = PAGES / pieces * PAGE;

	for (unsigned i = 0; i < pieces; i++) {
		struct abi_map by_address = {.size = sizeof(by_address),
					     .flags = ABI_MAP_FLAGS,
					     .ioas_id = ioas,
					     .user_va = (uintptr_t)memory + i * length,
					     .length = length,
					     .iova = i * length};
		struct abi_map_file by_file = {.size = sizeof(by_file),
					       .flags = ABI_MAP_FLAGS,
					       .ioas_id = ioas,
					       .fd = fd,
					       .start = i * length,
					       .length = length,
					       .iova = i * length};

		if (fd < 0)
			call(context, ABI_MAP, &by_address, sizeof(by_address));
		else
			call(context, ABI_MAP_FILE, &by_file, sizeof(by_file));
	}
}

static double
now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* Nanoseconds for a read at a random page. */
static double
measure(struct iommu_device *device, size_t length, unsigned count)
{
	static uint8_t buffer[PAGE];
	uint64_t random = 88172645463325252;
	double begin = now();

	for (unsigned i = 0; i < count; i++) {
		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		must(iommu_read(device, random % PAGES * PAGE, buffer, length), "read");
	}
	return (now() - begin) / count;
}

static int
compare(const void *a, const void *b)
{
	const double *one = a, *other = b;

	return *one < *other ? -1 : *one > *other;
}

static double
median(double *value)
{
	qsort(value, ROUNDS, sizeof(*value), compare);
	return value[ROUNDS / 2];
}

/* By turns, so that whatever else the machine does hits both alike. */
static void
row(struct iommu_device device[2], const char *name, size_t length, unsigned count)
{
	double one[ROUNDS], many[ROUNDS];

	for (unsigned i = 0; i < ROUNDS; i++) {
		one[i] = measure(&device[0], length, count);
		many[i] = measure(&device[1], length, count);
	}
	printf("%-8s %5zu bytes  1 mapping %7.0f ns  %u mappings %7.0f ns  ratio %.2f\n", name,
	       length, median(one), PAGES, median(many), median(many) / median(one));
}

static void
table(const char *name, uint8_t *memory, int fd)
{
	struct iommu_context *context = iommu_context_new(getuid());
	struct iommu_device device[2];

	for (unsigned i = 0; i < 2; i++) {
		uint32_t id = new_ioas(context);

		map(context, id, memory, fd, i ? PAGES : 1);
		must(iommu_device_init(&device[i]), "device");
		must(iommu_bind(&device[i], context), "bind");
		must(iommu_attach(&device[i], &id), "attach");
	}
	row(device, name, 8, 200000);
	row(device, name, PAGE, 100000);
	for (unsigned i = 0; i < 2; i++)
		iommu_device_destroy(&device[i]);
	iommu_context_put(context);
}

int
main(void)
{
	int fd = memfd_create("bench", MFD_CLOEXEC);
	uint8_t *private = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (fd < 0 || private == MAP_FAILED || ftruncate(fd, PAGES * PAGE) < 0 ||
	    posix_fallocate(fd, 0, PAGES * PAGE)) {
		perror("iommu");
		return 1;
	}
	table("private", private, -1);
	table("file", NULL, fd);
	return 0;
}

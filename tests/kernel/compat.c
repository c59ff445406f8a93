/* SPDX-License-Identifier: GPL-2.0-or-later */
/* 32-bit callers: a process that is one, and 32-bit calls made by a 64-bit process. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel.h"
#include "node.h"
#include "served.h"

#ifdef HAVE_CLIENT32

START_TEST(process_of_32_bits)
{
	const char *path = getenv("CLIENT32");
	int status;
	pid_t child;

	if (!path)
		path = "tests/kernel/client32";
	ck_assert_msg(access(path, X_OK) == 0, "%s is not there", path);
	close(node_open_reset());
	child = fork();
	ck_assert_int_ge(child, 0);
	if (!child) {
		execl(path, path, node_path(SERVED_NODE), NULL);
		_exit(127);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_msg(status == 0, "status 0x%x: exit code %d names the check in client32.c",
		      status, WEXITSTATUS(status));
}
END_TEST

#else

/* This build has no 32-bit client: a developer may live with that, CI may not. */
START_TEST(process_of_32_bits)
{
	const char *require = getenv("VFIOD_TESTS_REQUIRE");

	printf("SKIPPED: the compiler makes no 32-bit programs, see config.log\n");
	ck_assert(!require || strcmp(require, "1"));
}
END_TEST

#endif

#ifdef __x86_64__

/* arch/x86/entry/syscalls/syscall_32.tbl */
enum {
	I386_READ = 3,
	I386_WRITE = 4,
	I386_READV = 145,
	I386_WRITEV = 146,
	I386_PREAD64 = 180,
	I386_PWRITE64 = 181,
	I386_PREADV = 333,
	I386_PWRITEV = 334,
	I386_PREADV2 = 378,
	I386_PWRITEV2 = 379,
};

struct iovec32 {
	uint32_t base, length;
};

/* What the 32-bit calls point to has to lie below 4 GiB. */
struct low {
	uint8_t bytes[1 << 19];
	struct iovec32 iov[2];
};

static struct low *
new_low(void)
{
	struct low *low = mmap(NULL, sizeof(*low), PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	ck_assert_ptr_ne(low, MAP_FAILED);
	return low;
}

static long
call32(long number, long fd, const void *what, long count, uint64_t offset, long flags)
{
	long result;

	/* ebp carries the sixth argument and may be the frame pointer; the red zone is left alone. */
	__asm__ volatile("lea -128(%%rsp), %%rsp\n\t"
			 "push %%rbp\n\t"
			 "mov %[flags], %%rbp\n\t"
			 "int $0x80\n\t"
			 "pop %%rbp\n\t"
			 "lea 128(%%rsp), %%rsp"
			 : "=a"(result)
			 : "a"(number), "b"(fd), "c"(what), "d"(count), "S"(offset & UINT32_MAX),
			   "D"(offset >> 32), [flags] "r"(flags)
			 : "memory", "r8", "r9", "r10", "r11");
	return (int)result;
}

START_TEST(calls_with_offset)
{
	static const struct {
		long out, in;
		bool vector;
	} ways[] = {
		{I386_PWRITE64, I386_PREAD64, false},
		{I386_PWRITEV, I386_PREADV, true},
		{I386_PWRITEV2, I386_PREADV2, true},
	};
	int fd = node_open_reset();
	struct low *low = new_low();

	low->iov[0] = (struct iovec32){(uint32_t)(uintptr_t)low->bytes, 30};
	low->iov[1] = (struct iovec32){(uint32_t)(uintptr_t)(low->bytes + 30), 34};
	for (unsigned way = 0; way < 3; way++) {
		uint64_t offset = (uint64_t)AT(EDU_MEMORY, 0x12345 + way * 0x111);
		const void *what = ways[way].vector ? (void *)low->iov : low->bytes;
		long count = ways[way].vector ? 2 : 64;
		uint8_t got[64];

		pattern_fill(low->bytes, 64, way);
		ck_assert_int_eq(call32(ways[way].out, fd, what, count, offset, 0), 64);
		assert_returns(pread(fd, got, 64, (off_t)offset), 64);
		ck_assert(pattern_is(got, 64, way));
		memset(low->bytes, 0, 64);
		ck_assert_int_eq(call32(ways[way].in, fd, what, count, offset, 0), 64);
		ck_assert(pattern_is(low->bytes, 64, way));
		ck_assert_int_eq(call32(ways[way].in, fd, what, count, (uint64_t)AT(VGA, 0), 0),
				 -EINVAL);
	}
	ck_assert_int_eq(
		call32(I386_PREADV2, fd, low->iov, 2, (uint64_t)AT(EDU_MEMORY, 0), RWF_DSYNC),
		-EOPNOTSUPP);
}
END_TEST

START_TEST(calls_at_the_position)
{
	int fd = node_open_reset();
	struct low *low = new_low();
	uint32_t *value = (uint32_t *)(void *)low->bytes;

	low->iov[0] = (struct iovec32){(uint32_t)(uintptr_t)low->bytes, 4};
	ck_assert_int_eq(call32(I386_READ, fd, value, 4, 0, 0), 4);
	ck_assert_uint_eq(*value, 0x010000ed);
	*value = 0x33333333;
	ck_assert_int_eq(call32(I386_WRITEV, fd, low->iov, 1, 0, 0), 4);
	ck_assert_uint_eq(node_get(fd, BAR0, EDU_LIVENESS, 4), 0xcccccccc);
	*value = 4;
	ck_assert_int_eq(call32(I386_WRITE, fd, value, 4, 0, 0), 4);
	ck_assert_uint_eq(node_get(fd, BAR0, EDU_FACTORIAL, 4), 24);
	ck_assert_int_eq(call32(I386_READV, fd, low->iov, 1, 0, 0), 4);
	*value = 0x55;
	ck_assert_int_eq(call32(I386_PREADV2, fd, low->iov, 1, UINT64_MAX, 0), 4);
	ck_assert_uint_eq(*value, 0xffffffff);
}
END_TEST

/* A 32-bit read that the kernel splits, and a 64-bit one of the same thread right after. */
START_TEST(long_calls)
{
	int fd = node_open_reset();
	struct low *low = new_low();
	uint8_t *got = malloc(sizeof(low->bytes));

	pattern_fill(low->bytes, sizeof(low->bytes), 9);
	ck_assert_int_eq(call32(I386_PWRITE64, fd, low->bytes + 1, sizeof(low->bytes) - 1,
				(uint64_t)AT(EDU_MEMORY, 0x101), 0),
			 sizeof(low->bytes) - 1);
	assert_returns(pread(fd, got, sizeof(low->bytes) - 1, AT(EDU_MEMORY, 0x101)),
		       sizeof(low->bytes) - 1);
	ck_assert_mem_eq(got, low->bytes + 1, sizeof(low->bytes) - 1);
	free(got);
}
END_TEST

#endif

Suite *
compat_suite(void)
{
	Suite *suite = suite_create("compat");
	TCase *edu = served_case("edu", serve_edu, 120);

	tcase_add_test(edu, process_of_32_bits);
#ifdef __x86_64__
	tcase_add_test(edu, calls_with_offset);
	tcase_add_test(edu, calls_at_the_position);
	tcase_add_test(edu, long_calls);
#endif
	served_last(edu);
	suite_add_tcase(suite, edu);
	return suite;
}

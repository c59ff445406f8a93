/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A true 32-bit client without a C library: gcc -m32 -ffreestanding -nostdlib -static. Its only
 * argument is the node of an edu device. Ends with 0 when every call has reached the offset it
 * names, else with the number of the check that failed. All offsets are above 4 GiB: registers
 * carry them in two halves.
 */
typedef unsigned int u32;
typedef unsigned long long u64;

/* arch/x86/entry/syscalls/syscall_32.tbl */
enum {
	SYS_EXIT = 1,
	SYS_READ = 3,
	SYS_WRITE = 4,
	SYS_OPEN = 5,
	SYS_CLOSE = 6,
	SYS_IOCTL = 54,
	SYS_READV = 145,
	SYS_WRITEV = 146,
	SYS_PREAD64 = 180,
	SYS_PWRITE64 = 181,
	SYS_PREADV = 333,
	SYS_PWRITEV = 334,
	SYS_PREADV2 = 378,
	SYS_PWRITEV2 = 379,
};

#define O_RDWR                      2
#define EINVAL                      22
#define EOPNOTSUPP                  95

#define CONFIG                      (7ull << 40)
#define SYSTEM_MEMORY               (9ull << 40)

#define VFIO_DEVICE_GET_REGION_INFO 0x3b6c

struct iovec32 {
	void *base;
	u32 length;
};

struct region_info {
	u32 argsz, flags, index, cap_offset;
	u64 size, offset;
};

static int
call(int number, u32 a, u32 b, u32 c, u32 d, u32 e, u32 f)
{
	struct {
		u32 number, f;
	} pushed = {(u32)number, f};
	int result;

	/* All six argument registers are needed, so the sixth, ebp, goes by memory. */
	__asm__ volatile("pushl %%ebp\n\t"
			 "movl 4(%%eax), %%ebp\n\t"
			 "movl (%%eax), %%eax\n\t"
			 "int $0x80\n\t"
			 "popl %%ebp"
			 : "=a"(result)
			 : "a"(&pushed), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
			 : "memory");
	return result;
}

static u32
address(const void *pointer)
{
	return (u32)(unsigned long)pointer;
}

static __attribute__((noreturn)) void
leave(u32 code)
{
	for (;;)
		call(SYS_EXIT, code, 0, 0, 0, 0, 0);
}

static void
check(u32 number, int good)
{
	if (!good)
		leave(number);
}

static int
at(int number, int fd, const void *what, u32 count, u64 offset, u32 flags)
{
	return call(number, (u32)fd, address(what), count, (u32)offset, (u32)(offset >> 32), flags);
}

static void
check_one_way(u32 number, int fd, int out, int in, int vector, u64 offset)
{
	u64 value = 0x0123456789abcdefull * number, got = 0;
	struct iovec32 from = {&value, sizeof(value)}, to = {&got, sizeof(got)};
	const u32 size = sizeof(value);

	check(number,
	      at(out, fd, vector ? (void *)&from : &value, vector ? 1 : size, offset, 0) == 8);
	check(number + 1,
	      at(in, fd, vector ? (void *)&to : &got, vector ? 1 : size, offset, 0) == 8);
	check(number + 2, got == value);
	got = 0;
	check(number + 3, at(SYS_PREAD64, fd, &got, 8, offset, 0) == 8 && got == value);
}

static void
check_offsets(int fd)
{
	static const struct {
		int out, in, vector;
	} ways[] = {
		{SYS_PWRITE64, SYS_PREAD64, 0},
		{SYS_PWRITEV, SYS_PREADV, 1},
		{SYS_PWRITEV2, SYS_PREADV2, 1},
	};

	for (u32 way = 0; way < 3; way++)
		for (u32 i = 0; i < 4; i++)
			check_one_way(20 + way * 40 + i * 10, fd, ways[way].out, ways[way].in,
				      ways[way].vector, SYSTEM_MEMORY + way * 0x1000 + i * 0x1357);
}

static void
check_position(int fd)
{
	u32 value = 0;
	struct iovec32 iov = {&value, 4};

	/* read, readv and preadv2(-1) go along BAR0: identification, then ~0 (liveness 0 is read as 0). */
	check(2, call(SYS_READ, (u32)fd, address(&value), 4, 0, 0, 0) == 4 && value == 0x010000ed);
	value = 0x0f0f0f0f;
	check(3, call(SYS_WRITE, (u32)fd, address(&value), 4, 0, 0, 0) == 4);
	check(4,
	      call(SYS_PREAD64, (u32)fd, address(&value), 4, 4, 0, 0) == 4 && value == 0xf0f0f0f0);
	value = 3;
	check(5, call(SYS_WRITEV, (u32)fd, address(&iov), 1, 0, 0, 0) == 4);
	check(6, call(SYS_PREAD64, (u32)fd, address(&value), 4, 8, 0, 0) == 4 && value == 6);
	check(7, call(SYS_READV, (u32)fd, address(&iov), 1, 0, 0, 0) == 4);
	check(8, at(SYS_PREADV2, fd, &iov, 1, ~0ull, 0) == 4);
	/* The position is 20 now; the next register but two is at 32. */
	value = 0x80;
	check(9, call(SYS_PWRITE64, (u32)fd, address(&value), 4, 32, 0, 0) == 4);
	check(10, at(SYS_PREADV2, fd, &iov, 1, ~0ull, 0) == 4);
	check(11, at(SYS_PREADV2, fd, &iov, 1, ~0ull, 0) == 4);
	check(12, at(SYS_PREADV2, fd, &iov, 1, ~0ull, 0) == 4);
	check(13, call(SYS_READ, (u32)fd, address(&value), 4, 0, 0, 0) == 4 && value == 0x80);
}

static void
check_others(int fd)
{
	struct region_info info = {.argsz = sizeof(info), .index = 7};
	u32 value;
	struct iovec32 iov = {&value, 4};

	check(14,
	      call(SYS_IOCTL, (u32)fd, VFIO_DEVICE_GET_REGION_INFO, address(&info), 0, 0, 0) == 0);
	check(15, info.offset == CONFIG && info.size == 256);
	check(16, at(SYS_PREAD64, fd, &value, 4, info.offset, 0) == 4 && value == 0x11e81234);
	/* Region 8, if the upper half were lost it would be BAR0. */
	check(17, at(SYS_PREAD64, fd, &value, 4, 8ull << 40, 0) == -EINVAL);
	check(18, at(SYS_PREADV2, fd, &iov, 1, CONFIG, 2) == -EOPNOTSUPP);
}

__attribute__((noreturn, used)) void client_main(const u32 *stack);

void
client_main(const u32 *stack)
{
	int fd;

	check(100, stack[0] == 2);
	fd = call(SYS_OPEN, stack[2], O_RDWR, 0, 0, 0, 0);
	check(1, fd >= 0);
	check_position(fd);
	check_others(fd);
	check_offsets(fd);
	check(19, call(SYS_CLOSE, (u32)fd, 0, 0, 0, 0, 0) == 0);
	leave(0);
}

__asm__(".globl _start\n"
	"_start:\n\t"
	"xorl %ebp, %ebp\n\t"
	"movl %esp, %eax\n\t"
	"andl $-16, %esp\n\t"
	"subl $12, %esp\n\t"
	"pushl %eax\n\t"
	"call client_main\n\t"
	"hlt");

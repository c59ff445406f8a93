/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "iommu_client.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

struct iommu_context *context;
pid_t iommu_process;
unsigned iommu_opened;
int iommu_open_error;
void *iommu_writable;
size_t iommu_writable_size;

static int
take_memory_file(struct caller *caller, int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	struct stat st;

	(void)caller;
	if (copy < 0)
		return -EBADF;
	/* A carrier finds out more; here only memfds and other kinds of descriptors occur. */
	if (fstat(copy, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(copy);
		return -EINVAL;
	}
	return copy;
}

static int
read_memory(struct caller *caller, uint64_t address, void *buffer, size_t length)
{
	struct iovec from = {.iov_base = (void *)(uintptr_t)address, .iov_len = length};
	struct iovec to = {.iov_base = buffer, .iov_len = length};

	(void)caller;
	return process_vm_readv(getpid(), &to, 1, &from, 1, 0) == (ssize_t)length ? 0 : -EFAULT;
}

static int
write_memory(struct caller *caller, uint64_t address, const void *buffer, size_t length)
{
	struct iovec to = {.iov_base = (void *)(uintptr_t)address, .iov_len = length};
	struct iovec from = {.iov_base = (void *)(uintptr_t)buffer, .iov_len = length};

	(void)caller;
	if (iommu_writable && (address < (uintptr_t)iommu_writable ||
			       address + length > (uintptr_t)iommu_writable + iommu_writable_size))
		return -EFAULT;
	return process_vm_writev(getpid(), &from, 1, &to, 1, 0) == (ssize_t)length ? 0 : -EFAULT;
}

static pid_t
process(struct caller *caller)
{
	(void)caller;
	return iommu_process ? iommu_process : getpid();
}

static int
open_memory(struct caller *caller)
{
	char path[64];
	int fd;

	iommu_opened++;
	if (iommu_open_error)
		return iommu_open_error;
	snprintf(path, sizeof(path), "/proc/%d/mem", (int)process(caller));
	fd = open(path, O_RDWR | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int
iommu_call(struct iommu_context *of, unsigned command, void *argument)
{
	struct caller caller = {.take_memory_file = take_memory_file,
				.read_memory = read_memory,
				.write_memory = write_memory,
				.process = process,
				.open_memory = open_memory};
	uint8_t *in = NULL, *out = NULL;
	struct call call = {.command = command, .argument = (uintptr_t)argument, .caller = &caller};
	int result = -EFAULT;

	while (iommu_ioctl(of, &call) == CALL_MORE) {
		in = realloc(in, call.want_in + 1);
		out = realloc(out, call.want_out + 1);
		ck_assert_uint_le(call.want_in, CALL_MAX_IN);
		ck_assert_uint_le(call.want_out, CALL_MAX_OUT);
		if (read_memory(&caller, call.argument, in, call.want_in))
			goto done;
		call.in = in;
		call.in_size = call.want_in;
		call.out = out;
		call.out_size = call.want_out;
	}
	ck_assert_uint_le(call.out_used, call.out_size);
	result = call.result;
	if (call.out_used && write_memory(&caller, call.argument, out, call.out_used))
		result = -EFAULT;
done:
	free(in);
	free(out);
	return result;
}

void
iommu_setup(void)
{
	iommu_process = 0;
	iommu_opened = 0;
	iommu_open_error = 0;
	iommu_writable = NULL;
	context = iommu_context_new(0);
	ck_assert_ptr_nonnull(context);
}

void
iommu_teardown(void)
{
	iommu_context_put(context);
}

uint32_t
new_ioas(void)
{
	struct abi_ioas_alloc alloc = {.flags = 0};

	ck_assert_int_eq(CALL(ABI_IOAS_ALLOC, &alloc), 0);
	return alloc.out_ioas_id;
}

int
try_map(uint32_t ioas, const void *memory, uint64_t length, uint64_t *iova, uint32_t flags)
{
	struct abi_map map = {.flags = flags,
			      .ioas_id = ioas,
			      .user_va = (uintptr_t)memory,
			      .length = length,
			      .iova = *iova};
	int error = CALL(ABI_MAP, &map);

	*iova = map.iova;
	return error;
}

uint64_t
map_fixed(uint32_t ioas, const void *memory, uint64_t length, uint64_t iova, uint32_t flags)
{
	ck_assert_int_eq(try_map(ioas, memory, length, &iova, flags | FIXED), 0);
	return iova;
}

int
try_unmap(uint32_t ioas, uint64_t iova, uint64_t *length)
{
	struct abi_unmap unmap = {.ioas_id = ioas, .iova = iova, .length = *length};
	int error = CALL(ABI_UNMAP, &unmap);

	*length = unmap.length;
	return error;
}

int
try_map_file(uint32_t ioas, int fd, uint64_t start, uint64_t length, uint64_t *iova, uint32_t flags)
{
	struct abi_map_file map = {.flags = flags,
				   .ioas_id = ioas,
				   .fd = fd,
				   .start = start,
				   .length = length,
				   .iova = *iova};
	int error = CALL(ABI_MAP_FILE, &map);

	*iova = map.iova;
	return error;
}

int
try_copy(uint32_t to, uint64_t *to_iova, uint32_t from, uint64_t from_iova, uint64_t length,
	 uint32_t flags)
{
	struct abi_copy copy = {.flags = flags,
				.dst_ioas_id = to,
				.src_ioas_id = from,
				.length = length,
				.dst_iova = *to_iova,
				.src_iova = from_iova};
	int error = CALL(ABI_COPY, &copy);

	*to_iova = copy.dst_iova;
	return error;
}

int
destroy(uint32_t id)
{
	struct abi_destroy argument = {.id = id};

	return CALL(ABI_DESTROY, &argument);
}

uint8_t *
new_pages(unsigned count)
{
	uint8_t *memory = mmap(NULL, count * PAGE, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(memory, MAP_FAILED);
	for (size_t i = 0; i < count * PAGE; i++)
		memory[i] = (uint8_t)(i + i / PAGE);
	return memory;
}

void
free_pages(void *memory, unsigned count)
{
	munmap(memory, count * PAGE);
}

void
new_device(struct iommu_device *device)
{
	ck_assert_int_eq(iommu_device_init(device), 0);
	ck_assert_int_eq(iommu_bind(device, context), 0);
}

void
new_attached(struct iommu_device *device, uint32_t id)
{
	new_device(device);
	ck_assert_int_eq(iommu_attach(device, &id), 0);
}

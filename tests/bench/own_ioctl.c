/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "own_ioctl.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

struct own_caller {
	struct caller caller;
	struct iommu_context *context;
};

static int
take_descriptor(struct caller *caller, int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	(void)caller;
	return copy < 0 ? -errno : copy;
}

static int
take_iommu(struct caller *caller, int fd, struct iommu_context **context)
{
	(void)fd;
	*context = iommu_context_get(((struct own_caller *)caller)->context);
	return 0;
}

static int
read_memory(struct caller *caller, uint64_t address, void *buffer, size_t length)
{
	(void)caller;
	memcpy(buffer, (const void *)(uintptr_t)address, length);
	return 0;
}

static int
write_memory(struct caller *caller, uint64_t address, const void *buffer, size_t length)
{
	(void)caller;
	memcpy((void *)(uintptr_t)address, buffer, length);
	return 0;
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

int
own_ioctl(own_ioctl_handler *handle, void *object, unsigned long command, void *argument,
	  struct iommu_context *context)
{
	struct own_caller own = {.caller = {.take_eventfd = take_descriptor,
					    .take_memory_file = take_descriptor,
					    .take_iommu = take_iommu,
					    .read_memory = read_memory,
					    .write_memory = write_memory,
					    .process = process,
					    .open_memory = open_memory},
				 .context = context};
	uint8_t in[CALL_MAX_IN], out[CALL_MAX_OUT];
	struct call call = {.command = (unsigned)command,
			    .argument = (uintptr_t)argument,
			    .caller = &own.caller};

	while (handle(object, &call) == CALL_MORE) {
		if (call.want_in > sizeof(in) || call.want_out > sizeof(out)) {
			errno = E2BIG;
			return -1;
		}
		memcpy(in, argument, call.want_in);
		call.in = in;
		call.in_size = call.want_in;
		call.out = out;
		call.out_size = call.want_out;
	}
	memcpy(argument, out, call.out_used);
	if (call.result >= 0)
		return call.result;
	errno = -call.result;
	return -1;
}

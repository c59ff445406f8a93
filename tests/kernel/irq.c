/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "irq.h"

#include <check.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define HEADER 20u

int
irq_set(int fd, uint32_t index, uint32_t flags, uint32_t start, uint32_t count, const void *data)
{
	uint32_t item = flags & BOOL ? 1 : flags & EVENTFD ? 4 : 0;
	union {
		struct vfio_irq_set set;
		uint8_t bytes[HEADER + IRQ_MAX_VECTORS * 4];
	} call = {.set = {.argsz = HEADER + count * item,
			  .flags = flags,
			  .index = index,
			  .start = start,
			  .count = count}};
	int result;

	if (data && item && count <= IRQ_MAX_VECTORS)
		memcpy(call.bytes + HEADER, data, count * item);
	result = ioctl(fd, VFIO_DEVICE_SET_IRQS, &call);
	return result < 0 ? -errno : result;
}

int
irq_arm(int fd, uint32_t index, uint32_t action, uint32_t vector, int32_t event)
{
	return irq_set(fd, index, EVENTFD | action, vector, 1, &event);
}

int
irq_none(int fd, uint32_t index, uint32_t action, uint32_t start, uint32_t count)
{
	return irq_set(fd, index, NONE | action, start, count, NULL);
}

int
event_new(void)
{
	int event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

	ck_assert_int_ge(event, 0);
	return event;
}

uint64_t
event_take(int event)
{
	uint64_t count;

	if (read(event, &count, sizeof(count)) == sizeof(count))
		return count;
	ck_assert_int_eq(errno, EAGAIN);
	return 0;
}

uint64_t
event_wait(int event)
{
	struct pollfd signal = {.fd = event, .events = POLLIN};

	ck_assert_int_eq(poll(&signal, 1, 30000), 1);
	return event_take(event);
}

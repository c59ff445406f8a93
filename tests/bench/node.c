/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls through a node. */
#include "bench.h"

#include <linux/vfio.h>
#include <sys/ioctl.h>
#include <unistd.h>

bool
node_call(const struct node *node, const struct operation *op, uint64_t offset)
{
	switch (op->kind) {
	case OPERATION_READ:
		return pread(node->fd, node->buffer, op->size, (off_t)offset) == (ssize_t)op->size;
	case OPERATION_WRITE:
		return pwrite(node->fd, node->buffer, op->size, (off_t)offset) == (ssize_t)op->size;
	case OPERATION_IOCTL:
		break;
	}
	return ioctl(node->fd, VFIO_DEVICE_GET_INFO, node->buffer) == 0;
}

static ssize_t
port_read(void *ctx, uint64_t offset, void *buffer, size_t length)
{
	const struct node *node = ctx;

	return pread(node->fd, buffer, length, (off_t)offset);
}

static ssize_t
port_write(void *ctx, uint64_t offset, const void *buffer, size_t length)
{
	const struct node *node = ctx;

	return pwrite(node->fd, buffer, length, (off_t)offset);
}

struct port
node_port(struct node *node)
{
	return (struct port){.ctx = node, .read = port_read, .write = port_write};
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "carrier/iommu_node.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* Our own question. Clients that try it are answered as by a kernel that doesn't know it. */
#define WHICH_CONTEXT _IO('v', 0xd0)

/* What makes a node the one it is. */
struct node {
	struct node *next;
	char *path;
	bool character;
	dev_t device; /* its own number, or its file system's */
	uint64_t inode;
};

static struct node *nodes;
static pthread_mutex_t nodes_lock = PTHREAD_MUTEX_INITIALIZER;

/* Without a word to the file's server, which may be anybody. */
static int
identify(const char *path, struct node *node)
{
	struct statx st;

	if (statx(AT_FDCWD, path, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_TYPE | STATX_INO,
		  &st) < 0)
		return -errno;
	node->character = S_ISCHR(st.stx_mode);
	if (node->character) {
		node->device = makedev(st.stx_rdev_major, st.stx_rdev_minor);
		node->inode = 0;
	} else {
		node->device = makedev(st.stx_dev_major, st.stx_dev_minor);
		node->inode = st.stx_ino;
	}
	return 0;
}

int
iommu_node_add(const char *path)
{
	struct node *node = calloc(1, sizeof(*node));
	int error = node ? identify(path, node) : -ENOMEM;

	if (!error) {
		node->path = strdup(path);
		error = node->path ? 0 : -ENOMEM;
	}
	if (error) {
		free(node);
		return error;
	}
	pthread_mutex_lock(&nodes_lock);
	node->next = nodes;
	nodes = node;
	pthread_mutex_unlock(&nodes_lock);
	return 0;
}

void
iommu_node_remove(const char *path)
{
	pthread_mutex_lock(&nodes_lock);
	for (struct node **at = &nodes; *at; at = &(*at)->next) {
		struct node *node = *at;

		if (strcmp(node->path, path))
			continue;
		*at = node->next;
		free(node->path);
		free(node);
		break;
	}
	pthread_mutex_unlock(&nodes_lock);
}

int
iommu_node_check_link(const char *path)
{
	struct node this;
	bool ours = false;

	if (identify(path, &this))
		return -EBADF;
	pthread_mutex_lock(&nodes_lock);
	for (const struct node *node = nodes; node && !ours; node = node->next)
		ours = node->character == this.character && node->device == this.device &&
		       node->inode == this.inode;
	pthread_mutex_unlock(&nodes_lock);
	return ours ? 0 : -EBADFD;
}

int
iommu_node_check(int fd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return iommu_node_check_link(path);
}

struct iommu_context *
iommu_node_context(int fd)
{
	struct iommu_context *context = NULL;

	return ioctl(fd, WHICH_CONTEXT, &context) == 0 ? context : NULL;
}

static bool
is_our_thread(pid_t tid)
{
	return tid > 0 && tgkill(getpid(), tid, 0) == 0;
}

bool
iommu_node_own_ioctl(fuse_req_t req, unsigned command, void *argument,
		     const struct fuse_file_info *info)
{
	if (command != WHICH_CONTEXT || !is_our_thread(fuse_req_ctx(req)->pid))
		return false;
	/* The one who asks waits in iommu_node_context(), in this very address space. */
	*(struct iommu_context **)argument =
		iommu_context_get((struct iommu_context *)(uintptr_t)info->fh);
	fuse_reply_ioctl(req, 0, NULL, 0);
	return true;
}

void
iommu_node_open(fuse_req_t req, struct fuse_file_info *info)
{
	struct iommu_context *context = iommu_context_new(fuse_req_ctx(req)->uid);

	if (!context) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	info->fh = (uintptr_t)context;
	/* The caller may be gone already: then nobody will ever release this file. */
	if (fuse_reply_open(req, info) == -ENOENT)
		iommu_context_put(context);
}

void
iommu_node_release(fuse_req_t req, struct fuse_file_info *info)
{
	iommu_context_put((struct iommu_context *)(uintptr_t)info->fh);
	fuse_reply_err(req, 0);
}

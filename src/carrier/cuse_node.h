/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A character device node served through CUSE by a thread of its own. Two users: cuse_device.c serves
 * a VFIO device, probe.c proves at start that offsets can be recovered.
 */
#ifndef CARRIER_CUSE_NODE_H
#define CARRIER_CUSE_NODE_H

#define FUSE_USE_VERSION 312
#include <cuse_lowlevel.h>
#include <fuse_lowlevel.h>

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

/** Longest node name, without /dev/: the kernel's limit for all of CUSE_INIT's text is 4096. */
#define CUSE_NAME_MAX 200

/** Sent to this process whenever a node's thread ends; must be blocked in every thread. */
#define CUSE_NODE_ENDED_SIGNAL SIGUSR2

struct cuse_node {
	char name[CUSE_NAME_MAX + 1];
	struct fuse_session *session;
	pthread_t thread;
	bool thread_started;
	atomic_int state; /**< enum cuse_node_state */
};

enum cuse_node_state { CUSE_NODE_STARTING, CUSE_NODE_READY, CUSE_NODE_ENDED };

/** Mode and owner that the node gets; uid or gid -1: as it is. */
struct cuse_permissions {
	mode_t mode;
	uid_t uid;
	gid_t gid;
};

/** 0 if /dev/cuse can be opened, else a sysexits code, having logged what to do. */
int cuse_available(void);

/** Whether @a name is fit for a node below /dev; if not, says why. */
bool cuse_name_valid(const char *name, const char **why);

/**
 * Creates the node and serves it with @a ops until cuse_node_stop(). ops->init_done must call
 * cuse_node_ready(). Returns 0 when the node is there with its permissions set, else a sysexits code
 * after logging why.
 */
int cuse_node_start(struct cuse_node *node, const char *name, const struct cuse_lowlevel_ops *ops,
		    void *userdata, const struct cuse_permissions *permissions);
void cuse_node_ready(struct cuse_node *node);

/** Ends the thread and removes the node; requests under way are aborted by the kernel. */
void cuse_node_stop(struct cuse_node *node);

/** Whether the kernel or an error has ended the node by itself. */
bool cuse_node_ended(struct cuse_node *node);

#endif

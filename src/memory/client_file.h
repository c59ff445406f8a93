/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file of a client's (memfd, tmpfs, hugetlbfs) mapped whole. The client may cut it short or punch holes
 * into it at any time: from the first access to what is gone on, all accesses fail. Counted references; any
 * thread.
 */
#ifndef MEMORY_CLIENT_FILE_H
#define MEMORY_CLIENT_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct client_file;

/** What makes a file the one it is, and how much of it there is now. */
struct client_file_id {
	dev_t device;
	uint64_t inode;
	uint64_t size; /**< bytes */
	bool writable; /**< through this descriptor */
};

/** 0, or a negative errno. */
int client_file_identify(int fd, struct client_file_id *id);

/**
 * Maps all of it; the descriptor remains the caller's. Without the right to write it is read-only.
 * @a gone is called with @a arg and the size when the last reference goes. 0, -ENOMEM or -EINVAL.
 */
int client_file_new(int fd, const struct client_file_id *id, void (*gone)(void *arg, uint64_t size),
		    void *arg, struct client_file **file);
struct client_file *client_file_get(struct client_file *file);
void client_file_put(struct client_file *file);
bool client_file_is_last(const struct client_file *file);

/** Whether this mapping shows all of the file with these rights. */
bool client_file_covers(const struct client_file *file, const struct client_file_id *id);
/** Whether it is the same file. */
bool client_file_is(const struct client_file *file, const struct client_file_id *id);

/** Bytes that are mapped. */
uint64_t client_file_size(const struct client_file *file);

/** A pointer to a place inside; NULL if part of the file has proved gone. */
void *client_file_at(const struct client_file *file, uint64_t offset);

/** Copies a range inside: 0, or -EFAULT if part of it is gone. */
int client_file_read(const struct client_file *file, uint64_t offset, void *buffer, size_t length);
int client_file_write(const struct client_file *file, uint64_t offset, const void *buffer,
		      size_t length);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A device's interrupts as VFIO_DEVICE_SET_IRQS knows them: which mode is on, which eventfds are
 * armed, what is masked. The device side raises lines and messages, the client side arms and masks.
 */
#ifndef VFIO_IRQS_H
#define VFIO_IRQS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <linux/vfio.h>

/** Most vectors of one index: MSI-X's table size (PCI 3.0, 6.8.2.3). */
#define IRQS_MAX_VECTORS 2048u

struct irqs {
	pthread_mutex_t lock;    /**< the unmask watcher is another thread */
	int mode;                /**< VFIO_PCI_INTX_IRQ_INDEX, MSI or MSIX; -1: none */
	bool line;               /**< what the device drives on INTx */
	bool masked;             /**< INTx: by the client or by itself after a signal */
	bool disabled;           /**< COMMAND's interrupt disable bit */
	int intx_fd;             /**< eventfds; -1: none */
	int unmask_fd;
	int error_fd, request_fd;
	int *vector_fd;          /**< MSI or MSI-X */
	unsigned num_vectors;
	/** The open file that armed the mode, ERR or REQ last. */
	const void *mode_owner, *error_owner, *request_owner;
};

/** A checked VFIO_DEVICE_SET_IRQS: exactly one DATA and one ACTION bit, block inside the index. */
struct irqs_call {
	uint32_t index, start, count;
	uint32_t data_kind;    /**< VFIO_IRQ_SET_DATA_* */
	uint32_t action;       /**< VFIO_IRQ_SET_ACTION_* */
	const uint8_t *data;   /**< count bytes, or count s32 */
	/** Turns the client's eventfd into one of ours: -EBADF if it is not open, -EINVAL if not one. */
	int (*take_eventfd)(void *ctx, int fd);
	void *ctx;
	const void *owner;
};

int irqs_init(struct irqs *irqs);
void irqs_destroy(struct irqs *irqs);

/** Carries the call out. Returns 0 or a negative errno, see vfiod(7). */
int irqs_set(struct irqs *irqs, const struct irqs_call *call);

/** Forgets all that @a owner armed: its file was closed. */
void irqs_release(struct irqs *irqs, const void *owner);

/** The device drives its INTx line. */
void irqs_line(struct irqs *irqs, bool asserted);

/** The device sends a message; vectors without an eventfd swallow it. */
void irqs_message(struct irqs *irqs, unsigned vector);

/** COMMAND's interrupt disable bit changed. */
void irqs_disable_intx(struct irqs *irqs, bool disabled);

/** VFIO_PCI_MSI_IRQ_INDEX and so on, or -1. */
int irqs_mode(const struct irqs *irqs);

#endif

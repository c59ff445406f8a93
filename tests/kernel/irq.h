/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SET_IRQS and eventfds as a client uses them. */
#ifndef KERNEL_IRQ_H
#define KERNEL_IRQ_H

#include <stdint.h>

#include <linux/vfio.h>

#define INTX    VFIO_PCI_INTX_IRQ_INDEX
#define MSI     VFIO_PCI_MSI_IRQ_INDEX
#define MSIX    VFIO_PCI_MSIX_IRQ_INDEX
#define ERR     VFIO_PCI_ERR_IRQ_INDEX
#define REQ     VFIO_PCI_REQ_IRQ_INDEX

#define NONE    VFIO_IRQ_SET_DATA_NONE
#define BOOL    VFIO_IRQ_SET_DATA_BOOL
#define EVENTFD VFIO_IRQ_SET_DATA_EVENTFD
#define MASK    VFIO_IRQ_SET_ACTION_MASK
#define UNMASK  VFIO_IRQ_SET_ACTION_UNMASK
#define TRIGGER VFIO_IRQ_SET_ACTION_TRIGGER

/** Most vectors that a call of the tests names. */
#define IRQ_MAX_VECTORS 16

/**
 * VFIO_DEVICE_SET_IRQS with argsz as it should be; @a data has @a count bytes or int32_t, depending
 * on @a flags. Returns what ioctl() returns, or the negative errno.
 */
int irq_set(int fd, uint32_t index, uint32_t flags, uint32_t start, uint32_t count,
	    const void *data);

/** The same for one vector and one eventfd. */
int irq_arm(int fd, uint32_t index, uint32_t action, uint32_t vector, int32_t event);

/** DATA_NONE without data. */
int irq_none(int fd, uint32_t index, uint32_t action, uint32_t start, uint32_t count);

/** A non-blocking eventfd; fails the test if there is none. */
int event_new(void);
/** Takes the counter: 0 if it hasn't been signalled. */
uint64_t event_take(int event);
/** Waits until it is signalled, and takes the counter; fails the test if nothing comes. */
uint64_t event_wait(int event);

#endif

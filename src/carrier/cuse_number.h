/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which character device numbers our CUSE nodes ask for. Left to itself the kernel gives each node a
 * dynamic major, of which it has about 130. So only the first one is left to it: no one else is given
 * that major while the node is there, and the others take minors of it.
 *
 * For the thread that starts and stops nodes only.
 */
#ifndef CARRIER_CUSE_NUMBER_H
#define CARRIER_CUSE_NUMBER_H

#include <sys/queue.h>
#include <sys/types.h>

/** A node's number, as long as the node is there. Zeroed: none. */
struct cuse_number {
	dev_t number;
	LIST_ENTRY(cuse_number) others;
};

/** What a node is to ask for; 0: it is left to the kernel. */
dev_t cuse_number_wanted(void);

/** The node is there, with this number. */
void cuse_number_take(struct cuse_number *taken, dev_t number);

/** The node is gone, or never was there. */
void cuse_number_give_back(struct cuse_number *taken);

#endif

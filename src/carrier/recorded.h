/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The daemon's side of a record: whether it is of the call that a request belongs to. */
#ifndef CARRIER_RECORDED_H
#define CARRIER_RECORDED_H

#include "carrier/offset.h"
#include "carrier/record.h"

/**
 * Takes from the record of its thread what call a request belongs to. OFFSET_NOT_RECORDED where the
 * record is another thread's, or of another call: the kernel leaves out an entry when a thread was
 * preempted inside the program on the same processor. So that an old record is not taken for such a
 * call's, the first request of a call marks it; what doesn't fit is wiped out.
 */
enum offset_refusal record_take(struct record *record, const struct offset_request *request,
				struct offset_call *call);

#endif

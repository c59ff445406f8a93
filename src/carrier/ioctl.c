/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "carrier/ioctl.h"

#include "carrier/thread_caller.h"

bool
ioctl_through_memory(pid_t tid, unsigned command, void *argument, ioctl_handler handle, void *file,
		     int *result)
{
	uint8_t fetched[CALL_MAX_IN], out[CALL_MAX_OUT];
	struct thread_caller caller;
	struct call call = {
		.command = command,
		.argument = (uintptr_t)argument,
		.in = fetched,
		.out = out,
		.out_size = sizeof(out),
		.caller = &caller.caller,
	};

	thread_caller_init(&caller, tid);
	while (handle(file, &call) == CALL_MORE) {
		if (tid <= 0 || caller.caller.read_memory(&caller.caller, call.argument, fetched,
							  call.want_in))
			return false;
		call.in_size = call.want_in;
	}
	*result = call.result;
	if (call.out_used) {
		int error = caller.caller.write_memory(&caller.caller, call.argument, out,
						       call.out_used);

		if (error)
			*result = error;
	}
	return true;
}

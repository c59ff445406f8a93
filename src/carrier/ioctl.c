/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "carrier/ioctl.h"

#include "carrier/thread_caller.h"

/* Each fetch is a system call, and many arguments ask for more once their first words are known. */
#define FETCH_AHEAD 128u
#define PAGE        4096u

/* Not beyond the page that holds the last byte wanted: what follows may not be there. */
static size_t
fetch_length(uint64_t address, size_t wanted)
{
	uint64_t end = address + wanted;
	size_t length = wanted + (size_t)((PAGE - end % PAGE) % PAGE);

	if (wanted >= FETCH_AHEAD || length < wanted)
		return wanted;
	return length < FETCH_AHEAD ? length : FETCH_AHEAD;
}

bool
ioctl_through_memory(pid_t tid, unsigned command, void *argument, ioctl_handler handle, void *file,
		     int *result)
{
	uint8_t fetched[CALL_MAX_IN], out[CALL_MAX_OUT];
	struct thread_caller caller;
	size_t there = 0;
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
		if (call.want_in > there) {
			there = fetch_length(call.argument, call.want_in);
			if (tid <= 0 || caller.caller.read_memory(&caller.caller, call.argument,
								  fetched, there))
				return false;
		}
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

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "models/gvt/gvt.h"

#include <string.h>
#include <sys/mman.h>

void *
gvt_sparse_new(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED)
		return NULL;
	/* A huge page would make the first touch cost 2 MiB. Kernels without them refuse: fine. */
	madvise(memory, size, MADV_NOHUGEPAGE);
	return memory;
}

void
gvt_sparse_clear(void *memory, size_t size)
{
	/* Private anonymous pages read as zeros after this; it fails only for locked memory. */
	if (madvise(memory, size, MADV_DONTNEED))
		memset(memory, 0, size);
}

void
gvt_sparse_free(void *memory, size_t size)
{
	if (memory)
		munmap(memory, size);
}

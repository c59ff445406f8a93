/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "devices.h"

#include "check.h"

#include <string.h>

/* The number after "name=", if that is how the word begins. */
static bool
number(const char *word, const char *name, unsigned *value)
{
	size_t length = strlen(name);

	if (strncmp(word, name, length))
		return false;
	for (*value = 0, word += length; *word; word++)
		*value = 10 * *value + (unsigned)(*word - '0');
	return true;
}

void
perform(const char *word, struct wishes *wishes)
{
	if (!strcmp(word, "after-reset"))
		wishes->after_reset = true;
	else if (!strcmp(word, "edu"))
		check_edu(wishes);
	else if (!strcmp(word, "vgpu"))
		check_vgpu(wishes);
	else if (!strcmp(word, "e1000e"))
		check_e1000e();
	else if (!strcmp(word, "busy"))
		keep_edu_busy();
	else if (!number(word, "pages=", &wishes->dma_pages) &&
		 !number(word, "vectors=", &wishes->vectors) &&
		 !number(word, "vgpu-id=", &wishes->vgpu_id))
		check(false, "guest: what is '%s'?", word);
}

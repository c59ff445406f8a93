/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "models/models.h"

#include <string.h>

extern const struct vfiod_model gvt_model, edu_model, clone_model;

const struct vfiod_model *const models[] = {&gvt_model, &edu_model, &clone_model, NULL};

const struct vfiod_model *
model_by_name(const char *name)
{
	for (const struct vfiod_model *const *model = models; *model; model++)
		if (!strcmp((*model)->name, name))
			return *model;
	return NULL;
}

const struct type_source *
types_of(const struct vfiod_model *model)
{
	return model == gvt_types.model ? &gvt_types : NULL;
}

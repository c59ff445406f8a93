/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The models that this vfiod was built with. */
#ifndef MODELS_MODELS_H
#define MODELS_MODELS_H

#include "models/types.h"
#include "vfiod/device.h"

/** All models, ended by NULL. */
extern const struct vfiod_model *const models[];

/** The model called @a name, or NULL. */
const struct vfiod_model *model_by_name(const char *name);

/** Where types of devices of @a model come from, or NULL if it has none. */
const struct type_source *types_of(const struct vfiod_model *model);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/settings.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "carrier/carrier.h"
#include "daemon/device_keys.h"
#include "models/models.h"
#include "util/log.h"

#define DEFAULT_DEVICE "vgpu"
#define DEFAULT_MODE   0600

static void
device_free(struct device_setting *device)
{
	free(device->name);
	for (unsigned i = 0; i < device->options.count; i++) {
		free(device->options.setting[i].key);
		free(device->options.setting[i].value);
	}
}

struct device_setting *
settings_new_device(struct settings *settings, const struct vfiod_model *model)
{
	struct device_setting *grown;

	if (settings->num_devices >= MAX_DEVICES)
		return NULL;
	grown = realloc(settings->device, (settings->num_devices + 1) * sizeof(*grown));
	if (!grown)
		return NULL;
	settings->device = grown;
	grown += settings->num_devices++;
	*grown = (struct device_setting){
		.model = model, .mode = DEFAULT_MODE, .uid = (uid_t)-1, .gid = (gid_t)-1};
	return grown;
}

const struct vfiod_model *
settings_find_model(const char *name, const char *where)
{
	const struct vfiod_model *model = model_by_name(name);

	if (!model)
		log_line(LOG_ERR, "%s: no model '%s': see vfiod --list-models", where, name);
	return model;
}

static int
parse_mode(const char *text, mode_t *mode)
{
	char *end;
	unsigned long bits = strtoul(text, &end, 8);

	if (end == text || *end || bits > 0777)
		return -EINVAL;
	*mode = (mode_t)bits;
	return 0;
}

/* A user or group by name or number. */
static int
parse_id(const char *text, bool group, unsigned *id)
{
	struct passwd *user = group ? NULL : getpwnam(text);
	struct group *members = group ? getgrnam(text) : NULL;
	char *end;
	unsigned long number;

	if (user || members) {
		*id = user ? user->pw_uid : members->gr_gid;
		return 0;
	}
	number = strtoul(text, &end, 10);
	if (end == text || *end || number >= UINT32_MAX)
		return -EINVAL;
	*id = (unsigned)number;
	return 0;
}

static bool
model_knows(const struct vfiod_model *model, const char *key)
{
	if (model->default_memory && !strcmp(key, "memory"))
		return true;
	for (const struct vfiod_option *option = model->options; option && option->key; option++)
		if (!strcmp(option->key, key))
			return true;
	return false;
}

static int
bad_value(const char *where, const char *key, const char *value, const char *why)
{
	log_line(LOG_ERR, "%s: %s=%s: %s", where, key, value, why);
	return EX_USAGE;
}

static int
set_name(struct device_setting *device, const char *value, const char *where)
{
	const char *why;

	if (!strncmp(value, "/dev/", strlen("/dev/")))
		value += strlen("/dev/");
	if (!carrier_name_valid(value, &why))
		return bad_value(where, "name", value, why);
	free(device->name);
	device->name = strdup(value);
	return device->name ? 0 : EX_OSERR;
}

int
settings_set_key(struct device_setting *device, const char *key, const char *value,
		 const char *where)
{
	struct vfiod_options *options = &device->options;

	if (!strcmp(key, "name"))
		return set_name(device, value, where);
	if (!strcmp(key, "mode"))
		return parse_mode(value, &device->mode)
			       ? bad_value(where, key, value, "not an octal mode such as 0660")
			       : 0;
	if (!strcmp(key, "owner"))
		return parse_id(value, false, &device->uid)
			       ? bad_value(where, key, value, "no such user")
			       : 0;
	if (!strcmp(key, "group"))
		return parse_id(value, true, &device->gid)
			       ? bad_value(where, key, value, "no such group")
			       : 0;
	if (!model_knows(device->model, key)) {
		log_line(LOG_ERR, "%s: model %s has no option '%s': see vfiod --list-models", where,
			 device->model->name, key);
		return EX_USAGE;
	}
	if (options->count >= VFIOD_MAX_OPTIONS) {
		log_line(LOG_ERR, "%s: more than %u options", where, VFIOD_MAX_OPTIONS);
		return EX_USAGE;
	}
	options->setting[options->count].key = strdup(key);
	options->setting[options->count].value = strdup(value);
	options->count++;
	return 0;
}

int
settings_add_device(struct settings *settings, const char *text, const char *where)
{
	char *copy = strdup(text), *save = NULL, *word;
	const struct vfiod_model *model;
	struct device_setting *device;
	int code = EX_USAGE;

	word = copy ? strtok_r(copy, ",", &save) : NULL;
	if (!word) {
		log_line(LOG_ERR, "%s: names no model", where);
		goto out;
	}
	model = settings_find_model(word, where);
	if (!model)
		goto out;
	device = settings_new_device(settings, model);
	if (!device) {
		log_line(LOG_ERR, "%s: more than %u devices", where, MAX_DEVICES);
		goto out;
	}
	code = 0;
	while (!code && (word = strtok_r(NULL, ",", &save))) {
		char *equals = strchr(word, '=');

		if (!equals) {
			log_line(LOG_ERR, "%s: '%s' is not key=value", where, word);
			code = EX_USAGE;
			break;
		}
		*equals = '\0';
		code = settings_set_key(device, word, equals + 1, where);
	}
out:
	free(copy);
	return code;
}

static const struct device_setting *
by_name(const struct settings *settings, const char *name)
{
	for (unsigned i = 0; i < settings->num_devices; i++)
		if (settings->device[i].name && !strcmp(settings->device[i].name, name))
			return &settings->device[i];
	return NULL;
}

/* vgpu0, vgpu1, … the first that nobody has. */
static int
give_name(struct settings *settings, struct device_setting *device)
{
	char name[CARRIER_NAME_MAX + 1];

	for (unsigned n = 0; n <= MAX_DEVICES; n++) {
		snprintf(name, sizeof(name), "%s%u", device->model->name, n);
		if (!by_name(settings, name)) {
			device->name = strdup(name);
			return device->name ? 0 : EX_OSERR;
		}
	}
	return EX_SOFTWARE;
}

int
settings_finish(struct settings *settings)
{
	int code = 0;

	if (!settings->num_devices)
		code = settings_add_device(settings, DEFAULT_DEVICE, "default device");
	for (unsigned i = 0; i < settings->num_devices && !code; i++)
		if (!settings->device[i].name)
			code = give_name(settings, &settings->device[i]);
	for (unsigned i = 0; i < settings->num_devices && !code; i++)
		if (by_name(settings, settings->device[i].name) != &settings->device[i]) {
			log_line(LOG_ERR, "two devices are called '%s'", settings->device[i].name);
			code = EX_USAGE;
		}
	return code;
}

void
settings_free(struct settings *settings)
{
	for (unsigned i = 0; i < settings->num_devices; i++)
		device_free(&settings->device[i]);
	free(settings->device);
	settings->device = NULL;
	settings->num_devices = 0;
}

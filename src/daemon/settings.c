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

/* As the kernel's own (drivers/iommu/iommufd/main.c). */
#define IOMMU_MODE 0660

/* Below this the kernel has its VFIO devices. */
#define KERNEL_FOLDER "vfio/"

static struct carrier_permissions
permissions_of(mode_t mode)
{
	return (struct carrier_permissions){.mode = mode, .uid = (uid_t)-1, .gid = (gid_t)-1};
}

void
settings_init(struct settings *settings)
{
	*settings = (struct settings){.log_level = -1,
				      .iommu = {.permissions = permissions_of(IOMMU_MODE)},
				      .control = {.permissions = permissions_of(DEFAULT_MODE)}};
}

static void
options_free(struct vfiod_options *options)
{
	for (unsigned i = 0; i < options->count; i++) {
		free(options->setting[i].key);
		free(options->setting[i].value);
	}
}

void
settings_device_init(struct device_setting *device, const struct vfiod_model *model)
{
	*device = (struct device_setting){.model = model,
					  .permissions = permissions_of(DEFAULT_MODE),
					  .poll_us = -1};
}

void
settings_device_free(struct device_setting *device)
{
	free(device->name);
	free(device->type);
	options_free(&device->options);
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
	settings_device_init(grown, model);
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

int
settings_set_name(char **name, const char *value, const char *where)
{
	const char *why;

	if (!strncmp(value, "/dev/", strlen("/dev/")))
		value += strlen("/dev/");
	if (!carrier_name_valid(value, &why))
		return bad_value(where, "name", value, why);
	free(*name);
	*name = strdup(value);
	return *name ? 0 : EX_OSERR;
}

int
settings_set_permission(struct carrier_permissions *permissions, const char *key, const char *value,
			const char *where)
{
	if (!strcmp(key, "mode"))
		return parse_mode(value, &permissions->mode)
			       ? bad_value(where, key, value, "not an octal mode such as 0660")
			       : 0;
	if (!strcmp(key, "owner"))
		return parse_id(value, false, &permissions->uid)
			       ? bad_value(where, key, value, "no such user")
			       : 0;
	if (!strcmp(key, "group"))
		return parse_id(value, true, &permissions->gid)
			       ? bad_value(where, key, value, "no such group")
			       : 0;
	return -1;
}

static int
set_access(struct device_setting *device, const char *value, const char *where)
{
	if (!strcmp(value, "strict"))
		device->access = ACCESS_STRICT;
	else if (!strcmp(value, "open"))
		device->access = ACCESS_OPEN;
	else
		return bad_value(where, "access", value, "must be strict or open");
	return 0;
}

int
settings_set_poll(int *poll_us, const char *value, const char *where)
{
	char *end;
	unsigned long us = strtoul(value, &end, 10);

	if (*value < '0' || *value > '9' || *end || us > CARRIER_MAX_POLL_US)
		return bad_value(where, "poll-us", value, "not a number of microseconds up to 10000");
	*poll_us = (int)us;
	return 0;
}

static int
set_type(struct device_setting *device, const char *value, const char *where)
{
	if (!types_of(device->model)) {
		log_line(LOG_ERR, "%s: model %s has no types", where, device->model->name);
		return EX_USAGE;
	}
	free(device->type);
	device->type = strdup(value);
	return device->type ? 0 : EX_OSERR;
}

static int
add_option(struct vfiod_options *options, const char *key, const char *value, const char *where)
{
	struct vfiod_setting setting;

	if (options->count >= VFIOD_MAX_OPTIONS) {
		log_line(LOG_ERR, "%s: more than %u options", where, VFIOD_MAX_OPTIONS);
		return EX_USAGE;
	}
	setting = (struct vfiod_setting){strdup(key), strdup(value)};
	if (!setting.key || !setting.value) {
		free(setting.key);
		free(setting.value);
		return EX_OSERR;
	}
	options->setting[options->count++] = setting;
	return 0;
}

int
settings_set_key(struct device_setting *device, const char *key, const char *value,
		 const char *where)
{
	int code;

	if (!strcmp(key, "name"))
		return settings_set_name(&device->name, value, where);
	if (!strcmp(key, "access"))
		return set_access(device, value, where);
	if (!strcmp(key, "poll-us"))
		return settings_set_poll(&device->poll_us, value, where);
	if (!strcmp(key, "type"))
		return set_type(device, value, where);
	if (!strcmp(key, "uuid"))
		return uuid_parse(value, device->uuid) ? 0
						       : bad_value(where, key, value, "not a UUID");
	code = settings_set_permission(&device->permissions, key, value, where);
	if (code >= 0)
		return code;
	if (!model_knows(device->model, key)) {
		log_line(LOG_ERR, "%s: model %s has no option '%s': see vfiod --list-models", where,
			 device->model->name, key);
		return EX_USAGE;
	}
	return add_option(&device->options, key, value, where);
}

int
settings_set_control_key(struct control_setting *control, const char *key, const char *value,
			 const char *where)
{
	int code;

	if (!strcmp(key, "path")) {
		control->none = !strcmp(value, "none");
		if (control->none)
			return 0;
		if (value[0] != '/')
			return bad_value(where, key, value, "must start with a slash, or be none");
		free(control->path);
		control->path = strdup(value);
		return control->path ? 0 : EX_OSERR;
	}
	code = settings_set_permission(&control->permissions, key, value, where);
	if (code >= 0)
		return code;
	log_line(LOG_ERR, "%s: the control socket has no option '%s'", where, key);
	return EX_USAGE;
}

int
settings_set_host_gpu_key(struct vfiod_options *options, const char *key, const char *value,
			  const char *where)
{
	for (const struct vfiod_option *option = gvt_types.options; option->key; option++)
		if (!strcmp(option->key, key))
			return add_option(options, key, value, where);
	log_line(LOG_ERR, "%s: the host GPU has no option '%s'", where, key);
	return EX_USAGE;
}

int
settings_set_iommu_key(struct iommu_setting *iommu, const char *key, const char *value,
		       const char *where)
{
	int code;

	if (!strcmp(key, "name")) {
		iommu->none = !strcmp(value, "none");
		return iommu->none ? 0 : settings_set_name(&iommu->name, value, where);
	}
	code = settings_set_permission(&iommu->permissions, key, value, where);
	if (code >= 0)
		return code;
	log_line(LOG_ERR, "%s: an iommufd has no option '%s'", where, key);
	return EX_USAGE;
}

/* Splits "key=value" and hands it to @a set. */
static int
set_word(char *word, int (*set)(void *target, const char *key, const char *value, const char *where),
	 void *target, const char *where)
{
	char *equals = strchr(word, '=');

	if (!equals) {
		log_line(LOG_ERR, "%s: '%s' is not key=value", where, word);
		return EX_USAGE;
	}
	*equals = '\0';
	return set(target, word, equals + 1, where);
}

static int
set_device_word(void *device, const char *key, const char *value, const char *where)
{
	return settings_set_key(device, key, value, where);
}

static int
set_control_word(void *control, const char *key, const char *value, const char *where)
{
	return settings_set_control_key(control, key, value, where);
}

static int
set_host_gpu_word(void *options, const char *key, const char *value, const char *where)
{
	return settings_set_host_gpu_key(options, key, value, where);
}

static int
set_iommu_word(void *iommu, const char *key, const char *value, const char *where)
{
	return settings_set_iommu_key(iommu, key, value, where);
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
	if (!strcmp(text, "none")) {
		settings->no_devices = true;
		code = 0;
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
	while (!code && (word = strtok_r(NULL, ",", &save)))
		code = set_word(word, set_device_word, device, where);
out:
	free(copy);
	return code;
}

int
settings_set_iommu(struct settings *settings, const char *text, const char *where)
{
	char *copy = strdup(text), *save = NULL, *word;
	int code;

	word = copy ? strtok_r(copy, ",", &save) : NULL;
	if (word) {
		code = strchr(word, '=') ? set_word(word, set_iommu_word, &settings->iommu, where)
					 : settings_set_iommu_key(&settings->iommu, "name", word, where);
		while (!code && (word = strtok_r(NULL, ",", &save)))
			code = set_word(word, set_iommu_word, &settings->iommu, where);
	} else {
		log_line(LOG_ERR, "%s: names no node", where);
		code = EX_USAGE;
	}
	free(copy);
	return code;
}

int
settings_set_control(struct settings *settings, const char *text, const char *where)
{
	char *copy = strdup(text), *save = NULL, *word;
	int code = 0;

	word = copy ? strtok_r(copy, ",", &save) : NULL;
	if (word && (word[0] == '/' || !strchr(word, '='))) {
		code = settings_set_control_key(&settings->control, "path", word, where);
		word = strtok_r(NULL, ",", &save);
	}
	for (; word && !code; word = strtok_r(NULL, ",", &save))
		code = set_word(word, set_control_word, &settings->control, where);
	free(copy);
	return code;
}

int
settings_set_host_gpu(struct settings *settings, const char *text, const char *where)
{
	char *copy = strdup(text), *save = NULL;
	int code = 0;

	for (char *word = copy ? strtok_r(copy, ",", &save) : NULL; word && !code;
	     word = strtok_r(NULL, ",", &save))
		code = set_word(word, set_host_gpu_word, &settings->host_gpu, where);
	free(copy);
	return code;
}

bool
settings_device_strict(const struct device_setting *device)
{
	if (device->access == ACCESS_BY_NAME)
		return !strncmp(device->name, KERNEL_FOLDER, strlen(KERNEL_FOLDER));
	return device->access == ACCESS_STRICT;
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
settings_finish_type(struct device_setting *device)
{
	if (!device->type) {
		if (!device->uuid[0])
			return 0;
		log_line(LOG_ERR, "uuid=%s: only devices with a type= have one", device->uuid);
		return EX_USAGE;
	}
	if (!device->uuid[0] && uuid_random(device->uuid)) {
		log_line(LOG_ERR, "no random numbers for a UUID");
		return EX_OSERR;
	}
	if (!device->name)
		device->name = strdup(device->uuid);
	return device->name ? 0 : EX_OSERR;
}

int
settings_finish(struct settings *settings)
{
	int code = 0;

	for (unsigned i = 0; i < settings->num_devices && !code; i++)
		code = settings_finish_type(&settings->device[i]);
	if (!settings->num_devices && !settings->no_devices && !code)
		code = settings_add_device(settings, DEFAULT_DEVICE, "default device");
	for (unsigned i = 0; i < settings->num_devices && !code; i++)
		if (!settings->device[i].name)
			code = give_name(settings, &settings->device[i]);
	for (unsigned i = 0; i < settings->num_devices && !code; i++)
		if (by_name(settings, settings->device[i].name) != &settings->device[i]) {
			log_line(LOG_ERR, "two devices are called '%s'", settings->device[i].name);
			code = EX_USAGE;
		}
	if (!code && settings->iommu.name && by_name(settings, settings->iommu.name)) {
		log_line(LOG_ERR, "a device and the iommufd are called '%s'", settings->iommu.name);
		code = EX_USAGE;
	}
	return code;
}

void
settings_free(struct settings *settings)
{
	for (unsigned i = 0; i < settings->num_devices; i++)
		settings_device_free(&settings->device[i]);
	free(settings->device);
	options_free(&settings->host_gpu);
	settings->host_gpu.count = 0;
	free(settings->control.path);
	settings->control.path = NULL;
	free(settings->iommu.name);
	settings->iommu.name = NULL;
	settings->device = NULL;
	settings->num_devices = 0;
}

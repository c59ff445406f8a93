/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfiod.conf(5): an INI file with [vfiod], [iommu], [control], [host-gpu], and one [device NAME] section for each device. */
#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "daemon/device_keys.h"
#include "util/log.h"

#define DEVICE_PREFIX "device "

struct reader {
	struct settings *settings;
	const char *path;
	char section[128];
	int device;            /* index of the section's device, -1 before its model= */
	int code;
};

static int
fail(struct reader *reader, const char *where, const char *what, const char *detail)
{
	if (what)
		log_line(LOG_ERR, "%s: %s '%s'", where, what, detail);
	reader->code = EX_CONFIG;
	return 0;
}

static int
daemon_key(struct reader *reader, const char *key, const char *value, const char *where)
{
	if (!strcmp(key, "poll-us"))
		return settings_set_poll(&reader->settings->poll_us, value, where)
			       ? fail(reader, where, NULL, NULL)
			       : 1;
	if (strcmp(key, "log-level"))
		return fail(reader, where, "no such key below [vfiod]:", key);
	reader->settings->log_level = log_level_by_name(value);
	if (reader->settings->log_level < 0)
		return fail(reader, where, "no such log level:", value);
	return 1;
}

/* The first key of a device's section must be its model: what the others mean depends on it. */
static int
start_device(struct reader *reader, const char *name, const char *key, const char *value,
	     const char *where)
{
	const struct vfiod_model *model;
	struct device_setting *device;

	if (strcmp(key, "model"))
		return fail(reader, where, "model= must come first in section", reader->section);
	model = settings_find_model(value, where);
	if (!model)
		return fail(reader, where, NULL, NULL);
	device = settings_new_device(reader->settings, model);
	if (!device)
		return fail(reader, where, "too many devices at", name);
	reader->device = (int)(device - reader->settings->device);
	if (settings_set_key(device, "name", name, where))
		return fail(reader, where, NULL, NULL);
	return 1;
}

static int
device_key(struct reader *reader, const char *name, const char *key, const char *value,
	   const char *where)
{
	if (reader->device < 0)
		return start_device(reader, name, key, value, where);
	if (!strcmp(key, "name"))
		return fail(reader, where, "the section gives the name already:", name);
	if (!strcmp(key, "model"))
		return fail(reader, where, "a second model in section", reader->section);
	if (settings_set_key(&reader->settings->device[reader->device], key, value, where))
		return fail(reader, where, NULL, NULL);
	return 1;
}

static int
on_key(void *arg, const char *section, const char *key, const char *value)
{
	struct reader *reader = arg;
	struct settings *settings = reader->settings;
	char where[512];

	/* inih tells the line of the first error only; the section is as good. */
	snprintf(where, sizeof(where), "%s: [%s]", reader->path, section);
	if (strcmp(section, reader->section)) {
		snprintf(reader->section, sizeof(reader->section), "%s", section);
		reader->device = -1;
	}
	if (reader->code)
		return 0;
	if (!strcmp(section, "vfiod"))
		return daemon_key(reader, key, value, where);
	if (!strcmp(section, "iommu"))
		return settings_set_iommu_key(&reader->settings->iommu, key, value, where)
			       ? fail(reader, where, NULL, NULL)
			       : 1;
	if (!strcmp(section, "control"))
		return settings_set_control_key(&settings->control, key, value, where)
			       ? fail(reader, where, NULL, NULL)
			       : 1;
	if (!strcmp(section, "host-gpu"))
		return settings_set_host_gpu_key(&settings->host_gpu, key, value, where)
			       ? fail(reader, where, NULL, NULL)
			       : 1;
	if (!strncmp(section, DEVICE_PREFIX, strlen(DEVICE_PREFIX)))
		return device_key(reader, section + strlen(DEVICE_PREFIX), key, value, where);
	return fail(reader, where, "no such section:", section);
}

int
settings_read_file(struct settings *settings, const char *path)
{
	struct reader reader = {.settings = settings, .path = path, .device = -1};
	FILE *file = fopen(path, "re");
	int line;

	if (!file) {
		log_line(LOG_ERR, "cannot read %s: %s", path, strerror(errno));
		return EX_NOINPUT;
	}
	line = ini_parse_file(file, on_key, &reader);
	fclose(file);
	if (!line)
		return 0;
	log_line(LOG_ERR, "%s:%d: %s", path, line,
		 reader.code ? "error here, see above" : "neither [section], key=value nor comment");
	return EX_CONFIG;
}

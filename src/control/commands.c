/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "control/commands.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "carrier/carrier.h"
#include "control/inspect.h"
#include "daemon/device_keys.h"
#include "models/types.h"
#include "pci/address.h"
#include "util/log.h"

#define WHERE       "control socket"

#define MAX_MESSAGE 512

/* What goes wrong here has a name that scripts know. */
json_t *
command_refuse(int error, const char *why)
{
	const char *name = strerrorname_np(-error);
	json_t *message = json_string(why);

	/* What a client has written can be cut anywhere: jansson takes whole characters only. */
	if (!message)
		message = json_string("bad characters");
	return json_pack("{s:b, s:s, s:i, s:o}", "ok", 0, "error", name ? name : "EIO", "errno",
			 -error, "message", message);
}

static json_t *
describe_type(const struct type_info *info)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:I}", "type", info->name, "name", info->summary,
			 "description", info->description, "device_api", info->api,
			 "available_instances", (json_int_t)info->available);
}

static json_t *
run_types(struct serving *serving, const json_t *request, bool *changed)
{
	json_t *list = json_array();
	struct type_info info;

	(void)request, (void)changed;
	for (unsigned i = 0; gvt_types.describe(serving->host, i, &info); i++)
		json_array_append_new(list, describe_type(&info));
	return json_pack("{s:b, s:o}", "ok", 1, "types", list);
}

static const char *
state_of(const struct served *served)
{
	if (served->held)
		return "held";
	if (carried_ended(served->node))
		return "ended";
	return vfio_is_open(served->device) ? "open" : "closed";
}

static json_t *
describe_device(const struct serving *serving, const struct served *served)
{
	const struct device_setting *setting = served->setting;
	char address[PCI_ADDRESS_TEXT], path[CARRIER_NAME_MAX + 4096];
	json_t *device;

	pci_address_text(pci_address_of(served->number), address);
	snprintf(path, sizeof(path), "%s/%s", serving->carrier->directory(), setting->name);
	device =
		json_pack("{s:s, s:s, s:s, s:s, s:s}", "name", setting->name, "path", path, "model",
			  setting->model->name, "address", address, "state", state_of(served));
	if (setting->uuid[0])
		json_object_set_new(device, "uuid", json_string(setting->uuid));
	if (setting->type)
		json_object_set_new(device, "type", json_string(setting->type));
	return device;
}

static json_t *
run_list(struct serving *serving, const json_t *request, bool *changed)
{
	json_t *list = json_array();

	(void)request, (void)changed;
	for (unsigned i = 0; i < serving->num_slots; i++)
		if (serving->device[i])
			json_array_append_new(list, describe_device(serving, serving->device[i]));
	return json_pack("{s:b, s:o}", "ok", 1, "devices", list);
}

/* Keys of a device beside its type, as those of --device: strings all. */
static int
set_keys(struct device_setting *setting, json_t *keys)
{
	const char *key;
	json_t *value;

	json_object_foreach(keys, key, value)
	{
		if (!json_is_string(value)) {
			log_line(LOG_ERR, WHERE ": '%s' in options is not a string", key);
			return EX_USAGE;
		}
		if (!strcmp(key, "type") || !strcmp(key, "uuid")) {
			log_line(LOG_ERR, WHERE ": '%s' does not belong into options", key);
			return EX_USAGE;
		}
		if (settings_set_key(setting, key, json_string_value(value), WHERE))
			return EX_USAGE;
	}
	return 0;
}

static int
fill_setting(struct device_setting *setting, const json_t *request)
{
	json_t *uuid = json_object_get(request, "uuid");
	json_t *options = json_object_get(request, "options");

	if (options && !json_is_object(options)) {
		log_line(LOG_ERR, WHERE ": options is not an object");
		return EX_USAGE;
	}
	if (uuid && !json_is_string(uuid)) {
		log_line(LOG_ERR, WHERE ": uuid is not a string");
		return EX_USAGE;
	}
	if (settings_set_key(setting, "type", json_string_value(json_object_get(request, "type")),
			     WHERE) ||
	    (uuid && settings_set_key(setting, "uuid", json_string_value(uuid), WHERE)) ||
	    (options && set_keys(setting, options)))
		return EX_USAGE;
	return settings_finish_type(setting);
}

static json_t *
create(struct serving *serving, const json_t *request, bool *changed, char message[MAX_MESSAGE])
{
	struct device_setting *setting = malloc(sizeof(*setting));
	struct served *served;
	int error;

	if (!setting)
		return command_refuse(-ENOMEM, "out of memory");
	settings_device_init(setting, gvt_types.model);
	error = fill_setting(setting, request) ? -EINVAL : 0;
	if (!error)
		error = serve_create(serving, setting, true, &served);
	if (error) {
		settings_device_free(setting);
		free(setting);
		return command_refuse(error, message);
	}
	*changed = true;
	return json_pack("{s:b, s:o}", "ok", 1, "device", describe_device(serving, served));
}

static json_t *
run_create(struct serving *serving, const json_t *request, bool *changed)
{
	char message[MAX_MESSAGE];
	json_t *answer;

	if (!json_is_string(json_object_get(request, "type")))
		return command_refuse(-EINVAL, "create needs a type");
	log_keep_error(message, sizeof(message));
	answer = create(serving, request, changed, message);
	log_keep_error(NULL, 0);
	return answer;
}

static json_t *
run_remove(struct serving *serving, const json_t *request, bool *changed)
{
	json_t *uuid = json_object_get(request, "uuid"), *force = json_object_get(request, "force");
	struct served *served;
	int error;

	if (!json_is_string(uuid))
		return command_refuse(-EINVAL, "remove needs a uuid, or a name in its place");
	if (force && !json_is_boolean(force))
		return command_refuse(-EINVAL, "force is not true or false");
	served = serve_find(serving, json_string_value(uuid));
	if (!served)
		return command_refuse(-ENODEV, "there is no such device");
	error = serve_remove(serving, served, json_is_true(force));
	if (error == -EBUSY)
		return command_refuse(error, "a client has it open");
	*changed = true;
	if (error)
		return command_refuse(error, "its node is gone, but a client holds it up: what it "
					     "has of the host stays taken");
	return json_pack("{s:b}", "ok", 1);
}

static const struct {
	const char *name;
	json_t *(*run)(struct serving *serving, const json_t *request, bool *changed);
} commands[] = {
	{"types", run_types},
	{"list", run_list},
	{"create", run_create},
	{"remove", run_remove},
	{"registers", inspect_registers},
	{"peek", inspect_peek},
	{"monitor", inspect_monitor},
};

json_t *
command_run(struct serving *serving, const json_t *request, bool *changed)
{
	const char *name = json_string_value(json_object_get(request, "command"));
	json_t *answer = NULL, *id = json_object_get(request, "id");

	if (!name)
		return command_refuse(-EINVAL, "not an object with a command");
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands) && !answer; i++)
		if (!strcmp(commands[i].name, name))
			answer = commands[i].run(serving, request, changed);
	if (!answer)
		answer = command_refuse(-EOPNOTSUPP, "no such command");
	if (answer && id)
		json_object_set(answer, "id", id);
	return answer;
}

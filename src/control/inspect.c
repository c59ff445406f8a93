/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "control/inspect.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/commands.h"
#include "vfio/inspect.h"

/* By UUID, name or path of its node. NULL: *@a refusal says why. */
static struct vfio_device *
device_of(const struct serving *serving, const json_t *request, json_t **refusal)
{
	const char *name = json_string_value(json_object_get(request, "device"));
	const char *directory = serving->carrier->directory();
	size_t length = strlen(directory);
	struct served *served;

	if (!name) {
		*refusal = command_refuse(-EINVAL, "device is missing, or not a string");
		return NULL;
	}
	served = serve_find(serving, name);
	if (!served && !strncmp(name, directory, length) && name[length] == '/')
		served = serve_find(serving, name + length + 1);
	if (!served)
		*refusal = command_refuse(-ENODEV, "there is no such device");
	return served ? served->device : NULL;
}

static json_t *
refuse(int error, const char *unsupported)
{
	switch (error) {
	case -EOPNOTSUPP:
		return command_refuse(error, unsupported);
	case -EBUSY:
		return command_refuse(error, "a client keeps the device busy");
	case -ENOMEM:
		return command_refuse(error, "out of memory");
	default:
		return command_refuse(error, strerror(-error));
	}
}

/* Registers ----------------------------------------------------------------------------------------- */

static json_t *
describe_field(const struct vfiod_field *field, uint32_t reg)
{
	uint32_t value = (uint32_t)(reg >> field->low &
				    ((UINT64_C(2) << (field->high - field->low)) - 1));
	json_t *object = json_pack("{s:s, s:i, s:i, s:I}", "name", field->name, "high", field->high,
				   "low", field->low, "value", (json_int_t)value);

	if (value < field->num_meanings && field->meanings[value])
		json_object_set_new(object, "meaning", json_string(field->meanings[value]));
	return object;
}

static json_t *
describe_register(const struct vfio_register *entry)
{
	const struct vfiod_register *reg = &entry->reg;
	json_t *object = json_pack("{s:s, s:s, s:i, s:I, s:I}", "name", reg->name, "block",
				   reg->block, "region", reg->region, "offset",
				   (json_int_t)reg->offset, "value", (json_int_t)entry->value);
	json_t *fields;

	if (!reg->fields)
		return object;
	fields = json_array();
	for (const struct vfiod_field *field = reg->fields; field->name; field++)
		json_array_append_new(fields, describe_field(field, entry->value));
	json_object_set_new(object, "fields", fields);
	return object;
}

json_t *
inspect_registers(struct serving *serving, const json_t *request, bool *changed)
{
	json_t *refusal = NULL, *list;
	struct vfio_device *device = device_of(serving, request, &refusal);
	struct vfio_register *all;
	size_t count;
	int error;

	(void)changed;
	if (!device)
		return refusal;
	error = vfio_registers(device, &all, &count);
	if (error)
		return refuse(error, "nobody has named the registers of this device");
	list = json_array();
	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, describe_register(&all[i]));
	free(all);
	return json_pack("{s:b, s:o}", "ok", 1, "registers", list);
}

/* Bytes as text ------------------------------------------------------------------------------------- */

static char *
hex_of(const uint8_t *bytes, size_t length)
{
	static const char digits[] = "0123456789abcdef";
	char *text = malloc(2 * length + 1);

	for (size_t i = 0; text && i < length; i++) {
		text[2 * i] = digits[bytes[i] >> 4];
		text[2 * i + 1] = digits[bytes[i] & 0xf];
	}
	if (text)
		text[2 * length] = '\0';
	return text;
}

static int
digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* At most @a room bytes; false for what is no pairs of digits, or too long. */
static bool
bytes_of(const char *text, uint8_t *bytes, size_t room, size_t *length)
{
	for (*length = 0; *text; text += 2) {
		int high = digit(text[0]), low = high < 0 ? -1 : digit(text[1]);

		if (low < 0 || *length == room)
			return false;
		bytes[(*length)++] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static json_t *
answer_bytes(const char *key, const uint8_t *bytes, size_t length)
{
	char *text = hex_of(bytes, length);
	json_t *answer = text ? json_pack("{s:b, s:s}", "ok", 1, key, text)
			      : command_refuse(-ENOMEM, "out of memory");

	free(text);
	return answer;
}

static bool
get_number(const json_t *request, const char *key, uint64_t most, uint64_t *number)
{
	const json_t *value = json_object_get(request, key);

	if (!json_is_integer(value) || json_integer_value(value) < 0 ||
	    (uint64_t)json_integer_value(value) > most)
		return false;
	*number = (uint64_t)json_integer_value(value);
	return true;
}

json_t *
inspect_peek(struct serving *serving, const json_t *request, bool *changed)
{
	json_t *refusal = NULL, *answer;
	struct vfio_device *device = device_of(serving, request, &refusal);
	uint64_t region, offset, length;
	uint8_t *bytes;
	int error;

	(void)changed;
	if (!device)
		return refusal;
	if (!get_number(request, "region", UINT32_MAX, &region) ||
	    !get_number(request, "offset", INT64_MAX, &offset) ||
	    !get_number(request, "length", INSPECT_PEEK_MAX, &length) || !length)
		return command_refuse(-EINVAL, "region, offset or length is missing or no such "
					       "number");
	bytes = malloc(length);
	if (!bytes)
		return command_refuse(-ENOMEM, "out of memory");
	error = vfio_peek(device, (unsigned)region, offset, bytes, length);
	if (error == -EINVAL)
		answer = command_refuse(error, "offset and length are not multiples of 4 inside "
					       "the region");
	else if (error)
		answer = refuse(error, "the region has no registers that could be looked at");
	else
		answer = answer_bytes("bytes", bytes, length);
	free(bytes);
	return answer;
}

/* The monitor --------------------------------------------------------------------------------------- */

#define NO_MONITOR "the device has no connector for a monitor"

static json_t *
describe_monitor(struct vfio_device *device)
{
	struct vfio_monitor *monitor = malloc(sizeof(*monitor));
	int error = monitor ? vfio_get_monitor(device, monitor) : -ENOMEM;
	json_t *answer;

	if (error) {
		free(monitor);
		return refuse(error, NO_MONITOR);
	}
	answer = answer_bytes("edid", monitor->edid, monitor->edid_size);
	json_object_set_new(answer, "connector", json_string(monitor->connector));
	json_object_set_new(answer, "plugged", json_boolean(monitor->plugged));
	free(monitor);
	return answer;
}

static json_t *
change_monitor(struct vfio_device *device, bool plugged, const json_t *edid)
{
	uint8_t bytes[VFIOD_EDID_MAX];
	size_t size = 0;
	char why[256] = "";
	int error;

	if (edid && (!json_is_string(edid) ||
		     !bytes_of(json_string_value(edid), bytes, sizeof(bytes), &size)))
		return command_refuse(-EINVAL, "edid is not a string of hex digits");
	error = vfio_set_monitor(device, plugged, edid ? bytes : NULL, size, why);
	if (error == -EINVAL)
		return command_refuse(error, why);
	return error ? refuse(error, NO_MONITOR) : describe_monitor(device);
}

json_t *
inspect_monitor(struct serving *serving, const json_t *request, bool *changed)
{
	json_t *plugged = json_object_get(request, "plugged"), *refusal = NULL;
	json_t *edid = json_object_get(request, "edid");
	struct vfio_device *device = device_of(serving, request, &refusal);

	(void)changed;
	if (!device)
		return refusal;
	if (plugged && !json_is_boolean(plugged))
		return command_refuse(-EINVAL, "plugged is not true or false");
	if (edid && !json_is_true(plugged))
		return command_refuse(-EINVAL, "edid goes with plugged: true");
	return plugged ? change_monitor(device, json_is_true(plugged), edid)
		       : describe_monitor(device);
}

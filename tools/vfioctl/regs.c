// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vfioctl regs: registers by their names. vfiod has the names, and looks without touching.
 */
#include "config.h"

#include <err.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control.h"
#include "vfioctl.h"

#define BAR0 0u

/** What intel_reg's own snapshots hold: the registers of generations 5 to 11, without the GGTT. */
#define SNAPSHOT_SIZE (2u << 20)

struct regs_options {
	bool json, blocks;
	const char *dump; /**< file, or NULL */
};

static json_int_t
number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

/* Looking ------------------------------------------------------------------------------------------- */

static int
peek(const struct call *call, uint64_t offset, size_t length, uint8_t **bytes)
{
	json_t *answer;
	size_t got;
	int status = control_ask(call->control,
				 json_pack("{s:s, s:s, s:i, s:I, s:I}", "command", "peek",
					   "device", call->argv[0], "region", BAR0, "offset",
					   (json_int_t)offset, "length", (json_int_t)length),
				 &answer);

	if (status)
		return status;
	*bytes = hex_decode(control_text(answer, "bytes"), &got);
	json_decref(answer);
	if (got == length)
		return EX_OK;
	free(*bytes);
	warnx("vfiod has sent %zu bytes instead of %zu", got, length);
	return EX_PROTOCOL;
}

static int
ask_registers(const struct call *call, json_t **list)
{
	json_t *answer;
	int status = control_ask(call->control,
				 json_pack("{s:s, s:s}", "command", "registers", "device",
					   call->argv[0]),
				 &answer);

	if (status)
		return status;
	*list = json_incref(json_object_get(answer, "registers"));
	json_decref(answer);
	if (json_is_array(*list))
		return EX_OK;
	warnx("vfiod's answer has no registers");
	json_decref(*list);
	return EX_PROTOCOL;
}

/* A register that nobody has named. */
static int
add_nameless(const struct call *call, uint64_t offset, json_t *chosen)
{
	uint8_t *bytes;
	int status = peek(call, offset, 4, &bytes);

	if (status)
		return status;
	json_array_append_new(chosen, json_pack("{s:n, s:n, s:i, s:I, s:I}", "name", "block",
						"region", BAR0, "offset", (json_int_t)offset,
						"value", (json_int_t)get_le(bytes, 4)));
	free(bytes);
	return EX_OK;
}

static bool
matches(const json_t *reg, const char *text, bool is_offset, uint64_t offset)
{
	if (is_offset)
		return number(reg, "region") == BAR0 && (uint64_t)number(reg, "offset") == offset;
	return strcasecmp(control_text(reg, "block"), text) == 0 ||
	       fnmatch(text, control_text(reg, "name"), FNM_CASEFOLD) == 0;
}

/* What one BLOCK, NAME or OFFSET stands for, behind what was chosen before. */
static int
choose(const struct call *call, const json_t *all, const char *text, json_t *chosen)
{
	size_t before = json_array_size(chosen), i;
	uint64_t offset = 0;
	bool is_offset = parse_number(text, &offset);
	json_t *reg;

	if (is_offset && offset % 4) {
		warnx("OFFSET is not a multiple of 4: %s", text);
		return EX_USAGE;
	}
	json_array_foreach(all, i, reg)
		if (matches(reg, text, is_offset, offset))
			json_array_append(chosen, reg);
	if (json_array_size(chosen) > before)
		return EX_OK;
	if (is_offset)
		return add_nameless(call, offset, chosen);
	warnx("%s: no block of registers is called so, and no register", text);
	return EX_USAGE;
}

/* Showing ------------------------------------------------------------------------------------------- */

/* A flag that is set by its name; a number, or the word for it, behind its name. */
static void
print_fields(const json_t *fields)
{
	const char *comma = "  ";
	json_t *field;
	size_t i;

	json_array_foreach(fields, i, field)
	{
		const char *meaning = control_text(field, "meaning");
		json_int_t value = number(field, "value");
		bool is_flag = number(field, "high") == number(field, "low") && !*meaning;

		if (is_flag && !value)
			continue;
		printf("%s%s", comma, control_text(field, "name"));
		if (*meaning)
			printf("=%s", meaning);
		else if (!is_flag)
			printf("=%lld", (long long)value);
		comma = ", ";
	}
}

static void
print_registers(const json_t *list)
{
	const char *block = "";
	json_t *reg;
	size_t i;

	json_array_foreach(list, i, reg)
	{
		const char *name = control_text(reg, "name");

		if (strcmp(block, control_text(reg, "block")) != 0) {
			block = control_text(reg, "block");
			printf("%s%s:\n", i ? "\n" : "", *block ? block : "(no name)");
		}
		printf("0x%06llx  %-28s 0x%08llx", (unsigned long long)number(reg, "offset"),
		       *name ? name : "-", (unsigned long long)number(reg, "value"));
		print_fields(json_object_get(reg, "fields"));
		putchar('\n');
	}
}

static int
print_blocks(const json_t *all)
{
	const char *block = "";
	json_t *reg;
	size_t i;

	json_array_foreach(all, i, reg)
		if (strcmp(block, control_text(reg, "block")) != 0) {
			block = control_text(reg, "block");
			printf("%s\n", block);
		}
	return EX_OK;
}

/* All registers as bytes ---------------------------------------------------------------------------- */

static int
dump(const struct call *call, const char *file)
{
	uint8_t *bytes;
	struct stat st;
	int status = peek(call, 0, SNAPSHOT_SIZE, &bytes), fd = STDOUT_FILENO;

	if (status)
		return status;
	if (strcmp(file, "-") != 0)
		fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0) {
		warn("%s", file);
		free(bytes);
		return EX_CANTCREAT;
	}
	status = write_file(fd, file, bytes, SNAPSHOT_SIZE);
	free(bytes);
	if (fd == STDOUT_FILENO)
		return status;
	if (status && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		unlink(file);
	if (close(fd) < 0 && !status) {
		warn("%s", file);
		status = EX_IOERR;
	}
	return status;
}

static int
show(const struct call *call, const struct regs_options *options)
{
	json_t *all, *chosen = NULL;
	int status = ask_registers(call, &all);

	if (status)
		return status;
	if (options->blocks) {
		status = print_blocks(all);
	} else {
		chosen = call->argc > 1 ? json_array() : json_incref(all);
		for (int i = 1; i < call->argc && !status; i++)
			status = choose(call, all, call->argv[i], chosen);
		if (!status && options->json)
			control_print_json(chosen);
		else if (!status)
			print_registers(chosen);
	}
	json_decref(chosen);
	json_decref(all);
	return status;
}

static int
run(const struct call *call)
{
	const struct regs_options *options = call->options;

	if ((options->dump || options->blocks) && (call->argc > 1 || options->json)) {
		warnx("regs: --%s stands for itself", options->dump ? "dump" : "blocks");
		return EX_USAGE;
	}
	return options->dump ? dump(call, options->dump) : show(call, options);
}

static error_t
parse_option(int key, char *arg, struct argp_state *state)
{
	struct regs_options *options = state->input;

	switch (key) {
	case 'j':
		options->json = true;
		return 0;
	case 'b':
		options->blocks = true;
		return 0;
	case 'd':
		options->dump = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option option_list[] = {
	{.name = "blocks", .key = 'b', .doc = "List the names of the blocks"},
	{.name = "dump",
	 .key = 'd',
	 .arg = "FILE",
	 .doc = "Write all registers to FILE, for intel_reg --mmio=FILE (- for standard output)"},
	{.name = "json", .key = 'j', .doc = "Print JSON"},
	{0},
};

const struct verb regs_verb = {
	.name = "regs",
	.arguments = "NODE [BLOCK|NAME|OFFSET...]",
	.summary = "print registers of vfiod's device by name",
	.details = "NAME may have *, ? and [...] in it, as for file names. Without any, all "
		   "registers are printed. Looking changes nothing on the device, whoever has "
		   "it.",
	.of_daemon = true,
	.min_arguments = 1,
	.max_arguments = INT32_MAX,
	.options = option_list,
	.parse_option = parse_option,
	.options_size = sizeof(struct regs_options),
	.run = run,
};

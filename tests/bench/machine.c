/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "machine.h"

#include <stdio.h>

#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

static void
read_cpuinfo(struct machine *machine)
{
	FILE *file = fopen("/proc/cpuinfo", "re");
	char line[8192];

	while (file && fgets(line, sizeof(line), file)) {
		char *value = strchr(line, ':');

		if (!value)
			continue;
		line[strcspn(line, "\n")] = '\0';
		value += value[1] == ' ' ? 2 : 1;
		if (!strncmp(line, "model name", strlen("model name")))
			snprintf(machine->cpu, sizeof(machine->cpu), "%.*s",
				 (int)sizeof(machine->cpu) - 1, value);
		if (!strncmp(line, "flags", strlen("flags")) && strstr(value, " hypervisor"))
			machine->virtual_machine = true;
	}
	if (file)
		fclose(file);
	/* QEMU's name for the processor that its translator makes up. */
	machine->emulated = strstr(machine->cpu, "QEMU TCG");
}

void
machine_describe(struct machine *machine)
{
	time_t now = time(NULL);
	struct utsname name;
	struct tm utc;

	memset(machine, 0, sizeof(*machine));
	strcpy(machine->cpu, "unknown");
	read_cpuinfo(machine);
	if (uname(&name) == 0)
		snprintf(machine->kernel, sizeof(machine->kernel), "%s %s %s", name.sysname,
			 name.release, name.machine);
	machine->processors = sysconf(_SC_NPROCESSORS_ONLN);
	strftime(machine->date, sizeof(machine->date), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
}

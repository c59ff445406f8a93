/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The conversation with the host, as the script in the Linux guest has it. */
#include "../check.h"
#include "../devices.h"
#include "bare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ACPI's PM1a control register of "pc" and "q35" as SeaBIOS sets it: sleep enable, type 0. */
#define POWER      0x604
#define POWER_OFF  0x2000
#define RESET      0xcf9
#define RESET_FULL 0x06

static void
read_line(char *line, size_t size)
{
	size_t n = 0;
	char c;

	while ((c = serial_get()) != '\n')
		if (n + 1 < size)
			line[n++] = c;
	line[n] = '\0';
}

static void
perform_words(char *words)
{
	struct wishes wishes = WISHES;

	memory_reset();
	while (*words) {
		char *word = words;

		while (*words && *words != ' ')
			words++;
		if (*words)
			*words++ = '\0';
		perform(word, &wishes);
	}
	exit(check_sums());
}

static uint64_t
cycles(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}

void
bare_main(void)
{
	static bool greeted;
	char line[256];

	if (!greeted)
		printf("ready %llx none\n", (unsigned long long)cycles());
	greeted = true;
	for (;;) {
		read_line(line, sizeof(line));
		if (!strncmp(line, "guest ", 6))
			perform_words(line + 6);
		if (!strcmp(line, "reboot"))
			out8(RESET, RESET_FULL);
		if (!strcmp(line, "off"))
			out16(POWER, POWER_OFF);
	}
}

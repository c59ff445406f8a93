/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the checks use of a C library. */
#include "bare.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* 16550: data, line status. */
#define SERIAL      0x2f8
#define LINE_STATUS (SERIAL + 5)
#define DATA_READY  0x01
#define SENT        0x20

/* 8254 timer, channel 2, whose gate and output are in port 61h. */
#define TIMER_DATA    0x42
#define TIMER_COMMAND 0x43
#define TIMER_GATE    0x61
#define TIMER_HZ      1193182u
#define ONE_SHOT      0xb0 /* channel 2, low byte then high byte, mode 0 */
#define GATE          0x01
#define OUTPUT        0x20

void
serial_put(char c)
{
	while (!(in8(LINE_STATUS) & SENT))
		;
	out8(SERIAL, (uint8_t)c);
}

char
serial_get(void)
{
	while (!(in8(LINE_STATUS) & DATA_READY))
		;
	return (char)in8(SERIAL);
}

int
putchar(int c)
{
	serial_put((char)c);
	return c;
}

static void
put_text(const char *text)
{
	for (; *text; text++)
		serial_put(*text);
}

int
puts(const char *text)
{
	put_text(text);
	serial_put('\n');
	return 0;
}

static void
put_number(unsigned long long value, unsigned base, unsigned width)
{
	char digits[24];
	unsigned n = 0;

	do {
		digits[n++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value || n < width);
	while (n)
		serial_put(digits[--n]);
}

static unsigned long long
next_number(va_list args, unsigned longs)
{
	return longs ? va_arg(args, unsigned long long) : va_arg(args, unsigned);
}

/* %s, %c, %u, %d, %x with a width of zeros and with l, ll or z, and %m that says nothing. */
int
vprintf(const char *format, va_list list)
{
	va_list args;

	va_copy(args, list);
	for (; *format; format++) {
		unsigned width = 0, longs = 0;

		if (*format != '%') {
			serial_put(*format);
			continue;
		}
		for (format++; *format >= '0' && *format <= '9'; format++)
			width = 10 * width + (unsigned)(*format - '0');
		for (; *format == 'l' || *format == 'z'; format++)
			longs++;
		switch (*format) {
		case 's':
			put_text(va_arg(args, const char *));
			break;
		case 'c':
			serial_put((char)va_arg(args, int));
			break;
		case 'u':
		case 'd':
			put_number(next_number(args, longs), 10, width);
			break;
		case 'x':
			put_number(next_number(args, longs), 16, width);
			break;
		case '%':
			serial_put('%');
			break;
		}
	}
	va_end(args);
	return 0;
}

int
printf(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	return 0;
}

void
exit(int status)
{
	printf("done %u\n", (unsigned)status);
	__asm__ volatile("jmp again");
	__builtin_unreachable();
}

/* That somebody has waited; there is no other clock. */
static uint64_t microseconds;

int
usleep(useconds_t us)
{
	while (us) {
		useconds_t part = us < 50000 ? us : 50000;
		uint32_t ticks = (uint32_t)((uint64_t)part * TIMER_HZ / 1000000) + 1;
		uint8_t gate = in8(TIMER_GATE) & 0xfc;

		out8(TIMER_GATE, gate);
		out8(TIMER_COMMAND, ONE_SHOT);
		out8(TIMER_DATA, ticks & 0xff);
		out8(TIMER_DATA, (uint8_t)(ticks >> 8));
		out8(TIMER_GATE, gate | GATE);
		while (!(in8(TIMER_GATE) & OUTPUT))
			;
		microseconds += part;
		us -= part;
	}
	return 0;
}

int
clock_gettime(clockid_t clock, struct timespec *now)
{
	(void)clock;
	now->tv_sec = (time_t)(microseconds / 1000000);
	now->tv_nsec = (long)(microseconds % 1000000 * 1000);
	return 0;
}

void *
memcpy(void *restrict to, const void *restrict from, size_t length)
{
	void *at = to;

	__asm__ volatile("rep movsb" : "+D"(at), "+S"(from), "+c"(length) : : "memory");
	return to;
}

void *
memset(void *to, int value, size_t length)
{
	void *at = to;

	__asm__ volatile("rep stosb" : "+D"(at), "+c"(length) : "a"(value) : "memory");
	return to;
}

int
memcmp(const void *left, const void *right, size_t length)
{
	const unsigned char *a = left, *b = right;

	for (size_t i = 0; i < length; i++)
		if (a[i] != b[i])
			return a[i] - b[i];
	return 0;
}

size_t
strlen(const char *text)
{
	size_t length = 0;

	while (text[length])
		length++;
	return length;
}

int
strncmp(const char *left, const char *right, size_t length)
{
	for (; length; left++, right++, length--)
		if (*left != *right || !*left)
			return (unsigned char)*left - (unsigned char)*right;
	return 0;
}

int
strcmp(const char *left, const char *right)
{
	return strncmp(left, right, SIZE_MAX);
}

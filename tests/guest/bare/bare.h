/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest without an operating system: the same checks as in Linux, on the machine itself. It is up
 * at once even where QEMU runs in an emulated machine, in which Linux takes minutes. It knows QEMU's
 * machines "pc" and "q35" and what SeaBIOS leaves there, no more.
 */
#ifndef TESTS_GUEST_BARE_H
#define TESTS_GUEST_BARE_H

#include <stdint.h>

static inline void
out8(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint8_t
in8(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline void
out16(uint16_t port, uint16_t value)
{
	__asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint16_t
in16(uint16_t port)
{
	uint16_t value;

	__asm__ volatile("inw %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline void
out32(uint16_t port, uint32_t value)
{
	__asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint32_t
in32(uint16_t port)
{
	uint32_t value;

	__asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

/** The second serial port. */
void serial_put(char c);
char serial_get(void);

/** Called by start.c at first, and again, with a fresh stack, after exit(). */
void bare_main(void) __attribute__((noreturn));

/** Memory that was taken is free again. */
void memory_reset(void);

#endif

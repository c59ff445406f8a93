/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MI commands: memory, registers, batches, semaphores, interrupts; alike for every engine. Intel PRM SKL
 * Vol 2a, i915 intel_gpu_commands.h, GVT-g cmd_parser.c for the lengths.
 */
#include "models/gvt/streamer.h"

#include <endian.h>
#include <string.h>

/* Bits 28:23 of the first dword. Up to 0Fh commands are one dword long, then bits 7:0 plus 2. */
enum opcode {
	MI_NOOP = 0x00,
	MI_SET_PREDICATE = 0x01,
	MI_USER_INTERRUPT = 0x02,
	MI_WAIT_FOR_EVENT = 0x03,
	MI_ARB_CHECK = 0x05,
	MI_REPORT_HEAD = 0x07,
	MI_ARB_ON_OFF = 0x08,
	MI_BATCH_BUFFER_END = 0x0a,
	MI_PREDICATE = 0x0c,
	LAST_SINGLE = 0x0f,
	MI_LOAD_SCAN_LINES_INCL = 0x12,
	MI_LOAD_SCAN_LINES_EXCL = 0x13,
	MI_MATH = 0x1a,
	MI_SEMAPHORE_SIGNAL = 0x1b,
	MI_SEMAPHORE_WAIT = 0x1c,
	MI_STORE_DATA_IMM = 0x20,
	MI_STORE_DATA_INDEX = 0x21,
	MI_LOAD_REGISTER_IMM = 0x22,
	MI_STORE_REGISTER_MEM = 0x24,
	MI_FLUSH_DW = 0x26,
	MI_REPORT_PERF_COUNT = 0x28,
	MI_LOAD_REGISTER_MEM = 0x29,
	MI_LOAD_REGISTER_REG = 0x2a,
	MI_COPY_MEM_MEM = 0x2e,
	MI_ATOMIC = 0x2f,
	MI_BATCH_BUFFER_START = 0x31,
	MI_CONDITIONAL_BATCH_BUFFER_END = 0x36,
};

#define OPCODE(header)       ((header) >> 23 & 0x3f)
#define LENGTH_FIELD         0xffu
#define STORE_LENGTH_FIELD   0x3ffu
#define FLUSH_LENGTH_FIELD   0x3fu /* above it is a flag of the video engine */

#define GLOBAL               (1u << 22) /* an address in graphics memory, not the context's */
#define DWORD_ADDRESS        UINT64_C(0xfffffffffffffffc)

#define BATCH_SECOND_LEVEL   (1u << 22)
#define BATCH_PREDICATED     (1u << 15)
#define BATCH_PPGTT          (1u << 8)

#define FLUSH_INDEX          (1u << 21)
#define FLUSH_INVALIDATE     (1u << 18)
#define FLUSH_POST_SYNC(h)   ((h) >> 14 & 3)
#define FLUSH_WRITE_VALUE    1u
#define FLUSH_WRITE_TIME     3u
#define FLUSH_NOTIFY         (1u << 8)
#define FLUSH_GLOBAL         (1u << 2) /* in the address */

#define STORE_QWORD_LENGTH   5u
#define STORE_PREDICATED     (1u << 21) /* of MI_STORE_REGISTER_MEM */
#define INDEX_CONTEXT        (1u << 21) /* of MI_STORE_DATA_INDEX: the context's page */
#define INDEX_OFFSET         0xffcu
#define COPY_TO_GLOBAL       (1u << 21)
#define PERF_GLOBAL          (1u << 0)
#define PERF_ADDRESS         UINT64_C(0xffffffffffffffc0)
#define PERF_DWORDS          64u
#define ARBITRATION_ON       (1u << 0)

#define SEMAPHORE_COMPARE(h) ((h) >> 12 & 7)
#define SEMAPHORE_SHORTEST   UINT64_C(20000) /* nanoseconds between looks, doubling ... */
#define SEMAPHORE_LONGEST    UINT64_C(2000000)

/* Registers of predicates and general purpose, from the engine's base. */
#define PREDICATE_SRC0   0x400u
#define PREDICATE_SRC1   0x408u
#define PREDICATE_RESULT 0x418u
#define GENERAL_PURPOSE  0x600u

#define MMIO_OFFSET      0x007ffffcu

/*
 * What a batch without privilege may load: registers that a context has to itself. Intel PRM SKL Vol 2a
 * "User mode privileged commands", as far as it matters without a 3D pipeline. Relative to the base.
 */
static const struct {
	uint32_t first, last;
} user_registers[] = {
	{0x200, 0x204}, /* BCS_SWCTRL, BLIT_CCTL */
	{0x400, 0x41c}, /* predicates */
	{0x600, 0x67c}, /* general purpose */
};

static uint64_t
address_in(const uint32_t *command)
{
	return command[0] | (uint64_t)command[1] << 32;
}

static bool
privileged(const struct gvt_streamer *streamer)
{
	return streamer->stream[streamer->depth].privileged;
}

/* A batch without privilege may not name graphics memory; the command does nothing then. */
static bool
allowed(const struct gvt_streamer *streamer, bool global)
{
	return !global || privileged(streamer);
}

static bool
may_load(const struct gvt_streamer *streamer, uint32_t offset)
{
	uint32_t relative = offset - streamer->engine->base;

	if (privileged(streamer))
		return offset < GVT_MMIO_SIZE;
	for (unsigned i = 0; i < sizeof(user_registers) / sizeof(user_registers[0]); i++)
		if (relative >= user_registers[i].first && relative <= user_registers[i].last)
			return true;
	return false;
}

/* Under the lock. */
static void
load_register(struct gvt_streamer *streamer, uint32_t offset, uint32_t value)
{
	offset &= MMIO_OFFSET;
	if (may_load(streamer, offset))
		gvt_bar0_write(streamer->gvt, offset, 4, value);
}

/* Under the lock. What is above the registers of the GT is for the privileged. */
static uint32_t
read_register(struct gvt_streamer *streamer, uint32_t offset)
{
	uint64_t value;

	offset &= MMIO_OFFSET;
	if (offset >= (privileged(streamer) ? GVT_MMIO_SIZE : GVT_GT_REGISTERS_END) ||
	    gvt_bar0_read(streamer->gvt, offset, 4, &value))
		return 0;
	return (uint32_t)value;
}

static enum gvt_outcome
unlock(struct gvt_streamer *streamer)
{
	return gvt_streamer_unlock(streamer) ? GVT_DONE : GVT_CANCELLED;
}

static enum gvt_outcome
interrupt(struct gvt_streamer *streamer, uint32_t bits)
{
	if (!gvt_streamer_lock(streamer))
		return GVT_CANCELLED;
	gvt_streamer_interrupt(streamer, bits);
	return unlock(streamer);
}

static enum gvt_outcome
read_dword(struct gvt_streamer *streamer, bool global, uint64_t address, uint32_t *value)
{
	enum gvt_outcome outcome =
		gvt_memory_read(streamer, !global, address & DWORD_ADDRESS, value, sizeof(*value));

	if (outcome == GVT_DONE)
		*value = le32toh(*value);
	return outcome;
}

static enum gvt_outcome
write_dword(struct gvt_streamer *streamer, bool global, uint64_t address, uint32_t value)
{
	value = htole32(value);
	return gvt_memory_write(streamer, !global, address & DWORD_ADDRESS, &value, sizeof(value));
}

static enum gvt_outcome
store_data(struct gvt_streamer *streamer, unsigned length)
{
	const uint32_t *command = streamer->command;
	uint32_t value[2] = {htole32(command[3]), htole32(command[4])};
	bool global = command[0] & GLOBAL;

	if (!allowed(streamer, global))
		return GVT_DONE;
	return gvt_memory_write(streamer, !global, address_in(&command[1]) & DWORD_ADDRESS, value,
				length >= STORE_QWORD_LENGTH ? 8 : 4);
}

static enum gvt_outcome
store_index(struct gvt_streamer *streamer, unsigned length)
{
	const uint32_t *command = streamer->command;
	uint32_t value[2] = {htole32(command[2]), htole32(command[3])};
	size_t size = length > 3 ? 8 : 4;
	uint64_t page;

	if (command[0] & INDEX_CONTEXT)
		return gvt_post_sync(streamer, command[1], true, true, value, size);
	if (!privileged(streamer))
		return GVT_DONE;
	if (!gvt_streamer_lock(streamer))
		return GVT_CANCELLED;
	page = *gvt_streamer_vreg(streamer, GVT_HWS_PGA) & ~(GVT_PAGE_SIZE - 1);
	if (!gvt_streamer_unlock(streamer))
		return GVT_CANCELLED;
	return gvt_memory_write(streamer, false, page + (command[1] & INDEX_OFFSET), value, size);
}

static enum gvt_outcome
load_registers(struct gvt_streamer *streamer, unsigned length)
{
	if (!gvt_streamer_lock(streamer))
		return GVT_CANCELLED;
	for (unsigned i = 1; i + 1 < length; i += 2)
		load_register(streamer, streamer->command[i], streamer->command[i + 1]);
	return unlock(streamer);
}

static enum gvt_outcome
store_register(struct gvt_streamer *streamer)
{
	const uint32_t *command = streamer->command;
	bool global = command[0] & GLOBAL, wanted;
	uint32_t value;

	if (!allowed(streamer, global))
		return GVT_DONE;
	if (!gvt_streamer_lock(streamer))
		return GVT_CANCELLED;
	value = read_register(streamer, command[1]);
	wanted = !(command[0] & STORE_PREDICATED) ||
		 *gvt_streamer_vreg(streamer, PREDICATE_RESULT) & 1;
	if (!gvt_streamer_unlock(streamer))
		return GVT_CANCELLED;
	return wanted ? write_dword(streamer, global, address_in(&command[2]), value) : GVT_DONE;
}

static enum gvt_outcome
load_register_from_memory(struct gvt_streamer *streamer)
{
	const uint32_t *command = streamer->command;
	bool global = command[0] & GLOBAL;
	enum gvt_outcome outcome;
	uint32_t value;

	if (!allowed(streamer, global))
		return GVT_DONE;
	outcome = read_dword(streamer, global, address_in(&command[2]), &value);
	if (outcome != GVT_DONE)
		return outcome;
	if (!gvt_streamer_lock(streamer))
		return GVT_CANCELLED;
	load_register(streamer, command[1], value);
	return unlock(streamer);
}

static enum gvt_outcome
load_register_from_register(struct gvt_streamer *streamer)
{
	if (!gvt_streamer_lock(streamer))
		return GVT_CANCELLED;
	load_register(streamer, streamer->command[2],
		      read_register(streamer, streamer->command[1]));
	return unlock(streamer);
}

static enum gvt_outcome
copy_memory(struct gvt_streamer *streamer)
{
	const uint32_t *command = streamer->command;
	bool to_global = command[0] & COPY_TO_GLOBAL, from_global = command[0] & GLOBAL;
	enum gvt_outcome outcome;
	uint32_t value;

	if (!allowed(streamer, to_global || from_global))
		return GVT_DONE;
	outcome = read_dword(streamer, from_global, address_in(&command[3]), &value);
	if (outcome == GVT_DONE)
		outcome = write_dword(streamer, to_global, address_in(&command[1]), value);
	return outcome;
}

static enum gvt_outcome
flush(struct gvt_streamer *streamer, unsigned length)
{
	const uint32_t *command = streamer->command;
	uint64_t value = command[3], address = address_in(&command[1]) & DWORD_ADDRESS;
	unsigned operation = FLUSH_POST_SYNC(command[0]);
	enum gvt_outcome outcome = GVT_DONE;
	size_t size = 8;

	if (length > 4)
		value |= (uint64_t)command[4] << 32;
	else
		size = 4;
	if (command[0] & FLUSH_INVALIDATE)
		gvt_tlb_flush(streamer);
	if (operation == FLUSH_WRITE_TIME) {
		value = gvt_timestamp(streamer->gvt);
		size = 8;
	}
	if (operation == FLUSH_WRITE_VALUE || operation == FLUSH_WRITE_TIME) {
		bool global = address & FLUSH_GLOBAL;

		value = htole64(value);
		outcome = gvt_post_sync(streamer, address & ~(uint64_t)FLUSH_GLOBAL,
					command[0] & FLUSH_INDEX, global, &value, size);
	}
	if (outcome == GVT_DONE && command[0] & FLUSH_NOTIFY)
		outcome = interrupt(streamer, GVT_IRQ_NOTIFY);
	return outcome;
}

/* A performance report: counters that never count, but the id and time that were asked for. */
static enum gvt_outcome
report_performance(struct gvt_streamer *streamer)
{
	const uint32_t *command = streamer->command;
	uint32_t report[PERF_DWORDS] = {
		htole32(command[3]),
		htole32((uint32_t)gvt_timestamp(streamer->gvt)),
		htole32(streamer->context.element.high),
	};
	bool global = command[1] & PERF_GLOBAL;

	if (!allowed(streamer, global))
		return GVT_DONE;
	return gvt_memory_write(streamer, !global, address_in(&command[1]) & PERF_ADDRESS, report,
				sizeof(report));
}

static bool
compare(unsigned how, uint32_t memory, uint32_t data)
{
	switch (how) {
	case 0:
		return memory > data;
	case 1:
		return memory >= data;
	case 2:
		return memory < data;
	case 3:
		return memory <= data;
	case 4:
		return memory == data;
	default:
		return memory != data;
	}
}

/* The first command of the stream again: a wait that makes room for another context starts anew. */
static void
rewind_command(struct gvt_streamer *streamer, unsigned dwords)
{
	struct gvt_stream *stream = &streamer->stream[streamer->depth];
	uint64_t bytes = 4 * (uint64_t)dwords;

	if (streamer->depth == GVT_RING && stream->address < bytes)
		stream->address += streamer->context.ring_size;
	stream->address -= bytes;
}

/*
 * Waits by looking again and again, less and less often. A signal is just a write here, so the two
 * ways to wait are one.
 */
static enum gvt_outcome
wait_for_semaphore(struct gvt_streamer *streamer, unsigned length)
{
	const uint32_t *command = streamer->command;
	bool global = command[0] & GLOBAL;
	uint64_t pause = SEMAPHORE_SHORTEST;
	enum gvt_outcome outcome;
	uint32_t value;

	if (!allowed(streamer, global))
		return GVT_DONE;
	for (;;) {
		outcome = read_dword(streamer, global, address_in(&command[2]), &value);
		if (outcome != GVT_DONE ||
		    compare(SEMAPHORE_COMPARE(command[0]), value, command[1]))
			break;
		outcome = gvt_execlist_attend(streamer);
		if (outcome == GVT_DONE && streamer->switch_wanted &&
		    streamer->depth != GVT_CONTEXT_BATCH)
			outcome = gvt_execlist_arbitrate(streamer, streamer->arbitration);
		if (outcome == GVT_SWITCH)
			rewind_command(streamer, length);
		if (outcome == GVT_DONE)
			outcome = gvt_command_check_time(streamer);
		if (outcome == GVT_DONE && !gvt_streamer_pause(streamer, pause))
			outcome = GVT_CANCELLED;
		if (outcome != GVT_DONE)
			return outcome;
		pause = pause < SEMAPHORE_LONGEST ? 2 * pause : pause;
	}
	/* Who signalled may have written commands as well. */
	streamer->stream[streamer->depth].window_valid = false;
	return outcome;
}

static enum gvt_outcome
arbitrate(struct gvt_streamer *streamer)
{
	if (!streamer->arbitration || !streamer->switch_wanted ||
	    streamer->depth == GVT_CONTEXT_BATCH)
		return GVT_DONE;
	return gvt_execlist_arbitrate(streamer, true);
}

static enum gvt_outcome
start_batch(struct gvt_streamer *streamer)
{
	const uint32_t *command = streamer->command;
	const struct gvt_stream *from = &streamer->stream[streamer->depth];
	unsigned depth = streamer->depth;
	struct gvt_stream *to;

	if (command[0] & BATCH_PREDICATED) {
		bool taken;

		if (!gvt_streamer_lock(streamer))
			return GVT_CANCELLED;
		taken = *gvt_streamer_vreg(streamer, PREDICATE_RESULT) & 1;
		if (!gvt_streamer_unlock(streamer))
			return GVT_CANCELLED;
		if (!taken)
			return GVT_DONE;
	}
	/* From a batch this is a jump, unless it asks for the second level. */
	if (depth == GVT_RING || (depth == GVT_BATCH && command[0] & BATCH_SECOND_LEVEL))
		depth++;
	to = &streamer->stream[depth];
	to->ppgtt = command[0] & BATCH_PPGTT || !from->privileged;
	to->privileged = !to->ppgtt;
	to->address = address_in(&command[1]) & DWORD_ADDRESS;
	to->end = 0;
	to->window_valid = false;
	streamer->depth = depth;
	return GVT_DONE;
}

static enum gvt_outcome
end_batch(struct gvt_streamer *streamer)
{
	switch (streamer->depth) {
	case GVT_RING:
		return gvt_command_invalid(streamer);
	case GVT_SECOND_BATCH:
		streamer->depth = GVT_BATCH;
		return GVT_DONE;
	default:
		streamer->depth = GVT_RING;
		return GVT_DONE;
	}
}

/* Goes on while the dword in memory is above the one given. */
static enum gvt_outcome
end_batch_if(struct gvt_streamer *streamer)
{
	const uint32_t *command = streamer->command;
	bool global = command[0] & GLOBAL;
	enum gvt_outcome outcome;
	uint32_t value;

	if (!allowed(streamer, global))
		return GVT_DONE;
	outcome = read_dword(streamer, global, address_in(&command[2]), &value);
	if (outcome != GVT_DONE || value > command[1])
		return outcome;
	return end_batch(streamer);
}

static uint64_t
register_pair(const struct gvt_streamer *streamer, uint32_t offset)
{
	const uint32_t *pair = gvt_streamer_vreg(streamer, offset);

	return pair[0] | (uint64_t)pair[1] << 32;
}

/* Under the lock. */
static void
set_predicate(struct gvt_streamer *streamer, uint32_t header)
{
	enum { KEEP, LOAD, LOAD_INVERTED = 3 };
	enum { SET, AND, OR, XOR };
	enum { ALWAYS, NEVER, EQUAL, DELTAS_EQUAL };
	uint32_t *result = gvt_streamer_vreg(streamer, PREDICATE_RESULT);
	bool compared, value = *result & 1;

	switch (header & 3) {
	case ALWAYS:
		compared = true;
		break;
	case NEVER:
		compared = false;
		break;
	default: /* differences to earlier sources are not kept: sources are compared */
		compared = register_pair(streamer, PREDICATE_SRC0) ==
			   register_pair(streamer, PREDICATE_SRC1);
		break;
	}
	switch (header >> 3 & 3) {
	case AND:
		compared = compared && value;
		break;
	case OR:
		compared = compared || value;
		break;
	case XOR:
		compared = compared != value;
		break;
	default:
		break;
	}
	switch (header >> 6 & 3) {
	case 2: /* load */
		*result = compared;
		break;
	case LOAD_INVERTED:
		*result = !compared;
		break;
	default:
		break;
	}
}

static enum gvt_outcome
predicate(struct gvt_streamer *streamer, uint32_t header)
{
	if (!gvt_streamer_lock(streamer))
		return GVT_CANCELLED;
	set_predicate(streamer, header);
	return unlock(streamer);
}

/* The unit behind MI_MATH. */
struct alu {
	uint64_t source_a, source_b, accumulator;
	bool zero, carry;
};

enum {
	ALU_REGISTERS = 16,
	ALU_SOURCE_A = 0x20,
	ALU_SOURCE_B = 0x21,
	ALU_ACCUMULATOR = 0x31,
	ALU_ZERO = 0x32,
	ALU_CARRY = 0x33
};

static uint64_t
alu_value(const struct gvt_streamer *streamer, const struct alu *alu, unsigned operand)
{
	switch (operand) {
	case ALU_ACCUMULATOR:
		return alu->accumulator;
	case ALU_ZERO:
		return alu->zero ? UINT64_MAX : 0;
	case ALU_CARRY:
		return alu->carry ? UINT64_MAX : 0;
	default:
		return operand < ALU_REGISTERS
			       ? register_pair(streamer, GENERAL_PURPOSE + 8 * operand)
			       : 0;
	}
}

static void
alu_set(struct alu *alu, unsigned operand, uint64_t value)
{
	if (operand == ALU_SOURCE_A)
		alu->source_a = value;
	else if (operand == ALU_SOURCE_B)
		alu->source_b = value;
}

static void
alu_store(struct gvt_streamer *streamer, unsigned operand, uint64_t value)
{
	uint32_t *pair = gvt_streamer_vreg(streamer, GENERAL_PURPOSE + 8 * operand);

	if (operand >= ALU_REGISTERS)
		return;
	pair[0] = (uint32_t)value;
	pair[1] = (uint32_t)(value >> 32);
}

static void
alu_result(struct alu *alu, uint64_t value, bool carry)
{
	alu->accumulator = value;
	alu->zero = !value;
	alu->carry = carry;
}

/* Under the lock. */
static void
alu_step(struct gvt_streamer *streamer, struct alu *alu, uint32_t instruction)
{
	unsigned first = instruction >> 10 & 0x3ff, second = instruction & 0x3ff;
	uint64_t a = alu->source_a, b = alu->source_b;

	switch (instruction >> 20) {
	case 0x080:
		alu_set(alu, first, alu_value(streamer, alu, second));
		break;
	case 0x480: /* inverted */
		alu_set(alu, first, ~alu_value(streamer, alu, second));
		break;
	case 0x081:
		alu_set(alu, first, 0);
		break;
	case 0x481:
		alu_set(alu, first, UINT64_MAX);
		break;
	case 0x100:
		alu_result(alu, a + b, a + b < a);
		break;
	case 0x101:
		alu_result(alu, a - b, a < b);
		break;
	case 0x102:
		alu_result(alu, a & b, false);
		break;
	case 0x103:
		alu_result(alu, a | b, false);
		break;
	case 0x104:
		alu_result(alu, a ^ b, false);
		break;
	case 0x180:
		alu_store(streamer, first, alu_value(streamer, alu, second));
		break;
	case 0x580: /* inverted */
		alu_store(streamer, first, ~alu_value(streamer, alu, second));
		break;
	default:
		break;
	}
}

static enum gvt_outcome
math(struct gvt_streamer *streamer, unsigned length)
{
	struct alu alu = {0};

	if (!gvt_streamer_lock(streamer))
		return GVT_CANCELLED;
	for (unsigned i = 1; i < length; i++)
		alu_step(streamer, &alu, streamer->command[i]);
	return unlock(streamer);
}

#define ATOMIC_INLINE       (1u << 18)
#define ATOMIC_RETURN       (1u << 16)
#define ATOMIC_OPERATION(h) ((h) >> 8 & 0x1f)
#define ATOMIC_8_BYTES      (1u << 13) /* operations 20h and above */
#define ATOMIC_16_BYTES     (1u << 14)

/* The numbers are those of the data port's atomics; unsigned unless said otherwise. */
static uint64_t
atomic_result(unsigned operation, unsigned bits, uint64_t old, uint64_t first, uint64_t second)
{
	/* Signed values compare as unsigned ones once the sign bit is flipped. */
	uint64_t sign = UINT64_C(1) << (bits - 1);

	switch (operation) {
	case 0x1:
		return old & first;
	case 0x2:
		return old | first;
	case 0x3:
		return old ^ first;
	case 0x4:
		return first;
	case 0x5:
		return old + 1;
	case 0x6:
		return old - 1;
	case 0x7:
		return old + first;
	case 0x8:
		return old - first;
	case 0x9:
		return first - old;
	case 0xa:
		return (old ^ sign) > (first ^ sign) ? old : first;
	case 0xb:
		return (old ^ sign) < (first ^ sign) ? old : first;
	case 0xc:
		return old > first ? old : first;
	case 0xd:
		return old < first ? old : first;
	case 0xe:
		return old == first ? second : old;
	default:
		return old;
	}
}

/* Atomic among engines' commands only as far as memory is: the bus has no locked cycles. */
static enum gvt_outcome
atomic(struct gvt_streamer *streamer, unsigned length)
{
	const uint32_t *command = streamer->command;
	uint64_t address = address_in(&command[1]) & DWORD_ADDRESS, first, second, old = 0, new;
	bool global = command[0] & GLOBAL;
	unsigned size = command[0] & ATOMIC_8_BYTES ? 8 : 4;
	enum gvt_outcome outcome;

	if (!allowed(streamer, global))
		return GVT_DONE;
	if (command[0] & ATOMIC_16_BYTES) {
		gvt_command_skipped(streamer, "16-byte atomics");
		return GVT_DONE;
	}
	if (command[0] & ATOMIC_INLINE && length >= 7) {
		first = command[3] | (uint64_t)command[5] << 32;
		second = command[4] | (uint64_t)command[6] << 32;
	} else {
		if (!gvt_streamer_lock(streamer))
			return GVT_CANCELLED;
		first = register_pair(streamer, GENERAL_PURPOSE);
		second = register_pair(streamer, GENERAL_PURPOSE + 8);
		if (!gvt_streamer_unlock(streamer))
			return GVT_CANCELLED;
	}
	if (size == 4) {
		first &= UINT32_MAX;
		second &= UINT32_MAX;
	}
	outcome = gvt_memory_read(streamer, !global, address, &old, size);
	if (outcome != GVT_DONE)
		return outcome;
	old = le64toh(old);
	new = htole64(atomic_result(ATOMIC_OPERATION(command[0]), 8 * size, old, first, second));
	outcome = gvt_memory_write(streamer, !global, address, &new, size);
	if (outcome != GVT_DONE || !(command[0] & ATOMIC_RETURN))
		return outcome;
	if (!gvt_streamer_lock(streamer))
		return GVT_CANCELLED;
	alu_store(streamer, 0, old);
	return unlock(streamer);
}

static enum gvt_outcome
single_dword(struct gvt_streamer *streamer, uint32_t header)
{
	switch ((enum opcode)OPCODE(header)) {
	case MI_USER_INTERRUPT:
		return interrupt(streamer, GVT_IRQ_USER);
	case MI_ARB_CHECK:
		return arbitrate(streamer);
	case MI_ARB_ON_OFF:
		streamer->arbitration = header & ARBITRATION_ON;
		return GVT_DONE;
	case MI_BATCH_BUFFER_END:
		return end_batch(streamer);
	case MI_PREDICATE:
		return predicate(streamer, header);
	default:
		/* Waits for the display, resource streamer, session ids: nothing to do. */
		return GVT_DONE;
	}
}

/* Shortest length of a command with a length field; 0: not carried out. */
static unsigned
shortest(enum opcode opcode)
{
	switch (opcode) {
	case MI_LOAD_REGISTER_IMM:
	case MI_LOAD_REGISTER_REG:
	case MI_STORE_DATA_INDEX:
	case MI_ATOMIC:
	case MI_BATCH_BUFFER_START:
		return 3;
	case MI_MATH:
		return 2;
	case MI_COPY_MEM_MEM:
		return 5;
	case MI_SEMAPHORE_WAIT:
	case MI_STORE_DATA_IMM:
	case MI_STORE_REGISTER_MEM:
	case MI_FLUSH_DW:
	case MI_REPORT_PERF_COUNT:
	case MI_LOAD_REGISTER_MEM:
	case MI_CONDITIONAL_BATCH_BUFFER_END:
		return 4;
	default:
		return 0;
	}
}

static enum gvt_outcome
execute(struct gvt_streamer *streamer, enum opcode opcode, unsigned length)
{
	switch (opcode) {
	case MI_MATH:
		return math(streamer, length);
	case MI_SEMAPHORE_WAIT:
		return wait_for_semaphore(streamer, length);
	case MI_STORE_DATA_IMM:
		return store_data(streamer, length);
	case MI_STORE_DATA_INDEX:
		return store_index(streamer, length);
	case MI_LOAD_REGISTER_IMM:
		return load_registers(streamer, length);
	case MI_STORE_REGISTER_MEM:
		return store_register(streamer);
	case MI_FLUSH_DW:
		return flush(streamer, length);
	case MI_REPORT_PERF_COUNT:
		return report_performance(streamer);
	case MI_LOAD_REGISTER_MEM:
		return load_register_from_memory(streamer);
	case MI_LOAD_REGISTER_REG:
		return load_register_from_register(streamer);
	case MI_COPY_MEM_MEM:
		return copy_memory(streamer);
	case MI_ATOMIC:
		return atomic(streamer, length);
	case MI_BATCH_BUFFER_START:
		return start_batch(streamer);
	case MI_CONDITIONAL_BATCH_BUFFER_END:
		return end_batch_if(streamer);
	default:
		gvt_command_skipped(streamer, "MI commands for the display and old hardware");
		return GVT_DONE;
	}
}

static unsigned
length_of(enum opcode opcode, uint32_t header)
{
	if (opcode <= LAST_SINGLE || opcode == MI_LOAD_SCAN_LINES_INCL ||
	    opcode == MI_LOAD_SCAN_LINES_EXCL)
		return opcode <= LAST_SINGLE ? 1 : 2;
	if (opcode == MI_STORE_DATA_IMM)
		return (header & STORE_LENGTH_FIELD) + 2;
	if (opcode == MI_FLUSH_DW)
		return (header & FLUSH_LENGTH_FIELD) + 2;
	return (header & LENGTH_FIELD) + 2;
}

enum gvt_outcome
gvt_command_mi(struct gvt_streamer *streamer, uint32_t header)
{
	enum opcode opcode = (enum opcode)OPCODE(header);
	unsigned length = length_of(opcode, header);
	enum gvt_outcome outcome;

	if (length < shortest(opcode) || length > GVT_MAX_COMMAND)
		return gvt_command_invalid(streamer);
	outcome = gvt_command_fetch(streamer, length);
	if (outcome != GVT_DONE)
		return outcome;
	return opcode <= LAST_SINGLE ? single_dword(streamer, header)
				     : execute(streamer, opcode, length);
}

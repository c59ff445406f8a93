/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DisplayPort AUX channels: messages to the monitor on port D, that is to its DPCD, and by I2C to its
 * EDID. A message is done when the write that sends it returns. VESA DisplayPort 1.2 section 2.7,
 * VESA E-DDC, Intel PRM SKL Vol 2c, GVT-g handlers.c and edid.c.
 */
#include "models/gvt/registers.h"

#include <string.h>

#define CHANNELS           5u
#define CHANNEL            0x100u
#define CHANNEL_OF(offset) ((offset) >> 8 & 0xf)
#define CHANNEL_D          3u

#define CTL_SEND           (1u << 31)
#define CTL_DONE           (1u << 30)
#define CTL_INTERRUPT      (1u << 29)
#define CTL_TIMEOUT        (1u << 28)
#define CTL_RECEIVE_ERROR  (1u << 25)
#define CTL_SIZE(value)    ((value) >> 20 & 0x1f)
#define CTL_SIZE_IS(size)  ((uint32_t)(size) << 20)

#define DE_PORT_ISR        0x44440u
static const uint32_t aux_event[CHANNELS] = {1u << 0, 1u << 25, 1u << 26, 1u << 27, 0};

/* Four bytes of header, at most 16 of data; a reply has one byte of header. */
#define DATA_REGISTERS 5u
#define MESSAGE_MAX    (4 * DATA_REGISTERS)
#define ADDRESS_ONLY   3u
#define HEADER         4u
#define DATA_MAX       16u

/* Bits 31:28 of the header. */
#define OP_NATIVE       0x8
#define OP_READ         0x1
#define OP_MORE         0x4 /* I2C: the transaction goes on after this message */
#define OP_WRITE_STATUS 0x2

#define NATIVE_NAK      0x10
#define I2C_NAK         0x40

#define EDID_ADDRESS    0x50u

struct message {
	uint8_t op;
	uint32_t address;
	unsigned size;  /* of the whole message */
	unsigned count; /* bytes of data that it brings or asks for */
	uint8_t bytes[MESSAGE_MAX];
};

struct reply {
	unsigned size;
	uint8_t bytes[MESSAGE_MAX];
};

/* Bytes of a message are in the data registers from the top of the first one on. */
static void
get_bytes(const struct gvt *gvt, uint32_t at, uint8_t bytes[MESSAGE_MAX])
{
	for (unsigned i = 0; i < MESSAGE_MAX; i++)
		bytes[i] = (uint8_t)(*gvt_vreg(gvt, at + (i & ~3u)) >> (24 - 8 * (i & 3)));
}

static void
put_bytes(struct gvt *gvt, uint32_t at, const struct reply *reply)
{
	for (unsigned i = 0; i < reply->size; i += 4)
		*gvt_vreg(gvt, at + i) = (uint32_t)reply->bytes[i] << 24 |
					 (uint32_t)reply->bytes[i + 1] << 16 |
					 (uint32_t)reply->bytes[i + 2] << 8 | reply->bytes[i + 3];
}

static void
parse(const struct gvt *gvt, uint32_t at, unsigned size, struct message *message)
{
	get_bytes(gvt, at, message->bytes);
	message->size = size < MESSAGE_MAX ? size : MESSAGE_MAX;
	message->op = message->bytes[0] >> 4;
	message->address = (message->bytes[0] & 0xfu) << 16 | (uint32_t)message->bytes[1] << 8 |
			   message->bytes[2];
	message->count = message->size > ADDRESS_ONLY ? message->bytes[3] + 1u : 0;
	if (message->count > DATA_MAX)
		message->count = DATA_MAX;
	if (!(message->op & OP_READ) && message->count + HEADER > message->size)
		message->count = message->size > HEADER ? message->size - HEADER : 0;
}

static void
native(struct gvt *gvt, const struct message *message, struct reply *reply)
{
	unsigned i;

	if (message->op & OP_READ) {
		for (i = 0; i < message->count; i++)
			reply->bytes[reply->size++] = gvt_dpcd_read(gvt, message->address + i);
		return;
	}
	for (i = 0; i < message->count; i++)
		if (!gvt_dpcd_write(gvt, message->address + i, message->bytes[HEADER + i]))
			break;
	if (i < message->count) {
		/* A NAK tells how many bytes were taken. */
		reply->bytes[0] = NATIVE_NAK;
		reply->bytes[reply->size++] = (uint8_t)i;
	}
}

static uint8_t
next_edid_byte(struct gvt *gvt)
{
	uint8_t at = gvt->sink.edid_at++;

	return at < gvt->edid.size ? gvt->edid.blob[at] : 0;
}

/*
 * The EDID's memory chip: a write brings the offset at which reading goes on. As in GVT-g, starting to
 * write sets it to 0, for drivers that leave the offset out.
 */
static void
i2c(struct gvt *gvt, const struct message *message, struct reply *reply)
{
	if (message->address != EDID_ADDRESS) {
		reply->bytes[0] = I2C_NAK;
		return;
	}
	if (message->op & OP_WRITE_STATUS)
		return;
	if (message->op & OP_READ) {
		for (unsigned i = 0; i < message->count; i++)
			reply->bytes[reply->size++] = next_edid_byte(gvt);
	} else if (message->count) {
		gvt->sink.edid_at = message->bytes[HEADER];
	} else if (message->op & OP_MORE) {
		gvt->sink.edid_at = 0;
	}
}

/* Sends the message in the data registers at @a data, and puts the reply there. Returns its size. */
static unsigned
transfer(struct gvt *gvt, uint32_t data, unsigned size)
{
	struct message message;
	struct reply reply = {.size = 1}; /* a header that says ACK */

	parse(gvt, data, size, &message);
	if (message.op & OP_NATIVE)
		native(gvt, &message, &reply);
	else
		i2c(gvt, &message, &reply);
	put_bytes(gvt, data, &reply);
	return reply.size;
}

static uint32_t
aux_ctl_write(struct gvt *gvt, uint32_t offset, uint32_t old, uint32_t value)
{
	unsigned channel = CHANNEL_OF(offset);
	uint32_t rest = value & ~(CTL_SEND | CTL_TIMEOUT | CTL_RECEIVE_ERROR | CTL_SIZE_IS(0x1f));

	(void)old;
	if (!(value & CTL_SEND))
		return 0;
	if (channel == CHANNEL_D && gvt_monitor_connected(gvt))
		rest |= CTL_SIZE_IS(transfer(gvt, offset + 4, CTL_SIZE(value)));
	else
		rest |= CTL_TIMEOUT; /* nobody answers */
	*gvt_vreg(gvt, offset) = rest | CTL_DONE;
	if (value & CTL_INTERRUPT)
		gvt_event(gvt, DE_PORT_ISR, aux_event[channel]);
	return rest | CTL_DONE;
}

#define AUX(at, name, ...) REG(at, name, .count = CHANNELS, .stride = CHANNEL, ##__VA_ARGS__)

static const struct gvt_register registers[] = {
	AUX(0x64010, "DDI_AUX_CTL_*", .write = aux_ctl_write),
	AUX(0x64014, "DDI_AUX_DATA_*_0"),
	AUX(0x64018, "DDI_AUX_DATA_*_1"),
	AUX(0x6401c, "DDI_AUX_DATA_*_2"),
	AUX(0x64020, "DDI_AUX_DATA_*_3"),
	AUX(0x64024, "DDI_AUX_DATA_*_4"),
};

const struct gvt_register_block gvt_aux_registers = {GVT_BLOCK("aux", registers)};

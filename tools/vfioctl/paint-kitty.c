// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pictures as such, by the graphics protocol of the terminal kitty, which others know as well:
 * https://sw.kovidgoyal.net/kitty/graphics-protocol/
 */
#include "config.h"

#include "paint.h"

/* One picture that replaces the last one; its answers and the cursor's move are not wanted. */
#define PICTURE "i=1,p=1,q=2"

/* Most characters of data in a piece: 4096, as the protocol has it, of three bytes in four. */
#define PIECE 3072u

static void
area(const struct terminal *terminal, uint32_t *width, uint32_t *height)
{
	*width = terminal->columns * terminal->cell_width;
	*height = (terminal->rows - 1) * terminal->cell_height;
}

/* RFC 4648; the lengths of pixels are multiples of 3, so nothing has to be filled up. */
static void
put_base64(FILE *out, const uint8_t *bytes, size_t length)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (; length >= 3; length -= 3, bytes += 3) {
		uint32_t group = (uint32_t)bytes[0] << 16 | (uint32_t)bytes[1] << 8 | bytes[2];
		const char four[4] = {digits[group >> 18], digits[group >> 12 & 63],
				      digits[group >> 6 & 63], digits[group & 63]};

		fwrite(four, 1, sizeof(four), out);
	}
}

static int
paint(FILE *out, const struct frame *frame, bool anew)
{
	size_t size = 3 * (size_t)frame->width * frame->height;

	(void)anew;
	fputs("\033[H", out);
	for (size_t at = 0; at < size; at += PIECE) {
		size_t length = size - at < PIECE ? size - at : PIECE;

		if (at == 0)
			fprintf(out, "\033_Ga=T,f=24,t=d,s=%u,v=%u," PICTURE ",C=1,m=%d;",
				frame->width, frame->height, length < size);
		else
			fprintf(out, "\033_Gm=%d;", at + length < size);
		put_base64(out, frame->rgb + at, length);
		fputs("\033\\", out);
	}
	return EX_OK;
}

static void
remove_picture(FILE *out)
{
	fputs("\033_Ga=d,d=I,i=1,q=2\033\\", out);
}

const struct painter kitty_painter = {
	.name = "kitty", .area = area, .paint = paint, .remove = remove_picture};

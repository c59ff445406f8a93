/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VFIO_DEVICE_QUERY_GFX_PLANE: argsz and flags as the kernel's mdpy, fields as GVT-g. */
#include "recorder.h"
#include "unit.h"

#include <errno.h>
#include <string.h>

#include <linux/vfio.h>

#include "models/gvt/gvt.h"

#define SIZE   60u
#define PROBE  VFIO_GFX_PLANE_TYPE_PROBE
#define DMABUF VFIO_GFX_PLANE_TYPE_DMABUF
#define REGION VFIO_GFX_PLANE_TYPE_REGION

static struct vfio_device *device;
static struct vfio_file *file;
static struct vfio_device_gfx_plane_info info;

static void
open_device(const struct vfiod_model *model)
{
	static const struct vfiod_options options = {0};

	device = model ? vfio_device_new(model, "test", 0, &options) : recorder_new();
	ck_assert_ptr_nonnull(device);
	file = vfio_open(device);
}

static void
close_device(void)
{
	vfio_close(file);
	vfio_device_free(device);
}

/* What a carrier does; checks that the kernel's 60 bytes and no others are moved. */
static int
query(uint32_t argsz, uint32_t flags, uint32_t type)
{
	uint8_t out[CALL_MAX_OUT];
	struct call request = {.command = VFIO_DEVICE_QUERY_GFX_PLANE, .out = out};

	memset(&info, 0xee, sizeof(info));
	info.argsz = argsz;
	info.flags = flags;
	info.drm_plane_type = type;
	while (vfio_ioctl(file, &request) == CALL_MORE) {
		ck_assert_uint_eq(request.want_in, SIZE);
		request.in = &info;
		request.in_size = request.want_in;
		request.out_size = request.want_out;
	}
	ck_assert(request.out_used == 0 || request.out_used == SIZE);
	memcpy(&info, out, request.out_used);
	return request.result;
}

START_TEST(rules)
{
	static const struct {
		uint32_t argsz, flags, type;
		int result;
	} want[] = {
		{64, PROBE | REGION, 0, 0},
		{60, PROBE | REGION, 77, 0},
		{4096, PROBE | REGION, 1, 0},
		{64, PROBE | DMABUF, 1, -EINVAL},
		{64, PROBE | DMABUF | REGION, 1, -EINVAL},
		{64, PROBE, 1, -EINVAL},
		{64, DMABUF, 1, -EINVAL},
		{64, DMABUF | REGION, 1, -EINVAL},
		{64, REGION | 8, 1, -EINVAL},
		{64, 0, 1, -EINVAL},
		{59, PROBE | REGION, 1, -EINVAL},
		{0, REGION, 1, -EINVAL},
		{64, REGION, 0, -EINVAL},
		{64, REGION, 3, -EINVAL},
		/* Nothing is on: success, and the fields as they were. */
		{64, REGION, 1, 0},
		{60, REGION, 2, 0},
	};

	open_device(&gvt_model);
	for (unsigned i = 0; i < sizeof(want) / sizeof(*want); i++) {
		int result = query(want[i].argsz, want[i].flags, want[i].type);

		ck_assert_msg(result == want[i].result, "row %u: %d", i, result);
		ck_assert_uint_eq(info.argsz, want[i].argsz);
		ck_assert_uint_eq(info.drm_format, 0xeeeeeeee);
		ck_assert_uint_eq(info.region_index, 0xeeeeeeee);
	}
	close_device();
}
END_TEST

START_TEST(answer)
{
	struct gvt *gvt;
	uint8_t bytes[8];

	open_device(&gvt_model);
	gvt = device->dev.state;
	reg_write(&device->dev, VFIOD_BAR0, 0x800000, 8, 1);
	*gvt_vreg(gvt, 0x70008) = 1u << 31;
	*gvt_vreg(gvt, 0x6001c) = 1023 << 16 | 767;
	*gvt_vreg(gvt, 0x70188) = 8; /* 4096 bytes, X-tiled */
	*gvt_vreg(gvt, 0x70180) = 0x84000400;
	*gvt_vreg(gvt, 0x70080) = 0x07;
	*gvt_vreg(gvt, 0x78830) = 5; /* PVINFO: hotspot */
	*gvt_vreg(gvt, 0x78834) = 6;
	ck_assert_int_eq(query(64, REGION, 1), 0);
	ck_assert_uint_eq(info.argsz, 64);
	ck_assert_uint_eq(info.flags, REGION);
	ck_assert_uint_eq(info.drm_plane_type, 1);
	ck_assert_uint_eq(info.drm_format, 0x34325258);
	ck_assert_uint_eq(info.drm_format_mod, 0);
	ck_assert_uint_eq(info.width, 1024);
	ck_assert_uint_eq(info.height, 768);
	ck_assert_uint_eq(info.stride, 4096);
	ck_assert_uint_eq(info.size, 4096 * 768);
	ck_assert_uint_eq(info.region_index, 12);
	/* Behind system memory, read-only. */
	ck_assert_uint_eq(device->dev.region[12].type, VFIOD_REGION_TYPE);
	ck_assert_uint_eq(device->dev.region[12].subtype, 2);
	ck_assert_int_eq(vfio_write(file, at(12, 0), "12345678", 8), -EINVAL);
	ck_assert_int_eq(vfio_read(file, at(12, 0), bytes, 8), 8);
	ck_assert_int_eq(query(64, REGION, 2), 0);
	ck_assert_uint_eq(info.drm_format, 0x34325241);
	ck_assert_uint_eq(info.region_index, 13);
	ck_assert_uint_eq(info.x_hot, 5);
	ck_assert_uint_eq(info.y_hot, 6);
	/* An unknown format is an error. */
	*gvt_vreg(gvt, 0x70180) = 0x81000000;
	ck_assert_int_eq(query(64, REGION, 1), -EINVAL);
	close_device();
}
END_TEST

/* A device without a display doesn't know the ioctl, and doesn't look at the argument. */
START_TEST(no_display)
{
	struct call dmabuf = {.command = VFIO_DEVICE_GET_GFX_DMABUF};

	open_device(NULL);
	ck_assert_int_eq(query(64, PROBE | REGION, 1), -ENOTTY);
	ck_assert_int_eq(query(0, 0, 0), -ENOTTY);
	close_device();
	open_device(&gvt_model);
	ck_assert_int_eq(vfio_ioctl(file, &dmabuf), CALL_DONE);
	ck_assert_int_eq(dmabuf.result, -ENOTTY);
	close_device();
}
END_TEST

Suite *
query_plane_suite(void)
{
	Suite *suite = suite_create("query_plane");
	TCase *tests = tcase_create("query_plane");

	suite_add_tcase(suite, tests);
	tcase_add_test(tests, rules);
	tcase_add_test(tests, answer);
	tcase_add_test(tests, no_display);
	return suite;
}

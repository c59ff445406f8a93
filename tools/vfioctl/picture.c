// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The picture of a plane: VFIO_DEVICE_QUERY_GFX_PLANE says where it is, and in which format.
 */
#include "config.h"

#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "picture.h"

/** A picture larger than this is nonsense. */
#define MOST_PIXELS 32768u

static const char *
plane_name(uint32_t plane)
{
	return plane == PLANE_CURSOR ? "cursor" : "primary plane";
}

uint32_t
option_plane(struct argp_state *state, const char *text)
{
	if (strcmp(text, "cursor") == 0)
		return PLANE_CURSOR;
	if (strcmp(text, "primary") != 0)
		argp_error(state, "PLANE is neither primary nor cursor: %s", text);
	return PLANE_PRIMARY;
}

/** Why VFIO_DEVICE_QUERY_GFX_PLANE has failed with errno. */
static int
refused(const struct device *dev, uint32_t plane)
{
	if (errno == ENOTTY) {
		warnx("%s: has no display that could be asked", dev->path);
		return EX_DEVICE;
	}
	if (errno == EINVAL) {
		struct vfio_device_gfx_plane_info probe = {
			.argsz = sizeof(probe),
			.flags = VFIO_GFX_PLANE_TYPE_PROBE | VFIO_GFX_PLANE_TYPE_REGION,
		};

		if (ioctl(dev->fd, VFIO_DEVICE_QUERY_GFX_PLANE, &probe) < 0) {
			warnx("%s: doesn't show its planes in a region", dev->path);
			return EX_DEVICE;
		}
		errno = EINVAL;
	}
	warn("%s: %s", dev->path, plane_name(plane));
	return EX_DEVICE;
}

/** What the device shows there; drm_format 0: nothing. */
static int
query(const struct device *dev, uint32_t plane, struct vfio_device_gfx_plane_info *info)
{
	*info = (struct vfio_device_gfx_plane_info){
		.argsz = sizeof(*info),
		.flags = VFIO_GFX_PLANE_TYPE_REGION,
		.drm_plane_type = plane,
	};
	while (ioctl(dev->fd, VFIO_DEVICE_QUERY_GFX_PLANE, info) < 0)
		if (errno != EINTR)
			return refused(dev, plane);
	return EX_OK;
}

static int
check(const struct device *dev, const struct vfio_device_gfx_plane_info *info,
      const struct pixel_format *format, const struct region *region)
{
	if (!format) {
		warnx("%s: no way to show format %.4s (0x%08x)", dev->path,
		      (const char *)&info->drm_format, info->drm_format);
		return EX_DEVICE;
	}
	if (info->drm_format_mod != 0) {
		warnx("%s: no way to show a picture that is not linear (modifier 0x%jx)", dev->path,
		      (uintmax_t)info->drm_format_mod);
		return EX_DEVICE;
	}
	if (!info->width || !info->height || info->width > MOST_PIXELS ||
	    info->height > MOST_PIXELS || info->stride < pixel_row_size(format, info->width) ||
	    (uint64_t)info->stride * info->height > region->info->size) {
		warnx("%s: %u x %u pixels in lines of %u bytes don't fit region %s", dev->path,
		      info->width, info->height, info->stride, region->name);
		return EX_DEVICE;
	}
	return EX_OK;
}

static int
read_pixels(const struct device *dev, const struct vfio_device_gfx_plane_info *info,
	    const struct region *region, struct picture *picture)
{
	const struct pixel_format *format = pixel_format_find(info->drm_format);
	int status = check(dev, info, format, region);
	size_t size = (size_t)info->stride * info->height;

	if (status)
		return status;
	*picture = (struct picture){
		.format = format,
		.width = info->width,
		.height = info->height,
		.stride = info->stride,
		/* Nothing is under the primary plane that could be seen through it. */
		.alpha = info->drm_plane_type != PLANE_PRIMARY && pixel_has_alpha(format),
		.bytes = allocate(size),
	};
	for (size_t done = 0; done < size && !status; done += CHUNK_SIZE)
		status = region_read_all(dev, region, done, picture->bytes + done,
					 size - done < CHUNK_SIZE ? size - done : CHUNK_SIZE);
	if (status)
		picture_free(picture);
	return status;
}

int
picture_take(const struct device *dev, uint32_t plane, bool quiet, struct picture *picture)
{
	struct vfio_device_gfx_plane_info info;
	struct region region;
	int status = query(dev, plane, &info), error;

	if (status)
		return status;
	if (!info.drm_format) {
		if (!quiet)
			warnx("%s: nothing to see: the %s is off", dev->path, plane_name(plane));
		return EX_NO_PICTURE;
	}
	error = region_get(dev, info.region_index, &region);
	if (error) {
		warnx("%s: region %s with the picture: %s", dev->path, region.name,
		      strerror(error));
		return EX_DEVICE;
	}
	status = read_pixels(dev, &info, &region, picture);
	region_release(&region);
	return status;
}

void
picture_free(struct picture *picture)
{
	free(picture->bytes);
	picture->bytes = NULL;
}

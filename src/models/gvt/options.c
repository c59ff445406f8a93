/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "models/gvt/gvt.h"

#include <stdlib.h>
#include <string.h>

#define MIB (UINT64_C(1) << 20)

const struct vfiod_option gvt_options[] = {
	{"device", "ID", "PCI device id: 0x1912 (default), 0x5912, 0x591d or 0x5917"},
	{"aperture", "SIZE", "size of BAR2: 256M (default), 512M or 1G"},
	{"low", "START+SIZE", "the device's slice of graphics memory in the aperture"},
	{"high", "START+SIZE", "the device's slice of graphics memory above the aperture"},
	{"monitor", "MODE", "monitor on port D: 1920x1200 (default) or 1024x768"},
	{"edid", "FILE", "EDID of the monitor, up to two blocks, instead of the one of its MODE"},
	{"trace", "yes|no", "log every access to BAR0 by name, at level debug"},
	{NULL, NULL, NULL},
};

/* i915 calls Skylake before revision 6 and Kaby Lake before 1 pre-production. */
static const struct gvt_id ids[] = {
	{0x1912, 0x06}, /* Skylake GT2, HD Graphics 530 */
	{0x5912, 0x04}, /* Kaby Lake GT2, HD Graphics 630 */
	{0x591d, 0x04}, /* Kaby Lake GT2, HD Graphics P630 */
	{0x5917, 0x07}, /* Kaby Lake R GT2, UHD Graphics 620 */
};

const struct gvt_id *
gvt_id_find(const char *text)
{
	char *end;
	unsigned long device = strtoul(text, &end, 16);

	for (unsigned i = 0; *text && !*end && i < sizeof(ids) / sizeof(ids[0]); i++)
		if (ids[i].device == device)
			return &ids[i];
	return NULL;
}

bool
gvt_aperture_find(const char *text, uint64_t *size)
{
	return !vfiod_parse_size(text, size) &&
	       (*size == 256 * MIB || *size == 512 * MIB || *size == 1024 * MIB);
}

static int
parse_device(struct gvt *gvt, const char *text)
{
	gvt->id = gvt_id_find(text);
	if (gvt->id)
		return 0;
	return vfiod_fail(gvt->dev, EINVAL, "device=%s: not one of 0x1912, 0x5912, 0x591d, 0x5917",
			  text);
}

static int
parse_aperture(struct gvt *gvt, const char *text)
{
	if (gvt_aperture_find(text, &gvt->aperture))
		return 0;
	return vfiod_fail(gvt->dev, EINVAL, "aperture=%s: not 256M, 512M or 1G", text);
}

static int
parse_monitor(struct gvt *gvt, const char *text)
{
	gvt->monitor = gvt_monitor_find(text);
	if (gvt->monitor)
		return 0;
	return vfiod_fail(gvt->dev, EINVAL, "monitor=%s: not 1920x1200 or 1024x768", text);
}

static int
parse_trace(struct gvt *gvt, const char *text)
{
	gvt->trace = !strcmp(text, "yes");
	if (gvt->trace || !strcmp(text, "no"))
		return 0;
	return vfiod_fail(gvt->dev, EINVAL, "trace=%s: not yes or no", text);
}

static bool
split_slice(const char *text, struct gvt_slice *slice)
{
	const char *plus = strchr(text, '+');
	char start[32];

	if (!plus || (size_t)(plus - text) >= sizeof(start))
		return false;
	memcpy(start, text, (size_t)(plus - text));
	start[plus - text] = '\0';
	return !vfiod_parse_size(start, &slice->base) && !vfiod_parse_size(plus + 1, &slice->size);
}

/*
 * i915 refuses to load when a slice is not where it belongs (i915_vgpu.c): low inside the aperture,
 * high between its end and that of graphics memory.
 */
static int
parse_slice(struct gvt *gvt, const char *key, const char *text, uint64_t from, uint64_t to,
	    struct gvt_slice *slice)
{
	if (!split_slice(text, slice))
		return vfiod_fail(gvt->dev, EINVAL, "%s=%s: not START+SIZE", key, text);
	if (!slice->size || (slice->base | slice->size) & (GVT_PAGE_SIZE - 1))
		return vfiod_fail(gvt->dev, EINVAL,
				  "%s=%s: start and size must be multiples of 4K, size not 0", key,
				  text);
	if (slice->base < from || slice->base > to || slice->size > to - slice->base)
		return vfiod_fail(gvt->dev, EINVAL, "%s=%s: not inside 0x%llx..0x%llx", key, text,
				  (unsigned long long)from, (unsigned long long)to - 1);
	return 0;
}

int
gvt_parse_options(struct gvt *gvt, const struct vfiod_options *options)
{
	const char *device = vfiod_option(options, "device");
	const char *aperture = vfiod_option(options, "aperture");
	const char *low = vfiod_option(options, "low");
	const char *high = vfiod_option(options, "high");
	const char *monitor = vfiod_option(options, "monitor");
	const char *edid = vfiod_option(options, "edid");
	const char *trace = vfiod_option(options, "trace");
	int error = parse_device(gvt, device ? device : "0x1912");

	if (!error)
		error = parse_aperture(gvt, aperture ? aperture : "256M");
	if (!error)
		error = parse_monitor(gvt, monitor ? monitor : "1920x1200");
	if (!error && edid)
		error = gvt_monitor_read_file(gvt, edid);
	if (!error)
		error = parse_trace(gvt, trace ? trace : "no");
	if (error)
		return error;
	gvt->low = (struct gvt_slice){0, gvt->aperture};
	gvt->high = (struct gvt_slice){gvt->aperture, GVT_GM_SIZE - gvt->aperture};
	if (low)
		error = parse_slice(gvt, "low", low, 0, gvt->aperture, &gvt->low);
	if (!error && high)
		error = parse_slice(gvt, "high", high, gvt->aperture, GVT_GM_SIZE, &gvt->high);
	return error;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <stdlib.h>

#include "util/eventfd.h"

int
main(void)
{
	static Suite *(*const suites[])(void) = {
		config_suite, options_suite, offset_suite, cuse_number_suite, record_suite,
		region_suite, info_suite, query_plane_suite, pixels_suite, irq_suite,
		in_place_suite, lock_suite, memory_suite, polling_suite,
		gvt_types_suite, conf_suite, edu_suite, iommu_ioctl_suite, iommu_ioas_suite,
		iommu_device_suite, iommu_dma_suite, iommu_dirty_suite, iommu_compat_suite,
		iommu_stress_suite, clone_suite, gvt_config_suite, gvt_mmio_suite,
		gvt_ggtt_suite, gvt_opregion_suite, gvt_edid_suite, gvt_pipe_suite,
		gvt_plane_suite, gvt_framebuffer_suite, gvt_aux_suite, gvt_south_suite,
		gvt_blit_suite, gvt_engine_suite, gvt_fence_suite, gvt_ppgtt_suite,
		gvt_debug_suite, edid_summary_suite,
	};
	SRunner *runner = srunner_create(NULL);
	int failed;

	/* On a busy machine Check's 4 seconds are few. */
	setenv("CK_DEFAULT_TIMEOUT", "60", 0);
#ifdef __SANITIZE_ADDRESS__
	/* One process: each fork would look for leaks by itself, which takes minutes in all. */
	srunner_set_fork_status(runner, CK_NOFORK);
#endif
	for (size_t i = 0; i < sizeof(suites) / sizeof(*suites); i++)
		srunner_add_suite(runner, suites[i]());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

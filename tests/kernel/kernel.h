/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The suites, one a topic. */
#ifndef KERNEL_KERNEL_H
#define KERNEL_KERNEL_H

#include <check.h>

Suite *life_suite(void);
Suite *names_suite(void);
Suite *conf_suite(void);
Suite *rights_suite(void);
Suite *info_suite(void);
Suite *region_info_suite(void);
Suite *ioctls_suite(void);
Suite *set_irqs_suite(void);
Suite *eventfds_suite(void);
Suite *intx_suite(void);
Suite *messages_suite(void);
Suite *regions_suite(void);
Suite *config_suite(void);
Suite *bulk_suite(void);
Suite *express_suite(void);
Suite *vgpu_suite(void);
Suite *offsets_suite(void);
Suite *position_suite(void);
Suite *compat_suite(void);
Suite *async_suite(void);
Suite *rings_suite(void);
Suite *mechanism_suite(void);

/** Part of rings_suite(). */
void rings_mixed(TCase *tcase);
Suite *storm_suite(void);
Suite *tasks_suite(void);
Suite *clients_suite(void);
Suite *daemons_suite(void);
Suite *leaks_suite(void);
Suite *isolation_suite(void);
Suite *stalled_suite(void);
Suite *bind_suite(void);
Suite *dma_suite(void);
Suite *tools_suite(void);
Suite *picture_suite(void);
Suite *polling_suite(void);
Suite *files_suite(void);
Suite *mmap_suite(void);
Suite *host_clone_suite(void);
Suite *run_suite(void);
Suite *control_suite(void);
Suite *inspect_suite(void);
Suite *watch_suite(void);
Suite *mdev_suite(void);
Suite *scale_suite(void);
Suite *engine_suite(void);

#endif

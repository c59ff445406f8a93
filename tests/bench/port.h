/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ways to reach devices and an iommufd: descriptors of another process's, or functions in this one.
 */
#ifndef BENCH_PORT_H
#define BENCH_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** One open device with its iommufd. Functions return bytes or 0, or -1. */
struct port {
	void *ctx; /**< first argument of them */
	ssize_t (*read)(void *ctx, uint64_t offset, void *buffer, size_t length);
	ssize_t (*write)(void *ctx, uint64_t offset, const void *buffer, size_t length);
	int (*device_ioctl)(void *ctx, unsigned long command, void *argument);
	int (*iommu_ioctl)(void *ctx, unsigned long command, void *argument);
	int iommufd; /**< its number, for BIND */
};

/** The devices that operations are made of. */
enum device { PLAIN_VGPU, BOUND_VGPU, BOUND_EDU, POLLED_VGPU /**< with poll-us= */, NUM_DEVICES };

/** All that is behind one carrier. */
struct target {
	const char *carrier, *recovery;
	bool null; /**< does nothing, takes everything */
	struct port port[NUM_DEVICES];
	uint32_t low[NUM_DEVICES]; /**< vGPUs: where their part of the aperture begins */
	uint32_t ioas;
	int event; /**< eventfd of the edu device's interrupt, or -1 */
};

/** The largest size of an operation, and of a part of the aperture that one goes to. */
#define LARGEST (1u << 20)

/** A device's region as a file offset. */
uint64_t region_offset(unsigned index, uint64_t position);

/** This program's memory for DMA, LARGEST bytes each. */
struct dma_memory {
	uint8_t *anonymous;
	uint8_t *file;
	int fd;
};
bool dma_memory_new(struct dma_memory *memory);
void dma_memory_free(struct dma_memory *memory);

/** Where it is on the bus: below 256 MiB, which is what the edu device reaches. */
#define IOVA_ANONYMOUS UINT64_C(0x1000000)
#define IOVA_FILE      UINT64_C(0x2000000)
/** What the maps that are measured use. */
#define IOVA_MEASURED UINT64_C(0x8000000)

/** IOMMU_IOAS_MAP at a fixed address, for reading and writing; IOMMU_IOAS_UNMAP. 0 or -1. */
int port_map(const struct port *port, uint32_t ioas, void *memory, uint64_t length, uint64_t iova);
int port_unmap(const struct port *port, uint32_t ioas, uint64_t iova, uint64_t length);
int port_map_file(const struct port *port, uint32_t ioas, int fd, uint64_t start, uint64_t length,
		  uint64_t iova);
/** A new IOAS. False after -1. */
bool port_new_ioas(const struct port *port, uint32_t *ioas);
/** Binds the device and attaches it to an IOAS, and lets it do DMA. */
bool port_attach(const struct port *port, uint32_t ioas);

/**
 * Brings a target's devices into the state that the operations need, and proves it. False after saying what
 * went wrong.
 */
bool target_prepare(struct target *target, struct dma_memory *memory);

#endif

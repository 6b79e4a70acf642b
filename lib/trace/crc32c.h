/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_TRACE_CRC32C_H
#define VMSA_LIB_TRACE_CRC32C_H
/*
 * crc32c.h - the Castagnoli CRC of RFC 3720 (iSCSI), appendix B.4
 */
#include <stddef.h>
#include <stdint.h>

/**
 * vmsa_crc32c() - checksum of a byte string, or of one more piece of it.
 * @crc:  0, or what the pieces before gave
 * @data: @size bytes
 * @size: in bytes
 *
 * Uses the host's instruction where it has one: x86-64 with SSE4.2, and
 * AArch64 if the compiler may assume FEAT_CRC32.
 *
 * Return: the CRC, 0xe3069283 for "123456789".
 */
uint32_t vmsa_crc32c(uint32_t crc, const void *data, size_t size);

#endif /* VMSA_LIB_TRACE_CRC32C_H */

# SPDX-License-Identifier: BSD-2-Clause
# Known counts, to check the plugin by; see calibrate.c.
calibrate

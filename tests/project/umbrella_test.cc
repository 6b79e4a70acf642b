// SPDX-License-Identifier: BSD-2-Clause
// The same program in C++.
#include "umbrella_test.c"

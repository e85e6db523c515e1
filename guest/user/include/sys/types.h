// SPDX-License-Identifier: GPL-2.0-or-later
// The types of the i386 system-call interface.
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef int pid_t;
typedef unsigned int uid_t;
typedef unsigned int gid_t;
typedef unsigned int mode_t;
typedef long off_t;
typedef long long loff_t;
typedef long time_t;
typedef long suseconds_t;
typedef unsigned int useconds_t;
typedef int ssize_t;
typedef unsigned long long dev_t;
typedef unsigned long long ino_t;

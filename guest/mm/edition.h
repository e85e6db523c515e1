// SPDX-License-Identifier: GPL-2.0-or-later
// Which edition of the descriptors this kernel carries. The build gives its version as MMSCOPE_EDITION and
// puts mm/editions/VERSION on the include path (guest/edition.cmake); nothing else in the kernel asks.
#pragma once

#ifndef MMSCOPE_EDITION
#error "no edition: use_guest_edition(TARGET VERSION) of guest/edition.cmake"
#endif

inline constexpr char EDITION[] = MMSCOPE_EDITION;
/// What the kernel calls itself: uname, /proc/version.
inline constexpr char UTS_RELEASE[] = MMSCOPE_EDITION "-mmscope";

#include "descriptors.h"

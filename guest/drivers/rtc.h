// SPDX-License-Identifier: GPL-2.0-or-later
// The battery-backed clock (Motorola MC146818 data sheet).
#pragma once

/// Seconds since 1970, UTC; waits for the end of an update that is under way.
long rtc_read_seconds();

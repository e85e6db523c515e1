// SPDX-License-Identifier: GPL-2.0-or-later
// CHECK: a condition that only a bug of ours can break. On in release builds; never used on guest data.
#pragma once

namespace mmscope {

[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace mmscope

#define CHECK(condition) \
    (static_cast<bool>(condition) ? void() : ::mmscope::check_failed(#condition, __FILE__, __LINE__))

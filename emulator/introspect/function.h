// SPDX-License-Identifier: GPL-2.0-or-later
// Functions of the kernel as an observer from outside needs them: where they begin, what they are called
// with, and where they end.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/error.h"

namespace mmscope {

class KernelImage;
struct Type;

struct FunctionParameter {
    std::string name;  // empty: it has none
    const Type* type = nullptr;
    uint32_t offset = 0;  // bytes above ESP at the function's first instruction (i386 ABI 2.2.3)
};

/// From the debug information.
struct FunctionModel {
    std::string name;
    LinearAddr entry;
    uint32_t size = 0;  // bytes of code
    std::vector<FunctionParameter> parameters;
    const Type* result = nullptr;  // what it returns
    uint32_t inlined_copies = 0;   // calls that an observer of `entry` does not see

    [[nodiscard]] const FunctionParameter* find(std::string_view parameter) const;
};

/// The instructions after which a function is over: each RET of its body, and those of the functions that it
/// jumps to instead of calling them last. ESP there is what it was at the entry. In ascending order. An
/// indirect jump is taken for a switch and leads nowhere. Error: its code is not in the image.
Result<std::vector<LinearAddr>> find_exits(const KernelImage& image, const FunctionModel& function);

}  // namespace mmscope

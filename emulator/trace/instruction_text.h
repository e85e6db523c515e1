// SPDX-License-Identifier: GPL-2.0-or-later
// Machine code in words, by Capstone, remembered: programs fault at few places many times.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>

#include "base/address.h"

namespace mmscope {

class InstructionText {
  public:
    InstructionText();
    ~InstructionText();
    InstructionText(const InstructionText&) = delete;
    InstructionText& operator=(const InstructionText&) = delete;

    /// Intel syntax, "mov dword ptr [eax], ecx". "(bad)" if it is no instruction; empty for no bytes.
    /// At most 15 bytes count. The reference is valid until the next call.
    const std::string& of(LinearAddr eip, std::span<const uint8_t> bytes);

  private:
    size_t handle_ = 0;  // csh
    std::unordered_map<std::string, std::string>
        known_;  // by address and bytes; looked up only, never walked
    std::string key_, nothing_;
};

}  // namespace mmscope

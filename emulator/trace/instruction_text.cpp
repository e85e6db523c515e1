// SPDX-License-Identifier: GPL-2.0-or-later
// Capstone behind a cache.
#include "trace/instruction_text.h"

#include <capstone/capstone.h>

#include <algorithm>
#include <string_view>

#include "base/check.h"

namespace mmscope {

namespace {

constexpr size_t kMaxLength = 15;         // SDM vol. 2, section 2.3.11
constexpr size_t kMaxRemembered = 65536;  // a guest that faults everywhere must not eat the host's memory

}  // namespace

InstructionText::InstructionText() {
    csh handle = 0;
    CHECK(cs_open(CS_ARCH_X86, CS_MODE_32, &handle) == CS_ERR_OK);
    handle_ = handle;
}

InstructionText::~InstructionText() {
    csh handle = handle_;
    cs_close(&handle);
}

const std::string& InstructionText::of(LinearAddr eip, std::span<const uint8_t> bytes) {
    if (bytes.empty()) return nothing_;
    bytes = bytes.first(std::min(bytes.size(), kMaxLength));
    key_.assign(reinterpret_cast<const char*>(&eip.value), sizeof eip.value);
    key_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (const auto it = known_.find(key_); it != known_.end()) return it->second;
    if (known_.size() >= kMaxRemembered) known_.clear();
    std::string text = "(bad)";
    cs_insn* instruction = nullptr;
    if (cs_disasm(handle_, bytes.data(), bytes.size(), eip.value, 1, &instruction) == 1) {
        text = instruction->mnemonic;
        if (const std::string_view operands = instruction->op_str; !operands.empty()) {
            text += ' ';
            text += operands;
        }
        cs_free(instruction, 1);
    }
    return known_.emplace(key_, std::move(text)).first->second;
}

}  // namespace mmscope

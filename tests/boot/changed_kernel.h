// SPDX-License-Identifier: GPL-2.0-or-later
// The real kernel with a function that does something else.
#pragma once

#include <elf.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <string_view>

#include "introspect/kernel_image.h"
#include "tests/support/child_process.h"

namespace mmscope::test {

/// Writes a copy of the kernel whose `function` begins with `code`, machine code that ends in RET. Its path.
inline std::string kernel_with(const TemporaryFolder& folder, LinearAddr function, std::string_view code) {
    std::string elf = read_text(KERNEL);
    Elf32_Ehdr header;
    std::memcpy(&header, elf.data(), sizeof header);
    for (uint32_t i = 0; i < header.e_phnum; ++i) {
        Elf32_Phdr segment;
        std::memcpy(&segment, elf.data() + header.e_phoff + i * sizeof segment, sizeof segment);
        if (segment.p_type == PT_LOAD && function.value - segment.p_vaddr < segment.p_filesz)
            elf.replace(segment.p_offset + function.value - segment.p_vaddr, code.size(), code);
    }
    return folder.write("kernel.elf", elf);
}

}  // namespace mmscope::test

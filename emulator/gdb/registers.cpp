// SPDX-License-Identifier: GPL-2.0-or-later
// One table says name and type of every register; the description is written from it.
#include "gdb/registers.h"

#include <fmt/format.h>

#include "base/check.h"

namespace mmscope {
namespace {

struct RegisterName {
    std::string_view name, type;
};

constexpr std::array<RegisterName, kGdbRegisters> kNames = {{
    {"eax", "int32"},    {"ecx", "int32"},    {"edx", "int32"},    {"ebx", "int32"},    {"esp", "data_ptr"},
    {"ebp", "data_ptr"}, {"esi", "int32"},    {"edi", "int32"},    {"eip", "code_ptr"}, {"eflags", "int32"},
    {"cs", "int32"},     {"ss", "int32"},     {"ds", "int32"},     {"es", "int32"},     {"fs", "int32"},
    {"gs", "int32"},     {"st0", "i387_ext"}, {"st1", "i387_ext"}, {"st2", "i387_ext"}, {"st3", "i387_ext"},
    {"st4", "i387_ext"}, {"st5", "i387_ext"}, {"st6", "i387_ext"}, {"st7", "i387_ext"}, {"fctrl", "int"},
    {"fstat", "int"},    {"ftag", "int"},     {"fiseg", "int"},    {"fioff", "int"},    {"foseg", "int"},
    {"fooff", "int"},    {"fop", "int"},      {"cr0", "int32"},    {"cr2", "data_ptr"}, {"cr3", "int32"},
    {"cr4", "int32"},
}};

std::string describe(size_t number) {
    const std::string_view group = number >= kGdbFctrl && number < kGdbCr0 ? R"( group="float")" : "";
    return fmt::format("<reg name=\"{}\" bitsize=\"{}\" type=\"{}\"{}/>\n", kNames[number].name,
                       gdb_register_size(number) * 8, kNames[number].type, group);
}

}  // namespace

void GdbRegisterFile::set(size_t number, uint32_t value) {
    std::string bytes;
    for (unsigned shift = 0; shift < 32; shift += 8)
        bytes += static_cast<char>(value >> shift);
    set_bytes(number, bytes);
}

void GdbRegisterFile::set_bytes(size_t number, std::string_view bytes) {
    CHECK(number < kGdbRegisters && bytes.size() == gdb_register_size(number));
    values_[number] = std::string(bytes);
}

std::optional<uint32_t> GdbRegisterFile::word(size_t number) const {
    CHECK(number < kGdbRegisters && gdb_register_size(number) == 4);
    if (!values_[number]) return std::nullopt;
    uint32_t value = 0;
    for (unsigned i = 0; i < 4; ++i)
        value |= uint32_t{static_cast<uint8_t>((*values_[number])[i])} << (8 * i);
    return value;
}

std::string gdb_target_description() {
    std::string out =
        "<?xml version=\"1.0\"?>\n<!DOCTYPE target SYSTEM \"gdb-target.dtd\">\n<target>\n"
        "<architecture>i386</architecture>\n<feature name=\"org.gnu.gdb.i386.core\">\n";
    for (size_t number = 0; number < kGdbCr0; ++number)
        out += describe(number);
    out += "</feature>\n<feature name=\"org.mmscope.i386.system\">\n";
    for (size_t number = kGdbCr0; number < kGdbRegisters; ++number)
        out += describe(number);
    return out + "</feature>\n</target>\n";
}

}  // namespace mmscope

// SPDX-License-Identifier: GPL-2.0-or-later
#include "introspect/system_calls.h"

#include <algorithm>
#include <string_view>

namespace mmscope {

std::string system_call_name(const KernelMemory& now, uint32_t number) {
    constexpr std::string_view kPrefix = "sys_";
    constexpr std::string_view kWord = "abcdefghijklmnopqrstuvwxyz_0123456789";
    const SymbolTable& symbols = now.kernel->symbols();
    const Symbol* table = symbols.find("sys_call_table");
    if (table == nullptr || number >= table->size / 4) return "none";
    const auto handler = now.memory.read_u32(table->address + number * 4);
    const Symbol* symbol = handler ? symbols.find(LinearAddr(*handler)) : nullptr;
    if (symbol == nullptr) return "none";
    // What stands around the name is the compiler's.
    const size_t at = std::min(symbol->name.find(kPrefix), symbol->name.size());
    return symbol->name.substr(at, symbol->name.find_first_not_of(kWord, at) - at);
}

}  // namespace mmscope

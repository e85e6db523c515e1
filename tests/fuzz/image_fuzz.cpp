// SPDX-License-Identifier: GPL-2.0-or-later
// A kernel's file: to the boot loader, and to the decoder, which reads its symbols, types and functions.
#include <algorithm>

#include "base/check.h"
#include "boot/multiboot.h"
#include "introspect/function.h"
#include "introspect/kernel_image.h"
#include "introspect/value.h"
#include "machine/physical_memory.h"
#include "tests/fuzz/fuzz_target.h"

namespace mmscope::test {
namespace {

constexpr uint32_t kLoaderRam = 8u << 20;
constexpr size_t kMostNames = 200, kMostFunctions = 50, kLargestValue = 4096;

void boot(std::span<const std::byte> bytes) {
    static const auto memory = PhysicalMemory::create(kLoaderRam).value();
    const MultibootImage image{.name = "fuzz", .kernel = bytes, .command_line = "a=b", .modules = {}};
    (void)load_multiboot(image, kLoaderRam, [](PhysAddr at, std::span<const std::byte> part) {
        return memory->write(at, part);
    });
}

void show(const Type& type, const SymbolTable& symbols) {
    const std::vector<std::byte> zeros(std::min<size_t>(type.resolved().size, kLargestValue));
    (void)to_text(decode_value(type, zeros, symbols));
    (void)find_member(type, "next.prev");
    (void)find_scalar({.type = &type});
}

void decode(const KernelImage& image) {
    const TypeTable& types = image.types();
    const std::vector<std::string> names = types.all_names();
    for (size_t i = 0; i < std::min(names.size(), kMostNames); ++i) {
        for (const Type* type : {types.find_tag(names[i]), types.find_name(names[i])})
            if (type != nullptr) show(*type, image.symbols());
    }
    size_t functions = 0;
    for (const Symbol& symbol : image.symbols().all().first(std::min(image.symbols().size(), kMostNames))) {
        (void)image.symbols().describe(symbol.address + 1);
        if (const Type* type = types.find_variable_type(symbol.name)) show(*type, image.symbols());
        const auto function = types.find_function(symbol.name);
        if (function && ++functions <= kMostFunctions) (void)find_exits(image, *function);
    }
}

}  // namespace
}  // namespace mmscope::test

FUZZ_TARGET(image) {
    const auto bytes = std::as_bytes(std::span(input));
    boot(bytes);
    const auto image = KernelImage::from_bytes(bytes, "fuzz");
    if (image) decode(**image);
}

// SPDX-License-Identifier: GPL-2.0-or-later
// Opens a kernel for decoding and tells which edition of the descriptors it has.
#include "introspect/kernel.h"

#include <string_view>
#include <utility>

namespace mmscope {

namespace {

/// Each edition has members that the one before lacks (MM_FACTS, sections 3.1 to 3.7).
std::string edition_of(const Type& mm) {
    const auto has = [&mm](std::string_view member) { return find_member(mm, member).has_value(); };
    if (has("_anon_rss") || has("mmu_notifier_mm")) return "2.6.28";
    if (has("anon_rss") || has("free_area_cache")) return "2.6.11";
    if (has("mm_rb")) return "2.4.18";
    return has("mmap_avl") ? "2.4.0" : "unknown";
}

}  // namespace

Result<Kernel> Kernel::open(std::unique_ptr<KernelImage> image) {
    auto layouts = KernelLayouts::resolve(*image);
    if (!layouts) return std::unexpected(layouts.error());
    Kernel kernel;
    kernel.edition_ = edition_of(layouts->mm.layout.type());
    kernel.image_ = std::move(image);
    kernel.layouts_ = std::make_unique<KernelLayouts>(*layouts);
    return kernel;
}

}  // namespace mmscope

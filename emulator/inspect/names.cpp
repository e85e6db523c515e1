// SPDX-License-Identifier: GPL-2.0-or-later
// Tables of bits, and the words they stand in.
#include "inspect/names.h"

#include <fmt/format.h>

#include <array>
#include <span>

#include "mmu/page_walk.h"

namespace mmscope {

namespace {

struct BitName {
    uint32_t bit;
    std::string_view name;
};

constexpr std::array kVmFlags = std::to_array<BitName>({
    {0x1, "VM_READ"},
    {0x2, "VM_WRITE"},
    {0x4, "VM_EXEC"},
    {0x8, "VM_SHARED"},
    {0x10, "VM_MAYREAD"},
    {0x20, "VM_MAYWRITE"},
    {0x40, "VM_MAYEXEC"},
    {0x80, "VM_MAYSHARE"},
    {0x100, "VM_GROWSDOWN"},
    {0x200, "VM_GROWSUP"},
    {0x400, "VM_PFNMAP"},
    {0x800, "VM_DENYWRITE"},
    {0x1000, "VM_EXECUTABLE"},
    {0x2000, "VM_LOCKED"},
    {0x4000, "VM_IO"},
    {0x8000, "VM_SEQ_READ"},
    {0x10000, "VM_RAND_READ"},
    {0x20000, "VM_DONTCOPY"},
    {0x40000, "VM_DONTEXPAND"},
    {0x80000, "VM_RESERVED"},
    {0x100000, "VM_ACCOUNT"},
    {0x200000, "VM_NORESERVE"},
    {0x400000, "VM_HUGETLB"},
    {0x800000, "VM_NONLINEAR"},
    {0x1000000, "VM_MAPPED_COPY"},
    {0x2000000, "VM_INSERTPAGE"},
    {0x4000000, "VM_ALWAYSDUMP"},
    {0x8000000, "VM_CAN_NONLINEAR"},
    {0x10000000, "VM_MIXEDMAP"},
    {0x20000000, "VM_SAO"},
});

constexpr uint32_t kFileEntry = 0x040, kProtNoneEntry = 0x080;  // of entries that are not present

constexpr std::array kEntryBits = std::to_array<BitName>({
    {kPresent, "present"},
    {kWritable, "writable"},
    {kUser, "user"},
    {kWriteThrough, "write-through"},
    {kCacheDisable, "uncached"},
    {kAccessed, "accessed"},
    {kDirty, "dirty"},
    {kLargePage, "4MiB"},
    {kGlobal, "global"},
    {0x200, "special"},
    {0x400, "bit10"},
    {0x800, "bit11"},
});

constexpr std::array kMmFlags = std::to_array<BitName>({
    {0x1, "MMF_DUMPABLE"},
    {0x2, "MMF_DUMP_SECURELY"},
    {0x4, "MMF_DUMP_ANON_PRIVATE"},
    {0x8, "MMF_DUMP_ANON_SHARED"},
    {0x10, "MMF_DUMP_MAPPED_PRIVATE"},
    {0x20, "MMF_DUMP_MAPPED_SHARED"},
    {0x40, "MMF_DUMP_ELF_HEADERS"},
});

constexpr std::array kTaskStates = std::to_array<BitName>({
    {0x1, "TASK_INTERRUPTIBLE"},
    {0x2, "TASK_UNINTERRUPTIBLE"},
    {0x4, "TASK_STOPPED"},
    {0x8, "TASK_TRACED"},
    {0x10, "EXIT_ZOMBIE"},
    {0x20, "EXIT_DEAD"},
    {0x40, "TASK_DEAD"},
});

constexpr std::array kSlabFlags = std::to_array<BitName>({
    {0x400, "SLAB_RED_ZONE"},
    {0x800, "SLAB_POISON"},
    {0x2000, "SLAB_HWCACHE_ALIGN"},
    {0x40000, "SLAB_PANIC"},
});

constexpr std::array kSwapFlags = std::to_array<BitName>({
    {0x1, "SWP_USED"},
    {0x2, "SWP_WRITEOK"},
});

BitNames names_of(uint32_t value, std::span<const BitName> table) {
    BitNames names;
    for (const auto& [bit, name] : table) {
        if ((value & bit) == 0) continue;
        names.emplace_back(name);
        value &= ~bit;
    }
    if (value != 0) names.push_back(fmt::format("0x{:x}", value));
    return names;
}

/// A word whose bits are numbered by the enumerators of `tag`, as page.flags is by pageflags.
std::optional<BitNames> numbered_names(const TypeTable& types, std::string_view tag, uint32_t value) {
    const Type* type = types.find_tag(tag);
    if (type == nullptr) return std::nullopt;
    BitNames names;
    for (const Enumerator& e : type->resolved().enumerators) {
        if (e.value < 0 || e.value > 31 || (value >> e.value & 1) == 0) continue;
        names.push_back(e.name);
        value &= ~(1u << e.value);
    }
    if (value != 0) names.push_back(fmt::format("0x{:x}", value));
    return names;
}

}  // namespace

BitNames vm_flag_names(uint32_t vm_flags) {
    return names_of(vm_flags, kVmFlags);
}

BitNames entry_names(uint32_t entry) {
    if (entry == 0) return {};
    if ((entry & kPresent) != 0) return names_of(entry & ~kPageMask, kEntryBits);
    if ((entry & kProtNoneEntry) != 0) {
        BitNames names = names_of(entry & ~kPageMask & ~kProtNoneEntry, kEntryBits);
        names.insert(names.begin(), "PROT_NONE");
        return names;
    }
    if ((entry & kFileEntry) != 0) {
        // 29 bits: 1 to 5, and from 8 on (MM_FACTS 5.4).
        return {fmt::format("file page {}", (entry >> 1 & 0x1f) | entry >> 8 << 5)};
    }
    return {fmt::format("swap area {} slot {}", entry >> 1 & 0x1f, entry >> 8)};
}

BitNames protection_names(uint32_t pgprot) {
    if ((pgprot & kPresent) == 0 && (pgprot & kProtNoneEntry) != 0) return entry_names(pgprot & ~kPageMask);
    return names_of(pgprot & ~kPageMask, kEntryBits);
}

BitNames slab_flag_names(uint32_t flags) {
    return names_of(flags, kSlabFlags);
}

BitNames swap_flag_names(uint32_t flags) {
    return names_of(flags, kSwapFlags);
}

std::optional<BitNames> flag_names(const TypeTable& types, std::string_view tag, std::string_view member,
                                   uint32_t value) {
    const bool area = tag == "vm_area_struct", mm = tag == "mm_struct";
    if ((area && member == "vm_flags") || (mm && member == "def_flags")) return vm_flag_names(value);
    if (area && member == "vm_page_prot") return protection_names(value);
    if (mm && member == "flags") return names_of(value, kMmFlags);
    if (tag == "page" && member == "flags") return numbered_names(types, "pageflags", value);
    if (tag == "task_struct" && member == "state") {
        return value == 0 ? BitNames{"TASK_RUNNING"} : names_of(value, kTaskStates);
    }
    if (tag == "kmem_cache" && member == "flags") return slab_flag_names(value);
    if (tag == "swap_info_struct" && member == "flags") return swap_flag_names(value);
    if (tag == "pte_t" || tag == "pgd_t") return entry_names(value);
    return std::nullopt;
}

std::string join_names(const BitNames& names) {
    return names.empty() ? "0" : fmt::format("{}", fmt::join(names, "|"));
}

}  // namespace mmscope

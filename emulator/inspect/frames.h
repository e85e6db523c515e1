// SPDX-License-Identifier: GPL-2.0-or-later
// Who has a frame: the reverse map computed by the host from all page tables, beside what the kernel's own
// leads to and counts.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "inspect/whole_moment.h"
#include "introspect/reverse_map.h"

namespace mmscope {

enum class FrameKind : uint8_t { Free, Reserved, Slab, Directory, Table, Anonymous, SwapCache, File, Kernel };
inline constexpr size_t kFrameKinds = 9;
std::string_view to_string(FrameKind kind);

/// An entry of a user page table that maps a frame.
struct FrameMapping {
    uint32_t frame;
    const AuditMm* mm;
    AuditPte pte;
    const AuditVma* vma;  // null: outside any area
};

/// An area to which the kernel's reverse map leads.
struct RmapArea {
    LinearAddr vma, mm, start, end;
    uint32_t pgoff = 0, flags = 0;

    /// May show page `index` of its object at `address`.
    [[nodiscard]] bool may_show(uint32_t index, LinearAddr address) const;
    /// Where it would show page `index`; 0: nowhere, or it is nonlinear.
    [[nodiscard]] LinearAddr address_of(uint32_t index) const;
};

/// Answers about one moment; `whole` must outlive it.
class FrameMap {
  public:
    explicit FrameMap(const WholeMoment& whole);

    [[nodiscard]] uint32_t frames() const { return static_cast<uint32_t>(whole_.state().pages.size()); }
    [[nodiscard]] FrameKind kind(uint32_t frame) const;
    /// By the host: what really maps it, by space and address.
    [[nodiscard]] std::vector<FrameMapping> mappings(uint32_t frame) const;
    /// By the guest: the areas that its anon_vma or its file has. Remembers them, for frames of one owner.
    const std::vector<RmapArea>& areas(uint32_t frame);
    /// What does not fit between entries, _mapcount and the reverse map.
    std::vector<std::string> disagreements(uint32_t frame);
    /// "page table of 9 (tour) for 08000000-083fffff"; empty: it is none.
    [[nodiscard]] std::string table_of(uint32_t frame) const;
    /// Damage met on the way to areas.
    [[nodiscard]] const Problems& problems() const { return problems_; }

  private:
    void add_tables();
    std::vector<RmapArea> read_areas(const AuditPage& page);

    const WholeMoment& whole_;
    ReverseMap reverse_;
    std::vector<FrameMapping> mappings_;                            // by frame
    std::map<uint32_t, std::pair<FrameKind, std::string>> tables_;  // by frame
    std::map<uint32_t, std::vector<RmapArea>> areas_;               // by page->mapping
    // A guest that lies may show the same areas again and again: what may still be read, and compared.
    uint32_t areas_left_ = 1u << 20, comparisons_left_ = 1u << 28;
    Problems problems_;
};

}  // namespace mmscope

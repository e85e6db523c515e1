// SPDX-License-Identifier: GPL-2.0-or-later
// Walks over the areas of an address space: the list, and the red-black tree beside it.
#include <fmt/format.h>

#include <unordered_set>
#include <vector>

#include "introspect/walkers.h"

namespace mmscope {

namespace {

/// What must hold between an area and the one before it (MM_FACTS INV-01).
class OrderCheck {
  public:
    OrderCheck(const VmaLayout& layout, LinearAddr mm, Problems& problems)
        : layout_(layout), mm_(mm), problems_(problems) {}

    void check(const Record& vma, const WalkPath& root, uint32_t steps) {
        const LinearAddr start = vma.pointer(layout_.vm_start);
        const LinearAddr end = vma.pointer(layout_.vm_end);
        const auto damage = [&](std::string_view member, const std::string& what) {
            const WalkPath path = root.then("mmap").then("vm_next", steps);
            report(problems_,
                   describe_damage(fmt::format("vm_area_struct.{}", member), vma.at(), what, path));
        };
        if (start >= end)
            damage("vm_end", fmt::format("range {:08x}-{:08x} is empty", start.value, end.value));
        if (start.page_offset() || end.page_offset()) {
            damage("vm_start",
                   fmt::format("range {:08x}-{:08x} is not page-aligned", start.value, end.value));
        }
        if (end.value > kPageOffset) damage("vm_end", fmt::format("{:08x} is no user address", end.value));
        if (start < last_end_) {
            damage("vm_start", fmt::format("{:08x} lies below {:08x}, the end of the area before it",
                                           start.value, last_end_.value));
        }
        if (const LinearAddr owner = vma.pointer(layout_.vm_mm); owner != mm_) {
            damage("vm_mm", fmt::format("{:08x}, expected {:08x}", owner.value, mm_.value));
        }
        last_end_ = end;
    }

  private:
    const VmaLayout& layout_;
    LinearAddr mm_;
    Problems& problems_;
    LinearAddr last_end_;
};

/// Reads the area whose tree node stands at `node`.
bool read_node(const KernelMemory& kernel, LinearAddr node, Record& vma) {
    const VmaLayout& layout = kernel.kernel->layouts().vma;
    return node.value >= kPageOffset && !layout.layout.read(kernel.memory, node - layout.vm_rb, vma);
}

}  // namespace

void for_each_vma(const KernelMemory& kernel, LinearAddr mm, LinearAddr first, int32_t map_count,
                  const WalkPath& path, const RecordVisitor& visit, Problems& problems) {
    const VmaLayout& layout = kernel.kernel->layouts().vma;
    OrderCheck order(layout, mm, problems);
    std::unordered_set<uint32_t> seen;  // asked, never walked
    Record vma;
    uint32_t count = 0;
    for (LinearAddr at = first; at.value != 0; at = vma.pointer(layout.vm_next), ++count) {
        const auto damage = [&](std::string_view what) {
            const std::string_view where = count ? "vm_area_struct.vm_next" : "mm_struct.mmap";
            report(problems, describe_damage(where, at, what, path.then("mmap").then("vm_next", count)));
        };
        if (count >= kMaxVmas) return damage(fmt::format("more than {} areas", kMaxVmas));
        if (at.value < kPageOffset) return damage("not a kernel address");
        if (!seen.insert(at.value).second) return damage("the list goes in a circle");
        if (layout.layout.read(kernel.memory, at, vma)) return damage("not mapped");
        order.check(vma, path, count);
        if (!visit(vma)) return;
    }
    if (map_count >= 0 && count != static_cast<uint32_t>(map_count)) {
        report(problems,
               describe_damage("mm_struct.map_count", mm,
                               fmt::format("{}, but the list has {} areas", map_count, count), path));
    }
}

void for_each_vma_in_tree(const KernelMemory& kernel, LinearAddr root, const WalkPath& path,
                          const RecordVisitor& visit, Problems& problems) {
    const VmaLayout& layout = kernel.kernel->layouts().vma;
    std::vector<LinearAddr> pending;  // nodes whose left half is being walked
    LinearAddr node = root;
    Record vma;
    for (uint32_t visited = 0; node.value != 0 || !pending.empty();) {
        const auto damage = [&](std::string_view what) {
            report(problems, describe_damage("vm_area_struct.vm_rb", node, what, path.then("mm_rb")));
        };
        while (node.value != 0) {
            if (pending.size() >= kMaxTreeDepth) return damage("deeper than any balanced tree: a circle");
            if (!read_node(kernel, node, vma)) return damage("not mapped");
            pending.push_back(node);
            node = vma.pointer(layout.rb_left);
        }
        node = pending.back();
        pending.pop_back();
        if (!read_node(kernel, node, vma)) return damage("not mapped");
        if (++visited > kMaxVmas) return damage(fmt::format("more than {} areas", kMaxVmas));
        if (!visit(vma)) return;
        node = vma.pointer(layout.rb_right);
    }
}

bool find_vma(const KernelMemory& kernel, LinearAddr root, LinearAddr address, Record& vma,
              Problems& problems) {
    const VmaLayout& layout = kernel.kernel->layouts().vma;
    LinearAddr node = root, best;
    for (uint32_t depth = 0; node.value != 0; ++depth) {
        if (depth >= kMaxTreeDepth || !read_node(kernel, node, vma)) {
            const char* what =
                depth >= kMaxTreeDepth ? "deeper than any balanced tree: a circle" : "not mapped";
            report(problems, describe_damage("vm_area_struct.vm_rb", node, what, WalkPath("mm_rb")));
            return false;
        }
        if (vma.pointer(layout.vm_end) > address) {
            best = node;
            if (vma.pointer(layout.vm_start) <= address) return true;
            node = vma.pointer(layout.rb_left);
        } else {
            node = vma.pointer(layout.rb_right);
        }
    }
    return best.value != 0 && read_node(kernel, best, vma);
}

}  // namespace mmscope

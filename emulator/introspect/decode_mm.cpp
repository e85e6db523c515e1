// SPDX-License-Identifier: GPL-2.0-or-later
// An address space as a plain value, with what its list, tree and counters say against each other.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "introspect/decode.h"

namespace mmscope {

namespace {

VmaNaming naming_of(const MmLayout& layout, const Record& mm) {
    return {mm.pointer(layout.start_brk), mm.pointer(layout.brk), mm.pointer(layout.start_stack),
            mm.pointer(layout.vdso)};
}

/// Somebody is changing the space at this moment (MM_FACTS, section 2, "Snapshot rule").
bool is_in_transit(const MmLayout& layout, const Record& mm) {
    const bool writer = layout.sem_writer ? mm.u32(layout.sem_writer) != 0 : mm.i32(layout.sem_count) < 0;
    const bool locked = layout.lock_next && mm.u32(layout.lock_next) != mm.u32(layout.lock_serving);
    return writer || locked;
}

MmModel decode_members(const KernelMemory& kernel, const Record& mm) {
    const MmLayout& layout = kernel.kernel->layouts().mm;
    MmModel model;
    model.moment = kernel.moment;
    model.at = mm.at();
    model.pgd = mm.pointer(layout.pgd);
    model.mm_users = mm.i32(layout.mm_users);
    model.mm_count = mm.i32(layout.mm_count);
    model.map_count = mm.i32(layout.map_count);
    model.total_vm = mm.u32(layout.total_vm);
    model.start_brk = mm.pointer(layout.start_brk);
    model.brk = mm.pointer(layout.brk);
    model.start_stack = mm.pointer(layout.start_stack);
    model.in_transit = is_in_transit(layout, mm);
    model.fields = decode_fields(layout.layout.type(), mm.bytes(), kernel.kernel->symbols());
    return model;
}

/// INV-03: the tree holds exactly the areas of the list, in its order.
void compare_tree(const KernelMemory& kernel, LinearAddr root, MmModel& model, const WalkPath& path) {
    size_t index = 0;
    const auto disagree = [&](LinearAddr at, const std::string& what) {
        report(model.problems, describe_damage("mm_struct.mm_rb", at, what, path.then("mm_rb")));
    };
    bool whole = true;
    const size_t problems_before = model.problems.size();
    for_each_vma_in_tree(
        kernel, root, path,
        [&](const Record& vma) {
            whole = index < model.vmas.size() && model.vmas[index].at == vma.at();
            if (!whole)
                disagree(vma.at(),
                         fmt::format("area {} of the tree is not area {} of the list", index, index));
            ++index;
            return whole;
        },
        model.problems);
    if (whole && problems_before == model.problems.size() && index != model.vmas.size()) {
        disagree(root, fmt::format("the tree has {} areas, the list {}", index, model.vmas.size()));
    }
}

/// By the red-black tree; by the list where the edition has another tree.
bool find_vma_of(const KernelMemory& kernel, const Record& mm, LinearAddr address, Record& vma,
                 Problems& problems) {
    const KernelLayouts& layouts = kernel.kernel->layouts();
    if (layouts.mm.rb_node) return find_vma(kernel, mm.pointer(layouts.mm.rb_node), address, vma, problems);
    bool found = false;
    for_each_vma(
        kernel, mm.at(), mm.pointer(layouts.mm.mmap), -1, WalkPath("mm"),
        [&](const Record& area) {
            found = area.pointer(layouts.vma.vm_end) > address;
            if (found) vma = area;
            return !found;
        },
        problems);
    return found;
}

}  // namespace

Result<MmModel> decode_mm(const KernelMemory& kernel, LinearAddr at, const WalkPath& path) {
    const MmLayout& layout = kernel.kernel->layouts().mm;
    Record mm;
    if (at.value < kPageOffset || layout.layout.read(kernel.memory, at, mm)) {
        return std::unexpected(decode_error("mm_struct", at, "not mapped", path));
    }
    MmModel model = decode_members(kernel, mm);
    if (model.mm_users <= 0) {
        // INV-46: the pointers of a dead descriptor are stale, what they point to has been freed.
        report(model.problems,
               describe_damage("mm_struct.mm_users", at,
                               fmt::format("{}: its areas are gone and not followed", model.mm_users), path));
        return model;
    }
    VmaDecoder decoder(kernel, naming_of(layout, mm));
    if (model.map_count > 0)
        model.vmas.reserve(std::min<size_t>(static_cast<size_t>(model.map_count), kMaxVmas));
    for_each_vma(
        kernel, at, mm.pointer(layout.mmap), model.in_transit ? -1 : model.map_count, path,
        [&](const Record& vma) {
            model.vmas.push_back(decoder.decode(vma, model.problems));
            return true;
        },
        model.problems);
    if (layout.rb_node && !model.in_transit) compare_tree(kernel, mm.pointer(layout.rb_node), model, path);
    return model;
}

std::optional<VmaModel> decode_vma_at(const KernelMemory& kernel, LinearAddr at, LinearAddr address,
                                      Problems& problems) {
    const MmLayout& layout = kernel.kernel->layouts().mm;
    Record mm, vma;
    if (at.value < kPageOffset || layout.layout.read(kernel.memory, at, mm)) {
        report(problems, describe_damage("mm_struct", at, "not mapped", WalkPath("current_task").then("mm")));
        return std::nullopt;
    }
    if (!find_vma_of(kernel, mm, address, vma, problems)) return std::nullopt;
    if (vma.pointer(kernel.kernel->layouts().vma.vm_start) > address) return std::nullopt;
    return VmaDecoder(kernel, naming_of(layout, mm)).decode(vma, problems);
}

}  // namespace mmscope

// SPDX-License-Identifier: GPL-2.0-or-later
// The table of the 50 invariants and four rules besides. A rule whose members a kernel lacks is not asked of
// it; what the members mean is the edition's (introspect/edition.h).
#include "introspect/audit/rules.h"

#include <array>

namespace mmscope {

namespace {

constexpr AuditNeed kSettled = AuditNeed::Settled, kUnlocked = AuditNeed::Unlocked, kQuiet = AuditNeed::Quiet;

constexpr AuditRule of_mm(const char* id, const char* title, MmRule rule,
                          bool (*lives)(const AuditState&) = nullptr) {
    return {.id = id, .title = title, .need = kSettled, .of_mm = rule, .lives = lives};
}
/// What a program may bring about by itself.
constexpr AuditRule soft(const char* id, const char* title, MmRule rule) {
    return {.id = id, .title = title, .need = kSettled, .of_mm = rule, .soft = true};
}
constexpr AuditRule of_machine(const char* id, const char* title, AuditNeed need, MachineRule rule,
                               bool (*lives)(const AuditState&) = nullptr) {
    return {.id = id, .title = title, .need = need, .of_machine = rule, .lives = lives};
}

constexpr std::array kRules = {
    of_mm("INV-01", "areas: sorted, disjoint, page-aligned, of this mm", audit_list),
    of_mm("INV-02", "map_count is the length of the list", audit_count),
    of_mm("INV-03", "the tree holds the areas of the list", audit_tree_is_list, red_black_lives),
    of_mm("INV-04", "AVL tree", audit_avl, avl_lives),
    of_mm("INV-05", "red-black tree", audit_red_black, red_black_lives),
    of_mm("INV-06", "mmap_cache is in the list", audit_cache),
    soft("INV-07", "equal anonymous neighbours are one area", audit_mergeable),
    of_mm("INV-08", "total_vm", audit_total_vm),
    of_mm("INV-09", "locked_vm", audit_locked_vm),
    of_mm("INV-10", "one rss", audit_one_rss, one_rss_lives),
    of_mm("INV-11", "anonymous and other resident pages", audit_rss, split_rss_lives),
    of_mm("INV-12", "nr_ptes", audit_nr_ptes, nr_ptes_lives),
    of_machine("INV-13", "mm_users", kUnlocked, audit_mm_users),
    of_machine("INV-14", "mm_count", kUnlocked, audit_mm_count),
    of_machine("INV-15", "mmlist", kUnlocked, audit_mmlist),
    of_mm("INV-16", "code, data and heap in order", audit_code_and_data),
    soft("INV-17", "the heap is anonymous memory", audit_heap),
    soft("INV-18", "the stack lies where it began", audit_stack),
    of_mm("INV-19", "arguments and environment in order", audit_arguments),
    of_mm("INV-20", "page directory, kernel half", audit_directory),
    of_mm("INV-21", "entries lie in areas", audit_entries_in_areas),
    of_mm("INV-22", "vm_page_prot follows vm_flags", audit_protection),
    of_mm("INV-23", "vm_flags imply each other", audit_flags),
    of_mm("INV-24", "a private writable frame is mapped once", audit_cow),
    of_machine("INV-25", "cpu_vm_mask", kUnlocked, audit_cpu_mask),
    of_machine("INV-26", "mm and active_mm of tasks", kUnlocked, audit_task_spaces),
    of_mm("INV-27", "swap_address", audit_swap_address, swap_address_lives),
    of_machine("INV-28", "swap_map counts entries and the swap cache", kUnlocked, audit_swap_slots,
               swap_lives),
    of_machine("INV-29", "references and mappings of frames", kUnlocked, audit_frames),
    of_mm("INV-30", "i_mmap lists", audit_share_lists, share_lists_live),
    of_mm("INV-31", "anon_vma", audit_anon_vma, anon_vma_lives),
    of_mm("INV-32", "priority tree", audit_prio_tree, prio_tree_lives),
    of_mm("INV-33", "search hints", audit_search_hints, search_hints_live),
    of_mm("INV-34", "placement functions and mmap_base", audit_placement, search_hints_live),
    of_mm("INV-35", "shared_vm, exec_vm, stack_vm, reserved_vm", audit_vm_stats, vm_stats_live),
    AuditRule{.id = "INV-36", .title = "high-water marks never fall", .need = AuditNeed::History},
    of_mm("INV-37", "dumpable bits", audit_dumpable, dumpable_flags_live),
    of_machine("INV-38", "LDT", kUnlocked, audit_ldt),
    of_machine("INV-39", "swap token", kUnlocked, audit_token, token_lives),
    of_machine("INV-40", "owner", kQuiet, audit_owner),
    of_mm("INV-41", "num_exe_file_vmas", audit_exe_file),
    of_machine("INV-42", "MMU notifiers", kUnlocked, audit_notifiers, notifiers_live),
    of_machine("INV-43", "AIO contexts", kUnlocked, audit_aio, aio_lives),
    of_machine("INV-44", "a dump in progress", kUnlocked, audit_core_state, core_dumps_live),
    of_mm("INV-45", "saved_auxv", audit_auxv),
    AuditRule{.id = "INV-46", .title = "a dead mm is empty", .need = AuditNeed::Dead, .of_mm = audit_dead},
    of_machine("INV-47", "locks are free at rest", kQuiet, audit_idle_locks),
    of_mm("INV-48", "task_size", audit_task_size, task_size_lives),
    of_mm("INV-49", "vm_pgoff within its file", audit_pgoff),
    of_machine("INV-50", "i_writecount", kQuiet, audit_denywrite),
    of_machine("KRN-01", "lists of tasks link both ways", kUnlocked, audit_task_links),
    of_machine("KRN-02", "lists of frames link both ways", kUnlocked, audit_frame_links),
    of_machine("KRN-03", "slab caches, their slabs, slots and poison", kUnlocked, audit_slab_caches,
               slabs_live),
    of_machine("KRN-04", "the kernel's own space has no areas", kUnlocked, audit_kernel_space,
               kernel_space_is_empty),
};
static_assert(kRules.size() == 50 + 4);

constexpr uint32_t kListed = 8;  // of one rule; the rest is only counted

}  // namespace

std::span<const AuditRule> audit_rules() {
    return kRules;
}

void AuditSink::wrong(const AuditMm* mm, LinearAddr vma, std::string what, std::string found,
                      std::string expected) {
    if (!soft_) ++report_.violations;
    if (++listed_ > kListed) return;
    AuditFinding finding{.id = id_,
                         .mm = mm ? mm->at : LinearAddr{},
                         .vma = vma,
                         .pid = mm ? mm->pid : 0,
                         .what = std::move(what),
                         .found = std::move(found),
                         .expected = std::move(expected)};
    (soft_ ? report_.notes : report_.findings).push_back(std::move(finding));
}

void AuditSink::note(const AuditMm& mm, std::string what, std::string found, std::string expected) {
    if (++noted_ > kListed) return;
    report_.notes.push_back({.id = id_,
                             .mm = mm.at,
                             .vma = {},
                             .pid = mm.pid,
                             .what = std::move(what),
                             .found = std::move(found),
                             .expected = std::move(expected)});
}

}  // namespace mmscope

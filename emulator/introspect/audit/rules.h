// SPDX-License-Identifier: GPL-2.0-or-later
// The rules: one entry an invariant of MM_FACTS, section 2, and the functions behind them.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <map>
#include <span>
#include <string>

#include "introspect/audit/state.h"

namespace mmscope {

/// What was seen of a space at the audit before (INV-36).
struct MmPeaks {
    uint32_t pid = 0, acquisitions = 0, rss = 0, vm = 0;
    uint64_t start_time = 0;
    PhysAddr directory;
};
using PeakMap = std::map<LinearAddr, MmPeaks>;

/// Where a rule says what it found wrong.
class AuditSink {
  public:
    AuditSink(const char* id, bool soft, AuditReport& report) : id_(id), soft_(soft), report_(report) {}

    void wrong(const AuditMm* mm, LinearAddr vma, std::string what, std::string found, std::string expected);
    /// Numbers that must be equal.
    void equal(const AuditMm* mm, std::string_view what, uint64_t found, uint64_t expected) {
        if (found != expected)
            wrong(mm, {}, std::string(what), fmt::format("{}", found), fmt::format("{}", expected));
    }
    void require(bool holds, const AuditMm* mm, const AuditVma* vma, std::string_view what, uint32_t found,
                 std::string_view expected) {
        if (!holds)
            wrong(mm, vma ? vma->at : LinearAddr{}, std::string(what), fmt::format("0x{:08x}", found),
                  std::string(expected));
    }
    /// What a program may have brought about by itself: a note, whatever the rule is.
    void note(const AuditMm& mm, std::string what, std::string found, std::string expected);

  private:
    const char* id_;
    bool soft_;
    AuditReport& report_;
    uint32_t listed_ = 0, noted_ = 0;
};

using MmRule = void (*)(const AuditState& state, const AuditMm& mm, AuditSink& sink);
using MachineRule = void (*)(const AuditState& state, AuditSink& sink);

/// What must be at rest for a rule to be asked at all.
enum class AuditNeed : uint8_t {
    Settled,   // for each space: the snapshot rule
    Dead,      // for each space that is torn down and still borrowed
    Unlocked,  // once: no spin lock is held
    Quiet,     // once: nobody is on its way through the kernel
    History,   // the auditor's own
};

struct AuditRule {
    const char* id;
    const char* title;
    AuditNeed need = AuditNeed::Settled;
    MmRule of_mm = nullptr;
    MachineRule of_machine = nullptr;
    bool soft = false;  // a program may bring it about: a note, not a violation
    /// False: this kernel does not have the part. Null: every kernel of this edition has it.
    bool (*lives)(const AuditState& state) = nullptr;
};

/// INV-01 to INV-50 in order, then what else must hold of the kernel's own structures. A rule without
/// functions belongs to another edition.
std::span<const AuditRule> audit_rules();

// By file -------------------------------------------------------------------------------------------

// rules_areas.cpp
void audit_list(const AuditState&, const AuditMm&, AuditSink&);
void audit_count(const AuditState&, const AuditMm&, AuditSink&);
void audit_mergeable(const AuditState&, const AuditMm&, AuditSink&);
void audit_total_vm(const AuditState&, const AuditMm&, AuditSink&);
void audit_locked_vm(const AuditState&, const AuditMm&, AuditSink&);
void audit_protection(const AuditState&, const AuditMm&, AuditSink&);
void audit_flags(const AuditState&, const AuditMm&, AuditSink&);
void audit_vm_stats(const AuditState&, const AuditMm&, AuditSink&);
void audit_exe_file(const AuditState&, const AuditMm&, AuditSink&);
void audit_pgoff(const AuditState&, const AuditMm&, AuditSink&);
// rules_tree.cpp
void audit_tree_is_list(const AuditState&, const AuditMm&, AuditSink&);
bool red_black_lives(const AuditState&);
void audit_red_black(const AuditState&, const AuditMm&, AuditSink&);
void audit_cache(const AuditState&, const AuditMm&, AuditSink&);
// rules_layout.cpp
void audit_code_and_data(const AuditState&, const AuditMm&, AuditSink&);
void audit_heap(const AuditState&, const AuditMm&, AuditSink&);
void audit_stack(const AuditState&, const AuditMm&, AuditSink&);
void audit_arguments(const AuditState&, const AuditMm&, AuditSink&);
void audit_search_hints(const AuditState&, const AuditMm&, AuditSink&);
void audit_placement(const AuditState&, const AuditMm&, AuditSink&);
void audit_dumpable(const AuditState&, const AuditMm&, AuditSink&);
void audit_auxv(const AuditState&, const AuditMm&, AuditSink&);
bool search_hints_live(const AuditState&);
bool task_size_lives(const AuditState&);
bool dumpable_flags_live(const AuditState&);
void audit_task_size(const AuditState&, const AuditMm&, AuditSink&);
// rules_tables.cpp
bool split_rss_lives(const AuditState&);
bool one_rss_lives(const AuditState&);
void audit_one_rss(const AuditState&, const AuditMm&, AuditSink&);
void audit_rss(const AuditState&, const AuditMm&, AuditSink&);
void audit_nr_ptes(const AuditState&, const AuditMm&, AuditSink&);
void audit_directory(const AuditState&, const AuditMm&, AuditSink&);
void audit_entries_in_areas(const AuditState&, const AuditMm&, AuditSink&);
void audit_cow(const AuditState&, const AuditMm&, AuditSink&);
void audit_dead(const AuditState&, const AuditMm&, AuditSink&);
// rules_frames.cpp
void audit_swap_slots(const AuditState&, AuditSink&);
void audit_frames(const AuditState&, AuditSink&);
void audit_denywrite(const AuditState&, AuditSink&);
bool swap_lives(const AuditState&);
// rules_tasks.cpp
void audit_mm_users(const AuditState&, AuditSink&);
void audit_mm_count(const AuditState&, AuditSink&);
void audit_mmlist(const AuditState&, AuditSink&);
void audit_cpu_mask(const AuditState&, AuditSink&);
void audit_task_spaces(const AuditState&, AuditSink&);
void audit_token(const AuditState&, AuditSink&);
void audit_owner(const AuditState&, AuditSink&);
void audit_idle_locks(const AuditState&, AuditSink&);
bool token_lives(const AuditState&);
// rules_context.cpp
void audit_ldt(const AuditState&, AuditSink&);
void audit_notifiers(const AuditState&, AuditSink&);
void audit_aio(const AuditState&, AuditSink&);
void audit_core_state(const AuditState&, AuditSink&);
bool notifiers_live(const AuditState&);
bool aio_lives(const AuditState&);
bool core_dumps_live(const AuditState&);
/// Contexts and listeners that hold a reference to the mm; a broken list ends early.
uint32_t count_contexts(const AuditState&, const AuditMm&);
/// By frame number: references by the rings of all AIO contexts. A number that is not there: none.
std::map<uint32_t, uint32_t> ring_references(const AuditState&);
uint32_t count_notifiers(const AuditState&, const AuditMm&);
// rules_2_4.cpp
bool avl_lives(const AuditState&);
void audit_avl(const AuditState&, const AuditMm&, AuditSink&);
bool swap_address_lives(const AuditState&);
void audit_swap_address(const AuditState&, const AuditMm&, AuditSink&);
bool share_lists_live(const AuditState&);
void audit_share_lists(const AuditState&, const AuditMm&, AuditSink&);
bool segments_live(const AuditState&);
void audit_segments(const AuditState&, const AuditMm&, AuditSink&);
bool nr_ptes_lives(const AuditState&);
bool vm_stats_live(const AuditState&);
// rules_reverse.cpp
void audit_anon_vma(const AuditState&, const AuditMm&, AuditSink&);
void audit_prio_tree(const AuditState&, const AuditMm&, AuditSink&);
bool anon_vma_lives(const AuditState&);
bool prio_tree_lives(const AuditState&);
// rules_kernel.cpp
void audit_task_links(const AuditState&, AuditSink&);
void audit_frame_links(const AuditState&, AuditSink&);
void audit_slab_caches(const AuditState&, AuditSink&);
bool slabs_live(const AuditState&);
void audit_kernel_space(const AuditState&, AuditSink&);
bool kernel_space_is_empty(const AuditState&);

}  // namespace mmscope

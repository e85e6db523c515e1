// SPDX-License-Identifier: GPL-2.0-or-later
// Each invariant is broken in the RAM of a real machine, one field at a time; the audit names it.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>

#include "introspect/slab_caches.h"
#include "introspect/walkers.h"
#include "tests/audit/lab.h"

namespace mmscope::test {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kMm = "mm_struct";
constexpr const char* kVma = "vm_area_struct";
constexpr const char* kTask = "task_struct";
constexpr uint32_t kWrite = 2, kShared = 8, kGrowsDown = 0x100;

constexpr uint32_t kForkCheckpoint = 2;  // of the tour: parent and child share what neither has written to

Lab& lab() {
    static Lab one(kForkCheckpoint);
    return one;
}

struct Damage {
    const char* id;
    const char* what;
    std::function<void(Lab&)> make;
};

std::function<void(Lab&)> add_to_mm(const char* member, uint32_t difference = 1) {
    return [=](Lab& l) { l.add(l.mm(), kMm, member, difference); };
}
std::function<void(Lab&)> set_in_mm(const char* member, uint32_t value) {
    return [=](Lab& l) { l.set(l.mm(), kMm, member, value); };
}

/// The first area of any space that has a frame of its own which `takes`; its entry.
LinearAddr mapped_anonymous(Lab& l) {
    const LinearAddr stack = l.find_vma(kGrowsDown, kShared, Lab::Backing::Anonymous);
    return l.find_pte(stack,
                      [&](LinearAddr page, uint32_t) { return (l.get(page, "page", "mapping") & 1) != 0; });
}

LinearAddr shared_by_fork(Lab& l) {
    for (LinearAddr vma = l.vma(); vma.value != 0; vma = LinearAddr(l.get(vma, kVma, "vm_next"))) {
        if ((l.get(vma, kVma, "vm_flags") & kShared) != 0) continue;
        const LinearAddr pte =
            l.find_pte(vma, [&](LinearAddr page, uint32_t) { return l.get(page, "page", "_mapcount") == 1; });
        if (pte.value != 0) return pte;
    }
    return {};
}

/// The subject dies: no task uses it, one borrows it, its descriptor has not been emptied.
void bury(Lab& l) {
    l.set(l.task(), kTask, "mm", 0);
    l.set(l.mm(), kMm, "mm_users", 0);
    l.set(l.mm(), kMm, "mm_count", 1);
}

const std::vector<Damage>& damages() {
    static const std::vector<Damage> all = {
        {"INV-01", "vm_mm", [](Lab& l) { l.set(l.vma(), kVma, "vm_mm", l.other_mm().value); }},
        {"INV-01", "alignment", [](Lab& l) { l.add(l.vma(), kVma, "vm_end", 4); }},
        {"INV-01", "order", [](Lab& l) { l.set(l.vma(1), kVma, "vm_start", 0x1000); }},
        {"INV-01", "a circle", [](Lab& l) { l.set(l.vma(2), kVma, "vm_next", l.vma().value); }},
        {"INV-01", "a wild pointer", [](Lab& l) { l.set(l.vma(1), kVma, "vm_next", 0xF1234560); }},
        {"INV-02", "map_count", add_to_mm("map_count")},
        {"INV-03", "a lost half",
         [](Lab& l) {
             l.set(LinearAddr(l.get(l.mm(), kMm, "mm_rb")) - l.offset(kVma, "vm_rb"), kVma, "vm_rb.rb_left",
                   0);
         }},
        {"INV-05", "colour", [](Lab& l) { l.set_word(LinearAddr(l.get(l.mm(), kMm, "mm_rb")), 0); }},
        {"INV-05", "parent", [](Lab& l) { l.add(l.vma(), kVma, "vm_rb.rb_parent_color", 64); }},
        {"INV-06", "mmap_cache", set_in_mm("mmap_cache", 0xC0300000)},
        {"INV-08", "total_vm", add_to_mm("total_vm")},
        {"INV-09", "locked_vm", add_to_mm("locked_vm")},
        {"INV-11", "_anon_rss", add_to_mm("_anon_rss")},
        {"INV-11", "_file_rss", add_to_mm("_file_rss", ~0u)},
        {"INV-12", "nr_ptes", add_to_mm("nr_ptes")},
        {"INV-13", "a user too many", add_to_mm("mm_users")},
        {"INV-13", "a user too few", [](Lab& l) { l.set(l.task(), kTask, "mm", l.other_mm().value); }},
        {"INV-14", "mm_count", add_to_mm("mm_count")},
        {"INV-14", "mm_count of init_mm", [](Lab& l) { l.add(l.symbol("init_mm"), kMm, "mm_count", 1); }},
        {"INV-15", "mmlist of init_mm",
         [](Lab& l) { l.set(l.symbol("init_mm"), kMm, "mmlist.prev", 0xC0100000); }},
        {"INV-15", "mmlist of one", set_in_mm("mmlist.next", 0xC0100000)},
        {"INV-16", "start_brk", set_in_mm("start_brk", 0xBFFFF000)},
        {"INV-16", "end_code", set_in_mm("end_code", 1)},
        {"INV-19", "arg_end", add_to_mm("arg_end", 4)},
        {"INV-20", "the linear map",
         [](Lab& l) { l.set_word(LinearAddr(l.get(l.mm(), kMm, "pgd")) + 768 * 4, 0); }},
        {"INV-20", "pgd", add_to_mm("pgd", 4)},
        {"INV-21", "an entry without area",
         [](Lab& l) {
             const LinearAddr stack = l.find_vma(kGrowsDown, 0, Lab::Backing::Any);
             l.set(stack, kVma, "vm_start", l.get(stack, kVma, "vm_end") - kPageSize);
             for (uint32_t at = 0xBFFFE000; at > 0xBFFF8000; at -= kPageSize)
                 l.set_word(l.pte_at(at), l.word(l.pte_at(0xBFFFF000)));
         }},
        {"INV-22", "vm_page_prot", [](Lab& l) { l.add(l.vma(), kVma, "vm_page_prot", kWrite); }},
        {"INV-23", "VM_SHARED", [](Lab& l) { l.set(l.vma(), kVma, "vm_flags", 0x5D); }},
        {"INV-23", "VM_WRITE", [](Lab& l) { l.set(l.vma(), kVma, "vm_flags", 0x57); }},
        {"INV-24", "a frame of two",
         [](Lab& l) { l.set_word(shared_by_fork(l), l.word(shared_by_fork(l)) | kWrite); }},
        {"INV-25", "cpu_vm_mask",
         [](Lab& l) {
             l.set(l.other_mm(), kMm, "cpu_vm_mask", 1);
             l.set(l.mm(), kMm, "cpu_vm_mask", 1);
         }},
        {"INV-26", "active_mm", [](Lab& l) { l.set(l.task(), kTask, "active_mm", l.other_mm().value); }},
        {"INV-26", "a wild mm", [](Lab& l) { l.set(l.task(), kTask, "mm", 0xE0000000); }},
        {"INV-28", "a swap entry of no area", [](Lab& l) { l.set_word(mapped_anonymous(l), 0x500); }},
        {"INV-29", "_mapcount",
         [](Lab& l) { l.add(l.page(l.word(mapped_anonymous(l)) >> 12), "page", "_mapcount", 1); }},
        {"INV-29", "_count too low",
         [](Lab& l) { l.set(l.page(l.word(mapped_anonymous(l)) >> 12), "page", "_count", 0); }},
        {"INV-29", "a leaked reference",
         [](Lab& l) { l.add(l.page(l.word(mapped_anonymous(l)) >> 12), "page", "_count", 1); }},
        {"INV-29", "a wild mapping",
         [](Lab& l) { l.set(l.page(l.word(mapped_anonymous(l)) >> 12), "page", "mapping", 0xE0000000); }},
        {"INV-31", "mapping",
         [](Lab& l) { l.add(l.page(l.word(mapped_anonymous(l)) >> 12), "page", "mapping", 32); }},
        {"INV-31", "index",
         [](Lab& l) { l.add(l.page(l.word(mapped_anonymous(l)) >> 12), "page", "index", 1); }},
        {"INV-31", "anon_vma",
         [](Lab& l) { l.set(l.find_vma(kGrowsDown, 0, Lab::Backing::Any), kVma, "anon_vma", 0xC0123450); }},
        {"INV-32", "parent",
         [](Lab& l) {
             l.set(l.find_vma(0, 0, Lab::Backing::File), kVma, "shared.prio_tree_node.parent", 0xE0000000);
         }},
        {"INV-33", "free_area_cache", set_in_mm("free_area_cache", 0xFFFF0000)},
        {"INV-34", "unmap_area", set_in_mm("unmap_area", 0xC0100000)},
        {"INV-34", "mmap_base", set_in_mm("mmap_base", 0xBF000000)},
        {"INV-35", "shared_vm", add_to_mm("shared_vm")},
        {"INV-35", "exec_vm", add_to_mm("exec_vm")},
        {"INV-35", "stack_vm", add_to_mm("stack_vm")},
        {"INV-35", "reserved_vm", add_to_mm("reserved_vm")},
        {"INV-37", "flags",
         [](Lab& l) { l.set(l.mm(), kMm, "flags", (l.get(l.mm(), kMm, "flags") & ~3u) | 2); }},
        {"INV-38", "context.size", set_in_mm("context.size", 5)},
        {"INV-38", "context.ldt", set_in_mm("context.ldt", 0xC0123000)},
        {"INV-39", "swap_token_mm", [](Lab& l) { l.set_word(l.symbol("swap_token_mm"), l.mm().value + 64); }},
        {"INV-40", "owner", [](Lab& l) { l.set(l.mm(), kMm, "owner", l.symbol("init_task").value); }},
        {"INV-41", "num_exe_file_vmas", add_to_mm("num_exe_file_vmas")},
        {"INV-42", "mmu_notifier_mm", set_in_mm("mmu_notifier_mm", 0xF0000000)},
        {"INV-43", "ioctx_list", set_in_mm("ioctx_list.first", 0xF0000000)},
        {"INV-44", "core_state", set_in_mm("core_state", 0xC0123000)},
        {"INV-45", "saved_auxv",
         [](Lab& l) { l.set_word(l.mm() + l.offset(kMm, "saved_auxv") + 43 * 4, 1); }},
        {"INV-46", "a dead space with pages", bury},
        {"INV-47", "page_table_lock", add_to_mm("page_table_lock", 0x10000)},
        {"INV-47", "mmap_sem", set_in_mm("mmap_sem.count", 1)},
        {"INV-48", "task_size", set_in_mm("task_size", 0x80000000)},
        {"INV-49", "vm_pgoff",
         [](Lab& l) { l.set(l.find_vma(0, 0, Lab::Backing::File), kVma, "vm_pgoff", ~0u); }},
        {"INV-50", "i_writecount",
         [](Lab& l) {
             const LinearAddr file(l.get(l.find_vma(0, 0, Lab::Backing::File), kVma, "vm_file"));
             const LinearAddr mapping(l.get(file, "file", "f_mapping"));
             l.add(LinearAddr(l.get(mapping, "address_space", "host")), "inode", "i_writecount", 1);
         }},
        {"INV-15", "mmlist.prev of one that is not listed", set_in_mm("mmlist.prev", 0xC0100000)},
        {"INV-20", "an entry that is none",
         [](Lab& l) { l.set_word(LinearAddr(l.get(l.mm(), kMm, "pgd")), 2); }},
        {"INV-31", "anon_vma_node.prev",
         [](Lab& l) {
             l.set(l.find_vma(kGrowsDown, 0, Lab::Backing::Any), kVma, "anon_vma_node.prev", l.vma().value);
         }},
        {"INV-47", "mmap_sem.wait_list", set_in_mm("mmap_sem.wait_list.next", 0xC0100000)},
        {"KRN-01", "tasks.prev", [](Lab& l) { l.set(l.task(), kTask, "tasks.prev", l.task().value); }},
        {"KRN-01", "sibling.next", [](Lab& l) { l.set(l.task(), kTask, "sibling.next", 0x1000); }},
        {"KRN-01", "thread_group.prev", [](Lab& l) { l.add(l.task(), kTask, "thread_group.prev", 8); }},
        {"KRN-02", "lru.prev",
         [](Lab& l) { l.add(l.page(l.word(mapped_anonymous(l)) >> 12), "page", "lru.prev", 32); }},
        {"KRN-03", "a free slot that was written to",
         [](Lab& l) {
             // The first cache with poison (0x800) that has a free slot.
             const auto caches = read_slab_caches(*l.inspector().memory()).value();
             for (const SlabCacheModel& cache : caches.caches) {
                 if ((cache.flags & 0x800) == 0 || cache.slabs.empty()) continue;
                 const LinearAddr slot(l.get(l.page(cache.slabs.back().frame), "page", "mapping"));
                 if (slot.value == 0) continue;
                 return l.set_word(slot + cache.object_offset, 0);
             }
             FAIL() << "nothing is poisoned";
         }},
        {"KRN-03", "a red zone",
         [](Lab& l) {
             const auto caches = read_slab_caches(*l.inspector().memory()).value();
             for (const SlabCacheModel& cache : caches.caches) {
                 if ((cache.flags & 0x400) == 0 || cache.slabs.empty()) continue;
                 if (cache.slabs[0].objects.empty()) continue;
                 return l.set_word(cache.slabs[0].objects[0] + cache.padded_size, 0);
             }
             FAIL() << "nothing has red zones";
         }},
        {"KRN-03", "a count of slabs",
         [](Lab& l) { l.add(LinearAddr(l.word(l.symbol("mm_cachep"))), "kmem_cache", "num_slabs", 1); }},
        {"KRN-04", "total_vm of init_mm", [](Lab& l) { l.set(l.symbol("init_mm"), kMm, "total_vm", 1); }},
    };
    return all;
}

std::set<std::string> ids_of(const std::vector<AuditFinding>& findings) {
    std::set<std::string> ids;
    for (const AuditFinding& finding : findings)
        ids.insert(finding.id);
    return ids;
}

TEST(audit, of_an_undamaged_machine_finds_nothing_and_checks_everything_that_applies) {
    lab().restore();
    const AuditReport report = lab().audit();
    EXPECT_THAT(report.findings, IsEmpty()) << audit_text(report);
    EXPECT_TRUE(report.quiet);
    const std::set<std::string> other_editions = {"INV-04", "INV-10", "INV-27", "INV-30"};
    for (const AuditOutcome& outcome : report.outcomes) {
        EXPECT_NE(outcome.status, AuditStatus::InTransit) << outcome.id;
        if (other_editions.contains(outcome.id)) {
            EXPECT_EQ(outcome.status, AuditStatus::NotApplicable) << outcome.id;
        }
    }
}

/// What only the 2.4 series has, in a space with more than 32 areas.
const std::vector<Damage>& damages_of_2_4() {
    static const std::vector<Damage> all = {
        {"INV-04", "vm_avl_height", [](Lab& l) { l.add(l.vma(3), kVma, "vm_avl_height", 1); }},
        {"INV-04", "a lost half",
         [](Lab& l) { l.set(LinearAddr(l.get(l.mm(), kMm, "mmap_avl")), kVma, "vm_avl_left", 0); }},
        {"INV-04", "no tree", set_in_mm("mmap_avl", 0)},
        {"INV-10", "rss", set_in_mm("rss", 1)},  // a child's may be too large
        {"INV-27", "swap_address", set_in_mm("swap_address", 5)},
        {"INV-30", "vm_pprev_share",
         [](Lab& l) {
             l.set(l.find_vma(0, 0, Lab::Backing::File), kVma, "vm_pprev_share", l.symbol("init_mm").value);
         }},
        {"INV-30", "vm_next_share",
         [](Lab& l) {
             const LinearAddr area = l.find_vma(0, 0, Lab::Backing::File);
             l.set(area, kVma, "vm_next_share", l.find_vma(kGrowsDown, 0, Lab::Backing::Any).value);
         }},
        {"INV-38", "context.segments", set_in_mm("context.segments", 0x1234)},
    };
    return all;
}

/// What only 2.6.11 has.
const std::vector<Damage>& damages_of_2_6_11() {
    static const std::vector<Damage> all = {
        {"INV-43", "default_kioctx.mm", set_in_mm("default_kioctx.mm", 0)},
        {"INV-43", "default_kioctx.reqs_active", set_in_mm("default_kioctx.reqs_active", 1)},
        {"INV-43", "default_kioctx.active_reqs", set_in_mm("default_kioctx.active_reqs.next", 0)},
        {"INV-43", "ioctx_list", set_in_mm("ioctx_list", 0xF0000000)},
    };
    return all;
}

void expect_each_to_be_named(Lab& lab, const std::vector<Damage>& damages) {
    EXPECT_THAT(lab.audit().findings, IsEmpty()) << audit_text(lab.audit());
    for (const Damage& damage : damages) {
        lab.restore();
        damage.make(lab);
        const AuditReport report = lab.audit();
        EXPECT_THAT(ids_of(report.findings), Contains(damage.id)) << damage.what << "\n"
                                                                  << audit_text(report);
    }
}

TEST(audit, names_the_invariant_that_a_damaged_field_breaks) {
    lab().restore();
    expect_each_to_be_named(lab(), damages());
}

TEST(audit, names_the_invariant_that_a_damaged_field_of_2_6_11_breaks) {
    Lab lab(1,
            {.command_line = "init=/rows/O11_contexts_stand_in_the_list_newest_first", .edition = "2.6.11"});
    expect_each_to_be_named(lab, damages_of_2_6_11());
}

TEST(audit, names_the_invariant_that_a_damaged_field_of_2_4_breaks) {
    Lab lab(1,
            {.command_line = "init=/rows/V04_the_tree_keeps_its_balance_through_random_inserts_and_removals",
             .edition = "2.4.0"});
    expect_each_to_be_named(lab, damages_of_2_4());
}

TEST(audit, says_where_and_what_it_found_and_expected) {
    lab().restore();
    lab().add(lab().mm(), kMm, "total_vm", 1);
    const AuditReport report = lab().audit();
    ASSERT_EQ(report.findings.size(), 1u) << audit_text(report);
    const AuditFinding& finding = report.findings.front();
    EXPECT_EQ(finding.mm, lab().mm());
    EXPECT_EQ(finding.pid, lab().get(lab().task(), kTask, "pid"));
    EXPECT_EQ(finding.what, "total_vm");
    EXPECT_EQ(std::stoul(finding.found), std::stoul(finding.expected) + 1);
    const auto json = nlohmann::json::parse(audit_json(report));
    EXPECT_EQ(json["schema"], "mmscope.audit");
    EXPECT_EQ(json["invariants"].size(), 54u);
    EXPECT_EQ(json["findings"][0]["id"], "INV-08");
    EXPECT_EQ(json["findings"][0]["mm"], lab().mm().value);
}

TEST(audit, of_a_space_that_a_writer_holds_says_in_transit_and_not_broken) {
    lab().restore();
    lab().add(lab().mm(), kMm, "total_vm", 1);
    lab().set(lab().mm(), kMm, "mmap_sem.writer", lab().task().value);
    lab().set(lab().mm(), kMm, "mmap_sem.count", static_cast<uint32_t>(-0xFFFF));
    const AuditReport report = lab().audit(AuditPlace::Anywhere);
    EXPECT_THAT(report.findings, IsEmpty()) << audit_text(report);
    EXPECT_EQ(report.outcomes[7].id, "INV-08");
    EXPECT_EQ(report.outcomes[7].in_transit, 1u);
}

TEST(audit, of_a_machine_that_holds_a_spin_lock_leaves_global_lists_alone) {
    lab().restore();
    lab().add(lab().mm(), kMm, "mm_count", 1);
    lab().set(LinearAddr(lab().word(lab().symbol("current_task"))), kTask, "preempt_count", 1);
    const AuditReport report = lab().audit();
    EXPECT_THAT(report.findings, IsEmpty()) << audit_text(report);
    EXPECT_EQ(report.outcomes[13].id, "INV-14");
    EXPECT_EQ(report.outcomes[13].status, AuditStatus::InTransit);
}

TEST(audit, tells_a_program_that_took_its_heap_or_stack_away_as_a_note) {
    lab().restore();
    lab().set(lab().mm(), kMm, "start_stack", 0x1000);
    lab().add(lab().mm(), kMm, "brk", 16 * kPageSize);
    const AuditReport report = lab().audit();
    EXPECT_THAT(ids_of(report.notes), testing::IsSupersetOf({"INV-17", "INV-18"})) << audit_text(report);
    EXPECT_THAT(ids_of(report.findings), testing::Not(Contains("INV-17")));
}

TEST(audit, tells_a_program_that_changed_its_auxiliary_vector_as_a_note) {
    lab().restore();
    EXPECT_THAT(ids_of(lab().audit().notes), testing::Not(Contains("INV-45")));
    const auto stack = [](uint32_t address) {
        const uint32_t frame = lab().word(lab().pte_at(address)) & kPageMask;
        return LinearAddr(kPageOffset + frame + address % kPageSize);
    };
    uint32_t at = lab().get(lab().mm(), kMm, "start_stack");
    at += 4 * (lab().word(stack(at)) + 2);  // argc and argv
    while (lab().word(stack(at)) != 0)
        at += 4;  // envp
    const uint32_t id = lab().word(stack(at + 4));
    EXPECT_EQ(id, lab().get(lab().mm(), kMm, "saved_auxv"));
    lab().set_word(stack(at + 4), id + 1);
    const AuditReport report = lab().audit();
    EXPECT_THAT(report.findings, IsEmpty()) << audit_text(report);
    ASSERT_EQ(ids_of(report.notes).count("INV-45"), 1u) << audit_text(report);
    const auto note = std::ranges::find(report.notes, "INV-45", &AuditFinding::id);
    EXPECT_EQ(note->expected, fmt::format("0x{:08x}, as in saved_auxv", id));
}

TEST(audit, tells_neighbours_that_could_be_one_area_as_a_note) {
    lab().restore();
    const LinearAddr stack = lab().find_vma(kGrowsDown, 0, Lab::Backing::Any);
    LinearAddr before = lab().vma();
    while (lab().get(before, kVma, "vm_next") != stack.value)
        before = LinearAddr(lab().get(before, kVma, "vm_next"));
    const uint32_t start = lab().get(stack, kVma, "vm_start");
    lab().set(before, kVma, "vm_file", 0);
    lab().set(before, kVma, "vm_flags", lab().get(stack, kVma, "vm_flags"));
    lab().set(before, kVma, "anon_vma", 0);
    lab().set(before, kVma, "vm_end", start);
    const uint32_t pages = (start - lab().get(before, kVma, "vm_start")) >> kPageShift;
    lab().set(before, kVma, "vm_pgoff", lab().get(stack, kVma, "vm_pgoff") - pages);
    EXPECT_THAT(ids_of(lab().audit().notes), Contains("INV-07"));
}

TEST(audit, remembers_peaks_and_tells_when_they_fall) {
    lab().restore();
    const auto auditor = Auditor::create(lab().inspector());
    ASSERT_TRUE(auditor);
    lab().set(lab().mm(), kMm, "hiwater_rss", 5000);
    EXPECT_TRUE((*auditor)->audit(AuditPlace::AtRest)->clean());
    lab().set(lab().mm(), kMm, "hiwater_rss", 4999);
    const auto report = (*auditor)->audit(AuditPlace::AtRest);
    ASSERT_EQ(report->findings.size(), 1u) << audit_text(*report);
    EXPECT_EQ(report->findings.front().id, "INV-36");
    EXPECT_EQ(report->findings.front().expected, "at least 5000, as before");
}

}  // namespace
}  // namespace mmscope::test

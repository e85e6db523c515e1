// SPDX-License-Identifier: GPL-2.0-or-later
// Rows L: the life cycle of a memory descriptor and its two counters.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/rows/row_run.h"

namespace mmscope::test {
namespace {

constexpr uint32_t kPgSlab = 1u << 7;

/// The first word of a structure that may have been given back.
uint32_t first_word(const Moment& now, uint32_t address) {
    return now.object("list_head", address).u32("next");
}

uint32_t objects_in(const Moment& now, std::string_view cache) {
    return now.variable(cache).target().u32("active_objects");
}

/// Tasks that use or borrow a space.
int users_of(const Moment& now, uint32_t mm) {
    int users = 0;
    for (const TaskModel& task : now.tasks())
        users += task.mm.value == mm || task.active_mm.value == mm;
    return users;
}
int borrowers_of(const Moment& now, uint32_t mm) {
    int borrowers = 0;
    for (const TaskModel& task : now.tasks())
        borrowers += task.mm.value == 0 && task.active_mm.value == mm;
    return borrowers;
}

void expect_kernel_half_of_init_mm(const Moment& now, const Object& mm) {
    constexpr uint32_t kSeen = kAccessed | kDirty;
    const Object master = now.variable("init_mm");
    for (uint32_t address = 0xC0000000; address != 0; address += 4u << 20) {
        const uint32_t own = now.walk(mm, address).pde.value_or(kUnreadable);
        if (own == 0) continue;
        EXPECT_EQ(own & ~kSeen, now.walk(master, address).pde.value_or(0) & ~kSeen) << address;
    }
    EXPECT_NE(now.walk(mm, 0xC0000000).pde.value_or(0), 0u);
}

/// Members that nothing has used yet in a new space.
std::vector<const char*> unused_members() {
    if (is_2_4()) return {"locked_vm", "def_flags", "swap_address", "context.segments"};
    std::vector<const char*> names = {"locked_vm", "reserved_vm", "def_flags", "context.ldt", "context.size"};
    if (!since(Edition::v2_6_28)) {
        names.insert(names.end(), {"swap_token_time", "recent_pagein", "core_waiters", "saved_auxv[41]"});
    } else {
        names.insert(names.end(), {"token_priority", "last_interval", "core_state", "ioctx_list.first",
                                   "mmu_notifier_mm", "saved_auxv[43]"});
    }
    return names;
}

void expect_never_used_members_are_zero(const Object& mm) {
    for (const char* member : unused_members())
        EXPECT_EQ(mm.u32(member), 0u) << member;
}

TEST(Row, L01_mm_alloc_gives_a_clean_descriptor) {
    Row row;
    uint32_t old_mm = 0, old_pgd = 0;
    row.at(1, [&](const Moment& now) {
        const Object mm = now.mm(now.number("self"));
        old_mm = mm.address();
        old_pgd = mm.u32("pgd");
    });
    row.at(2, [&](const Moment& now) {
        const Object mm = now.mm(now.number("self"));
        EXPECT_EQ(mm.address() == old_mm, is_2_4()) << "exec by the only user keeps the space there";
        EXPECT_EQ(mm.u32("pgd") == old_pgd, is_2_4());
        EXPECT_EQ(mm.u32("mm_users"), 1u);
        EXPECT_EQ(mm.u32("mm_count"), 1u);
        expect_never_used_members_are_zero(mm);
        expect_kernel_half_of_init_mm(now, mm);
        const Object frame = now.page((mm.address() - 0xC0000000) >> kPageShift);
        EXPECT_EQ(frame.u32("flags") & kPgSlab, kPgSlab);
        EXPECT_EQ(frame.u32("private_"), now.variable("mm_cachep").u32());
    });
    row.run();
}

TEST(Row, L02_descriptors_made_and_dropped_in_a_loop_leave_nothing_behind) {
    Row row;
    uint32_t mms = 0, areas = 0;
    row.at(1, [&](const Moment& now) {
        mms = objects_in(now, "mm_cachep");
        areas = objects_in(now, "vm_area_cachep");
    });
    row.at(2, [&](const Moment& now) {
        EXPECT_GT(mms, 0u);
        EXPECT_EQ(objects_in(now, "mm_cachep"), mms);
        EXPECT_EQ(objects_in(now, "vm_area_cachep"), areas);
    });
    row.run();
}

TEST(Row, L03_two_processes_share_one_mm) {
    Row row;
    row.at(1, [](const Moment& now) {
        const Object mm = now.mm(now.number("self"));
        EXPECT_EQ(mm.u32("mm_users"), 2u);
        EXPECT_EQ(mm.u32("mm_count"), 1u);
        EXPECT_EQ(now.task(now.number("other")).u32("mm"), mm.address());
    });
    row.at(2, [](const Moment& now) { EXPECT_EQ(now.mm(now.number("self")).u32("mm_users"), 1u); });
    row.run();
}

TEST(Row, L06_mmput_by_one_of_two_users_touches_nothing) {
    Row row;
    std::string areas;
    uint32_t entry = 0, ldt = 0, mm_at = 0;
    row.at(1, [&](const Moment& now) {
        const uint32_t self = now.number("self");
        EXPECT_EQ(now.mm(self).u32("mm_users"), 2u);
        areas = now.areas_in(self, 0, 0xC0000000);
        entry = now.pte(self, now.number("page"));
        ldt = ldt_of(now.mm(self));
        mm_at = now.mm(self).address();
        EXPECT_NE(entry & kPresent, 0u);
    });
    row.at(2, [&](const Moment& now) {
        const uint32_t self = now.number("self");
        EXPECT_EQ(now.mm(self).address(), mm_at);
        EXPECT_EQ(now.mm(self).u32("mm_users"), 1u);
        EXPECT_EQ(now.mm(self).u32("mm_count"), 1u);
        EXPECT_EQ(now.areas_in(self, 0, 0xC0000000), areas);
        EXPECT_EQ(now.pte(self, now.number("page")), entry);
        EXPECT_EQ(ldt_of(now.mm(self)), ldt);
    });
    row.run();
}

TEST(Row, L07_the_last_mmput_frees_areas_and_page_tables) {
    Row row;
    std::vector<VmaModel> areas;
    uint32_t mms = 0, area_objects = 0, mm = 0;
    std::vector<uint32_t> frames;
    row.at(1, [&](const Moment& now) {
        const uint32_t child = now.number("child");
        areas = now.areas(child);
        mm = now.mm(child).address();
        mms = objects_in(now, "mm_cachep");
        area_objects = objects_in(now, "vm_area_cachep");
        frames.push_back(now.pte(child, now.number("pages")) >> kPageShift);
        frames.push_back(now.walk(now.mm(child), now.number("pages")).pde.value_or(0) >> kPageShift);
        frames.push_back((now.mm(child).u32("pgd") - 0xC0000000) >> kPageShift);
    });
    row.at(2, [&](const Moment& now) {
        EXPECT_GT(areas.size(), 3u);
        EXPECT_EQ(first_word(now, mm), kSlabPoison);
        for (const VmaModel& area : areas)
            EXPECT_EQ(first_word(now, area.at.value), kSlabPoison);
        EXPECT_EQ(objects_in(now, "mm_cachep"), mms - 1);
        EXPECT_EQ(objects_in(now, "vm_area_cachep"), area_objects - areas.size());
        for (const uint32_t frame : frames)
            EXPECT_EQ(now.page(frame).u32("_count"), 0u) << frame;
    });
    row.run();
}

TEST(Row, L08_the_descriptor_is_released_when_mm_count_reaches_zero) {
    Row row;
    uint32_t mm = 0, pgd = 0;
    int dying = 0;
    row.at(1, [&](const Moment& now) {
        mm = now.mm(now.number("child")).address();
        pgd = now.mm(now.number("child")).u32("pgd");
    });
    row.watch(1, 2, 300, [&](const Moment& now) {
        if (users_of(now, mm) == 0) return;
        const Object descriptor = now.object("mm_struct", mm);
        EXPECT_EQ(descriptor.u32("pgd"), pgd) << "released while it is in use";
        EXPECT_GE(descriptor.i32("mm_count"), 1);
        dying += descriptor.i32("mm_users") == 0;
    });
    row.at(2, [&](const Moment& now) { EXPECT_EQ(first_word(now, mm), kSlabPoison); });
    row.run();
    EXPECT_GT(dying, 0) << "nobody looked while the space had no user";
}

TEST(Row, L09_a_descriptor_that_is_still_referenced_is_kept) {
    Row row;
    uint32_t mm = 0, pgd = 0;
    int kept = 0;
    row.at(1, [&](const Moment& now) {
        mm = now.mm(now.number("child")).address();
        pgd = now.mm(now.number("child")).u32("pgd");
    });
    row.watch(1, 2, 100'000, [&](const Moment& now) {
        if (now.current().u32("pid") != 0 || borrowers_of(now, mm) == 0) return;
        const Object descriptor = now.object("mm_struct", mm);
        if (descriptor.i32("mm_users") != 0) return;
        ++kept;
        EXPECT_EQ(descriptor.u32("mm_count"), 1u);
        EXPECT_EQ(descriptor.u32("pgd"), pgd);
        EXPECT_EQ(now.current().u32("active_mm"), mm);
    });
    row.at(2, [&](const Moment& now) { EXPECT_EQ(first_word(now, mm), kSlabPoison); });
    row.run();
    EXPECT_GT(kept, 0);
}

TEST(Row, L11_clone_shares_fork_copies_vfork_lends) {
    Row row;
    row.at(1, [](const Moment& now) {
        const Object mm = now.mm(now.number("self")), copy = now.mm(now.number("forked"));
        EXPECT_EQ(now.task(now.number("other")).u32("mm"), mm.address());
        EXPECT_EQ(mm.u32("mm_users"), 2u);
        EXPECT_NE(copy.address(), mm.address());
        EXPECT_EQ(copy.u32("mm_users"), 1u);
        // 2.6.28 leaves to the child's faults what they find again in the page cache.
        const uint32_t page = now.number("page"), entry = now.pte(now.number("self"), page);
        EXPECT_EQ(entry & kPresent, kPresent);
        EXPECT_EQ(now.pte(now.number("forked"), page) == 0, since(Edition::v2_6_28));
    });
    row.at(2, [](const Moment& now) {
        const Object mm = now.mm(now.number("self"));
        EXPECT_EQ(now.task(now.number("lent")).u32("mm"), mm.address());
        EXPECT_EQ(mm.u32("mm_users"), 3u);
        EXPECT_NE(now.task(now.number("self")).u32("state"), 0u) << "the parent waits";
        EXPECT_NE(now.task(now.number("lent")).u32("vfork_done"), 0u);
    });
    row.at(3, [](const Moment& now) {
        EXPECT_EQ(now.task(now.number("self")).u32("state"), 0u);
        EXPECT_EQ(now.task(now.number("lent")).u32("vfork_done"), 0u) << "mm_release told the parent";
    });
    row.at(4, [](const Moment& now) { EXPECT_EQ(now.mm(now.number("self")).u32("mm_users"), 2u); });
    row.run();
}

TEST(Row, L12_three_users_and_a_borrower_are_three_and_two) {
    Row row;
    int borrowed = 0;
    row.at(1, [](const Moment& now) {
        EXPECT_EQ(now.mm(now.number("self")).u32("mm_users"), 3u);
        EXPECT_EQ(now.mm(now.number("self")).u32("mm_count"), 1u);
    });
    row.watch(1, 2, 100'000, [&](const Moment& now) {
        const Object mm = now.mm(now.number("self"));
        if (borrowers_of(now, mm.address()) != 1) return;
        ++borrowed;
        EXPECT_EQ(mm.u32("mm_users"), 3u);
        EXPECT_EQ(mm.u32("mm_count"), 2u);
    });
    row.run();
    EXPECT_GT(borrowed, 0);
}

TEST(Row, L14_exec_makes_a_new_mm) {
    Row row;
    uint32_t old_mm = 0;
    row.at(1, [&](const Moment& now) {
        const Object mm = now.mm(now.number("self"));
        EXPECT_EQ(mm.u32("mm_users"), 1u);
        EXPECT_GE(mm.u32("hiwater_rss"), 200u);
        EXPECT_GE(mm.u32("hiwater_vm"), 200u);
        old_mm = mm.address();
    });
    row.at(2, [&](const Moment& now) {
        const Object mm = now.mm(now.number("self"));
        EXPECT_NE(mm.address(), old_mm);
        EXPECT_EQ(first_word(now, old_mm), kSlabPoison);
        EXPECT_LT(mm.u32("hiwater_rss"), 100u);
        EXPECT_LT(mm.u32("hiwater_vm"), 200u);
    });
    row.run();
}

TEST(Row, L15_exec_by_one_of_two_sharers_leaves_the_space_to_the_other) {
    Row row;
    uint32_t mm = 0;
    row.at(1, [&](const Moment& now) { mm = now.mm(now.number("self")).address(); });
    row.at(2, [&](const Moment& now) {
        EXPECT_EQ(now.mm(now.number("self")).address(), mm);
        EXPECT_EQ(now.mm(now.number("self")).u32("mm_users"), 1u);
        EXPECT_NE(now.mm(now.number("other")).address(), mm);
        EXPECT_EQ(now.mm(now.number("other")).u32("mm_users"), 1u);
    });
    row.run();
}

TEST(Row, L16_a_dying_task_keeps_its_space_loaded_until_its_last_switch) {
    Row row;
    uint32_t mm = 0;
    int dying = 0;
    row.at(1, [&](const Moment& now) { mm = now.mm(now.number("child")).address(); });
    row.watch(1, 2, 300, [&](const Moment& now) {
        const Object task = now.task(now.number("child"));
        if (task.u32("mm") != 0 || now.current().address() != task.address()) return;
        // Its last act, finished by the next task, lends the space on or gives it back.
        if (task.u32("active_mm") == 0) return;
        ++dying;
        EXPECT_EQ(task.u32("active_mm"), mm);
        const Object descriptor = now.object("mm_struct", mm);
        const int32_t users = descriptor.i32("mm_users");
        EXPECT_GE(descriptor.i32("mm_count"), (users > 0) + borrowers_of(now, mm));
    });
    row.at(2, [&](const Moment& now) {
        EXPECT_EQ(now.task(now.number("child")).u32("mm"), 0u);
        EXPECT_EQ(now.task(now.number("child")).u32("active_mm"), 0u);
        EXPECT_EQ(borrowers_of(now, mm), 0);
    });
    row.run();
    EXPECT_GT(dying, 0);
}

TEST(Row, L17_only_kernel_threads_and_the_dead_have_no_mm) {
    constexpr uint32_t kKernelThread = 0x200000;
    Row row;
    row.at(1, [](const Moment& now) {
        int kernel_threads = 0;
        for (const TaskModel& model : now.tasks()) {
            const Object task = now.object("task_struct", model.at.value);
            const bool kernel_thread = model.pid == 0 || task.u32("flags") & kKernelThread;
            kernel_threads += kernel_thread;
            const bool dead = task.u32("exit_state") != 0;
            EXPECT_EQ(task.u32("mm") == 0, kernel_thread || dead) << model.pid;
            if (!kernel_thread && !dead) {
                EXPECT_EQ(task.u32("active_mm"), task.u32("mm")) << model.pid;
            }
        }
        EXPECT_GE(kernel_threads, 1);
        EXPECT_NE(now.task(now.number("dead")).u32("exit_state"), 0u);
        EXPECT_EQ(now.task(now.number("self")).target("mm").u32("mm_count"), 1u);
    });
    row.run();
}

}  // namespace
}  // namespace mmscope::test

// SPDX-License-Identifier: GPL-2.0-or-later
// Rows Z: kernel threads and lazy TLB, as the decoded state shows them; L04 and L05: an address space on
// loan.
#include <gtest/gtest.h>

#include "tests/rows/row_run.h"

namespace mmscope::test {
namespace {

constexpr uint32_t kTlbOk = 1, kTlbLazy = 2;

Object running(const Moment& now) {
    return now.variable("current_task").target();
}
uint32_t loaded_mm(const Moment& now) {
    return now.variable("cpu_tlbstate").u32("active_mm");
}
uint32_t tlb_state(const Moment& now) {
    return now.variable("cpu_tlbstate").u32("state");
}
uint32_t cr3_loads(const Moment& now) {
    return now.variable("cpu_tlbstate").u32("cr3_loads");
}
/// The page directory that the processor has loaded is this mm's.
void expect_loaded(const Moment& now, const Object& mm) {
    EXPECT_EQ(loaded_mm(now), mm.address());
}

TEST(Row, L04_a_kernel_thread_borrows_a_shared_mm) {
    Row row;
    row.at(1, [](const Moment& now) { EXPECT_EQ(now.mm(now.number("self")).u32("mm_count"), 1u); });
    row.at(2, [](const Moment& now) {
        const Object mm = now.mm(now.number("self"));
        EXPECT_EQ(mm.u32("mm_count"), 2u);
        EXPECT_EQ(mm.u32("mm_users"), 2u);
        EXPECT_EQ(running(now).text("comm"), "events/0");
        EXPECT_EQ(running(now).u32("active_mm"), mm.address());
    });
    row.at(3, [](const Moment& now) { EXPECT_EQ(now.mm(now.number("self")).u32("mm_count"), 1u); });
    row.run();
}

TEST(Row, L05_both_users_die_while_the_mm_is_on_loan) {
    Row row;
    uint32_t address = 0;
    row.at(1, [&](const Moment& now) {
        const Object mm = now.mm(now.number("self"));
        EXPECT_EQ(mm.u32("mm_users"), 2u);
        address = mm.address();
    });
    row.at(2, [&](const Moment& now) {
        EXPECT_EQ(running(now).u32("active_mm"), address);
        const Object mm = now.object("mm_struct", address);
        EXPECT_EQ(mm.u32("mm_users"), 0u);
        EXPECT_EQ(mm.u32("mm_count"), 1u);
        if (!is_2_4()) {
            EXPECT_EQ(mm.u32("nr_ptes"), 0u);
        }
        const bool cleared = !since(Edition::v2_6_28);  // 2.6.28 leaves the last values
        EXPECT_EQ(mm.u32("mmap") == 0, cleared);
        EXPECT_EQ(mm.u32("total_vm") == 0, cleared);
        expect_loaded(now, mm);
    });
    row.at(3, [&](const Moment& now) {
        EXPECT_EQ(now.object("mm_struct", address).u32("mm_users"), kSlabPoison) << "it is still in use";
    });
    row.run();
}

TEST(Row, Z01_a_kernel_thread_borrows_the_space_before) {
    Row row;
    uint32_t loads = 0;
    row.at(1, [&](const Moment& now) { loads = cr3_loads(now); });
    row.at(2, [&](const Moment& now) {
        const Object mm = now.mm(now.number("self"));
        EXPECT_EQ(running(now).text("comm"), "events/0");
        EXPECT_EQ(running(now).u32("mm"), 0u);
        EXPECT_EQ(running(now).u32("active_mm"), mm.address());
        EXPECT_EQ(mm.u32("mm_count"), 2u);
        EXPECT_EQ(tlb_state(now), kTlbLazy);
        expect_loaded(now, mm);
        EXPECT_EQ(cr3_loads(now), loads) << "CR3 was loaded for a thread that only borrows";
    });
    row.run();
}

TEST(Row, Z02_a_process_runs_in_its_own_space) {
    Row row;
    row.at(1, [](const Moment& now) {
        const Object task = running(now);
        EXPECT_EQ(task.u32("pid"), now.number("self"));
        EXPECT_NE(task.u32("mm"), 0u);
        EXPECT_EQ(task.u32("mm"), task.u32("active_mm"));
        EXPECT_EQ(tlb_state(now), kTlbOk);
        expect_loaded(now, task.target("mm"));
    });
    row.run();
}

TEST(Row, Z03_a_kernel_thread_that_is_switched_out_has_nothing) {
    Row row;
    uint32_t thread = 0;
    row.at(1, [&](const Moment& now) {
        thread = running(now).u32("pid");
        EXPECT_NE(running(now).u32("active_mm"), 0u);
    });
    row.at(2, [&](const Moment& now) {
        EXPECT_EQ(now.task(thread).u32("mm"), 0u);
        EXPECT_EQ(now.task(thread).u32("active_mm"), 0u);
        EXPECT_EQ(now.mm(now.number("self")).u32("mm_count"), 1u);
    });
    row.run();
}

TEST(Row, Z04_a_kernel_thread_has_no_user_memory_but_what_it_uses) {
    Row row;
    const auto owns_nothing = [](const Moment& now) {
        EXPECT_EQ(running(now).u32("mm"), 0u);
        EXPECT_EQ(running(now).u32("min_flt"), 0u);
        EXPECT_EQ(running(now).u32("maj_flt"), 0u);
    };
    row.at(1, owns_nothing);
    row.at(2, [](const Moment& now) {
        const Object mm = now.mm(now.number("self"));
        EXPECT_EQ(running(now).text("comm"), "events/0");
        EXPECT_EQ(running(now).u32("mm"), mm.address());
        EXPECT_EQ(running(now).u32("active_mm"), mm.address());
        EXPECT_EQ(mm.u32("mm_users"), 1u) << "who uses an mm for a while counts in mm_count";
        EXPECT_EQ(mm.u32("mm_count"), 2u);
        EXPECT_EQ(tlb_state(now), kTlbOk);
    });
    row.at(3, owns_nothing);
    row.run();
}

TEST(Row, Z05_to_a_kernel_thread_and_back_without_a_reload) {
    Row row;
    uint32_t loads = 0;
    row.at(1, [&](const Moment& now) { loads = cr3_loads(now); });
    row.at(2, [&](const Moment& now) { EXPECT_EQ(cr3_loads(now), loads); });
    row.at(3, [&](const Moment& now) {
        EXPECT_EQ(running(now).u32("pid"), now.number("self"));
        EXPECT_EQ(tlb_state(now), kTlbOk);
        EXPECT_EQ(cr3_loads(now), loads);
    });
    row.run();
}

TEST(Row, Z06_the_mask_names_the_processor_that_runs_the_space) {
    Row row;
    const auto bit = [](const Object& mm) { return cpu_mask_of(mm); };
    row.at(1, [&](const Moment& now) {
        EXPECT_EQ(bit(running(now).target("mm")), 1u);
        EXPECT_EQ(bit(now.mm(now.number("self"))), 0u);
    });
    row.at(2, [&](const Moment& now) {
        EXPECT_EQ(bit(now.mm(now.number("self"))), 1u);
        EXPECT_EQ(bit(now.mm(now.number("child"))), 0u);
    });
    row.run();
}

TEST(Row, Z07_a_flush_on_loan_lets_the_space_go) {
    Row row;
    uint32_t loads = 0;
    row.at(1, [&](const Moment& now) { loads = cr3_loads(now); });
    row.at(2, [&](const Moment& now) {
        const Object mm = now.mm(now.number("self"));
        EXPECT_EQ(cpu_mask_of(mm), 0u);
        EXPECT_EQ(mm.u32("mm_count"), 2u) << "the reference stays until the next switch";
        EXPECT_EQ(running(now).u32("active_mm"), mm.address());
        EXPECT_EQ(cr3_loads(now), loads + 1) << "the master directory takes the place";
    });
    row.at(3, [&](const Moment& now) {
        EXPECT_EQ(cpu_mask_of(now.mm(now.number("self"))), 1u);
        EXPECT_EQ(cr3_loads(now), loads + 2) << "back in the space, with an empty TLB";
    });
    row.run();
}

TEST(Row, Z08_the_swapper_only_borrows) {
    Row row;
    row.at(1, [](const Moment& now) {
        const Object swapper = now.variable("init_task"), init_mm = now.variable("init_mm");
        EXPECT_EQ(swapper.u32("pid"), 0u);
        EXPECT_EQ(swapper.u32("mm"), 0u);
        EXPECT_EQ(swapper.u32("active_mm"), 0u) << "it is not on the processor";
        EXPECT_EQ(init_mm.u32("mm_users"), 2u);
        EXPECT_EQ(init_mm.u32("mm_count"), 1u);
        EXPECT_EQ(init_mm.u32("pgd"), now.variable("swapper_pg_dir").address());
        EXPECT_EQ(init_mm.u32("mmap"), 0u);
    });
    row.run();
}

TEST(Row, Z09_all_directories_share_the_kernels_half) {
    Row row;
    row.at(1, [](const Moment& now) {
        constexpr uint32_t kAccessedAndDirty = 0x60;
        const Object master = now.variable("init_mm");
        uint32_t present = 0;
        for (const char* pid : {"self", "child"}) {
            const Object mm = now.mm(now.number(pid));
            for (uint32_t i = 768; i < 1024; i++) {
                const std::string entry = "pgd[" + std::to_string(i) + "].pgd";
                const uint32_t mine = mm.u32(entry);
                if (mine == 0) continue;
                present++;
                EXPECT_EQ(mine & ~kAccessedAndDirty, master.u32(entry) & ~kAccessedAndDirty) << entry;
            }
        }
        EXPECT_GE(present, 2u * 16u) << "64 MiB of low memory are 16 entries in each";
    });
    row.run();
}

TEST(Row, Z10_a_kernel_thread_of_a_process_leaves_its_mm) {
    Row row;
    const auto counts = [](const Moment& now, uint32_t users, uint32_t references) {
        const Object mm = now.mm(now.number("self"));
        EXPECT_EQ(mm.u32("mm_users"), users);
        EXPECT_EQ(mm.u32("mm_count"), references);
    };
    row.at(1, [&](const Moment& now) { counts(now, 1, 1); });
    row.at(2, [&](const Moment& now) {
        counts(now, 2, 1);
        EXPECT_EQ(running(now).text("comm"), "daemon");
        EXPECT_EQ(running(now).u32("mm"), now.mm(now.number("self")).address());
    });
    row.at(3, [&](const Moment& now) {
        counts(now, 1, 2);
        EXPECT_EQ(running(now).text("comm"), "daemon");
        EXPECT_EQ(running(now).u32("mm"), 0u);
    });
    row.at(4, [&](const Moment& now) { counts(now, 1, 1); });
    row.run();
}

}  // namespace
}  // namespace mmscope::test

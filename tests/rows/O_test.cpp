// SPDX-License-Identifier: GPL-2.0-or-later
// Rows O: owner, program file, listeners and AIO contexts, in the descriptors themselves.
#include <gtest/gtest.h>

#include "tests/rows/swap_row.h"

namespace mmscope::test {
namespace {

/// Areas of the list with VM_EXECUTABLE.
uint32_t executable_areas(const Object& mm) {
    uint32_t count = 0;
    uint32_t left = mm.u32("map_count");
    if (left == 0 || mm.u32("mmap") == 0) return 0;
    for (Object vma = mm.target("mmap");; vma = vma.target("vm_next")) {
        if (vma.u32("vm_flags") & kVmExecutable) count++;
        if (--left == 0 || vma.u32("vm_next") == 0) return count;
    }
}

TEST(Row, O01_a_program_owns_its_space_and_a_child_its_own) {
    Row row;
    const auto owns = [](const Object& task) { EXPECT_EQ(task.target("mm").u32("owner"), task.address()); };
    row.at(1, [&](const Moment& now) {
        owns(now.task(now.number("self")));
        owns(now.task(now.number("child")));
    });
    row.at(2, [&](const Moment& now) { owns(now.task(now.number("self"))); });
    row.run();
}

TEST(Row, O02_another_user_inherits_the_space) {
    Row row;
    uint32_t space = 0;
    row.at(1, [&](const Moment& now) {
        const Object mm = now.mm(now.number("self"));
        space = mm.address();
        EXPECT_EQ(mm.u32("owner"), now.task(now.number("self")).address());
    });
    row.at(2, [&](const Moment& now) {
        const Object heir = now.task(now.number("heir")), mm = now.object("mm_struct", space);
        EXPECT_EQ(mm.u32("owner"), heir.address());
        EXPECT_EQ(heir.u32("mm"), space);
        EXPECT_EQ(mm.u32("mm_users"), 1u);
    });
    row.run();
}

TEST(Row, O03_a_space_that_is_only_pinned_has_no_owner) {
    Row row;
    row.expect_holders("INV-13");  // the pin
    uint32_t space = 0;
    row.at(1, [&](const Moment& now) {
        const Object mm = now.mm(now.number("child"));
        space = mm.address();
        EXPECT_EQ(mm.u32("mm_users"), 2u);
        EXPECT_EQ(mm.u32("owner"), now.task(now.number("child")).address());
    });
    row.at(2, [&](const Moment& now) {
        const Object mm = now.object("mm_struct", space);
        EXPECT_EQ(mm.u32("mm_users"), 1u);
        EXPECT_EQ(mm.u32("owner"), 0u);
    });
    row.at(3, [&](const Moment& now) {
        EXPECT_EQ(now.object("mm_struct", space).u32("mm_users"), kSlabPoison);
    });
    row.run();
}

TEST(Row, O04_who_is_not_the_owner_leaves_it_alone) {
    Row row;
    const auto owns = [](const Moment& now) {
        const Object task = now.task(now.number("self"));
        EXPECT_EQ(task.target("mm").u32("owner"), task.address());
    };
    row.at(1, owns);
    row.at(2, owns);
    row.run();
}

TEST(Row, O05_exec_names_the_program_file) {
    Row row;
    row.at(1, [](const Moment& now) {
        const Object mm = now.mm(now.number("self"));
        EXPECT_NE(mm.u32("exe_file"), 0u);
        EXPECT_GE(mm.u32("num_exe_file_vmas"), 2u);
        EXPECT_EQ(mm.u32("num_exe_file_vmas"), executable_areas(mm));
        EXPECT_EQ(mm.u32("exe_file.f_path.dentry"), mm.u32("mmap.vm_file.f_path.dentry"));
        // Its own reference, and one for each area.
        EXPECT_EQ(mm.u32("exe_file.f_count"), 1 + mm.u32("num_exe_file_vmas"));
    });
    row.run();
}

TEST(Row, O06_the_program_file_goes_with_its_last_area) {
    Row row;
    uint32_t at_start = 0;
    row.at(1, [&](const Moment& now) { at_start = now.mm(now.number("self")).u32("num_exe_file_vmas"); });
    row.at(2, [&](const Moment& now) {
        const Object mm = now.mm(now.number("self"));
        EXPECT_EQ(mm.u32("num_exe_file_vmas"), at_start + 1);
        EXPECT_EQ(mm.u32("num_exe_file_vmas"), executable_areas(mm));
    });
    row.at(3, [](const Moment& now) {
        const Object mm = now.mm(now.number("child"));
        EXPECT_EQ(mm.u32("num_exe_file_vmas"), 0u);
        EXPECT_EQ(mm.u32("exe_file"), 0u);
        EXPECT_EQ(executable_areas(mm), 0u);
    });
    row.run();
}

TEST(Row, O07_fork_takes_a_reference_to_the_program_file) {
    Row row;
    uint32_t references = 0;
    row.at(1, [&](const Moment& now) { references = now.mm(now.number("self")).u32("exe_file.f_count"); });
    row.at(2, [&](const Moment& now) {
        const Object mm = now.mm(now.number("self")), child = now.mm(now.number("child"));
        EXPECT_EQ(child.u32("exe_file"), mm.u32("exe_file"));
        EXPECT_EQ(child.u32("num_exe_file_vmas"), mm.u32("num_exe_file_vmas"));
        EXPECT_EQ(child.u32("exe_file.f_count"), references + 1 + executable_areas(child));
    });
    row.run();
}

TEST(Row, O08_the_first_listener_makes_the_list) {
    Row row;
    uint32_t list = 0;
    row.at(1, [](const Moment& now) {
        EXPECT_EQ(now.mm(now.number("self")).u32("mmu_notifier_mm"), 0u);
        EXPECT_EQ(now.mm(now.number("self")).u32("mm_count"), 1u);
    });
    row.at(2, [&](const Moment& now) {
        const Object mm = now.mm(now.number("self"));
        list = mm.u32("mmu_notifier_mm");
        EXPECT_NE(list, 0u);
        EXPECT_NE(mm.u32("mmu_notifier_mm.list.first"), 0u);
        EXPECT_EQ(mm.u32("mm_count"), 2u);
    });
    row.at(3, [&](const Moment& now) {
        const Object mm = now.mm(now.number("self"));
        EXPECT_EQ(mm.u32("mmu_notifier_mm"), list) << "it stays until the last mmdrop";
        EXPECT_EQ(mm.u32("mmu_notifier_mm.list.first"), 0u);
        EXPECT_EQ(mm.u32("mm_count"), 1u);
    });
    row.run();
}

/// The shadow has `entries`, and each maps what the page table maps now, with no more rights.
void expect_coherent(const Moment& now, const Object& shadow, uint32_t entries) {
    EXPECT_EQ(shadow.u32("nr"), entries);
    EXPECT_EQ(shadow.u32("active_ranges"), 0u);
    EXPECT_EQ(shadow.u32("range_starts"), shadow.u32("range_ends"));
    for (uint32_t i = 0; i < shadow.u32("nr"); i++) {
        const Object entry = shadow.at("entries[" + std::to_string(i) + "]");
        const uint32_t real = now.pte(now.number("self"), entry.u32("address"));
        EXPECT_TRUE(real & 1) << "not present at " << std::hex << entry.u32("address");
        EXPECT_EQ(entry.u32("pte") / kPageSize, real / kPageSize);
        EXPECT_LE(entry.u32("pte") & kVmWrite, real & kVmWrite);
    }
}

TEST(Row, O09_listeners_hear_of_every_change) {
    Row row;
    uint32_t ranges = 0, pages = 0;
    const auto shadow = [](const Moment& now) { return now.object("shadow_mmu", now.number("shadow")); };
    row.at(1, [&](const Moment& now) {
        expect_coherent(now, shadow(now), 16);
        ranges = shadow(now).u32("range_starts");
        pages = shadow(now).u32("pages");
    });
    row.at(2, [&](const Moment& now) {
        expect_coherent(now, shadow(now), 14);
        EXPECT_EQ(shadow(now).u32("range_starts"), ++ranges) << "munmap";
        EXPECT_EQ(shadow(now).u32("last_end") - shadow(now).u32("last_start"), 2 * kPageSize);
    });
    row.at(3, [&](const Moment& now) {
        expect_coherent(now, shadow(now), 12);
        EXPECT_EQ(shadow(now).u32("range_starts"), ++ranges) << "mprotect";
    });
    row.at(4, [&](const Moment& now) {
        expect_coherent(now, shadow(now), 0);
        EXPECT_GT(shadow(now).u32("range_starts"), ranges) << "fork: the parent's areas of private memory";
        EXPECT_GE(shadow(now).u32("pages"), pages) << "what the parent wrote after the fork";
        pages = shadow(now).u32("pages");
    });
    row.at(5, [&](const Moment& now) {
        expect_coherent(now, shadow(now), 13);
        EXPECT_GT(shadow(now).u32("pages"), pages) << "a copy in the page's place";
    });
    row.at(6, [&](const Moment& now) {
        EXPECT_EQ(shadow(now).u32("releases"), 1u);
        EXPECT_EQ(shadow(now).u32("nr"), 0u);
    });
    row.run();
}

TEST(Row, O09_listeners_hear_of_pages_that_are_swapped_out) {
    constexpr uint32_t kPages = 8;
    SwapRow row;
    const auto shadow = [](const Moment& now) { return now.object("shadow_mmu", now.number("shadow")); };
    uint32_t pages = 0, ages = 0;
    row.at(1, [&](const Moment& now) {
        EXPECT_EQ(shadow(now).u32("nr"), kPages);
        pages = shadow(now).u32("pages");
        ages = shadow(now).u32("ages");
    });
    row.at(2, [&](const Moment& now) {
        for (uint32_t i = 0; i < kPages; i++)
            EXPECT_TRUE(names_a_slot(pte_of(now, "self", i)));
        EXPECT_EQ(shadow(now).u32("nr"), 0u) << "nothing of what the shadow had is there any more";
        EXPECT_GE(shadow(now).u32("pages"), pages + kPages);
        EXPECT_GE(shadow(now).u32("ages"), ages + kPages);
    });
    row.run();
}

TEST(Row, O10_the_last_listener_frees_a_dead_space) {
    Row row;
    row.expect_holders("INV-14");  // the listener to a dead space
    uint32_t space = 0;
    row.at(1, [&](const Moment& now) { space = now.mm(now.number("child")).address(); });
    row.at(2, [&](const Moment& now) {
        const Object mm = now.object("mm_struct", space);
        EXPECT_EQ(mm.u32("mm_users"), 0u);
        EXPECT_EQ(mm.u32("mm_count"), 1u) << "the listener's";
        EXPECT_EQ(mm.u32("mmu_notifier_mm.list.first"), 0u);
    });
    row.at(3, [&](const Moment& now) {
        EXPECT_EQ(now.object("mm_struct", space).u32("mm_count"), kSlabPoison);
    });
    row.run();
}

/// What the list begins with, and what leads from a context to the next.
uint32_t first_context(const Object& mm) {
    return mm.u32(by_edition("", "", "ioctx_list", "ioctx_list.first"));
}
uint32_t next_context(const Object& context) {
    return context.u32(by_edition("", "", "next", "list.next"));
}

/// The i-th context of the list.
Object context(const Moment& now, const Object& mm, uint32_t index) {
    uint32_t node = first_context(mm);
    if (!since(Edition::v2_6_28)) {  // a chain of the contexts themselves
        while (index-- > 0)
            node = next_context(now.object("kioctx", node));
        return now.object("kioctx", node);
    }
    const uint32_t offset = now.object("kioctx", 0xC0000000).at("list").address() - 0xC0000000;
    while (index-- > 0)
        node = now.object("hlist_node", node).u32("next");
    return now.object("kioctx", node - offset);
}

TEST(Row, O11_contexts_stand_in_the_list_newest_first) {
    Row row;
    row.expect_holders("INV-29");  // the frames of rings
    uint32_t areas = 0;
    row.at(1, [&](const Moment& now) {
        const Object mm = now.mm(now.number("self"));
        EXPECT_EQ(first_context(mm), 0u);
        EXPECT_EQ(mm.u32("mm_count"), 1u);
        areas = mm.u32("map_count");
    });
    row.at(2, [&](const Moment& now) {
        const Object mm = now.mm(now.number("self"));
        const Object newest = context(now, mm, 0), oldest = context(now, mm, 1);
        EXPECT_EQ(newest.u32("user_id"), now.number("second"));
        EXPECT_EQ(oldest.u32("user_id"), now.number("first"));
        EXPECT_EQ(next_context(oldest), 0u);
        for (const Object& ctx : {newest, oldest}) {
            EXPECT_EQ(ctx.u32("mm"), mm.address());
            EXPECT_EQ(ctx.u32("users"), 1u);
            EXPECT_EQ(ctx.u32("dead"), 0u);
            const Object ring = now.vma(now.number("self"), ctx.u32("user_id"));
            EXPECT_LE(ring.u32("vm_start"), ctx.u32("ring_info.mmap_base"));
            EXPECT_GE(ring.u32("vm_end"), ctx.u32("ring_info.mmap_base") + ctx.u32("ring_info.mmap_size"));
        }
        EXPECT_EQ(mm.u32("mm_count"), 3u);
        EXPECT_GE(mm.u32("map_count"), areas + 1) << "two rings, perhaps side by side in one area";
    });
    row.run();
}

TEST(Row, O12_contexts_go_with_io_destroy_and_with_the_process) {
    Row row;
    row.expect_holders("INV-29");  // the frames of rings
    uint32_t space = 0;
    row.at(1, [&](const Moment& now) {
        space = now.mm(now.number("self")).address();
        EXPECT_EQ(now.mm(now.number("self")).u32("mm_count"), 3u);
    });
    row.at(2, [&](const Moment& now) {
        const Object mm = now.mm(now.number("self"));
        EXPECT_EQ(mm.u32("mm_count"), 2u);
        EXPECT_EQ(context(now, mm, 0).u32("user_id"), now.number("second"));
        EXPECT_EQ(next_context(context(now, mm, 0)), 0u);
    });
    row.at(3, [&](const Moment& now) {
        const Object mm = now.object("mm_struct", space);
        EXPECT_EQ(mm.u32("mm_users"), 0u);
        EXPECT_EQ(mm.u32("mm_count"), 1u) << "the thread that looks on is the last";
        EXPECT_EQ(first_context(mm), 0u);
    });
    row.run();
}

TEST(Row, O12_a_read_that_is_waited_for_stands_in_the_built_in_context) {
    constexpr uint32_t kPread = 0, kLength = 10;
    Row row;
    uint32_t reads = 0;
    row.at_call(1, 2, "generic_file_read", 1, [&](const Moment& now, const CallMoment& call) {
        reads++;
        const Object mm = now.mm(now.number("self"));
        EXPECT_EQ(first_context(mm), 0u);
        EXPECT_EQ(mm.u32("mm_count"), 1u) << "no context has a reference";
        if (since(Edition::v2_6_28)) return;  // it stands nowhere
        const Object context = mm.at("default_kioctx");
        EXPECT_EQ(context.u32("mm"), mm.address());
        EXPECT_EQ(context.u32("reqs_active"), 1u);
        const uint32_t offset = now.object("kiocb", kPageOffset).at("ki_list").address() - kPageOffset;
        const Object request = now.object("kiocb", context.u32("active_reqs.next") - offset);
        EXPECT_EQ(request.u32("ki_list.next"), context.at("active_reqs").address()) << "it is the only one";
        EXPECT_EQ(request.u32("ki_ctx"), context.address());
        EXPECT_EQ(request.u32("ki_filp"), call.words[0]);
        EXPECT_EQ(request.u32("ki_key"), 0xFFFFFFFFu);
        EXPECT_EQ(request.u32("ki_opcode"), kPread);
        EXPECT_EQ(request.u32("ki_inline_vec.base"), now.number("bytes"));
        EXPECT_EQ(request.u32("ki_inline_vec.length"), kLength);
    });
    row.at(2, [&](const Moment& now) {
        EXPECT_EQ(reads, 1u);
        if (since(Edition::v2_6_28)) return;
        const Object context = now.mm(now.number("self")).at("default_kioctx");
        EXPECT_EQ(context.u32("reqs_active"), 0u);
        EXPECT_EQ(context.u32("active_reqs.next"), context.at("active_reqs").address());
    });
    row.run();
}

TEST(Row, O12_a_request_that_has_not_begun_is_taken_back) {
    Row row;
    row.expect_holders("INV-29");  // the frames of the ring
    const auto ring = [](const Moment& now) { return context(now, now.mm(now.number("self")), 0); };
    row.at(1, [&](const Moment& now) { EXPECT_LE(ring(now).u32("reqs_active"), 1u); });
    row.at(2, [&](const Moment& now) {
        EXPECT_EQ(ring(now).u32("reqs_active"), 0u);
        EXPECT_EQ(ring(now).u32("active_reqs.next"), ring(now).at("active_reqs").address());
        EXPECT_EQ(ring(now).u32("run_list.next"), ring(now).at("run_list").address());
    });
    row.run();
}

TEST(Row, O13_a_child_has_no_contexts) {
    Row row;
    row.expect_holders("INV-29");  // the frames of the ring
    row.at(1, [](const Moment& now) {
        EXPECT_NE(first_context(now.mm(now.number("self"))), 0u);
        EXPECT_EQ(first_context(now.mm(now.number("child"))), 0u);
        EXPECT_EQ(now.mm(now.number("child")).u32("mm_count"), 1u);
    });
    row.run();
}

}  // namespace
}  // namespace mmscope::test

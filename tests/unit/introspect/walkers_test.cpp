// SPDX-License-Identifier: GPL-2.0-or-later
// Walks over healthy and over corrupt lists and trees: each ends, and each says what it met.
#include "introspect/walkers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "fake_guest.h"
#include "introspect/decode.h"

namespace mmscope::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class TaskWalk : public ::testing::Test {
  protected:
    std::vector<uint32_t> pids() {
        problems.clear();
        std::vector<uint32_t> out;
        const auto walked = for_each_process(
            guest.memory(),
            [&](const Record& task) {
                out.push_back(task.u32(guest.kernel().layouts().task.pid));
                return true;
            },
            problems);
        EXPECT_TRUE(walked.has_value());
        return out;
    }
    LinearAddr link(LinearAddr task) { return LinearAddr(guest.get(task, "task_struct", "tasks.next")); }

    FakeGuest guest;
    Problems problems;
};

TEST_F(TaskWalk, the_list_leads_from_init_task_through_all_leaders) {
    guest.add_task(1, "init", {});
    guest.add_task(2, "kthread", {});
    EXPECT_THAT(pids(), ElementsAre(0, 1, 2));
    EXPECT_THAT(problems, IsEmpty());
}

TEST_F(TaskWalk, a_circle_that_leaves_out_init_task_ends_the_walk) {
    const LinearAddr one = guest.add_task(1, "init", {}), two = guest.add_task(2, "a", {});
    guest.set(two, "task_struct", "tasks.next", link(guest.symbol("init_task")).value);  // back to task 1
    EXPECT_THAT(pids(), ElementsAre(0, 1, 2));
    EXPECT_THAT(problems,
                ElementsAre(fmt::format("task_struct.tasks.next @{:08x}: the list goes in a circle that "
                                        "leaves out its head (init_task -> tasks x3)",
                                        one.value)));
}

TEST_F(TaskWalk, wild_pointers_end_the_walk_with_the_way_that_led_there) {
    const LinearAddr one = guest.add_task(1, "init", {});
    guest.set(one, "task_struct", "tasks.next", 0x12345678);
    EXPECT_THAT(pids(), ElementsAre(0, 1));
    EXPECT_THAT(problems, ElementsAre(HasSubstr("not a kernel address (init_task -> tasks x2)")));
    guest.set(one, "task_struct", "tasks.next", 0xF0000000);
    EXPECT_THAT(pids(), ElementsAre(0, 1));
    EXPECT_THAT(problems, ElementsAre(HasSubstr("not mapped (init_task -> tasks x2)")));
}

TEST_F(TaskWalk, a_task_on_a_page_that_is_gone_ends_the_walk) {
    guest.add_task(1, "init", {});
    guest.unmap(guest.add_task(2, "gone", {}));
    EXPECT_THAT(pids(), ElementsAre(0, 1));
    EXPECT_THAT(problems, ElementsAre(HasSubstr("not mapped (init_task -> tasks x2)")));
}

TEST_F(TaskWalk, without_init_task_there_is_an_error) {
    guest.unmap(guest.symbol("init_task"));
    const auto walked = for_each_process(
        guest.memory(), [](const Record&) { return true; }, problems);
    ASSERT_FALSE(walked.has_value());
    EXPECT_THAT(walked.error().message, HasSubstr("not mapped (init_task)"));
}

TEST_F(TaskWalk, threads_of_a_group_are_found_without_their_leader) {
    const LinearAddr leader = guest.add_task(5, "threads", {});
    guest.add_thread(leader, 6);
    guest.add_thread(leader, 7);
    std::vector<uint32_t> pids;
    for_each_thread(
        guest.memory(), leader,
        [&](const Record& task) { return pids.push_back(task.u32(guest.kernel().layouts().task.pid)), true; },
        problems);
    EXPECT_THAT(pids, ElementsAre(6, 7));
    EXPECT_THAT(problems, IsEmpty());
}

class VmaWalk : public ::testing::Test {
  protected:
    VmaWalk() {
        mm = guest.add_mm();
        for (uint32_t i = 0; i < 4; ++i)
            vmas.push_back(guest.add_vma(mm, 0x1000 + i * 0x2000, 0x2000 + i * 0x2000, 3));
        guest.rebuild_tree(mm);
    }
    std::vector<uint32_t> starts() {
        problems.clear();
        std::vector<uint32_t> out;
        for_each_vma(
            guest.memory(), mm, LinearAddr(guest.get(mm, "mm_struct", "mmap")),
            static_cast<int32_t>(guest.get(mm, "mm_struct", "map_count")), WalkPath("task 3").then("mm"),
            [&](const Record& vma) {
                return out.push_back(vma.u32(guest.kernel().layouts().vma.vm_start)), true;
            },
            problems);
        return out;
    }
    std::vector<uint32_t> tree_starts() {
        problems.clear();
        std::vector<uint32_t> out;
        for_each_vma_in_tree(
            guest.memory(), root(), WalkPath("task 3").then("mm"),
            [&](const Record& vma) {
                return out.push_back(vma.u32(guest.kernel().layouts().vma.vm_start)), true;
            },
            problems);
        return out;
    }
    LinearAddr root() { return LinearAddr(guest.get(mm, "mm_struct", "mm_rb.rb_node")); }
    uint32_t find(uint32_t address) {
        Record vma;
        problems.clear();
        if (!find_vma(guest.memory(), root(), LinearAddr(address), vma, problems)) return 0;
        return vma.u32(guest.kernel().layouts().vma.vm_start);
    }
    void set(size_t vma, const char* member, uint32_t value) {
        guest.set(vmas[vma], "vm_area_struct", member, value);
    }

    FakeGuest guest;
    LinearAddr mm;
    std::vector<LinearAddr> vmas;
    Problems problems;
};

TEST_F(VmaWalk, list_and_tree_show_the_same_areas_in_order) {
    EXPECT_THAT(starts(), ElementsAre(0x1000, 0x3000, 0x5000, 0x7000));
    EXPECT_THAT(problems, IsEmpty());
    EXPECT_THAT(tree_starts(), ElementsAre(0x1000, 0x3000, 0x5000, 0x7000));
    EXPECT_THAT(problems, IsEmpty());
}

TEST_F(VmaWalk, a_circle_ends_the_walk) {
    set(2, "vm_next", vmas[0].value);
    EXPECT_THAT(starts(), ElementsAre(0x1000, 0x3000, 0x5000));
    EXPECT_THAT(problems, ElementsAre(fmt::format("vm_area_struct.vm_next @{:08x}: the list goes in a circle "
                                                  "(task 3 -> mm -> mmap -> vm_next x3)",
                                                  vmas[0].value)));
}

TEST_F(VmaWalk, an_area_that_follows_itself_ends_the_walk) {
    set(0, "vm_next", vmas[0].value);
    EXPECT_THAT(starts(), ElementsAre(0x1000));
    EXPECT_THAT(problems,
                ElementsAre(HasSubstr("the list goes in a circle (task 3 -> mm -> mmap -> vm_next)")));
}

TEST_F(VmaWalk, wild_and_unmapped_pointers_end_the_walk_with_the_way_that_led_there) {
    set(1, "vm_next", 0xDEADBEEC);
    EXPECT_THAT(starts(), ElementsAre(0x1000, 0x3000));
    EXPECT_THAT(
        problems,
        ElementsAre("vm_area_struct.vm_next @deadbeec: not mapped (task 3 -> mm -> mmap -> vm_next x2)"));
    set(1, "vm_next", 0x00001000);
    EXPECT_THAT(starts(), ElementsAre(0x1000, 0x3000));
    EXPECT_THAT(problems, ElementsAre(HasSubstr("vm_area_struct.vm_next @00001000: not a kernel address")));
    guest.set(mm, "mm_struct", "mmap", 0xFFFFFFF0);
    EXPECT_THAT(starts(), IsEmpty());
    EXPECT_THAT(problems, ElementsAre("mm_struct.mmap @fffffff0: not mapped (task 3 -> mm -> mmap)"));
}

TEST_F(VmaWalk, bad_order_overlap_and_empty_ranges_are_reported_and_passed) {
    set(1, "vm_start", 0x0000);
    set(2, "vm_end", 0x5000);
    set(3, "vm_start", 0x7010);
    EXPECT_THAT(starts(), ElementsAre(0x1000, 0x0000, 0x5000, 0x7010));
    EXPECT_THAT(problems,
                ElementsAre(HasSubstr("00000000 lies below 00002000, the end of the area before it"),
                            HasSubstr("range 00005000-00005000 is empty"),
                            HasSubstr("range 00007010-00008000 is not page-aligned")));
}

TEST_F(VmaWalk, an_area_of_another_mm_and_one_in_kernel_space_are_reported) {
    set(0, "vm_mm", 0xC0BAD000);
    set(3, "vm_end", 0xC0001000);
    EXPECT_EQ(starts().size(), 4u);
    EXPECT_THAT(problems, ElementsAre(HasSubstr(fmt::format("c0bad000, expected {:08x}", mm.value)),
                                      HasSubstr("c0001000 is no user address")));
}

TEST_F(VmaWalk, a_list_longer_or_shorter_than_map_count_is_reported) {
    guest.set(mm, "mm_struct", "map_count", 2);
    EXPECT_EQ(starts().size(), 4u);
    EXPECT_THAT(problems, ElementsAre(HasSubstr("mm_struct.map_count")));
    EXPECT_THAT(problems, ElementsAre(HasSubstr("2, but the list has 4 areas (task 3 -> mm)")));
    guest.set(mm, "mm_struct", "map_count", 9);
    EXPECT_EQ(starts().size(), 4u);
    EXPECT_THAT(problems, ElementsAre(HasSubstr("9, but the list has 4 areas")));
}

TEST_F(VmaWalk, thousands_of_problems_are_told_in_bounded_space) {
    for (uint32_t i = 0; i < 300; ++i)
        guest.add_vma(mm, 0x1000, 0x2000, 3);
    EXPECT_EQ(starts().size(), 304u);
    EXPECT_EQ(problems.size(), 65u);
    EXPECT_EQ(problems.back(), "there are more problems, not listed");
}

TEST_F(VmaWalk, a_circle_in_the_tree_ends_both_walks) {
    const LinearAddr top = root();
    set(0, "vm_rb.rb_left", top.value);
    EXPECT_LE(tree_starts().size(), 4u);
    EXPECT_THAT(problems,
                ElementsAre(HasSubstr("deeper than any balanced tree: a circle (task 3 -> mm -> mm_rb)")));
    EXPECT_EQ(find(0x10), 0u);
    EXPECT_THAT(problems, ElementsAre(HasSubstr("deeper than any balanced tree")));
}

TEST_F(VmaWalk, a_circle_to_the_right_of_the_tree_ends_the_walk) {
    set(3, "vm_rb.rb_right", root().value);
    EXPECT_LE(tree_starts().size(), kMaxVmas);
    EXPECT_THAT(problems, ::testing::Not(IsEmpty()));
}

TEST_F(VmaWalk, a_tree_node_that_is_not_mapped_ends_the_walk) {
    set(0, "vm_rb.rb_left", 0xF7000000);
    EXPECT_THAT(tree_starts(), IsEmpty());
    EXPECT_THAT(problems, ElementsAre(HasSubstr("@f7000000: not mapped")));
}

TEST_F(VmaWalk, find_vma_in_an_area_returns_it) {
    EXPECT_EQ(find(0x1000), 0x1000u);
    EXPECT_EQ(find(0x7FFF), 0x7000u);
}

TEST_F(VmaWalk, find_vma_in_a_gap_returns_the_next_vma) {
    EXPECT_EQ(find(0x0), 0x1000u);
    EXPECT_EQ(find(0x4000), 0x5000u);
}

TEST_F(VmaWalk, find_vma_above_all_areas_returns_none) {
    EXPECT_EQ(find(0x8000), 0u);
    EXPECT_THAT(problems, IsEmpty());
}

class DentryPath : public ::testing::Test {
  protected:
    LinearAddr dentry_of(LinearAddr file) { return LinearAddr(guest.get(file, "file", "f_path.dentry")); }
    std::string path(LinearAddr dentry) { return dentry_path(guest.memory(), dentry, problems); }
    FakeGuest guest;
    Problems problems;
};

TEST_F(DentryPath, names_are_joined_up_to_the_root) {
    EXPECT_EQ(path(dentry_of(guest.add_file("/bin/tour", 7, 100))), "/bin/tour");
    EXPECT_EQ(path(dentry_of(guest.add_file("", 2, 0))), "/");
    EXPECT_THAT(problems, IsEmpty());
}

TEST_F(DentryPath, a_new_line_in_a_name_is_escaped_as_the_kernel_does) {
    EXPECT_EQ(path(dentry_of(guest.add_file("/a\nb", 7, 100))), "/a\\012b");
}

TEST_F(DentryPath, a_circle_of_parents_ends) {
    const LinearAddr dentry = dentry_of(guest.add_file("/a/b", 7, 100));
    guest.set(LinearAddr(guest.get(dentry, "dentry", "d_parent")), "dentry", "d_parent", dentry.value);
    EXPECT_THAT(path(dentry), HasSubstr("?/"));
    EXPECT_THAT(problems, ElementsAre(HasSubstr("more levels than any path has")));
}

TEST_F(DentryPath, a_lost_name_is_shown_as_a_question_mark) {
    const LinearAddr dentry = dentry_of(guest.add_file("/a/b", 7, 100));
    guest.set(dentry, "dentry", "d_name.name", 0x1000);
    EXPECT_EQ(path(dentry), "/a/?");
    guest.set(dentry, "dentry", "d_name.len", 0xFFFFFFFF);
    EXPECT_EQ(path(dentry), "/a/?");
    EXPECT_EQ(path(LinearAddr(0xF0000000)), "?");
}

}  // namespace
}  // namespace mmscope::test

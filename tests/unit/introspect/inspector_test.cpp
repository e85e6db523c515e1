// SPDX-License-Identifier: GPL-2.0-or-later
// Questions to the decoder as a whole.
#include "introspect/inspector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>
#include <ctime>
#include <nlohmann/json.hpp>

#include "fake_guest.h"
#include "introspect/walkers.h"

namespace mmscope::test {
namespace {

using ::testing::HasSubstr;

class InspectorTest : public ::testing::Test {
  protected:
    InspectorTest() {
        mm = guest.add_mm();
        guest.add_vma(mm, 0x08048000, 0x08049000, 0x875, guest.add_file("/init", 5, 4096));
        guest.add_vma(mm, 0xBFFFE000, 0xC0000000, 0x100173);
        guest.set(mm, "mm_struct", "start_stack", 0xBFFFFF00);
        guest.rebuild_tree(mm);
        task = guest.add_task(1, "init", mm);
        guest.add_task(2, "kswapd", {});
    }
    FakeGuest guest;
    LinearAddr mm, task;
};

TEST_F(InspectorTest, maps_of_a_process_are_the_lines_the_guest_would_print) {
    EXPECT_EQ(guest.inspector().maps_of(1),
              "08048000-08049000 r-xp 00000000 01:03 5          /init\n"
              "bfffe000-c0000000 rw-p bfffe000 00:00 0          [stack]\n");
}

TEST_F(InspectorTest, all_maps_are_headed_by_pid_and_name) {
    EXPECT_EQ(guest.inspector().render(DumpWhat::Maps, DumpFormat::Text),
              "1 (init)\n" + guest.inspector().maps_of(1).value());
}

TEST_F(InspectorTest, a_thread_has_the_space_of_its_process) {
    guest.add_thread(task, 7);
    EXPECT_EQ(guest.inspector().mm_of(7)->at, mm);
}

TEST_F(InspectorTest, a_missing_task_and_a_kernel_thread_have_no_maps) {
    EXPECT_EQ(guest.inspector().maps_of(99).error().message, "no task has pid 99");
    EXPECT_EQ(guest.inspector().maps_of(2).error().message,
              "task 2 (kswapd) has no address space: it is a kernel thread or has exited");
}

TEST_F(InspectorTest, maps_of_a_broken_list_are_an_error_and_not_a_part_of_the_truth) {
    guest.set(LinearAddr(guest.get(mm, "mm_struct", "mmap")), "vm_area_struct", "vm_next", 0xF0000000);
    EXPECT_EQ(guest.inspector().maps_of(1).error().message,
              "vm_area_struct.vm_next @f0000000: not mapped (task 1 -> mm -> mmap -> vm_next)");
}

TEST_F(InspectorTest, a_dump_of_a_broken_list_shows_what_is_there_and_what_is_wrong) {
    guest.set(LinearAddr(guest.get(mm, "mm_struct", "mmap")), "vm_area_struct", "vm_next", 0xF0000000);
    const std::string text = guest.inspector().render(DumpWhat::Maps, DumpFormat::Text).value();
    EXPECT_THAT(text, HasSubstr("/init\n! vm_area_struct.vm_next @f0000000: not mapped"));
}

TEST_F(InspectorTest, tasks_are_one_line_each) {
    const std::string text = guest.inspector().render(DumpWhat::Tasks, DumpFormat::Text).value();
    EXPECT_THAT(text, HasSubstr(fmt::format("    1     1     0 runnable  0x{:08x} 0x{:08x} 0x{:08x} init\n",
                                            task.value, mm.value, mm.value)));
    EXPECT_THAT(text, HasSubstr("0x00000000 0x00000000 kswapd\n"));
}

TEST_F(InspectorTest, mm_shows_each_member_with_offset_type_and_value) {
    const std::string text = guest.inspector().render(DumpWhat::Mm, DumpFormat::Text).value();
    EXPECT_THAT(text, HasSubstr("mm of 1 (init)"));
    EXPECT_THAT(text, HasSubstr("map_count          = 2 "));
    EXPECT_THAT(text, HasSubstr("struct mmu_notifier_mm *\n"));
}

TEST_F(InspectorTest, json_of_mm_has_all_members_of_all_processes) {
    const auto json = nlohmann::json::parse(guest.inspector().render(DumpWhat::Mm, DumpFormat::Json).value());
    ASSERT_EQ(json["processes"].size(), 1u);
    EXPECT_EQ(json["time_ns"], 1000);
    EXPECT_EQ(json["processes"][0]["fields"].size(), 54u);
    EXPECT_EQ(json["processes"][0]["vmas"].size(), 2u);
    EXPECT_EQ(json["processes"][0]["vmas"][1]["name"], "[stack]");
}

TEST_F(InspectorTest, before_paging_there_is_nothing_to_decode) {
    guest.moment.paging.paging = false;
    EXPECT_EQ(guest.inspector().render(DumpWhat::Tasks, DumpFormat::Text).error().message,
              "the kernel has not turned paging on: there is nothing to decode yet");
}

TEST_F(InspectorTest, kernel_memory_is_read_through_the_master_directory) {
    // The directory the processor uses lacks what was mapped after its process was made.
    const PhysAddr lagging = guest.directory_of(mm);
    for (uint32_t table = 770; table < 776; ++table) {
        guest.poke_u32(LinearAddr(kPageOffset + lagging.value + table * 4), 0);
    }
    guest.moment.paging.directory = lagging;
    EXPECT_TRUE(guest.inspector().maps_of(1).has_value());
}

TEST_F(InspectorTest, the_edition_is_told_by_the_members_of_mm_struct) {
    EXPECT_EQ(guest.kernel().edition(), "2.6.28");
}

TEST_F(InspectorTest, words_of_dump_at_are_checked) {
    EXPECT_EQ(parse_dump_what("maps"), DumpWhat::Maps);
    EXPECT_EQ(parse_dump_what("map").error().message,
              "'map' is nothing that can be dumped; there are: tasks, mm, maps");
}

TEST(InspectorOpen, an_image_without_the_structures_of_a_kernel_is_refused_by_name) {
    FakeGuest memory;
    const auto inspector =
        Inspector::open(fixture_path("types-dwarf5.elf"), memory, [] { return MachineMoment{}; });
    ASSERT_FALSE(inspector.has_value());
    EXPECT_EQ(inspector.error().message,
              fixture_path("types-dwarf5.elf") + ": the debug information defines no struct task_struct");
}

TEST(InspectorSize, a_thousand_areas_are_decoded_completely) {
    FakeGuest guest;
    const LinearAddr mm = guest.add_mm();
    guest.add_task(1, "big", mm);
    const LinearAddr file = guest.add_file("/lib/a/long/path/of/some/library.so", 5, 1 << 20);
    for (uint32_t i = 0; i < 1000; ++i) {
        guest.add_vma(mm, 0x40000000 + (i << 13), 0x40001000 + (i << 13), 0x75, i % 2 ? file : LinearAddr{});
    }
    guest.rebuild_tree(mm);
    const std::clock_t begin = std::clock();  // processor time: other programs do not count
    const auto model = guest.inspector().mm_of(1);
    const double microseconds = static_cast<double>(std::clock() - begin) * 1e6 / CLOCKS_PER_SEC;
    RecordProperty("microseconds", fmt::format("{:.0f}", microseconds));
    EXPECT_EQ(model->vmas.size(), 1000u);
    EXPECT_TRUE(model->problems.empty());
}

}  // namespace
}  // namespace mmscope::test

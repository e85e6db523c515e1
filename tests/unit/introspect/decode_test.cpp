// SPDX-License-Identifier: GPL-2.0-or-later
// Structures of the guest as plain values.
#include "introspect/decode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "fake_guest.h"

namespace mmscope::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class DecodeMm : public ::testing::Test {
  protected:
    DecodeMm() {
        mm = guest.add_mm();
        file = guest.add_file("/bin/tour", 12, 0x2345);
        text = guest.add_vma(mm, 0x08048000, 0x0804A000, 0x1875, file);
        heap = guest.add_vma(mm, 0x0804C000, 0x0804E000, 0x100073);
        stack = guest.add_vma(mm, 0xBFFEB000, 0xC0000000, 0x100173);
        guest.rebuild_tree(mm);
        guest.set(mm, "mm_struct", "start_brk", 0x0804C000);
        guest.set(mm, "mm_struct", "brk", 0x0804D123);
        guest.set(mm, "mm_struct", "start_stack", 0xBFFFF000);
        guest.set(mm, "mm_struct", "hiwater_vm", 77);
        guest.set(mm, "mm_struct", "get_unmapped_area", guest.symbol("arch_get_unmapped_area").value);
    }
    MmModel decode() { return decode_mm(guest.memory(), mm, WalkPath("task 3").then("mm")).value(); }
    static std::string field(const MmModel& model, std::string_view name) {
        for (const FieldValue& f : model.fields) {
            if (f.name == name) return to_text(f.value);
        }
        return "no such field";
    }

    FakeGuest guest;
    LinearAddr mm, file, text, heap, stack;
};

TEST_F(DecodeMm, every_member_is_there_in_declaration_order_with_its_type) {
    const MmModel model = decode();
    const Type* type = guest.kernel().image().types().find_tag("mm_struct");
    ASSERT_EQ(model.fields.size(), type->members.size());
    for (size_t i = 0; i < model.fields.size(); ++i) {
        EXPECT_EQ(model.fields[i].name, type->members[i].name);
        EXPECT_EQ(model.fields[i].type, type->members[i].type->name);
        EXPECT_EQ(model.fields[i].offset, type->members[i].offset);
    }
    EXPECT_EQ(field(model, "hiwater_vm"), "77");
    EXPECT_EQ(field(model, "brk"), "0x804d123");
    EXPECT_EQ(field(model, "mm_users"), "{ counter = 1 }");
    EXPECT_EQ(field(model, "mmap"), fmt::format("0x{:08x}", text.value));
    EXPECT_EQ(field(model, "saved_auxv"), "[0 x44]");
    EXPECT_EQ(field(model, "get_unmapped_area"),
              fmt::format("0x{:08x} <arch_get_unmapped_area>", guest.symbol("arch_get_unmapped_area").value));
}

TEST_F(DecodeMm, a_healthy_space_has_its_areas_named_and_no_problem) {
    const MmModel model = decode();
    EXPECT_THAT(model.problems, IsEmpty());
    EXPECT_FALSE(model.in_transit);
    EXPECT_EQ(model.mm_users, 1);
    EXPECT_EQ(model.total_vm, 2u + 2u + 21u);
    EXPECT_EQ(model.moment.time.ns, 1000u);
    ASSERT_EQ(model.vmas.size(), 3u);
    EXPECT_EQ(model.vmas[0].name, "/bin/tour");
    ASSERT_TRUE(model.vmas[0].file.has_value());
    EXPECT_EQ(model.vmas[0].file->inode, 12u);
    EXPECT_EQ(model.vmas[0].file->major, 1u);
    EXPECT_EQ(model.vmas[0].file->minor, 3u);
    EXPECT_EQ(model.vmas[0].file->size, 0x2345u);
    EXPECT_EQ(model.vmas[1].name, "[heap]");
    EXPECT_EQ(model.vmas[2].name, "[stack]");
}

TEST_F(DecodeMm, areas_of_a_descriptor_without_users_are_not_followed) {
    guest.set(mm, "mm_struct", "mm_users", 0);
    guest.set(mm, "mm_struct", "mmap", 0xC0001230);  // stale, as edition 2.6.28 leaves it
    const MmModel model = decode();
    EXPECT_THAT(model.vmas, IsEmpty());
    EXPECT_THAT(model.problems, ElementsAre(HasSubstr("mm_struct.mm_users")));
    EXPECT_THAT(model.problems,
                ElementsAre(HasSubstr("0: its areas are gone and not followed (task 3 -> mm)")));
    EXPECT_EQ(model.map_count, 3);
}

TEST_F(DecodeMm, a_tree_that_lacks_an_area_of_the_list_is_reported) {
    guest.add_vma(mm, 0xC0000000 - 0x1000, 0xC0000000, 3);
    guest.set(stack, "vm_area_struct", "vm_end", 0xC0000000 - 0x1000);
    EXPECT_THAT(decode().problems,
                ElementsAre(HasSubstr("the tree has 3 areas, the list 4 (task 3 -> mm -> mm_rb)")));
}

TEST_F(DecodeMm, a_tree_with_an_area_that_is_not_in_the_list_is_reported) {
    guest.set(text, "vm_area_struct", "vm_next", stack.value);
    guest.set(mm, "mm_struct", "map_count", 2);
    EXPECT_THAT(
        decode().problems,
        ElementsAre(HasSubstr(fmt::format("mm_struct.mm_rb @{:08x}: area 1 of the tree is not area 1 of the "
                                          "list (task 3 -> mm -> mm_rb)",
                                          heap.value))));
}

TEST_F(DecodeMm, a_space_that_is_being_changed_is_marked_and_not_called_corrupt) {
    guest.set(mm, "mm_struct", "mmap_sem.writer", 0xC0123000);
    guest.set(mm, "mm_struct", "map_count", 2);
    guest.set(mm, "mm_struct", "mm_rb.rb_node", 0);
    const MmModel model = decode();
    EXPECT_TRUE(model.in_transit);
    EXPECT_THAT(model.problems, IsEmpty());
    EXPECT_EQ(model.vmas.size(), 3u);
}

TEST_F(DecodeMm, a_held_page_table_lock_marks_the_space_as_in_transit) {
    guest.set(mm, "mm_struct", "page_table_lock.next", 1);
    EXPECT_TRUE(decode().in_transit);
}

TEST_F(DecodeMm, a_descriptor_that_is_not_mapped_is_an_error_with_its_way) {
    guest.unmap(mm);
    const auto model = decode_mm(guest.memory(), mm, WalkPath("task 3").then("mm"));
    ASSERT_FALSE(model.has_value());
    EXPECT_EQ(model.error().message, fmt::format("mm_struct @{:08x}: not mapped (task 3 -> mm)", mm.value));
    EXPECT_FALSE(decode_mm(guest.memory(), LinearAddr(0x1000), WalkPath("x")).has_value());
}

TEST_F(DecodeMm, a_file_that_is_lost_leaves_the_area_with_a_question_mark) {
    guest.set(text, "vm_area_struct", "vm_file", 0xF1000000);
    const MmModel model = decode();
    EXPECT_EQ(model.vmas[0].name, "?");
    EXPECT_THAT(model.problems, ElementsAre(HasSubstr("vm_area_struct.vm_file @f1000000: not mapped")));
}

TEST_F(DecodeMm, the_area_of_an_address_is_found_and_none_in_a_gap) {
    Problems problems;
    const auto vma = decode_vma_at(guest.memory(), mm, LinearAddr(0x0804CFFF), problems);
    ASSERT_TRUE(vma.has_value());
    EXPECT_EQ(vma->at, heap);
    EXPECT_FALSE(decode_vma_at(guest.memory(), mm, LinearAddr(0x0804B000), problems).has_value());
    EXPECT_FALSE(decode_vma_at(guest.memory(), mm, LinearAddr(0xC0000000), problems).has_value());
    EXPECT_THAT(problems, IsEmpty());
}

TEST(DecodeTasks, leaders_and_threads_come_with_their_parents) {
    FakeGuest guest;
    const LinearAddr mm = guest.add_mm();
    const LinearAddr init = guest.add_task(1, "init", mm);
    const LinearAddr tour = guest.add_task(9, "a\tname of fifteen", guest.add_mm());
    guest.set(tour, "task_struct", "real_parent", init.value);
    guest.set(tour, "task_struct", "state", 1);
    guest.add_thread(tour, 10);
    const TaskListModel list = decode_tasks(guest.memory()).value();
    EXPECT_THAT(list.problems, IsEmpty());
    ASSERT_EQ(list.tasks.size(), 4u);
    EXPECT_EQ(list.tasks[0].comm, "swapper");
    EXPECT_TRUE(list.tasks[0].is_kernel_thread());
    EXPECT_EQ(list.tasks[1].mm, mm);
    EXPECT_EQ(list.tasks[2].comm, "a?name of fiftee");
    EXPECT_EQ(list.tasks[2].parent, 1u);
    EXPECT_EQ(list.tasks[2].state, 1);
    EXPECT_EQ(list.tasks[3].pid, 10u);
    EXPECT_EQ(list.tasks[3].tgid, 9u);
    EXPECT_FALSE(list.tasks[3].is_leader());
}

TEST(DecodeTasks, random_bytes_in_place_of_structures_are_survived) {
    for (uint32_t seed = 1; seed <= 60; ++seed) {
        FakeGuest guest;
        const LinearAddr mm = guest.add_mm();
        const LinearAddr file = guest.add_file("/bin/tour", 1, 4096);
        std::vector<LinearAddr> objects{mm, file, guest.add_task(1, "init", mm)};
        for (uint32_t i = 0; i < 8; ++i)
            objects.push_back(guest.add_vma(mm, i << 13, (i << 13) + 4096, 3, file));
        guest.rebuild_tree(mm);
        uint32_t state = seed;  // xorshift: the same bytes in each run
        const auto random = [&state] {
            state ^= state << 13;
            state ^= state >> 17;
            return state ^= state << 5;
        };
        for (int writes = 0; writes < 12; ++writes) {
            const LinearAddr object = objects[random() % objects.size()];
            // Half of the wild words are addresses of other objects: cycles and wrong types.
            const uint32_t word =
                random() % 2 ? objects[random() % objects.size()].value + random() % 64 : random();
            guest.poke_u32(object + random() % 100 * 4, word);
        }
        for (const DumpWhat what : {DumpWhat::Tasks, DumpWhat::Mm, DumpWhat::Maps}) {
            for (const DumpFormat format : {DumpFormat::Text, DumpFormat::Json}) {
                EXPECT_TRUE(guest.inspector().render(what, format).has_value());
            }
        }
    }
}

}  // namespace
}  // namespace mmscope::test

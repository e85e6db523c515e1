// SPDX-License-Identifier: GPL-2.0-or-later
// Following pointers by name, and what is said where the way ends.
#include "introspect/typed_ref.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "fake_guest.h"

namespace mmscope::test {
namespace {

class TypedRefTest : public ::testing::Test {
  protected:
    TypedRefTest() {
        mm = guest.add_mm();
        first = guest.add_vma(mm, 0x08048000, 0x0804A000, 5);
        second = guest.add_vma(mm, 0x0804A000, 0x0804B000, 7);
        guest.run(guest.add_task(3, "tour", mm));
    }
    TypedRef current() {
        memory = std::make_unique<GuestMemory>(guest.memory().memory);
        return TypedRef::variable(guest.kernel().image(), "current_task", *memory)->deref().value();
    }

    FakeGuest guest;
    LinearAddr mm, first, second;
    std::unique_ptr<GuestMemory> memory;
};

TEST_F(TypedRefTest, members_and_pointers_lead_from_the_task_to_its_second_area) {
    const auto vma = current().member("mm")->deref()->member("mmap")->deref()->member("vm_next")->deref();
    ASSERT_TRUE(vma.has_value());
    EXPECT_EQ(vma->address(), second);
    EXPECT_EQ(vma->type().name, "struct vm_area_struct");
    EXPECT_EQ(vma->member("vm_start")->u32(), 0x0804A000u);
    EXPECT_EQ(vma->path().text(), "current_task -> mm -> mmap -> vm_next");
    EXPECT_EQ(current().member("comm")->text(), "tour");
    EXPECT_EQ(current().member("mm")->deref()->member("mm_users")->u32(), 1u);  // through atomic_t
}

TEST_F(TypedRefTest, an_error_names_type_member_address_and_the_way) {
    guest.set(second, "vm_area_struct", "vm_next", 0xCF123400);
    auto vma = current().member("mm")->deref()->member("mmap")->deref()->member("vm_next")->deref();
    const auto start = vma->member("vm_next")->deref()->member("vm_start")->u32();
    ASSERT_FALSE(start.has_value());
    EXPECT_EQ(start.error().message,
              "vm_area_struct.vm_start @cf123404: not mapped (current_task -> mm -> mmap -> vm_next x2 -> "
              "vm_start)");
}

TEST_F(TypedRefTest, a_null_pointer_and_a_wrong_step_are_refused) {
    EXPECT_EQ(current().member("vfork_done")->deref().error().message,
              fmt::format("task_struct.vfork_done @{:08x}: null pointer (current_task -> vfork_done)",
                          current().member("vfork_done")->address().value));
    EXPECT_EQ(current().member("no_member").error().message,
              fmt::format("task_struct @{:08x}: struct task_struct has no member no_member (current_task)",
                          current().address().value));
    EXPECT_FALSE(current().member("pid")->deref().has_value());
    EXPECT_FALSE(current().member("tasks")->u32().has_value());
    EXPECT_FALSE(current().member("pid")->text().has_value());
}

TEST_F(TypedRefTest, items_of_arrays_stay_inside_their_bounds) {
    const auto vector = current().member("mm")->deref()->member("saved_auxv");
    EXPECT_EQ(vector->item(43)->address(), vector->address() + 43 * 4);
    EXPECT_FALSE(vector->item(44).has_value());
}

TEST_F(TypedRefTest, follow_takes_many_steps_at_once) {
    EXPECT_EQ(current().follow("mm.mmap.vm_next.vm_start")->u32(), 0x0804A000u);
    EXPECT_EQ(current().follow("mm.mmap.vm_next.vm_start")->path().text(),
              "current_task -> mm -> mmap -> vm_next -> vm_start");
    const auto vector = current().follow("mm.saved_auxv");
    EXPECT_EQ(current().follow("mm.saved_auxv[43]")->address(), vector->address() + 43 * 4);
    EXPECT_EQ(current().follow("")->address(), current().address());
}

TEST_F(TypedRefTest, follow_refuses_what_is_no_step) {
    for (const char* steps :
         {"no_member", "mm.no_member", "mm.saved_auxv[44]", "mm.saved_auxv[", "mm.saved_auxv[]",
          "mm.saved_auxv[1x]", "mm..mmap", "pid.x", "pid[0]", "vfork_done.done", "."})
        EXPECT_FALSE(current().follow(steps).has_value()) << steps;
}

TEST_F(TypedRefTest, container_goes_from_an_embedded_node_to_its_structure) {
    const Type* type = guest.kernel().image().types().find_tag("vm_area_struct");
    const auto node = current().member("mm")->deref()->member("mmap")->deref()->member("vm_rb");
    EXPECT_EQ(node->container(*type, "vm_rb")->address(), first);
}

TEST_F(TypedRefTest, a_whole_object_reads_as_a_value) {
    const auto value = current().member("tasks")->value(guest.kernel().symbols());
    ASSERT_TRUE(value.has_value());
    EXPECT_NE(to_text(*value).find("<init_task+0x"), std::string::npos) << to_text(*value);
}

}  // namespace
}  // namespace mmscope::test

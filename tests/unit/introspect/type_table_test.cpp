// SPDX-License-Identifier: GPL-2.0-or-later
// Types out of debug information of three versions, compared with what the fixture's source says.
#include "introspect/type_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "fake_guest.h"
#include "introspect/kernel_image.h"

namespace mmscope::test {
namespace {

std::string describe(const Member& m) {
    const std::string bits = m.bit_size ? fmt::format(":{}+{}", m.bit_offset, m.bit_size) : "";
    return fmt::format("{}{} {} {}", m.offset, bits, m.type->name, m.name);
}

class TypesOfVersion : public ::testing::TestWithParam<const char*> {
  protected:
    std::unique_ptr<KernelImage> image = KernelImage::open(fixture_path(GetParam())).value();
};

TEST_P(TypesOfVersion, every_member_of_a_struct_has_type_offset_and_bits) {
    const Type* type = image->types().find_tag("every_kind");
    ASSERT_NE(type, nullptr);
    std::vector<std::string> members;
    for (const Member& member : type->members)
        members.push_back(describe(member));
    EXPECT_THAT(
        members,
        ::testing::ElementsAre(
            "0 struct base_part ", "4 unsigned char byte", "5 signed char negative", "6 bool flag",
            "7:0+3 unsigned int low", "7:3+5 int middle", "8:0+24 unsigned int high",
            "12 unsigned long long wide", "20 struct inner_pair pair", "24 struct inner_pair [2] pairs",
            "32 char [8] text", "40 int [2][3] grid", "64 enum shade colour", "68 struct one_word wrapped",
            "72 volatile long changing", "76 const char * name", "80 struct only_declared * opaque",
            "84 struct defined_elsewhere * elsewhere", "88 struct every_kind * self",
            "92 unsigned long (*)(struct every_kind *, const char *, ...) callback", "96 union {...} ",
            "100 union {...} named_union", "104 double real", "112 unsigned char [0] tail"));
}

TEST_P(TypesOfVersion, a_declared_struct_is_completed_from_another_unit) {
    const Type* type = image->types().find_tag("every_kind");
    const auto elsewhere = find_member(*type, "elsewhere");
    ASSERT_TRUE(elsewhere.has_value());
    const Type& target = elsewhere->type->resolved().target->resolved();
    ASSERT_EQ(target.members.size(), 1u);
    EXPECT_EQ(describe(target.members[0]), "0 int found");
    const Type& opaque = find_member(*type, "opaque")->type->target->resolved();
    EXPECT_EQ(opaque.kind, TypeKind::Opaque);
}

TEST_P(TypesOfVersion, enumerators_keep_their_sign) {
    const Type* type = image->types().find_tag("shade");
    ASSERT_NE(type, nullptr);
    ASSERT_EQ(type->enumerators.size(), 3u);
    EXPECT_EQ(type->enumerators[0].value, -1);
    EXPECT_EQ(type->enumerators[1].value, 4);
    EXPECT_EQ(type->enumerators[2].value, 0xC0);
}

TEST_P(TypesOfVersion, members_are_found_through_anonymous_parts_and_paths) {
    const Type* type = image->types().find_tag("every_kind");
    EXPECT_EQ(find_member(*type, "high_half")->offset, 98u);
    EXPECT_EQ(find_member(*type, "base_member")->offset, 0u);
    EXPECT_EQ(find_member(*type, "named_union.pair.second")->offset, 102u);
    EXPECT_FALSE(find_member(*type, "not_a_member").has_value());
    EXPECT_FALSE(find_member(*type, "pair.third").has_value());
    EXPECT_EQ(find_scalar(*find_member(*type, "wrapped"))->type->name, "counter_t");
    EXPECT_FALSE(find_scalar(*find_member(*type, "pair")).has_value());
}

INSTANTIATE_TEST_SUITE_P(Dwarf, TypesOfVersion,
                         ::testing::Values("types-dwarf2.elf", "types-dwarf4.elf", "types-dwarf5.elf"),
                         [](const auto& version) { return std::string(version.param).substr(6, 6); });

TEST(TypeTable, an_unknown_tag_is_named_in_the_error) {
    const auto image = KernelImage::open(fixture_path("kernel.elf")).value();
    EXPECT_EQ(image->types().get_tag("mm_strut").error().message,
              fixture_path("kernel.elf") + ": the debug information defines no struct mm_strut");
    EXPECT_EQ(image->types().find_name("no_such_typedef"), nullptr);
    EXPECT_NE(image->types().find_name("pid_t"), nullptr);
}

/// MM_FACTS 3.7: the names of the edition's members, in its order.
TEST(TypeTable, mm_struct_of_edition_2_6_28_has_its_members_in_order) {
    const auto image = KernelImage::open(fixture_path("kernel.elf")).value();
    const Type* type = image->types().find_tag("mm_struct");
    ASSERT_NE(type, nullptr);
    std::vector<std::string> names;
    for (const Member& member : type->members)
        names.push_back(member.name);
    EXPECT_THAT(
        names,
        ::testing::ElementsAre(
            "mmap", "mm_rb", "mmap_cache", "get_unmapped_area", "unmap_area", "mmap_base", "task_size",
            "cached_hole_size", "free_area_cache", "pgd", "mm_users", "mm_count", "map_count", "mmap_sem",
            "page_table_lock", "mmlist", "_file_rss", "_anon_rss", "hiwater_rss", "hiwater_vm", "total_vm",
            "locked_vm", "shared_vm", "exec_vm", "stack_vm", "reserved_vm", "def_flags", "nr_ptes",
            "start_code", "end_code", "start_data", "end_data", "start_brk", "brk", "start_stack",
            "arg_start", "arg_end", "env_start", "env_end", "saved_auxv", "binfmt", "cpu_vm_mask", "context",
            "faultstamp", "token_priority", "last_interval", "flags", "core_state", "ioctx_lock",
            "ioctx_list", "owner", "exe_file", "num_exe_file_vmas", "mmu_notifier_mm"));
}

TEST(TypeTable, vm_area_struct_of_edition_2_6_28_has_its_members_in_order) {
    const auto image = KernelImage::open(fixture_path("kernel.elf")).value();
    const Type* type = image->types().find_tag("vm_area_struct");
    ASSERT_NE(type, nullptr);
    std::vector<std::string> names;
    for (const Member& member : type->members)
        names.push_back(member.name);
    EXPECT_THAT(names, ::testing::ElementsAre("vm_mm", "vm_start", "vm_end", "vm_next", "vm_page_prot",
                                              "vm_flags", "vm_rb", "shared", "anon_vma_node", "anon_vma",
                                              "vm_ops", "vm_pgoff", "vm_file", "vm_private_data"));
}

}  // namespace
}  // namespace mmscope::test

// SPDX-License-Identifier: GPL-2.0-or-later
// Rows Q: what the decoder tells, at moments that are hard to tell something about.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "introspect/file_link.h"
#include "tests/rows/row_run.h"

namespace mmscope::test {
namespace {

using testing::ElementsAreArray;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> members_of(const Moment& now, const char* tag) {
    std::vector<std::string> names;
    const Type* type = now.inspector.kernel().image().types().find_tag(tag);
    if (type == nullptr) return names;
    for (const Member& member : type->members)
        names.push_back(member.name);
    return names;
}

std::vector<std::string> first_types_of(const Moment& now, const char* tag, size_t count) {
    std::vector<std::string> names;
    const Type* type = now.inspector.kernel().image().types().find_tag(tag);
    for (size_t i = 0; type != nullptr && i < std::min(count, type->members.size()); ++i)
        names.push_back(type->members[i].type->name);
    return names;
}

TEST(Row, Q03_the_debug_information_has_every_member_in_its_order) {
    constexpr const char* kMm[] = {"mmap",
                                   "mm_rb",
                                   "mmap_cache",
                                   "get_unmapped_area",
                                   "unmap_area",
                                   "mmap_base",
                                   "free_area_cache",
                                   "pgd",
                                   "mm_users",
                                   "mm_count",
                                   "map_count",
                                   "mmap_sem",
                                   "page_table_lock",
                                   "mmlist",
                                   "start_code",
                                   "end_code",
                                   "start_data",
                                   "end_data",
                                   "start_brk",
                                   "brk",
                                   "start_stack",
                                   "arg_start",
                                   "arg_end",
                                   "env_start",
                                   "env_end",
                                   "rss",
                                   "anon_rss",
                                   "total_vm",
                                   "locked_vm",
                                   "shared_vm",
                                   "exec_vm",
                                   "stack_vm",
                                   "reserved_vm",
                                   "def_flags",
                                   "nr_ptes",
                                   "saved_auxv",
                                   "dumpable",
                                   "cpu_vm_mask",
                                   "context",
                                   "swap_token_time",
                                   "recent_pagein",
                                   "core_waiters",
                                   "core_startup_done",
                                   "core_done",
                                   "ioctx_list_lock",
                                   "ioctx_list",
                                   "default_kioctx",
                                   "hiwater_rss",
                                   "hiwater_vm"};
    constexpr const char* kTypesOfTheFirst[] = {"struct vm_area_struct *",
                                                "struct rb_root",
                                                "struct vm_area_struct *",
                                                "ulong (*)(struct file *, ulong, ulong, ulong, ulong)",
                                                "void (*)(struct vm_area_struct *)",
                                                "ulong",
                                                "ulong",
                                                "struct pgd_t *",
                                                "struct atomic_t",
                                                "struct atomic_t"};
    Row row;
    row.at(1, [&](const Moment& now) {
        EXPECT_THAT(members_of(now, "mm_struct"), ElementsAreArray(kMm));
        EXPECT_THAT(first_types_of(now, "mm_struct", 10), ElementsAreArray(kTypesOfTheFirst));
        EXPECT_THAT(members_of(now, "mm_context_t"), testing::ElementsAre("size", "sem", "ldt"));
        EXPECT_EQ(now.inspector.kernel().edition(), "2.6.11");
    });
    row.run();
}

TEST(Row, Q04_the_debug_information_has_every_member_in_its_order) {
    constexpr const char* kMm[] = {"mmap",
                                   "mm_rb",
                                   "mmap_cache",
                                   "get_unmapped_area",
                                   "unmap_area",
                                   "mmap_base",
                                   "task_size",
                                   "cached_hole_size",
                                   "free_area_cache",
                                   "pgd",
                                   "mm_users",
                                   "mm_count",
                                   "map_count",
                                   "mmap_sem",
                                   "page_table_lock",
                                   "mmlist",
                                   "_file_rss",
                                   "_anon_rss",
                                   "hiwater_rss",
                                   "hiwater_vm",
                                   "total_vm",
                                   "locked_vm",
                                   "shared_vm",
                                   "exec_vm",
                                   "stack_vm",
                                   "reserved_vm",
                                   "def_flags",
                                   "nr_ptes",
                                   "start_code",
                                   "end_code",
                                   "start_data",
                                   "end_data",
                                   "start_brk",
                                   "brk",
                                   "start_stack",
                                   "arg_start",
                                   "arg_end",
                                   "env_start",
                                   "env_end",
                                   "saved_auxv",
                                   "binfmt",
                                   "cpu_vm_mask",
                                   "context",
                                   "faultstamp",
                                   "token_priority",
                                   "last_interval",
                                   "flags",
                                   "core_state",
                                   "ioctx_lock",
                                   "ioctx_list",
                                   "owner",
                                   "exe_file",
                                   "num_exe_file_vmas",
                                   "mmu_notifier_mm"};
    constexpr const char* kVma[] = {"vm_mm",    "vm_start", "vm_end",  "vm_next",        "vm_page_prot",
                                    "vm_flags", "vm_rb",    "shared",  "anon_vma_node",  "anon_vma",
                                    "vm_ops",   "vm_pgoff", "vm_file", "vm_private_data"};
    Row row;
    row.at(1, [&](const Moment& now) {
        EXPECT_THAT(members_of(now, "mm_struct"), ElementsAreArray(kMm));
        EXPECT_THAT(members_of(now, "vm_area_struct"), ElementsAreArray(kVma));
        EXPECT_EQ(now.inspector.kernel().edition(), "2.6.28");
    });
    row.run();
}

TEST(Row, Q06_the_union_of_a_file_area_is_read_by_what_it_holds) {
    Row row;
    row.at(1, [](const Moment& now) {
        std::map<FileLink, int> links;
        const auto link_of = [&](const char* name) {
            const Object area = now.vma(self(now), now.number(name));
            const auto link = area.ref() ? file_link(*area.ref()) : Result<FileLink>(fail("no area"));
            EXPECT_TRUE(link) << link.error().message;
            return link.value_or(FileLink::None);
        };
        for (const char* name : {"first", "second", "third"})
            ++links[link_of(name)];
        EXPECT_EQ(links[FileLink::TreeNode], 1) << "one node for the range";
        EXPECT_EQ(links[FileLink::SetHead], 1);
        EXPECT_EQ(links[FileLink::SetMember], 1);
        EXPECT_EQ(link_of("other"), FileLink::TreeNode);
        EXPECT_EQ(link_of("anonymous"), FileLink::None);
    });
    row.run();
}

TEST(Row, Q07_function_pointers_have_names) {
    Row row;
    row.at(1, [](const Moment& now) {
        const auto text = now.inspector.render(DumpWhat::Mm, DumpFormat::Text);
        ASSERT_TRUE(text) << text.error().message;
        EXPECT_THAT(*text, HasSubstr("<arch_get_unmapped_area_topdown>"));
        EXPECT_THAT(*text, HasSubstr("<arch_unmap_area_topdown>"));
    });
    row.run();
}

TEST(Row, Q08_a_snapshot_during_munmap_is_in_transit) {
    Row row;
    int in_transit = 0, at_rest = 0, different_count = 0;
    row.watch(1, 2, 2'000, [&](const Moment& now) {
        const auto mm = now.inspector.mm_of(self(now));
        ASSERT_TRUE(mm) << mm.error().message;
        EXPECT_THAT(mm->problems, IsEmpty());
        ++(mm->in_transit ? in_transit : at_rest);
        different_count += mm->map_count != static_cast<int32_t>(mm->vmas.size());
    });
    row.run();
    EXPECT_GT(in_transit, 10);
    EXPECT_GT(at_rest, 10);
    EXPECT_GT(different_count, 0) << "never looked when list and count were out of step";
}

TEST(Row, Q09_the_areas_of_a_dead_space_are_not_followed) {
    Row row;
    LinearAddr mm;
    int dead = 0;
    row.at(1, [&](const Moment& now) { mm = LinearAddr(now.mm(now.number("child")).address()); });
    row.watch(1, 2, 100'000, [&](const Moment& now) {
        if (now.current().u32("active_mm") != mm.value || now.current().u32("pid") != 0) return;
        const auto model = now.inspector.mm_at(mm);
        ASSERT_TRUE(model) << model.error().message;
        if (model->mm_users != 0) return;
        ++dead;
        EXPECT_NE(now.object("mm_struct", mm.value).u32("mmap"), 0u) << "the pointer is stale, not null";
        EXPECT_THAT(model->vmas, IsEmpty());
        ASSERT_EQ(model->problems.size(), 1u);
        EXPECT_THAT(model->problems.front(), HasSubstr("its areas are gone and not followed"));
    });
    row.run();
    EXPECT_GT(dead, 0);
}

TEST(Row, Q10_every_area_is_reached_from_the_task) {
    Row row;
    row.at(1, [](const Moment& now) {
        uint32_t at = now.task(self(now)).u32("mm.mmap");
        uint32_t areas = 0;
        for (; at != 0 && areas < 1000; ++areas)
            at = now.object("vm_area_struct", at).u32("vm_next");
        EXPECT_EQ(areas, now.mm(self(now)).u32("map_count"));
        const auto maps = now.inspector.maps_of(self(now));
        ASSERT_TRUE(maps) << maps.error().message;
        std::string printed(now.serial);
        std::erase(printed, '\r');
        EXPECT_THAT(printed, HasSubstr(*maps));
    });
    row.run();
}

TEST(Row, Q11_locks_are_shown_and_free_at_rest) {
    Row row;
    int written = 0, spinning = 0;
    row.at(1, [](const Moment& now) {
        const Object mm = now.mm(self(now));
        EXPECT_EQ(mm.u32("mmap_sem.count"), 0u);
        EXPECT_EQ(mm.u32("mmap_sem.writer"), 0u);
        EXPECT_EQ(mm.u32("page_table_lock.serving"), mm.u32("page_table_lock.next"));
        EXPECT_EQ(mm.u32("page_table_lock.owner"), 0u);
        const auto text = now.inspector.render(DumpWhat::Mm, DumpFormat::Text);
        ASSERT_TRUE(text) << text.error().message;
        EXPECT_THAT(*text, HasSubstr("mmap_sem "));
        EXPECT_THAT(*text, HasSubstr("page_table_lock "));
    });
    row.watch(1, 2, 1'000, [&](const Moment& now) {
        const Object mm = now.mm(self(now));
        if (mm.u32("mmap_sem.writer") != 0) {
            EXPECT_EQ(mm.u32("mmap_sem.writer"), now.task(self(now)).address());
            EXPECT_LT(mm.i32("mmap_sem.count"), 0);
            ++written;
        }
        spinning += mm.u32("page_table_lock.serving") != mm.u32("page_table_lock.next");
    });
    row.run();
    EXPECT_GT(written, 0);
    EXPECT_GT(spinning, 0);
}

TEST(Row, Q12_embedded_nodes_lead_to_their_structures) {
    Row row;
    row.at(1, [](const Moment& now) {
        const TypeTable& types = now.inspector.kernel().image().types();
        const auto container = [&](const Object& node, const char* tag, const char* member) {
            return Object(node.ref() ? node.ref()->container(*types.find_tag(tag), member) : node.ref());
        };
        const Object mm = now.mm(self(now));
        if (since(Edition::v2_4_18)) {  // a node of 2.4.0's tree is an area
            EXPECT_EQ(container(mm.target("mm_rb.rb_node"), "vm_area_struct", "vm_rb").u32("vm_mm"),
                      mm.address());
        }
        EXPECT_EQ(container(mm.at("mmlist"), "mm_struct", "mmlist").u32("pgd"), mm.u32("pgd"));
        if (is_2_4()) {  // all spaces are listed: the only one is between init_mm and init_mm
            const Object other = container(mm.target("mmlist.next"), "mm_struct", "mmlist");
            EXPECT_EQ(other.address(), now.variable("init_mm").address());
            EXPECT_EQ(container(other.target("mmlist.next"), "mm_struct", "mmlist").address(), mm.address());
            return;  // no list of areas that may share pages
        }
        const Object area = now.vma(self(now), now.number("area"));
        EXPECT_EQ(container(area.target("anon_vma.head.next"), "vm_area_struct", "anon_vma_node").address(),
                  area.address());
    });
    row.run();
}

}  // namespace
}  // namespace mmscope::test

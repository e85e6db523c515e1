// SPDX-License-Identifier: GPL-2.0-or-later
// The frame of the commands and those over existing views, on a guest built by hand.
#include "inspect/commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "fake_guest.h"
#include "inspect/names.h"

namespace mmscope::test {

namespace {

using testing::HasSubstr;
using testing::StartsWith;

class Commands : public testing::Test {
  protected:
    Commands() {
        mm = guest.add_mm();
        guest.add_vma(mm, 0x08048000, 0x0804a000, 0x75);
        guest.rebuild_tree(mm);
        guest.add_task(1, "init", mm);
        guest.add_task(2, "kswapd0", {});
    }
    std::string run(std::string_view line) {
        const auto output = run_command({guest.inspector()}, line);
        return output ? output->text : "error: " + output.error().message;
    }
    FakeGuest guest;
    LinearAddr mm;
};

TEST_F(Commands, a_mistyped_name_is_answered_with_the_nearest_one) {
    EXPECT_EQ(run("task"), "error: there is no command 'task'; did you mean 'tasks'?");
    EXPECT_EQ(run("mpas 1"), "error: there is no command 'mpas'; did you mean 'maps'?");
    EXPECT_EQ(run("defenestrate"), "error: there is no command 'defenestrate'; 'help' lists them");
}

TEST_F(Commands, a_wrong_number_of_arguments_is_answered_with_the_usage) {
    EXPECT_EQ(run("mm"), "error: mm: found 0 arguments, usage: mm PID|ADDR");
    EXPECT_EQ(run("tasks 1"), "error: tasks: found 1 argument, usage: tasks");
}

TEST_F(Commands, a_pid_that_nobody_has_is_answered_with_those_there_are) {
    EXPECT_EQ(run("maps 7"), "error: maps: no task has pid 7; there are: 0, 1, 2");
    EXPECT_EQ(run("maps x"), "error: maps: 'x' is no pid: expected a decimal number");
    EXPECT_THAT(run("maps 2"), HasSubstr("task 2 (kswapd0) has no address space"));
}

TEST_F(Commands, nothing_but_spaces_does_nothing) {
    EXPECT_EQ(run(" \t "), "");
    EXPECT_EQ(run("--json"), "");
}

TEST_F(Commands, a_line_of_absurd_length_is_refused) {
    EXPECT_THAT(run(std::string(5000, 'x')), StartsWith("error: a command of 5000 characters"));
}

TEST_F(Commands, every_command_is_in_help_and_explains_itself) {
    const std::string all = run("help");
    for (const Command& command : inspection_commands()) {
        EXPECT_THAT(all, HasSubstr(command.name));
        EXPECT_THAT(run("help " + std::string(command.name)), StartsWith(std::string(command.name)));
        EXPECT_LE(command.least, command.most);
    }
    EXPECT_EQ(nlohmann::json::parse(run("help --json"))["commands"].size(), inspection_commands().size());
}

TEST_F(Commands, maps_prints_the_areas_of_a_process_and_of_an_mm_by_address) {
    const std::string line = "08048000-0804a000 r-xp 08048000 00:00 0 \n";
    EXPECT_EQ(run("maps 1"), line);
    EXPECT_EQ(run(fmt::format("maps 0x{:08x}", mm.value)), line);
}

TEST_F(Commands, mm_by_pid_and_by_address_are_the_same) {
    EXPECT_THAT(run("mm 1"), StartsWith(fmt::format("mm of 1 (init) @{:08x}", mm.value)));
    EXPECT_EQ(run("mm 1"), run(fmt::format("mm 0x{:08x}", mm.value)));
    EXPECT_EQ(nlohmann::json::parse(run("mm 1 --json"))["processes"][0]["task"]["comm"], "init");
}

TEST_F(Commands, an_mm_at_a_wild_address_is_an_error_with_its_path) {
    EXPECT_EQ(run("mm 0x00001000"), "error: mm: mm_struct @00001000: not mapped (mm)");
}

TEST_F(Commands, a_prefix_is_completed_in_the_order_of_the_table) {
    EXPECT_THAT(complete_command("ma"), testing::ElementsAre("maps"));
    EXPECT_EQ(complete_command("").size(), inspection_commands().size());
}

TEST_F(Commands, arguments_are_completed_by_what_their_command_takes) {
    const auto complete = [&](std::string_view command, std::string_view prefix) {
        return complete_argument(guest.inspector(), command, prefix);
    };
    EXPECT_THAT(complete("help", "mm"), testing::ElementsAre("mm", "mmlist"));
    EXPECT_THAT(complete("type", "vm_area_s"), testing::ElementsAre("vm_area_struct"));
    EXPECT_THAT(complete("print", "init_m"), testing::ElementsAre("init_mm"));
    EXPECT_THAT(complete("dis", "arch_get_unmapped_area"), testing::ElementsAre("arch_get_unmapped_area"));
    EXPECT_THAT(complete("print", "arch_get_unmapped_area"), testing::IsEmpty()) << "a function is no value";
    EXPECT_THAT(complete("tasks", ""), testing::IsEmpty());
}

/// Every name of a table, in the order of its bits.
TEST(Names, of_all_bits_are_those_of_the_kernels_headers) {
    EXPECT_EQ(join_names(vm_flag_names(~0u)),
              "VM_READ|VM_WRITE|VM_EXEC|VM_SHARED|VM_MAYREAD|VM_MAYWRITE|VM_MAYEXEC|VM_MAYSHARE|VM_GROWSDOWN|"
              "VM_GROWSUP|VM_PFNMAP|VM_DENYWRITE|VM_EXECUTABLE|VM_LOCKED|VM_IO|VM_SEQ_READ|VM_RAND_READ|"
              "VM_DONTCOPY|VM_DONTEXPAND|VM_RESERVED|VM_ACCOUNT|VM_NORESERVE|VM_HUGETLB|VM_NONLINEAR|"
              "VM_MAPPED_COPY|VM_INSERTPAGE|VM_ALWAYSDUMP|VM_CAN_NONLINEAR|VM_MIXEDMAP|VM_SAO|0xc0000000");
    EXPECT_EQ(join_names(entry_names(0x12345FFF)),
              "present|writable|user|write-through|uncached|accessed|dirty|4MiB|global|special|bit10|bit11");
    EXPECT_EQ(join_names(entry_names(0x12345062 | 0x80)), "PROT_NONE|writable|accessed|dirty");
    EXPECT_EQ(join_names(entry_names(0)), "0");
    EXPECT_EQ(join_names(entry_names(1u << 8 | 3u << 1 | 0x40)), "file page 35");
    EXPECT_EQ(join_names(entry_names(77u << 8 | 5u << 1)), "swap area 5 slot 77");
    EXPECT_EQ(join_names(protection_names(0x25)), "present|user|accessed");
    EXPECT_EQ(join_names(protection_names(0xA0)), "PROT_NONE|accessed");
    EXPECT_EQ(join_names(slab_flag_names(~0u)),
              "SLAB_RED_ZONE|SLAB_POISON|SLAB_HWCACHE_ALIGN|SLAB_PANIC|0xfffbd3ff");
    EXPECT_EQ(join_names(swap_flag_names(3)), "SWP_USED|SWP_WRITEOK");
}

TEST_F(Commands, members_that_hold_flags_are_known_by_structure_and_member) {
    const TypeTable& types = guest.kernel().image().types();
    const auto names = [&](std::string_view tag, std::string_view member, uint32_t value) {
        const auto found = flag_names(types, tag, member, value);
        return found ? join_names(*found) : "none";
    };
    EXPECT_EQ(names("vm_area_struct", "vm_flags", 3), "VM_READ|VM_WRITE");
    EXPECT_EQ(names("mm_struct", "def_flags", 0x2000), "VM_LOCKED");
    EXPECT_EQ(names("vm_area_struct", "vm_page_prot", 0x25), "present|user|accessed");
    EXPECT_EQ(names("mm_struct", "flags", 0x7F),
              "MMF_DUMPABLE|MMF_DUMP_SECURELY|MMF_DUMP_ANON_PRIVATE|MMF_DUMP_ANON_SHARED|"
              "MMF_DUMP_MAPPED_PRIVATE|MMF_DUMP_MAPPED_SHARED|MMF_DUMP_ELF_HEADERS");
    EXPECT_EQ(names("task_struct", "state", 0), "TASK_RUNNING");
    EXPECT_EQ(
        names("task_struct", "state", 0x7F),
        "TASK_INTERRUPTIBLE|TASK_UNINTERRUPTIBLE|TASK_STOPPED|TASK_TRACED|EXIT_ZOMBIE|EXIT_DEAD|TASK_DEAD");
    EXPECT_EQ(names("kmem_cache", "flags", 0x800), "SLAB_POISON");
    EXPECT_EQ(names("swap_info_struct", "flags", 1), "SWP_USED");
    EXPECT_EQ(names("pte_t", "", 0x1067), "present|writable|user|accessed|dirty");
    EXPECT_EQ(names("mm_struct", "map_count", 3), "none");
}

}  // namespace

}  // namespace mmscope::test

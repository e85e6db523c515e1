// SPDX-License-Identifier: GPL-2.0-or-later
// print, type, x, dis, bt and log of a real guest; nm, gdb and objdump say what is right.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <regex>

#include "tests/inspect/inspect_lab.h"
#include "tests/support/child_process.h"

namespace mmscope::test {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

class Values : public testing::Test {
  protected:
    ~Values() override { lab.restore(); }
    /// What gdb answers about the image, without a process.
    static std::string gdb(const std::string& command) {
        const ChildResult result =
            run_program({"/usr/bin/gdb", "-nx", "-batch", "-ex", "set width 0", "-ex", command, KERNEL});
        EXPECT_EQ(result.status, 0) << describe(result);
        return result.out;
    }
    Lab& lab = inspected_lab();
    uint32_t pid = subject_pid();
};

TEST_F(Values, print_follows_members_pointers_items_and_tasks) {
    const LinearAddr vma = lab.vma(1);
    const uint32_t start = lab.get(vma, "vm_area_struct", "vm_start");
    const auto json = inspect_as_json(fmt::format("print task({})->mm->mmap->vm_next->vm_start", pid));
    EXPECT_EQ(json["value"], start);
    EXPECT_EQ(json["at"], fmt::format("0x{:08x}", vma.value + 4));
    EXPECT_EQ(inspect_as_json(fmt::format("print task({}).mm.mmap.vm_next.vm_start", pid))["value"], start);
    EXPECT_EQ(
        inspect(fmt::format("print (*task({})).mm->map_count", pid)),
        fmt::format("(*task({})).mm->map_count = {}\n", pid, lab.get(lab.mm(), "mm_struct", "map_count")));
    EXPECT_EQ(inspect("print init_mm.context.size"), "init_mm.context.size = 0\n");
    EXPECT_THAT(inspect("print init_task.comm"), EndsWith(" = \"swapper\"\n"));
}

TEST_F(Values, print_names_flags_functions_and_symbols) {
    EXPECT_THAT(inspect(fmt::format("print task({})->mm->mmap->vm_flags", pid)), HasSubstr("VM_READ|"));
    EXPECT_THAT(inspect(fmt::format("print task({})->mm->mmap->vm_page_prot", pid)),
                HasSubstr("present|user"));
    EXPECT_THAT(inspect(fmt::format("print task({})->mm->get_unmapped_area", pid)),
                HasSubstr("<arch_get_unmapped_area"));
    EXPECT_THAT(inspect("print &init_mm"), HasSubstr("<init_mm>"));
    EXPECT_THAT(inspect(fmt::format("print *task({})->mm->mmap", pid)), HasSubstr("vm_flags"));
}

TEST_F(Values, print_has_the_address_that_nm_has) {
    const ChildResult nm = run_program({"/usr/bin/nm", KERNEL});
    std::smatch match;
    ASSERT_TRUE(std::regex_search(nm.out, match, std::regex("([0-9a-f]{8}) [A-Za-z] init_mm\n")));
    EXPECT_EQ(inspect_as_json("print &init_mm")["value"]["address"], "0x" + match[1].str());
}

TEST_F(Values, initial_values_are_those_that_gdb_reads_from_the_image) {
    if (access("/usr/bin/gdb", X_OK) != 0) GTEST_SKIP() << "there is no gdb";
    const std::string text = gdb("print/d init_mm.mm_count.counter");
    EXPECT_EQ(text, "$1 = 1\n");
    EXPECT_THAT(gdb("print init_task.comm"), HasSubstr("swapper"));
    EXPECT_THAT(inspect("print init_mm.mm_count"), StartsWith("init_mm.mm_count = "));
}

TEST_F(Values, mistakes_in_expressions_are_answered_with_the_nearest_name) {
    EXPECT_THAT(inspect("print init_m"),
                EndsWith("the kernel has no variable 'init_m'; did you mean 'init_mm'?"));
    EXPECT_THAT(inspect("print init_mm.mmlst"), EndsWith("; did you mean 'mmlist'?"));
    EXPECT_THAT(inspect("print init_mm->mmap +"), HasSubstr("character"));
    EXPECT_THAT(inspect("print init_mm.map_count[0]"), HasSubstr("error"));
    EXPECT_THAT(inspect("print (init_mm"), EndsWith("expected ')'"));
    EXPECT_THAT(inspect("print task(77777)->mm"), EndsWith("no task has pid 77777"));
    EXPECT_THAT(inspect("print do_page_fault"), HasSubstr("is a function at 0x"));
    EXPECT_THAT(inspect("print " + std::string(4000, '*') + "x"), EndsWith("nested too deeply"));
}

TEST_F(Values, a_wild_pointer_is_an_error_that_names_the_way_to_it) {
    lab.set(lab.mm(), "mm_struct", "mmap", 0x10);
    EXPECT_EQ(inspect(fmt::format("print task({})->mm->mmap->vm_start", pid)),
              "error: print: vm_area_struct.vm_start @00000014: not mapped (task_struct -> mm -> mmap -> "
              "vm_start)");
}

TEST_F(Values, type_has_the_offsets_and_sizes_of_gdb) {
    if (access("/usr/bin/gdb", X_OK) != 0) GTEST_SKIP() << "there is no gdb";
    for (const char* tag : {"mm_struct", "vm_area_struct", "page", "task_struct"}) {
        const auto json = inspect_as_json(fmt::format("type {}", tag));
        EXPECT_EQ(gdb(fmt::format("print sizeof({})", tag)),
                  fmt::format("$1 = {}\n", json["size"].get<uint32_t>()));
        for (const size_t n : {size_t{1}, json["members"].size() / 2, json["members"].size() - 1}) {
            const auto& member = json["members"][n];
            const std::string name = member["name"];
            EXPECT_EQ(gdb(fmt::format("print/d (unsigned)&(('{}'*)0)->{}", tag, name)),
                      fmt::format("$1 = {}\n", member["offset"].get<uint32_t>()))
                << tag << '.' << name;
        }
    }
    EXPECT_THAT(inspect("type mm_strict"), EndsWith("; did you mean 'mm_struct'?"));
    EXPECT_THAT(inspect("type struct vm_area_struct"), StartsWith("struct vm_area_struct, 80 bytes\n"));
    EXPECT_THAT(inspect("type pageflags"), HasSubstr("PG_locked = 0\n"));
}

TEST_F(Values, x_shows_the_words_of_memory) {
    const LinearAddr mm = lab.mm();
    const auto json = inspect_as_json(fmt::format("x 0x{:08x} 4", mm.value));
    EXPECT_EQ(json["words"][3], fmt::format("0x{:08x}", lab.word(mm + 12)));
    EXPECT_EQ(inspect(fmt::format("x task({})->mm 4", pid)), inspect(fmt::format("x {:08x} 4", mm.value)));
    EXPECT_THAT(inspect("x init_mm 1"), HasSubstr("<init_mm>"));
    EXPECT_EQ(inspect("x 0x10"), "error: x: 0x00000010: not mapped");
    EXPECT_THAT(inspect(fmt::format("x {}:0x08048000 1", pid)), HasSubstr("464c457f"));
    EXPECT_THAT(inspect("x init_mm 0"), HasSubstr("expected 1 to"));
}

TEST_F(Values, dis_reads_what_objdump_reads) {
    const uint32_t at = lab.symbol("find_vma").value;
    const auto json = inspect_as_json("dis find_vma 20");
    const auto& last = json["instructions"][19];
    const uint32_t end = at + 400;
    const ChildResult objdump =
        run_program({"/usr/bin/objdump", "-d", "-M", "intel", "--no-show-raw-insn",
                     fmt::format("--start-address={}", at), fmt::format("--stop-address={}", end), KERNEL});
    for (const auto& instruction : json["instructions"]) {
        const std::string address = instruction["at"].get<std::string>().substr(2);
        const std::string text = instruction["text"];
        EXPECT_THAT(objdump.out, HasSubstr(address + ":\t" + text.substr(0, text.find(' '))));
    }
    EXPECT_FALSE(last["bytes"].get<std::string>().empty());
    EXPECT_THAT(inspect("dis do_page_fault+0x0 200"), HasSubstr("<find_vma>"));
}

TEST_F(Values, bt_of_a_sleeping_kernel_thread_leads_to_its_start) {
    uint32_t sleeper = 0;
    const auto tasks = lab.inspector().tasks().value();
    for (const TaskModel& task : tasks.tasks) {
        if (task.comm == "kswapd0") sleeper = task.pid;
    }
    ASSERT_NE(sleeper, 0u);
    const std::string text = inspect(fmt::format("bt {}", sleeper));
    EXPECT_THAT(text, HasSubstr("switched_back"));
    EXPECT_THAT(text, HasSubstr("schedule+0x"));
    EXPECT_THAT(text, HasSubstr("kswapd"));
    EXPECT_THAT(text, HasSubstr("kernel_thread_start+0x"));
    EXPECT_THAT(text, testing::Not(HasSubstr("!")));
}

TEST_F(Values, bt_of_a_damaged_stack_ends_and_says_so) {
    uint32_t sleeper = 0;
    LinearAddr at;
    for (const TaskModel& task : lab.inspector().tasks().value().tasks) {
        if (task.comm == "kswapd0") sleeper = task.pid, at = task.at;
    }
    lab.set(at, "task_struct", "thread.esp", 0xc0000000);
    EXPECT_THAT(inspect(fmt::format("bt {}", sleeper)), HasSubstr("not on the task's stack"));
    lab.restore();
    const LinearAddr esp(lab.get(at, "task_struct", "thread.esp"));
    lab.set_word(esp + 12, 0xffffff00);
    EXPECT_THAT(inspect(fmt::format("bt {}", sleeper)),
                HasSubstr("! the frame pointer 0xffffff00 leaves the stack"));
}

TEST_F(Values, log_begins_with_the_kernels_first_words) {
    const auto json = inspect_as_json("log");
    ASSERT_FALSE(json["lines"].empty());
    EXPECT_THAT(json["lines"][0].get<std::string>(), HasSubstr("2.6.28"));
    lab.set_word(lab.symbol("log_end"), 0xffffffff);  // the ring has gone round
    EXPECT_EQ(inspect("log").size() >> 15, 1u);
}

}  // namespace
}  // namespace mmscope::test

// SPDX-License-Identifier: GPL-2.0-or-later
// The real gdb debugs the real guest.
#include <gmock/gmock.h>
#include <unistd.h>

#include <csignal>

#include "tests/gdb/debugged_machine.h"

namespace mmscope::test {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;

class Gdb : public testing::Test {
  protected:
    void SetUp() override {
        if (access("/usr/bin/gdb", X_OK) != 0) GTEST_SKIP() << "there is no /usr/bin/gdb";
    }
};

TEST_F(Gdb, stops_in_do_page_fault_and_sees_the_way_there_with_source_lines) {
    DebuggedMachine machine;
    const ChildResult gdb =
        machine.gdb({"break do_page_fault", "continue", "backtrace", "info registers eip cr3",
                     "print/x $cr0 & 0x80000001", "print $cr2 != 0 && $cr3 != 0 && ($cr4 & 16) != 0",
                     "delete", "detach"});
    EXPECT_THAT(gdb.out, HasSubstr("Breakpoint 1, do_page_fault")) << describe(gdb);
    EXPECT_THAT(gdb.out, ContainsRegex("#0 .*do_page_fault .* at .*fault\\.cpp:[0-9]+"));
    EXPECT_THAT(gdb.out, ContainsRegex("eip +0xc01[0-9a-f]+ +0xc01[0-9a-f]+ <do_page_fault"));
    EXPECT_THAT(gdb.out, HasSubstr("$1 = 0x80000001"));
    EXPECT_THAT(gdb.out, ContainsRegex("[$]2 = (1|true)\n"));
    const ChildResult emu = machine.finish();
    EXPECT_EQ(emu.status, 0) << describe(emu);
    EXPECT_THAT(emu.err, HasSubstr("the guest shut down"));
}

TEST_F(Gdb, a_debugged_run_ends_as_one_that_nobody_debugged) {
    const TemporaryFolder folder;
    const ChildResult plain = run_program(emu_arguments(folder, {"--dump-at", "exit:tasks,mm:json"}));
    DebuggedMachine machine({"--dump-at", "exit:tasks,mm:json"});
    const ChildResult gdb =
        machine.gdb({"break handle_mm_fault", "continue 20", "step", "step", "stepi", "finish", "delete",
                     "break do_munmap", "continue", "next", "next", "delete", "detach"});
    EXPECT_THAT(gdb.out, HasSubstr("Value returned is")) << describe(gdb);
    EXPECT_THAT(gdb.out, HasSubstr("Breakpoint 2, do_munmap"));
    const ChildResult emu = machine.finish();
    EXPECT_EQ(emu.status, 0);
    EXPECT_EQ(emu.out, plain.out) << "the serial port";
    EXPECT_THAT(plain.err, HasSubstr("instructions"));
    // Everything that is said on standard error but for the host's time, which includes the virtual one.
    const auto dumped = [](const std::string& err) {
        return err.substr(err.find('{'), err.rfind('}') - err.find('{'));
    };
    EXPECT_EQ(dumped(emu.err), dumped(plain.err)) << "time, instructions, every descriptor";
}

TEST_F(Gdb, threads_are_the_guests_tasks) {
    DebuggedMachine machine;
    const ChildResult gdb = machine.gdb({"break do_page_fault", "continue 30", "info threads",
                                         "thread apply all backtrace 2", "monitor tasks", "kill"});
    EXPECT_THAT(gdb.out, ContainsRegex("Thread 65536 \"swapper")) << describe(gdb);
    EXPECT_THAT(gdb.out, ContainsRegex("Thread 1 \"init"));
    EXPECT_THAT(gdb.out, ContainsRegex("pid 1, "));
    EXPECT_THAT(gdb.out, ContainsRegex("#[01] .*context_switch.*#[12] .*switch_to_next"))
        << "where a sleeper sleeps";
    EXPECT_EQ(machine.finish().status, 0);
}

TEST_F(Gdb, monitor_passes_commands_on) {
    DebuggedMachine machine;
    const ChildResult gdb = machine.gdb({"break do_munmap", "continue", "monitor print init_mm.map_count",
                                         "monitor nonsense", "monitor space 1", "monitor space 999",
                                         "monitor space current", "monitor help", "kill"});
    EXPECT_THAT(gdb.out + gdb.err, HasSubstr("init_mm.map_count")) << describe(gdb);
    EXPECT_THAT(gdb.out + gdb.err, HasSubstr("there is no command 'nonsense'"));
    EXPECT_THAT(gdb.out + gdb.err, HasSubstr("addresses are those of task 1"));
    EXPECT_THAT(gdb.out + gdb.err, HasSubstr("there is no task 999"));
    EXPECT_THAT(gdb.out + gdb.err, HasSubstr("space PID|current"));
    machine.finish();
}

/// The tour alone calls getppid; then init's memory is asked for.
TEST_F(Gdb, memory_is_that_of_the_process_that_was_chosen) {
    DebuggedMachine machine;
    const ChildResult gdb = machine.gdb(
        {"break sys_getppid", "continue",
         "set $init = (task_struct*)((char*)init_task.tasks.next - (long)&((task_struct*)0)->tasks)",
         "print $init->pid", "monitor space 1", "print (char*)$init->mm->arg_start", "monitor space current",
         "print (char*)$init->mm->arg_start", "kill"});
    EXPECT_THAT(gdb.out, ContainsRegex("[$]1 = 1\n")) << describe(gdb);
    EXPECT_THAT(gdb.out, ContainsRegex("[$]2 = 0x[0-9a-f]+ \"/init\""));
    EXPECT_THAT(gdb.out, testing::Not(ContainsRegex("[$]3 = 0x[0-9a-f]+ \"/init\"")));
    machine.finish();
}

TEST_F(Gdb, a_watchpoint_tells_who_changes_map_count) {
    DebuggedMachine machine;
    const ChildResult gdb = machine.gdb({"tbreak do_munmap", "continue", "watch -location mm->map_count",
                                         "continue", "backtrace 2", "continue", "delete", "detach"});
    EXPECT_THAT(gdb.out, HasSubstr("Hardware watchpoint 2: -location mm->map_count")) << describe(gdb);
    EXPECT_THAT(gdb.out, ContainsRegex("Old value = [0-9]+\nNew value = [0-9]+"));
    EXPECT_THAT(gdb.out, ContainsRegex("#0 .*(vma|munmap|mmap).* at .*guest/mm/.*cpp:[0-9]+"));
    EXPECT_EQ(machine.finish().status, 0);
}

TEST_F(Gdb, read_and_access_watchpoints_tell_who_looks_at_map_count) {
    DebuggedMachine machine;
    const ChildResult gdb =
        machine.gdb({"tbreak do_munmap", "continue", "set $count = &mm->map_count", "rwatch *$count",
                     "continue", "backtrace 1", "delete", "awatch *$count", "continue", "delete", "detach"});
    EXPECT_THAT(gdb.out, ContainsRegex("hit Hardware read watchpoint 2: .*\n\nValue = [0-9]+\n"))
        << describe(gdb);
    EXPECT_THAT(gdb.out, ContainsRegex("#0 .*detach_vmas_to_be_unmapped.* at .*munmap\\.cpp:[0-9]+"));
    EXPECT_THAT(gdb.out, ContainsRegex("hit Hardware access \\(read/write\\) watchpoint 3: .*"));
    EXPECT_EQ(machine.finish().status, 0);
}

TEST_F(Gdb, writes_memory_and_registers) {
    DebuggedMachine machine;
    const ChildResult gdb = machine.gdb({"break do_page_fault", "continue", "set var init_mm.map_count = 77",
                                         "print init_mm.map_count", "set var init_mm.map_count = 0",
                                         "set $esi = 0x1234", "print $esi", "print *(int*)0x10", "kill"});
    EXPECT_THAT(gdb.out, HasSubstr("$1 = 77")) << describe(gdb);
    EXPECT_THAT(gdb.out, HasSubstr("$2 = 4660"));
    EXPECT_THAT(gdb.err, HasSubstr("Cannot access memory at address 0x10"));
    machine.finish();
}

TEST_F(Gdb, ctrl_c_stops_a_running_machine) {
    DebuggedMachine machine({"--set", "boot.cmdline=\"init=/tests/mm_stress\""});
    ChildProcess gdb(machine.gdb_arguments({"continue", "info threads", "kill"}));
    ASSERT_TRUE(machine.emu().wait_for_output("\n", kPatience));
    gdb.signal(SIGINT);
    const ChildResult result = gdb.finish(kPatience);
    EXPECT_THAT(result.out, HasSubstr("received signal SIGINT")) << describe(result);
    EXPECT_THAT(result.out, ContainsRegex("\\* [0-9]+ +Thread"));
    EXPECT_EQ(machine.finish().status, 0);
}

TEST_F(Gdb, is_told_how_the_machine_ended) {
    DebuggedMachine machine({"--until", "100ms"});
    const ChildResult gdb = machine.gdb({"continue"});
    EXPECT_THAT(gdb.out, HasSubstr("exited with code 0174")) << describe(gdb);  // 124
    EXPECT_EQ(machine.finish().status, 124);
}

}  // namespace
}  // namespace mmscope::test

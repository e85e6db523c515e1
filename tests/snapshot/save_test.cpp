// SPDX-License-Identifier: GPL-2.0-or-later
// What a saved machine is to others: gdb, readelf, and emu inspect.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "tests/snapshot/snapshot_run.h"

namespace mmscope::test {
namespace {

using testing::HasSubstr;
using testing::Not;

bool exists(const TemporaryFolder& folder, std::string_view name) {
    return std::filesystem::exists(folder.path(name));
}

TEST(snapshot, gdb_reads_the_kernels_memory_and_registers) {
    const TemporaryFolder folder;
    ASSERT_EQ(run_guest(folder, "", {"--snapshot", folder.path("vm.core")}).status, 0);
    const ChildResult gdb =
        run_program({"/usr/bin/gdb", "-batch", "-nx", "-ex", "print init_task.comm", "-ex",
                     "print init_mm.mm_users.counter", "-ex", "print/x init_mm.pgd", "-ex",
                     "print/x &swapper_pg_dir", "-ex", "bt", KERNEL, folder.path("vm.core")});
    EXPECT_THAT(gdb.out, HasSubstr("$1 = \"swapper")) << describe(gdb);
    EXPECT_THAT(gdb.out, HasSubstr("$2 = "));
    EXPECT_THAT(gdb.out, HasSubstr("machine_exit")) << "the function that ended the machine";
    EXPECT_THAT(gdb.err, Not(HasSubstr("warning: Section")));
    EXPECT_THAT(gdb.err, Not(HasSubstr("Cannot access")));
}

TEST(snapshot, readelf_finds_nothing_wrong) {
    const TemporaryFolder folder;
    ASSERT_EQ(run_guest(folder, "", {"--snapshot", folder.path("vm.core")}).status, 0);
    const ChildResult readelf = run_program({"/usr/bin/readelf", "-a", "-W", folder.path("vm.core")});
    EXPECT_EQ(readelf.status, 0);
    EXPECT_EQ(readelf.err, "");
    EXPECT_THAT(readelf.out, Not(HasSubstr("Warning")));
    EXPECT_THAT(readelf.out, HasSubstr("NT_PRSTATUS (prstatus structure)"));
    EXPECT_THAT(readelf.out, HasSubstr("0xc0100000 0x00100000"));
    EXPECT_THAT(readelf.out, testing::ContainsRegex("QEMU +0x000001b8"))
        << "440 bytes: its note of a processor";
    struct stat status {};
    ASSERT_EQ(stat(folder.path("vm.core").c_str(), &status), 0);
    EXPECT_LT(status.st_blocks * 512 * 4, status.st_size) << "pages of zeros are holes";
}

TEST(snapshot, a_compressed_one_is_the_same_core_to_zstd_and_to_emu) {
    const TemporaryFolder folder;
    const std::string plain = folder.path("vm.core"), packed = folder.path("vm.core.zst");
    for (const std::string& file : {plain, packed})
        ASSERT_EQ(run_guest(folder, "", {"--snapshot", file, "--until", "400ms"}).status, 124);
    EXPECT_LT(std::filesystem::file_size(packed) * 20, std::filesystem::file_size(plain));
    ASSERT_EQ(run_program({"/usr/bin/zstd", "-q", "-d", packed, "-o", folder.path("again.core")}).status, 0);
    EXPECT_TRUE(read_text(folder.path("again.core")) == read_text(plain));
    EXPECT_EQ(inspect(packed, {"tasks"}).out, inspect(plain, {"tasks"}).out);
    EXPECT_THAT(inspect(packed, {"diff", plain}).out, HasSubstr("nothing changed"));
    const ChildResult whole = run_guest(folder, "", {"--restore", plain});
    const ChildResult again = run_guest(folder, "", {"--restore", packed});
    EXPECT_EQ(again.status, 0) << describe(again);
    EXPECT_EQ(again.out, whole.out);
}

TEST(snapshot, each_moment_has_its_file) {
    const TemporaryFolder folder;
    const ChildResult run = run_guest(folder, R"(
        [snapshot]
        at = ["exit", "panic", "time:100ms", "time:200ms", "checkpoint:2", "checkpoint:77"]
        file = "vm.core"
    )");
    ASSERT_EQ(run.status, 0) << describe(run);
    EXPECT_TRUE(exists(folder, "vm-exit.core"));
    EXPECT_TRUE(exists(folder, "vm-time-100ms.core"));
    EXPECT_TRUE(exists(folder, "vm-time-200ms.core"));
    EXPECT_TRUE(exists(folder, "vm-checkpoint-2.core"));
    EXPECT_FALSE(exists(folder, "vm-checkpoint-77.core"));
    EXPECT_FALSE(exists(folder, "vm-panic.core"));
    EXPECT_FALSE(exists(folder, "vm.core"));
    ASSERT_EQ(run_guest(folder, "[snapshot]\nat = [\"exit\", \"time:1ms\"]\nfile = \"vm.core.zst\"\n").status,
              0);
    EXPECT_TRUE(exists(folder, "vm-exit.core.zst"));
    EXPECT_TRUE(exists(folder, "vm-time-1ms.core.zst"));
}

TEST(snapshot, a_panic_is_a_moment) {
    const TemporaryFolder folder;
    const ChildResult run = run_guest(folder, "[snapshot]\nat = [\"panic\"]\nfile = \"vm.core\"\n",
                                      {"--set", "boot.cmdline=\"init=/no/such\""});
    EXPECT_EQ(run.status, 3) << describe(run);
    EXPECT_THAT(inspect(folder.path("vm.core"), {"log"}).out, HasSubstr("panic"));
}

TEST(snapshot, increments_are_small_and_with_their_parents_the_whole_machine) {
    const TemporaryFolder folder;
    const auto run = [&](const std::string& file, bool increments) {
        return run_guest(folder,
                         fmt::format("[snapshot]\nat = [\"exit\", \"time:300ms\", \"time:600ms\"]\nfile = "
                                     "\"{}\"\nincrements = {}\nevery = \"50ms\"\n",
                                     file, increments));
    };
    const ChildResult whole = run("whole.core", false), parts = run("part.core", true);
    EXPECT_EQ(parts.out, whole.out);
    EXPECT_TRUE(read_text(folder.path("part-time-300ms.core")) ==
                read_text(folder.path("whole-time-300ms.core")));
    for (const char* moment : {"time-600ms", "exit"}) {
        const std::string part = folder.path(fmt::format("part-{}.core", moment));
        EXPECT_LT(std::filesystem::file_size(part), 2u << 20) << moment;
        const std::string all = folder.path(fmt::format("whole-{}.core", moment));
        EXPECT_THAT(inspect(part, {"diff", all}).out, HasSubstr("nothing changed"));
        ASSERT_EQ(run_guest(folder, "", {"--restore", part, "--until", "1ns", "--snapshot", folder.path("x")})
                      .status,
                  124);
        EXPECT_TRUE(read_text(folder.path("x")) == read_text(all)) << moment;
        const ChildResult readelf = run_program({"/usr/bin/readelf", "-a", "-W", part});
        EXPECT_EQ(readelf.err, "");
        EXPECT_THAT(readelf.out, Not(HasSubstr("Warning")));
    }
    std::filesystem::remove(folder.path("part-time-600ms.core"));
    EXPECT_THAT(inspect(folder.path("part-exit.core"), {"tasks"}).err,
                HasSubstr("part-exit.core: needs its parent"));
}

TEST(snapshot, taking_one_does_not_disturb_the_machine) {
    const TemporaryFolder folder;
    const auto run = [&](const std::string& snapshot, const std::string& name) {
        const ChildResult result =
            run_guest(folder, snapshot, {"--trace", folder.path(name), "--dump-at", "exit:mm:json"});
        EXPECT_EQ(result.status, 0) << describe(result);
        return result.out + read_text(folder.path(name));
    };
    const std::string plain = run("", "a.jsonl");
    const std::string saved = run(
        "[snapshot]\nat = [\"time:50ms\", \"time:333ms\", \"time:500ms\"]\nfile = \"vm.core\"\n", "b.jsonl");
    EXPECT_TRUE(plain == saved);
}

TEST(snapshot, the_same_machine_gives_the_same_file) {
    const TemporaryFolder folder;
    for (const char* name : {"a.core", "b.core"})
        ASSERT_EQ(run_guest(folder, "[snapshot]\nat = [\"time:300ms\"]\n", {"--snapshot", folder.path(name)})
                      .status,
                  0);
    EXPECT_TRUE(read_text(folder.path("a.core")) == read_text(folder.path("b.core")));
}

TEST(snapshot, what_cannot_be_written_is_said_with_status_2) {
    const TemporaryFolder folder;
    const ChildResult nowhere = run_guest(folder, "", {"--snapshot", folder.path("no/such/vm.core")});
    EXPECT_EQ(nowhere.status, 2);
    EXPECT_THAT(nowhere.err, HasSubstr("vm.core: cannot write: No such file or directory"));
    EXPECT_EQ(nowhere.out, "") << "it is known before the machine runs";
    const ChildResult full =
        run_guest(folder, "", {"--snapshot", folder.path("vm.core")}, {.file_size_limit = 100'000});
    EXPECT_EQ(full.status, 2) << describe(full);
    EXPECT_THAT(full.err, HasSubstr("vm.core: cannot write: File too large"));
    EXPECT_FALSE(exists(folder, "vm.core"));
}

TEST(inspect, a_snapshot_answers_as_the_live_machine_did) {
    const TemporaryFolder folder;
    const ChildResult run = run_guest(folder, "",
                                      {"--snapshot", folder.path("vm.core"), "--dump-at", "exit:tasks",
                                       "--dump-to", folder.path("live.txt")});
    ASSERT_EQ(run.status, 0) << describe(run);
    const ChildResult tasks = inspect(folder.path("vm.core"), {"tasks"});
    EXPECT_EQ(tasks.status, 0) << describe(tasks);
    EXPECT_EQ("== tasks at exit\n" + tasks.out, read_text(folder.path("live.txt")));
    const ChildResult audit = inspect(folder.path("vm.core"), {"audit"});
    EXPECT_EQ(audit.status, 0) << describe(audit);
    EXPECT_THAT(audit.out, HasSubstr("clean"));
}

TEST(inspect, another_kernel_is_refused) {
    const TemporaryFolder folder;
    ASSERT_EQ(run_guest(folder, "", {"--snapshot", folder.path("vm.core")}).status, 0);
    const std::string other = folder.write("other.elf", read_text(KERNEL) + "x");
    const ChildResult result =
        run_program({EMU, "inspect", "--kernel", other, folder.path("vm.core"), "tasks"});
    EXPECT_EQ(result.status, 2);
    EXPECT_EQ(result.out, "");
    EXPECT_THAT(result.err, HasSubstr("not the kernel of this snapshot"));
}

TEST(inspect, wrong_use_has_status_2_and_says_what_is_right) {
    EXPECT_THAT(inspect("/nowhere.core", {"tasks"}).err, HasSubstr("/nowhere.core: cannot read"));
    EXPECT_EQ(inspect("/nowhere.core", {"tasks"}).status, 2);
    EXPECT_THAT(inspect("/nowhere.core", {}).err, HasSubstr("usage: emu inspect"));
    EXPECT_THAT(inspect(KERNEL, {"tasks"}).err, HasSubstr("ELF type 2, expected a core"));
    const ChildResult help = run_program({EMU, "inspect", "--help"});
    EXPECT_EQ(help.status, 0);
    EXPECT_THAT(help.out, HasSubstr("maps"));
}

}  // namespace
}  // namespace mmscope::test

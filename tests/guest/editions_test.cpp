// SPDX-License-Identifier: GPL-2.0-or-later
// The kernels of other editions: their tours, the test programs that have something to say of their memory
// management, and what puts editions side by side.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "tests/guest/guest_run.h"

namespace mmscope::test {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;

struct EditionProgram {
    const char* edition;
    const char* program;
};
void PrintTo(const EditionProgram& test, std::ostream* out) {
    *out << test.program << " on " << test.edition;
}

constexpr EditionProgram kPrograms[] = {
    {"2.4.0", "devices"},      {"2.4.0", "dumps"},          {"2.4.0", "faults"},
    {"2.4.0", "ldt"},          {"2.4.0", "mm_advice"},      {"2.4.0", "mm_areas"},
    {"2.4.0", "mm_faults"},    {"2.4.0", "mm_fork"},        {"2.4.0", "mm_locking"},
    {"2.4.0", "mm_model"},     {"2.4.0", "mm_remap"},       {"2.4.0", "mm_stress"},
    {"2.4.0", "mm_torture"},   {"2.4.0", "mm_truncate"},    {"2.4.0", "proc"},
    {"2.4.0", "proc_memory"},  {"2.4.0", "swap_workload"},  {"2.4.0", "threads"},
    {"2.4.18", "aio"},         {"2.4.18", "devices"},       {"2.4.18", "dumps"},
    {"2.4.18", "faults"},      {"2.4.18", "ldt"},           {"2.4.18", "mm_advice"},
    {"2.4.18", "mm_areas"},    {"2.4.18", "mm_faults"},     {"2.4.18", "mm_fork"},
    {"2.4.18", "mm_locking"},  {"2.4.18", "mm_model"},      {"2.4.18", "mm_nonlinear"},
    {"2.4.18", "mm_remap"},    {"2.4.18", "mm_stress"},     {"2.4.18", "mm_torture"},
    {"2.4.18", "mm_truncate"}, {"2.4.18", "proc"},          {"2.4.18", "proc_memory"},
    {"2.4.18", "shadow"},      {"2.4.18", "swap_workload"}, {"2.4.18", "threads"},
    {"2.4.18", "vdso"},        {"2.6.11", "aio"},           {"2.6.11", "dumps"},
    {"2.6.11", "ldt"},         {"2.6.11", "mm_advice"},     {"2.6.11", "mm_areas"},
    {"2.6.11", "mm_faults"},   {"2.6.11", "mm_fork"},       {"2.6.11", "mm_locking"},
    {"2.6.11", "mm_model"},    {"2.6.11", "mm_nonlinear"},  {"2.6.11", "mm_remap"},
    {"2.6.11", "mm_stress"},   {"2.6.11", "mm_torture"},    {"2.6.11", "mm_truncate"},
    {"2.6.11", "no_leaks"},    {"2.6.11", "proc"},          {"2.6.11", "swap_workload"},
    {"2.6.11", "threads"},     {"2.6.11", "vdso"},          {"2.6.11", "devices"},
};

class edition_program : public testing::TestWithParam<EditionProgram> {};

/// With an audit of everything at the end.
TEST_P(edition_program, finds_what_it_expects_and_prints_the_same_on_qemu) {
    const auto& [edition, program] = GetParam();
    const std::string init = fmt::format("/tests/{}", program);
    const GuestRun emu = run_on_emu(init, {"--audit", "fail"}, edition);
    EXPECT_THAT(program_output(emu),
                EndsWith(fmt::format("ok {}\ninit exited with status 0: power off\n", program)))
        << describe(emu.process);
    EXPECT_EQ(emu.code, 0);
    if (!have_qemu()) return;
    const GuestRun qemu = run_on_qemu(init, {}, edition);
    EXPECT_EQ(without_victims(emu.serial), without_victims(qemu.serial));
    EXPECT_EQ(emu.code, qemu.code);
}

INSTANTIATE_TEST_SUITE_P(editions, edition_program, testing::ValuesIn(kPrograms), [](const auto& test) {
    std::string name = fmt::format("{}_{}", test.param.edition, test.param.program);
    std::ranges::replace(name, '.', '_');
    return name;
});

class edition_at_length : public testing::TestWithParam<const char*> {};

/// Fork bombs and more memory than there is: a quarter of a minute.
TEST_P(edition_at_length, loses_nothing) {
    if (!std::getenv("MMSCOPE_LONG")) GTEST_SKIP() << "MMSCOPE_LONG=1 asks for it";
    const GuestRun run = run_on_emu("/tests/no_leaks", {"--audit", "fail"}, GetParam());
    EXPECT_THAT(program_output(run), EndsWith("ok no_leaks\ninit exited with status 0: power off\n"))
        << describe(run.process);
}

INSTANTIATE_TEST_SUITE_P(editions, edition_at_length, testing::Values("2.4.0", "2.4.18"),
                         [](const auto& test) {
                             std::string name = test.param;
                             std::ranges::replace(name, '.', '_');
                             return name;
                         });

std::string config_file(const std::string& edition) {
    return fmt::format("{}/configs/linux-{}.toml", SOURCES, edition);
}

class edition_tour : public testing::TestWithParam<const char*> {};

TEST_P(edition_tour, prints_the_same_on_qemu) {
    if (!have_qemu()) GTEST_SKIP() << "QEMU is not installed";
    const GuestRun emu = run_on_emu("/init", {}, GetParam()), qemu = run_on_qemu("/init", {}, GetParam());
    EXPECT_EQ(emu.serial, qemu.serial);
    EXPECT_EQ(emu.code, qemu.code);
}

TEST_P(edition_tour, ends_as_expected_and_breaks_no_rule) {
    const ChildResult run = run_program(
        {EMU, config_file(GetParam()), "--headless", "--audit", "checkpoint", "--set", "audit.fail=true"});
    EXPECT_EQ(run.status, 0) << describe(run);
    EXPECT_THAT(run.out, HasSubstr(fmt::format("mmscope kernel, edition {}:", GetParam())));
    EXPECT_THAT(run.out, HasSubstr("tour: all 9 stops as expected"));
    EXPECT_THAT(run.err, HasSubstr("; no violation"));
}

INSTANTIATE_TEST_SUITE_P(editions, edition_tour, testing::Values("2.4.0", "2.4.18", "2.6.11", "2.6.28"),
                         [](const auto& test) {
                             std::string name = test.param;
                             std::ranges::replace(name, '.', '_');
                             return name;
                         });

/// Several processes want more memory than there is: reclaim, the swap token of that edition, and swapoff.
TEST(edition_swap, everybody_gets_his_memory_back_on_2_6_11) {
    const ChildResult run =
        run_program({EMU, fmt::format("{}/configs/swap.toml", SOURCES), "--headless", "--audit", "fail",
                     "--set", fmt::format("boot.kernel=\"{}\"", kernel_file("2.6.11")), "--set",
                     "boot.cmdline=\"init=/tests/swap_thrash\""});
    EXPECT_EQ(run.status, 0) << describe(run);
    EXPECT_THAT(run.out, HasSubstr("ok swap_thrash"));
    EXPECT_THAT(run.err, HasSubstr("; no violation"));
}

// Side by side -----------------------------------------------------------------------------------------

TEST(compare, two_editions_differ_where_their_rules_do) {
    const ChildResult run =
        run_program({EMU, "compare", config_file("2.6.11"), config_file("2.6.28"), "--json"});
    ASSERT_EQ(run.status, 0) << describe(run);
    const auto json = nlohmann::json::parse(run.out);
    EXPECT_EQ(json["schema"], "mmscope.compare");
    const auto &old = json["runs"][0], &now = json["runs"][1];
    EXPECT_EQ(old["edition"], "2.6.11");
    EXPECT_EQ(now["edition"], "2.6.28");
    const auto figure = [](const auto& of, const char* group, const char* name) {
        return of["figures"][group][name].template get<uint64_t>();
    };
    // fork copies everything, so the child has fewer faults of its own.
    EXPECT_LT(figure(old, "page faults", "file_read"), figure(now, "page faults", "file_read"));
    // The page of kernel code is no area.
    EXPECT_LT(figure(old, "areas", "most in one space"), figure(now, "areas", "most in one space"));
    EXPECT_EQ(figure(old, "memory", "bytes of vm_area_struct"), 88u);
    EXPECT_EQ(figure(now, "memory", "bytes of vm_area_struct"), 80u);
    for (const auto& of : {old, now}) {
        EXPECT_GT(figure(of, "look-ups", "find_vma"), figure(of, "look-ups", "answered by mmap_cache"));
        EXPECT_GT(figure(of, "look-ups", "answered by mmap_cache"), 0u);
        EXPECT_GT(figure(of, "areas", "deepest tree"), 2u);
        EXPECT_EQ(figure(of, "areas", "longest list without a tree"), 0u);
    }
}

/// The shell obeys a script, as it would a person.
TEST(compare, the_text_has_what_differs_and_names_the_rest) {
    const ChildResult run = run_program({EMU, "compare", config_file("2.6.11"), config_file("2.6.28"),
                                         "--set", "boot.cmdline=\"init=/share/scripts/session\""});
    ASSERT_EQ(run.status, 0) << describe(run);
    EXPECT_THAT(run.out, HasSubstr("hit ratio of mmap_cache"));
    EXPECT_THAT(run.out, HasSubstr("bytes of mm_struct"));
    EXPECT_THAT(run.out, HasSubstr("the same in both: "));
    EXPECT_THAT(run.out, HasSubstr("2.6.28 ended: "));
}

TEST(compare, what_is_wrong_is_refused) {
    const ChildResult one = run_program({EMU, "compare", config_file("2.6.11")});
    EXPECT_EQ(one.status, 2);
    EXPECT_THAT(one.err, HasSubstr("usage: emu compare A.toml B.toml"));
    const ChildResult none = run_program({EMU, "compare", "/nowhere/a.toml", config_file("2.6.11")});
    EXPECT_EQ(none.status, 2);
    EXPECT_THAT(none.err, HasSubstr("/nowhere/a.toml"));
}

std::string text_of(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

/// The kernels there are, the oldest first: their versions sort as text.
std::vector<std::string> kernels() {
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(GUEST_DIR)) {
        const std::string name = entry.path().filename();
        if (name.starts_with("kernel-") && name.ends_with(".elf") && !name.contains("pass1"))
            files.push_back(entry.path());
    }
    std::ranges::sort(files);
    return files;
}

/// If this fails, ./dev history writes the page anew.
TEST(history, the_page_shows_the_structures_that_the_kernels_have) {
    std::vector<std::string> command = {EMU, "describe-editions"};
    std::ranges::copy(kernels(), std::back_inserter(command));
    const ChildResult run = run_program(command);
    ASSERT_EQ(run.status, 0) << describe(run);
    EXPECT_THAT(run.out, HasSubstr("| `mmap_cache` |"));
    EXPECT_THAT(text_of(fmt::format("{}/docs/history.md", SOURCES)), EndsWith(run.out));
}

/// The members of one structure in the tables of one kernel.
std::vector<std::string> members_in(const std::string& tables, const std::string& structure) {
    std::vector<std::string> names;
    const size_t begin = tables.find(fmt::format("### {}\n", structure));
    if (begin == std::string::npos) return names;
    std::istringstream lines(tables.substr(begin, tables.find("\n\n###", begin) - begin));
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("| `")) names.push_back(line.substr(3, line.find('`', 3) - 3));
    }
    return names;
}

/// MM_FACTS 3.5 and 3.6.
TEST(history, edition_2_6_11_has_every_member_in_its_order) {
    const ChildResult run = run_program({EMU, "describe-editions", kernel_file("2.6.11")});
    ASSERT_EQ(run.status, 0) << describe(run);
    EXPECT_THAT(
        members_in(run.out, "mm_struct"),
        ElementsAre("mmap", "mm_rb", "mmap_cache", "get_unmapped_area", "unmap_area", "mmap_base",
                    "free_area_cache", "pgd", "mm_users", "mm_count", "map_count", "mmap_sem",
                    "page_table_lock", "mmlist", "start_code", "end_code", "start_data", "end_data",
                    "start_brk", "brk", "start_stack", "arg_start", "arg_end", "env_start", "env_end", "rss",
                    "anon_rss", "total_vm", "locked_vm", "shared_vm", "exec_vm", "stack_vm", "reserved_vm",
                    "def_flags", "nr_ptes", "saved_auxv", "dumpable", "cpu_vm_mask", "context",
                    "swap_token_time", "recent_pagein", "core_waiters", "core_startup_done", "core_done",
                    "ioctx_list_lock", "ioctx_list", "default_kioctx", "hiwater_rss", "hiwater_vm"));
    EXPECT_THAT(members_in(run.out, "vm_area_struct"),
                ElementsAre("vm_mm", "vm_start", "vm_end", "vm_next", "vm_page_prot", "vm_flags", "vm_rb",
                            "shared", "anon_vma_node", "anon_vma", "vm_ops", "vm_pgoff", "vm_file",
                            "vm_private_data", "vm_truncate_count"));
    EXPECT_THAT(members_in(run.out, "vm_operations_struct"),
                ElementsAre("open", "close", "nopage", "populate"));
}

}  // namespace
}  // namespace mmscope::test

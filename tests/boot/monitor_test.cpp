// SPDX-License-Identifier: GPL-2.0-or-later
// emu --monitor: commands from a file, a pipe and a terminal, while the machine stands still.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <nlohmann/json.hpp>
#include <regex>

#include "tests/support/child_process.h"

namespace mmscope::test {
namespace {

using testing::HasSubstr;
using testing::Not;
using Seconds = ChildProcess::Seconds;

constexpr Seconds kPatience(20);
constexpr const char* kShell = "boot.cmdline='init=/bin/sh'";

std::vector<std::string> monitored(const std::vector<std::string>& more) {
    std::vector<std::string> arguments{EMU, DEFAULT_CONFIG, "--headless", "--set", "trace.file=''"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
}

ChildResult run_script(std::string_view script, const std::vector<std::string>& more = {}) {
    const TemporaryFolder folder;
    auto arguments = monitored({"--monitor=" + folder.write("script", script)});
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_program(arguments);
}

/// The line of the summary that begins with "virtual time": time and instructions.
std::string time_line(const ChildResult& result) {
    const size_t start = result.err.find("\nvirtual time ");
    return result.err.substr(start, result.err.find('\n', start + 1) - start);
}

TEST(Monitor, a_script_is_obeyed_line_by_line_and_its_end_ends_emu) {
    const ChildResult result = run_script(
        "# comments and empty lines do nothing\n\n"
        "run 60ms\n"
        "print &init_mm  # symbols are known\n"
        "tasks --json\n");
    EXPECT_EQ(result.status, 0) << describe(result);
    const size_t stopped = result.err.find("stopped at 0.060"), printed = result.err.find("<init_mm>"),
                 tasks = result.err.find("{\"schema\"");
    EXPECT_LT(stopped, printed) << describe(result);
    EXPECT_LT(printed, tasks) << describe(result);
    EXPECT_THAT(time_line(result), HasSubstr("virtual time 0.06"));
}

TEST(Monitor, before_the_first_instruction_there_is_nothing_to_decode) {
    const ChildResult result = run_script("tasks\n");
    EXPECT_EQ(result.status, 2) << describe(result);
    EXPECT_THAT(result.err, HasSubstr("script:1: tasks: the kernel has not turned paging on"));
}

TEST(Monitor, a_command_that_fails_ends_a_script_with_status_2_and_its_line) {
    const ChildResult result = run_script("run 60ms\nmap 1\ntasks\n");
    EXPECT_EQ(result.status, 2) << describe(result);
    EXPECT_THAT(result.err, HasSubstr("script:2: there is no command 'map'; did you mean 'maps'?"));
    EXPECT_THAT(result.err, Not(HasSubstr("tasks at time")));
    EXPECT_THAT(run_script("run 5\n").err, HasSubstr("script:1: run 5: "));
    EXPECT_THAT(run_script("step 0\n").err, HasSubstr("script:1: step 0: expected a number from 1 to"));
    EXPECT_THAT(run_script("quit now\n").err, HasSubstr("script:1: quit: found 1 arguments"));
}

TEST(Monitor, a_machine_that_has_ended_answers_but_does_not_run) {
    const ChildResult result = run_script("run\nmmlist\naudit\nrun\n");
    EXPECT_EQ(result.status, 2) << describe(result);
    EXPECT_THAT(result.err, HasSubstr("the guest shut down at "));
    EXPECT_THAT(result.err, HasSubstr("PHASE"));
    EXPECT_THAT(result.err, HasSubstr("script:4: run: the machine has ended"));
    EXPECT_EQ(run_script("run\nmmlist\n").status, 0);
}

TEST(Monitor, the_limit_of_the_configuration_ends_the_machine_in_the_monitor_too) {
    const ChildResult result = run_script("run 10ms\nrun 1s\nlog\n", {"--until", "30ms"});
    EXPECT_EQ(result.status, 124) << describe(result);
    EXPECT_THAT(result.err, HasSubstr("the virtual time limit was reached at 0.03"));
    EXPECT_THAT(result.err, HasSubstr("2.6.28"));
}

TEST(Monitor, a_run_in_pieces_is_the_run_as_a_whole) {
    const TemporaryFolder folder;
    const std::string whole = folder.path("whole.jsonl"), pieces = folder.path("pieces.jsonl");
    const ChildResult once = run_program(monitored({"--trace", whole}));
    std::string script;
    for (int i = 0; i < 40; ++i)
        script += fmt::format("run {}us\nstep {}\nmmlist\naudit\n", 1500 + 497 * i, 1 + i % 3);
    const ChildResult twice = run_script("run 60ms\n" + script + "run\n", {"--trace", pieces});
    ASSERT_EQ(twice.status, 0) << describe(twice);
    EXPECT_EQ(once.out, twice.out);
    EXPECT_EQ(time_line(once), time_line(twice));
    EXPECT_EQ(read_text(whole), read_text(pieces));
}

TEST(Monitor, a_step_is_an_instruction) {
    EXPECT_THAT(time_line(run_script("step\n")), HasSubstr(", 1 instructions"));
    const ChildResult seven = run_script("step 7\n");
    EXPECT_THAT(time_line(seven), HasSubstr(", 7 instructions"));
    const ChildResult singly = run_script("step\nstep 2\nstep\nstep 3\n");
    EXPECT_EQ(time_line(singly), time_line(seven));
    const auto last_stop = [](const ChildResult& result) {
        const size_t at = result.err.rfind("stopped at ");
        return result.err.substr(at, result.err.find('\n', at) - at);
    };
    EXPECT_EQ(last_stop(singly), last_stop(seven));
}

TEST(Monitor, a_program_can_ask_through_a_pipe_and_wait_for_each_answer) {
    ChildProcess child(monitored({"--monitor", "--set", kShell}), {.input = ChildInput::Pipe});
    child.write_input("run 70ms\n");
    ASSERT_TRUE(child.wait_for_error("stopped at 0.07", kPatience)) << child.err();
    child.write_input("print task(1)->comm\n");
    ASSERT_TRUE(child.wait_for_error("task(1)->comm = ", kPatience)) << child.err();
    EXPECT_THAT(child.err(), Not(HasSubstr("(emu) "))) << "a prompt is for persons";
    child.close_input();
    EXPECT_EQ(child.finish(kPatience).status, 0);
}

TEST(Monitor, slab_has_the_caches_of_proc_slabinfo) {
    const TemporaryFolder folder;
    const std::string script = folder.write("script", "run 400ms\nslab --json\n");
    ChildProcess child(monitored({"--monitor=" + script, "--set", kShell}), {.input = ChildInput::Pipe});
    child.write_input("cat /proc/slabinfo\n");
    child.close_input();
    const ChildResult result = child.finish(kPatience);
    const size_t start = result.err.find("{\"schema\"");
    ASSERT_NE(start, std::string::npos) << describe(result);
    const auto answer =
        nlohmann::json::parse(result.err.substr(start, result.err.find('\n', start) - start), nullptr, false);
    ASSERT_FALSE(answer.is_discarded()) << describe(result);
    for (const auto& cache : answer["caches"]) {
        // name <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab>
        const std::string pattern =
            fmt::format("\n{} +[0-9]+ +[0-9]+ +{} +{} +{} ", cache["name"].get<std::string>(),
                        cache["object_size"].get<uint32_t>(), cache["per_slab"].get<uint32_t>(),
                        1u << cache["order"].get<uint32_t>());
        EXPECT_TRUE(std::regex_search(result.out, std::regex(pattern))) << pattern << '\n' << result.out;
    }
    EXPECT_GT(answer["caches"].size(), 20u);
}

TEST(Monitor, diff_tells_in_words_what_happened_since_a_snapshot) {
    const TemporaryFolder folder;
    const std::string core = folder.path("early.core");
    const ChildResult early = run_program(monitored({"--until", "330ms", "--snapshot", core}));
    ASSERT_EQ(early.status, 124) << describe(early);
    const ChildResult result = run_script(fmt::format("run 500ms\ndiff {}\ndiff {} --json\n", core, core));
    EXPECT_EQ(result.status, 0) << describe(result);
    EXPECT_THAT(result.err, HasSubstr("from 0.330"));
    EXPECT_THAT(result.err, HasSubstr("process 9 (tour)"));
    EXPECT_THAT(result.err, HasSubstr("\"command\":\"diff\""));
    const ChildResult same = run_program({EMU, "inspect", core, "diff", core});
    EXPECT_EQ(same.status, 0) << describe(same);
    EXPECT_THAT(same.out, HasSubstr("\nnothing changed\n"));
    const ChildResult missing = run_program({EMU, "inspect", core, "diff", "/no/such.core"});
    EXPECT_EQ(missing.status, 2) << describe(missing);
    EXPECT_THAT(missing.err, HasSubstr("/no/such.core"));
}

TEST(Monitor, no_translation_is_stale_at_any_stop_of_a_run) {
    std::string script = "run 250ms\n";
    for (int i = 0; i < 30; ++i)
        script += "run 17ms\ntlb\n";
    const ChildResult result = run_script(script);
    EXPECT_EQ(result.status, 0) << describe(result);
    EXPECT_THAT(result.err, HasSubstr(" live translations, "));
    size_t answers = 0;
    for (size_t at = result.err.find(", 0 stale\n"); at != std::string::npos;
         at = result.err.find(", 0 stale\n", at + 1))
        ++answers;
    EXPECT_EQ(answers, 30u) << describe(result);
    EXPECT_THAT(run_script("run 300ms\ntlb\n", {"--set", "cpu.mmu='unicorn'"}).err,
                HasSubstr("translations are known only with cpu.mmu"));
}

TEST(Monitor, a_script_that_cannot_be_read_is_named) {
    const ChildResult missing = run_program(monitored({"--monitor=/no/such/script"}));
    EXPECT_EQ(missing.status, 2) << describe(missing);
    EXPECT_THAT(missing.err, HasSubstr("/no/such/script: cannot read: No such file"));
    const ChildResult folder = run_program(monitored({"--monitor=/"}));
    EXPECT_EQ(folder.status, 2) << describe(folder);
    EXPECT_THAT(folder.err, HasSubstr("/: cannot read: Is a directory"));
}

TEST(Monitor, garbage_is_refused_in_bounded_time) {
    std::string garbage(1 << 20, '*');
    const ChildResult result = run_script("run 60ms\nprint " + garbage + "\n");
    EXPECT_EQ(result.status, 2) << describe(result);
    EXPECT_THAT(result.err, HasSubstr("script:2: print: "));
}

/// A person's terminal, with the machine at its prompt.
class MonitorPrompt : public testing::Test {
  protected:
    void SetUp() override { await_prompt(); }
    /// Until then keys are the terminal's to edit.
    void await_prompt() {
        for (int tries = 0; tries < 400 && !child.err().ends_with("(emu) "); ++tries)
            static_cast<void>(child.wait_for_error("never said", Seconds(0.05)));
        EXPECT_TRUE(child.err().ends_with("(emu) ")) << child.err();
    }
    /// Types keys and waits for what they lead to.
    void type(const std::string& keys, const std::string& answer) {
        child.write_input(keys);
        EXPECT_TRUE(child.wait_for_error(answer, kPatience)) << keys << ": " << child.err();
    }
    /// The same, when the machine stands again behind it.
    void ask(const std::string& keys, const std::string& answer) {
        type(keys, answer);
        await_prompt();
    }
    ChildProcess child{monitored({"--monitor", "--set", kShell}), {.input = ChildInput::Terminal}};
};

TEST_F(MonitorPrompt, mistakes_are_told_and_the_prompt_comes_again) {
    ask("mpas 1\r", "there is no command 'mpas'; did you mean 'maps'?");
    ask("run 70ms\r", "stopped at 0.07");
    ask("print init_mm.map_count\r", "init_mm.map_count = 0");
    type("quit\r", "virtual time");
    EXPECT_EQ(child.finish(kPatience).status, 0);
}

TEST_F(MonitorPrompt, tab_completes_and_the_arrow_brings_the_last_line_back) {
    ask("run 70ms\r", "stopped at 0.07");
    ask("mml\t\r", "PHASE");
    ask("print init_mm.map_count\r", "init_mm.map_count = 0");
    ask("\x15print &current_ta\t\r", "&current_task = 0x");
    ask("type vm_area_str\t\r", "struct vm_area_struct, ");
    ask("print init_mm.map_count\r", "init_mm.map_count = 0");
    ask("\x1b[A\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7fhiwater_rss\r", "init_mm.hiwater_rss = 0");
    type("\x04", "virtual time");
    EXPECT_EQ(child.finish(kPatience).status, 0) << "Ctrl-D ends it";
}

TEST_F(MonitorPrompt, ctrl_c_drops_a_line_and_interrupts_a_run) {
    type("quit", "(emu) quit");
    ask("\x03", "^C");
    ask("step\r", "stopped at ");
    child.write_input("run\r");
    ASSERT_TRUE(child.wait_for_output("/ # ", kPatience)) << child.out();
    ask("\x03", "interrupted at ");
    ask("maps 1\r", "/bin/sh");
    type("quit\r", "virtual time");
    EXPECT_EQ(child.finish(kPatience).status, 0);
}

TEST_F(MonitorPrompt, sigterm_at_the_prompt_ends_emu) {
    child.signal(SIGTERM);
    EXPECT_EQ(child.finish(kPatience).how, "killed by signal 15");
}

}  // namespace
}  // namespace mmscope::test

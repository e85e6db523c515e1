// SPDX-License-Identifier: GPL-2.0-or-later
// What runs the machine or brings it back is the monitor's own; everything else is an inspection command.
#include "app/monitor.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <sstream>
#include <utility>

#include "app/checkpoint_keeper.h"
#include "app/inspect_snapshot.h"
#include "app/units.h"

namespace mmscope {
namespace {

constexpr size_t kLongestLine = 1u << 16;  // what follows is dropped; commands refuse less
constexpr uint32_t kMostSteps = 1'000'000;

struct OwnCommand {
    std::string_view usage, help;
    size_t fewest = 0, most = 0;  // arguments
};
constexpr std::array kOwnCommands = std::to_array<OwnCommand>({
    {"run [TIME]", "goes on, for this much virtual time (10ms) or until the end", 0, 1},
    {"step [N]", "goes on for one instruction, or N", 0, 1},
    {"checkpoint", "keeps the machine as it is now, in memory"},
    {"checkpoints", "lists them (snapshot.every takes them by itself)"},
    {"back N", "makes the machine what it was at checkpoint N; those behind it are forgotten", 1, 1},
    {"quit", "ends emu"},
});

std::vector<std::string> words_of(const std::string& line) {
    std::istringstream stream(line);
    std::vector<std::string> words;
    for (std::string word; stream >> word;)
        words.push_back(word);
    return words;
}

/// From 1 on.
std::optional<uint32_t> parse_count(const std::string& word, uint32_t most) {
    uint32_t number = 0;
    const char* const end = word.data() + word.size();
    const auto [stop, status] = std::from_chars(word.data(), end, number);
    if (status != std::errc{} || stop != end || number == 0 || number > most) return std::nullopt;
    return number;
}

std::string_view name_in(std::string_view usage) {
    return usage.substr(0, usage.find(' '));
}

std::vector<std::string> complete(const Inspector& inspector, std::string_view line,
                                  std::string_view prefix) {
    const std::vector<std::string> words = words_of(std::string(line));
    if (!words.empty()) return complete_argument(inspector, words[0], prefix);
    std::vector<std::string> names = complete_command(prefix);
    for (const OwnCommand& command : kOwnCommands) {
        if (command.usage.starts_with(prefix)) names.emplace_back(name_in(command.usage));
    }
    return names;
}

void say(const std::string& text) {
    std::fputs(text.c_str(), stderr);
}

}  // namespace

Result<std::unique_ptr<Monitor>> Monitor::create(const std::filesystem::path& file,
                                                 const Inspector& inspector, const Machine& machine,
                                                 CheckpointKeeper& keeper, LineReader::Idle idle) {
    auto monitor = std::unique_ptr<Monitor>(new Monitor(inspector, machine, keeper));
    if (file.empty() && isatty(STDIN_FILENO) != 0) {
        monitor->reader_ = std::make_unique<LineReader>(
            [&inspector](std::string_view line, std::string_view prefix) {
                return complete(inspector, line, prefix);
            },
            std::move(idle));
        say("The machine stands still. 'help' lists the commands, 'run' lets it go.\n");
        return monitor;
    }
    monitor->name_ = file.empty() ? "standard input" : file.string();
    monitor->stream_.reset(file.empty() ? fdopen(dup(STDIN_FILENO), "r") : std::fopen(file.c_str(), "r"));
    if (!monitor->stream_)
        return fail(fmt::format("{}: cannot read: {}", monitor->name_, std::strerror(errno)));
    return monitor;
}

std::optional<std::string> Monitor::next_line() {
    return reader_ ? reader_->read("(emu) ") : next_line_of_stream();
}

std::optional<std::string> Monitor::next_line_of_stream() {
    ++line_;
    std::string line;
    int c = std::fgetc(stream_.get());
    if (c == EOF && std::ferror(stream_.get()) != 0)
        error_ = Error{fmt::format("{}: cannot read: {}", name_, std::strerror(errno))};
    if (c == EOF) return std::nullopt;
    for (; c != EOF && c != '\n'; c = std::fgetc(stream_.get())) {
        if (line.size() < kLongestLine) line += static_cast<char>(c);
    }
    return line;
}

Monitor::Action Monitor::next() {
    while (auto line = next_line()) {
        const auto action = obey(line->substr(0, line->find('#')));
        if (action && *action) return **action;
        if (action) continue;
        if (reader_) {
            say(action.error().message + '\n');
            continue;
        }
        error_ = Error{fmt::format("{}:{}: {}", name_, line_, action.error().message)};
        break;
    }
    return Quit{};
}

Result<std::optional<Monitor::Action>> Monitor::obey(const std::string& line) {
    const std::vector<std::string> words = words_of(line);
    if (words.empty()) return std::nullopt;
    for (const OwnCommand& command : kOwnCommands) {
        if (words[0] != name_in(command.usage)) continue;
        const size_t arguments = words.size() - 1;
        if (arguments < command.fewest || arguments > command.most)
            return fail(fmt::format("{}: found {} arguments, expected {}{}", words[0], arguments,
                                    command.fewest == command.most ? "" : "at most ", command.most));
        return obey_machine_command(words);
    }
    const auto output = run_command(inspection(), words);
    if (!output) return std::unexpected(output.error());
    say(output->text);
    if (words.size() == 1 && words[0] == "help") {
        for (const OwnCommand& command : kOwnCommands)
            say(fmt::format("{:<20} {}\n", command.usage, command.help));
    }
    return std::nullopt;
}

Result<std::optional<Monitor::Action>> Monitor::obey_machine_command(const std::vector<std::string>& words) {
    if (words[0] == "quit") return Quit{};
    if (words[0] == "run" || words[0] == "step") return obey_run(words);
    if (auto done = obey_checkpoint_command(words); !done)
        return fail(fmt::format("{}: {}", fmt::join(words, " "), done.error().message));
    return std::nullopt;
}

Result<std::optional<Monitor::Action>> Monitor::obey_run(const std::vector<std::string>& words) const {
    if (ended_) return fail(fmt::format("{}: the machine has ended", words[0]));
    if (words[0] == "run") {
        if (words.size() == 1) return Run{};
        const auto time = parse_duration(words[1]);
        if (!time) return fail(fmt::format("run {}: {}", words[1], time.error().message));
        return Run{*time};
    }
    const auto count = words.size() == 2 ? parse_count(words[1], kMostSteps) : std::optional(1u);
    if (!count) return fail(fmt::format("step {}: expected a number from 1 to {}", words[1], kMostSteps));
    return Step{*count};
}

Result<void> Monitor::obey_checkpoint_command(const std::vector<std::string>& words) {
    if (words[0] == "checkpoints") return say(keeper_.list()), Result<void>{};
    if (words[0] == "checkpoint") {
        if (ended_) return fail("the machine has ended");
        const auto number = keeper_.take();
        if (!number) return std::unexpected(number.error());
        say(fmt::format("checkpoint {} at {}\n", *number, format_duration(machine_.now().ns)));
        return {};
    }
    const auto number = parse_count(words[1], UINT32_MAX);
    if (!number) return fail("expected a checkpoint's number");
    if (auto done = keeper_.go_back(*number); !done) return done;
    ended_.reset();
    stopped(fmt::format("back at checkpoint {}", *number));
    return {};
}

Inspection Monitor::inspection() const {
    const CpuRegisters registers = machine_.cpu().registers();
    const AuditPlace place = registers.cpl == 3 ? AuditPlace::AtRest : AuditPlace::Anywhere;
    return {
        .inspector = inspector_,
        .tlb = &machine_.cpu().tlb(),
        .registers = registers,
        .place = ended_.value_or(place),
        .other = [](const std::string& file, const auto& look) { return look_at_snapshot(file, "", look); }};
}

void Monitor::stopped(const std::string& why) {
    const CpuRegisters registers = machine_.cpu().registers();
    const std::string name = inspector_.kernel().symbols().describe(LinearAddr(registers.eip));
    say(fmt::format("{} at {}, eip 0x{:08x}{}\n", why, format_duration(machine_.now().ns), registers.eip,
                    name.empty() ? "" : " <" + name + ">"));
}

void Monitor::ended(const std::string& how, AuditPlace place) {
    ended_ = place;
    stopped(how);
}

}  // namespace mmscope

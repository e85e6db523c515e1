// SPDX-License-Identifier: GPL-2.0-or-later
// The table of commands, help, and the way from a line to an answer.
#include "inspect/commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "inspect/command_call.h"
#include "inspect/inspect_json.h"

namespace mmscope {

namespace {

constexpr size_t kLongestLine = 4096;

Result<std::string> run_help(const CommandCall& call);

constexpr std::array kCommands = {
    Command{"help", "[COMMAND]", "what there is, or how one command is used", 0, 1, run_help},
    Command{"tasks", "", "all tasks, threads after their leader", 0, 0, run_tasks},
    Command{"mm", "PID|ADDR", "every member of an mm_struct, typed", 1, 1, run_mm},
    Command{"maps", "PID", "the areas, exactly as /proc/PID/maps prints them", 1, 1, run_maps},
    Command{"vma", "PID ADDR", "the area that holds an address: every member, flags by name", 2, 2, run_vma},
    Command{"vtop", "PID ADDR", "an address through the page tables, level by level", 2, 2, run_vtop},
    Command{"pagemap", "PID", "each page: area beside entry, disagreements marked", 1, 1, run_pagemap},
    Command{"mmlist", "", "every mm_struct: counters, phase, whether it is on init_mm's list", 0, 0,
            run_mmlist},
    Command{"type", "NAME", "the layout of a type: offsets, sizes, what is unused", 1, 3, run_type},
    Command{"print", "EXPR",
            "a value: init_mm.mmlist.next, task(3)->mm->mmap->vm_flags, &init_mm, *current_task", 1, 32,
            run_print},
    Command{"x", "ADDR [N]", "N words of memory; ADDR is hexadecimal, a symbol, PID:ADDR or an expression", 1,
            2, run_x},
    Command{"dis", "ADDR [N]", "N instructions", 1, 2, run_dis},
    Command{"bt", "PID", "the kernel's frames of a task", 1, 1, run_bt},
    Command{"log", "", "the kernel's message buffer", 0, 0, run_log},
    Command{"slab", "[CACHE]", "the slab caches, or every slab and object of one", 0, 1, run_slab},
    Command{"frames", "[PFN]", "frames by use, or who maps one: page tables beside the kernel's reverse map",
            0, 1, run_frames},
    Command{"swap", "", "swap areas: slots, users as counted and as found, by process", 0, 0, run_swap},
    Command{"ldt", "PID", "the local descriptor table of a process, decoded", 1, 1, run_ldt},
    Command{"tlb", "", "live translations, and those that the page tables do not have any more", 0, 0,
            run_tlb},
    Command{"diff", "FILE.core", "what came, went or changed between this moment and a snapshot's", 1, 1,
            run_diff},
    Command{"audit", "", "checks every invariant of the memory descriptors", 0, 0, run_audit},
};

const Command* find_command(std::string_view name) {
    const auto it = std::ranges::find(kCommands, name, &Command::name);
    return it == kCommands.end() ? nullptr : &*it;
}

std::string usage_of(const Command& command) {
    std::string usage(command.name);
    if (!command.arguments.empty()) usage += fmt::format(" {}", command.arguments);
    return usage;
}

std::unexpected<Error> unknown_command(std::string_view name) {
    std::vector<std::string_view> names;
    for (const Command& command : kCommands)
        names.push_back(command.name);
    const std::string near = nearest_name(name, names);
    if (near.empty()) return fail(fmt::format("there is no command '{}'; 'help' lists them", name));
    return fail(fmt::format("there is no command '{}'; did you mean '{}'?", name, near));
}

Result<std::string> run_help(const CommandCall& call) {
    std::vector<const Command*> wanted;
    if (const std::string* name = call.argument(0)) {
        const Command* command = find_command(*name);
        if (command == nullptr) return unknown_command(*name);
        wanted.push_back(command);
    } else {
        for (const Command& command : kCommands)
            wanted.push_back(&command);
    }
    if (call.json) {
        InspectJson json{{"schema", "mmscope.inspect"}, {"version", 1}, {"command", "help"}};
        json["commands"] = InspectJson::array();
        for (const Command* command : wanted) {
            json["commands"].push_back(
                {{"name", command->name}, {"arguments", command->arguments}, {"help", command->help}});
        }
        return json_line(json);
    }
    std::string out;
    for (const Command* command : wanted)
        out += fmt::format("{:<20} {}\n", usage_of(*command), command->help);
    return out + "--json as the last word makes the answer JSON\n";
}

std::vector<std::string> split_words(std::string_view line) {
    std::vector<std::string> words;
    constexpr std::string_view kSpace = " \t\r\n";
    for (size_t start = line.find_first_not_of(kSpace); start != std::string_view::npos;) {
        const size_t end = std::min(line.find_first_of(kSpace, start), line.size());
        words.emplace_back(line.substr(start, end - start));
        start = line.find_first_not_of(kSpace, end);
    }
    return words;
}

}  // namespace

std::span<const Command> inspection_commands() {
    return kCommands;
}

Result<CommandOutput> run_command(const Inspection& inspection, std::string_view line) {
    if (line.size() > kLongestLine)
        return fail(fmt::format("a command of {} characters; the longest is {}", line.size(), kLongestLine));
    return run_command(inspection, split_words(line));
}

Result<CommandOutput> run_command(const Inspection& inspection, std::vector<std::string> words) {
    CommandCall call{inspection, {}, false};
    if (!words.empty() && words.back() == "--json") {
        call.json = true;
        words.pop_back();
    }
    if (words.empty()) return CommandOutput{};
    const Command* command = find_command(words.front());
    if (command == nullptr) return unknown_command(words.front());
    call.arguments.assign(std::make_move_iterator(words.begin() + 1), std::make_move_iterator(words.end()));
    if (call.arguments.size() < command->least || call.arguments.size() > command->most) {
        return fail(fmt::format("{}: found {} argument{}, usage: {}", command->name, call.arguments.size(),
                                call.arguments.size() == 1 ? "" : "s", usage_of(*command)));
    }
    auto text = command->run(call);
    if (!text) return fail(fmt::format("{}: {}", command->name, text.error().message));
    return CommandOutput{std::move(*text)};
}

std::vector<std::string> complete_command(std::string_view prefix) {
    std::vector<std::string> names;
    for (const Command& command : kCommands) {
        if (command.name.starts_with(prefix)) names.emplace_back(command.name);
    }
    return names;
}

std::vector<std::string> complete_argument(const Inspector& inspector, std::string_view command,
                                           std::string_view prefix) {
    constexpr size_t kMost = 500;
    if (command == "help") return complete_command(prefix);
    std::vector<std::string> names;
    if (command == "type") names = inspector.kernel().image().types().all_names();
    if (command == "print" || command == "x" || command == "dis") {
        for (const Symbol& symbol : inspector.kernel().symbols().all()) {
            if (symbol.is_function == (command != "print") || command == "x") names.push_back(symbol.name);
        }
        std::ranges::sort(names);
    }
    std::erase_if(names, [&](const std::string& name) { return !name.starts_with(prefix); });
    if (names.size() > kMost) names.resize(kMost);
    return names;
}

}  // namespace mmscope

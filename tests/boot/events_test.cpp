// SPDX-License-Identifier: GPL-2.0-or-later
// Events of the real kernel's functions, seen from outside: against what the guest prints of itself, and
// against the logic of what they say.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>

#include "introspect/kernel_image.h"
#include "tests/guest/disk_image.h"
#include "tests/support/child_process.h"
#include "trace/event_names.h"
#include "trace/event_rules.h"

namespace mmscope::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

struct TracedTour {
    std::string serial, summary;
    std::vector<json> events;  // without header and end
};

TracedTour traced_tour(const std::vector<std::string>& settings) {
    const TemporaryFolder folder;
    const std::string trace = folder.path("t.jsonl");
    std::vector<std::string> command = {EMU, DEFAULT_CONFIG, "--headless", "--json", "--trace", trace};
    for (const std::string& setting : settings)
        command.insert(command.end(), {"--set", setting});
    const ChildResult result = run_program(command);
    EXPECT_EQ(result.status, 0) << describe(result);
    TracedTour tour{result.out, result.err, {}};
    std::istringstream lines(read_text(trace));
    for (std::string line; std::getline(lines, line);) {
        const json event = json::parse(line);
        if (event["event"] != "header" && event["event"] != "end") tour.events.push_back(event);
    }
    return tour;
}

const TracedTour& tour_with_all_events() {
    static const TracedTour tour = traced_tour({"trace.events=['*']"});
    return tour;
}

/// What the kernel's functions do, without the processor's own events, which take longer.
const TracedTour& tour_with_calls() {
    static const TracedTour tour =
        traced_tour({"trace.events=['fault', 'vma.*', 'mm.*', 'sched.*', 'syscall', 'signal.*']"});
    return tour;
}

uint32_t address(const json& value) {
    return static_cast<uint32_t>(std::stoul(value.get<std::string>(), nullptr, 16));
}

constexpr uint32_t kTourPid = 9;

TEST(events, every_event_that_the_tour_causes_is_seen) {
    std::set<std::string> seen;
    for (const json& event : tour_with_all_events().events)
        seen.insert(event["event"]);
    for (const std::string_view event : kTraceEvents) {
        const bool rare = event.starts_with("swap.") || event == "vma.move" || event == kAuditFinding;
        EXPECT_EQ(seen.contains(std::string(event)), !rare) << event;
    }
}

TEST(events, whoever_watches_changes_nothing) {
    const TracedTour plain = traced_tour({});
    EXPECT_EQ(plain.serial, tour_with_all_events().serial);
    const auto moment = [](const TracedTour& tour) {
        const json summary = json::parse(tour.summary.substr(tour.summary.find("{\"schema")));
        return std::pair(summary["virtual_ns"].get<uint64_t>(), summary["instructions"].get<uint64_t>());
    };
    EXPECT_EQ(moment(plain), moment(tour_with_all_events()));
    size_t faults = 0;
    for (const json& event : tour_with_all_events().events)
        faults += event["event"] == "fault";
    EXPECT_EQ(plain.events.size(), faults);
}

/// Pages that areas cover, and where the stack begins.
struct Space {
    std::set<uint32_t> pages;
    uint32_t stack = 0;
    friend bool operator==(const Space&, const Space&) = default;
};

void add(std::set<uint32_t>& pages, uint32_t start, uint32_t end) {
    for (uint32_t page = start; page < end; page += 4096)
        pages.insert(page);
}

/// The last /proc/9/maps that the tour printed.
Space printed_space(const std::string& serial) {
    Space space;
    const size_t head = serial.rfind(fmt::format("=== maps {} ", kTourPid));
    EXPECT_NE(head, std::string::npos);
    std::istringstream lines(serial.substr(serial.find('\n', head) + 1));
    for (std::string line; std::getline(lines, line) && !line.starts_with("=== end");) {
        uint32_t start = 0, end = 0;
        EXPECT_EQ(std::sscanf(line.c_str(), "%x-%x", &start, &end), 2) << line;
        if (line.find("[stack]") != std::string::npos) {
            space.stack = start;
        } else {
            add(space.pages, start, end);
        }
    }
    return space;
}

TEST(events, the_areas_of_a_process_follow_from_what_was_mapped_and_unmapped) {
    const TracedTour& tour = tour_with_calls();
    Space replayed;
    for (const json& event : tour.events) {
        const std::string name = event["event"];
        if (event["tgid"] != kTourPid || (!name.starts_with("vma.") && name != "mm.alloc")) continue;
        if (name == "mm.alloc") replayed = {};
        if (name == "vma.map") {
            const uint32_t at = address(event["result"]);
            add(replayed.pages, at, at + event["length"].get<uint32_t>());
        } else if (name == "vma.insert" && !event["flags"].get<std::string>().contains("growsdown")) {
            add(replayed.pages, address(event["start"]), address(event["end"]));
        } else if (name == "vma.brk") {
            add(replayed.pages, address(event["start"]), address(event["end"]));
        } else if (name == "vma.unmap") {
            const auto& pages = replayed.pages;
            replayed.pages.erase(pages.lower_bound(address(event["start"])),
                                 pages.lower_bound(address(event["end"])));
        } else if (name == "vma.grow") {
            EXPECT_LE(address(event["new_start"]), address(event["address"]));
            replayed.stack = address(event["new_start"]);
        }
    }
    EXPECT_EQ(replayed, printed_space(tour.serial));
}

TEST(events, each_reference_of_a_freed_descriptor_was_taken_and_given_back) {
    struct References {
        int users = 1, count = 1;
    };
    std::map<std::string, References> living;
    size_t freed = 0;
    for (const json& event : tour_with_calls().events) {
        const std::string name = event["event"];
        if (!name.starts_with("mm.") || !event.contains("mm_struct")) continue;
        const std::string mm = event["mm_struct"];
        if (name == "mm.alloc" || name == "mm.dup") living[mm] = {};
        if (!living.contains(mm)) continue;  // init_mm, and init's, which is older than the trace
        References& references = living[mm];
        references.users += (name == "mm.get") - (name == "mm.put");
        references.count += (name == "mm.grab") - (name == "mm.drop");
        if (name == "mm.drop" && event.value("freed", 0) == 1) {
            EXPECT_EQ(references.count, 0) << event;
            ++freed;
        }
        if (name == "mm.put" && event["users_before"] == 1) {
            EXPECT_EQ(references.users, 0) << event;
        }
    }
    EXPECT_GE(freed, 4u);  // those of the tour and its children
}

TEST(events, each_switch_leaves_the_task_that_the_last_one_chose) {
    std::map<uint64_t, json> switches;  // by time, for a record stands where the task came back
    for (const json& event : tour_with_calls().events) {
        if (event["event"] == "sched.switch") switches[event["time_ns"]] = event;
    }
    ASSERT_GT(switches.size(), 50u);
    std::optional<int> running;
    for (const auto& [time, event] : switches) {
        if (running) {
            EXPECT_EQ(event["prev_pid"], *running) << event;
        }
        EXPECT_EQ(event["prev_pid"], event["pid"]);
        running = event["next_pid"];
    }
}

TEST(events, a_system_call_has_its_name_and_a_caught_signal_its_number) {
    size_t maps = 0, caught = 0;
    for (const json& event : tour_with_calls().events) {
        if (event["event"] == "syscall" && event["number"] == 192) {
            EXPECT_EQ(event["call"], "sys_mmap2");
            ++maps;
        }
        if (event["event"] == "signal.deliver") caught += event["signal"] == "SIGSEGV";
    }
    EXPECT_GT(maps, 3u);
    EXPECT_GE(caught, 1u);
}

/// What the filters of the next test let through.
bool is_chosen(const json& event) {
    const std::string name = event["event"];
    constexpr uint32_t kFirst = 0xB0000000, kEnd = 0xB8000000;
    if (event["pid"] != kTourPid) return false;
    if (name == "fault") {
        const uint32_t at = address(event["cr2"]);
        return event["kind"].get<std::string>().starts_with("cow_") && at >= kFirst && at < kEnd;
    }
    return name.starts_with("vma.") && address(event["start"]) < kEnd && address(event["end"]) > kFirst;
}

TEST(events, names_processes_and_addresses_choose) {
    const TracedTour tour =
        traced_tour({"trace.events=['vma.*', 'fault', 'syscall']", "trace.kinds=['cow_*']",
                     fmt::format("trace.pids=[{}]", kTourPid), "trace.addresses=['0xb0000000-0xb8000000']"});
    std::vector<json> expected;
    for (const json& event : tour_with_calls().events) {
        if (is_chosen(event)) expected.push_back(event);
    }
    const auto faults =
        std::ranges::count(expected, "fault", [](const json& event) { return event["event"]; });
    EXPECT_GT(faults, 3);
    EXPECT_GT(std::ranges::ssize(expected), faults + 3);
    EXPECT_TRUE(tour.events == expected) << tour.events.size() << ", expected " << expected.size();
}

/// In the order of Show, as far as a value's form is the same everywhere.
bool has_form(Show show, const json& value) {
    static const std::array kForms = {
        std::regex("0x[0-9a-f]{8}"),
        std::regex(""),
        std::regex("-?[0-9]+|-E[A-Z0-9]+"),
        std::regex("0x[0-9a-f]{8}|-E[A-Z0-9]+|-51[0-9]"),  // what only the kernel has: ERESTART...
        std::regex("((read|write|exec|shared|may[a-z]+|[a-z]+_?[a-z]{3,})[|]?)*"),
        std::regex("none|((read|write|exec)[|]?)+"),
        std::regex("SIG[A-Z0-9]+"),
        std::regex(".+"),
        std::regex("[a-z0-9_]{3,}|none")};
    if (show == Show::Number) return value.is_number();
    return value.is_string() &&
           std::regex_match(value.get<std::string>(), kForms.at(static_cast<size_t>(show)));
}

TEST(events, each_record_has_what_its_rule_promises_in_the_form_that_it_says) {
    std::map<std::string, std::vector<json>> by_name;
    for (const json& event : tour_with_all_events().events)
        by_name[event["event"]].push_back(event);
    for (const EventRule& rule : event_rules()) {
        std::vector<FieldRule> fields = rule.before;
        fields.insert(fields.end(), rule.after.begin(), rule.after.end());
        if (!rule.mm.empty()) {
            for (const char* key : {"users_before", "count_before"})
                fields.push_back({.key = key, .value = {}, .show = Show::Number});
            fields.push_back({.key = "mm_struct", .value = {}, .show = Show::Address});
        }
        for (const json& event : by_name[std::string(rule.event)]) {
            EXPECT_EQ(event.contains("start") && event.contains("end"), !rule.start.empty()) << event;
            if (event["duration_ns"].is_null()) continue;
            for (const FieldRule& field : fields) {
                const json value = event.value(std::string(field.key), json());
                EXPECT_TRUE(has_form(field.show, value)) << field.key << " of " << event;
            }
            const bool counted = event.contains("users") && event.contains("count");
            EXPECT_EQ(counted, !rule.mm.empty() && event.value("freed", 0) == 0) << event;
        }
    }
    EXPECT_GT(by_name["mm.drop"].size(), 3u);
    EXPECT_TRUE(std::ranges::none_of(by_name["vma.merge"], [](const json& event) {
        return address(event["merged_start"]) >= address(event["merged_end"]);
    }));
}

TEST(events, what_the_processor_does_to_translations_and_entries_fits_together) {
    std::map<std::string, uint32_t> entries;  // by place, as last written
    size_t fills = 0, followed = 0, other = 0, flushes = 0, of_all = 0;
    for (const json& event : tour_with_all_events().events) {
        const std::string name = event["event"];
        if (name == "tlb.fill" || name == "tlb.invalidate") {
            EXPECT_EQ(address(event["end"]), address(event["start"]) + 4096) << event;
            EXPECT_NE(address(event["start"]), 0u) << event;
        }
        if (name == "tlb.fill") {
            const uint32_t entry = address(event["entry"]),
                           mask = (entry & 0x80) != 0 ? 0xFFC00000 : 0xFFFFF000;
            EXPECT_EQ(address(event["frame"]) & mask, entry & mask) << event;
            EXPECT_EQ(entry & 1, 1u) << event;
            ++fills;
        }
        if (name == "tlb.flush") (event["globals_too"] == 0 ? flushes : of_all) += 1;
        if (name != "pte.change" || event["size"] != 4) continue;
        const auto [known, fresh] = entries.try_emplace(event["at"], address(event["new"]));
        // The processor sets A and D by itself, and freed tables are cleared in other ways.
        if (!fresh) ((address(event["old"]) ^ known->second) & ~0x60u) == 0 ? ++followed : ++other;
        known->second = address(event["new"]);
    }
    EXPECT_GT(fills, 1000u);
    EXPECT_GT(flushes, of_all);
    EXPECT_GT(followed, 100u);
    EXPECT_LT(other * 5, followed);
}

/// The guest's own count of pages that came in is in its last line.
TEST(events, pages_that_go_to_the_swap_area_and_come_back_are_seen) {
    const TemporaryFolder folder;
    make_swap_image(folder.path("swap.img"), 64);
    const TracedTour run = traced_tour({"trace.events=['swap.*']", "machine.ram='16MiB'",
                                        fmt::format("disk.hda='{}'", folder.path("swap.img")),
                                        "boot.cmdline='init=/bin/bench bench=swap_in divide=8'"});
    size_t in = 0, out = 0;
    std::set<std::string> slots;
    for (const json& event : run.events) {
        EXPECT_EQ(event["result"], "0") << event;
        if (event["event"] == "swap.out") {
            slots.insert(event["entry"]);
            ++out;
        } else {
            EXPECT_TRUE(slots.contains(event["entry"])) << "read before it was written: " << event;
            ++in;
        }
    }
    const size_t line = run.serial.find("end fault: swap-in: ");
    ASSERT_NE(line, std::string::npos) << run.serial;
    const size_t counted =
        std::stoul(run.serial.substr(run.serial.find_last_of(' ', run.serial.find('\r', line))));
    EXPECT_GE(counted, 128u);
    EXPECT_GE(in, counted);
    EXPECT_GE(out, counted);
}

TEST(events, an_area_that_moves_is_seen_where_it_was_and_where_mremap_says_it_is) {
    const TracedTour run =
        traced_tour({"trace.events=['vma.move', 'syscall']", "boot.cmdline='init=/tests/mm_remap'"});
    std::set<std::string> places;  // where mremap said
    size_t moves = 0;
    for (const json& event : run.events) {
        if (event.value("call", "") == "sys_mremap") places.insert(event["result"]);
    }
    for (const json& event : run.events) {
        if (event["event"] != "vma.move" || event["result"].get<std::string>().starts_with("-")) continue;
        EXPECT_LT(address(event["start"]), address(event["end"]));
        EXPECT_EQ(event["result"], event["new_address"]) << event;
        EXPECT_TRUE(places.contains(event["result"])) << event;
        ++moves;
    }
    EXPECT_GE(moves, 2u);
}

/// objdump's opinion of where a function returns.
TEST(events, exits_are_those_of_a_disassembler) {
    const auto image = KernelImage::open(KERNEL).value();
    for (const EventRule& rule : event_rules()) {
        const auto function = image->types().find_function(rule.function);
        ASSERT_TRUE(function.has_value()) << rule.function;
        EXPECT_EQ(function->inlined_copies, 0u) << rule.function;
        const auto exits = find_exits(*image, *function).value();
        const ChildResult listing = run_program(
            {"/usr/bin/objdump", "-d", "--no-show-raw-insn",
             fmt::format("--start-address={:#x}", function->entry.value),
             fmt::format("--stop-address={:#x}", function->entry.value + function->size), KERNEL});
        ASSERT_EQ(listing.status, 0) << describe(listing);
        std::set<uint32_t> returns;
        std::istringstream lines(listing.out);
        for (std::string line; std::getline(lines, line);) {
            if (line.ends_with("ret") || line.find("\tret ") != std::string::npos)
                returns.insert(static_cast<uint32_t>(std::stoul(line, nullptr, 16)));
        }
        std::set<uint32_t> own;
        for (const LinearAddr exit : exits) {
            if (exit.value - function->entry.value < function->size) own.insert(exit.value);
        }
        EXPECT_EQ(own, returns) << rule.function;
        EXPECT_FALSE(exits.empty()) << rule.function;
    }
}

TEST(events, one_that_does_not_exist_is_refused_with_those_that_do) {
    const ChildResult result = run_program({EMU, DEFAULT_CONFIG, "--headless", "--set",
                                            "trace.events=['vma.teleport']", "--trace", "/dev/null.jsonl"});
    EXPECT_EQ(result.status, 2);
    EXPECT_THAT(result.err, HasSubstr("found string \"vma.teleport\", expected names of events such as"));
}

}  // namespace
}  // namespace mmscope::test

// SPDX-License-Identifier: GPL-2.0-or-later
// Reads the lines of the guest's bench program, and at its checkpoints the processor's count and the tree.
#include "tests/bench/guest_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "introspect/kernel_image.h"
#include "introspect/objects.h"
#include "machine/disk_image.h"
#include "tests/boot/boot_run.h"

namespace mmscope::test {
namespace {

enum : uint32_t { kBegin = 1001, kDone = 1002, kEnd = 1003, kFindVma = 1004 };  // guest/user/bench/bench.h

struct Line {
    std::string name;
    std::array<uint32_t, 3> numbers{};
};

/// The last line "WORD NAME: NUMBERS" of the serial output; NAME may be missing, with its colon.
Line last_line(const std::string& serial, const std::string& word) {
    Line line;
    const size_t start = serial.rfind("\n" + word + " ");
    if (start == std::string::npos) return line;
    const size_t end = std::min(serial.find('\n', start + 1), serial.size());
    std::string rest = serial.substr(start + word.size() + 2, end - start - word.size() - 2);
    if (const size_t colon = rest.rfind(": "); colon != std::string::npos) {
        line.name = rest.substr(0, colon);
        rest.erase(0, colon + 2);
    }
    const char* at = rest.c_str();
    for (uint32_t& number : line.numbers) {
        char* after = nullptr;
        number = static_cast<uint32_t>(std::strtoul(at, &after, 10));
        at = after;
    }
    return line;
}

uint64_t instructions_at(const Inspector& inspector) {
    const auto tasks = inspector.tasks();
    return tasks ? tasks->moment.instructions : 0;
}

/// 0 if it cannot be read: the counts then do not agree.
uint32_t number_of(const Result<TypedRef>& object, std::string_view steps) {
    if (!object) return 0;
    const auto member = object->follow(steps);
    if (!member) return 0;
    return member->u32().value_or(0);
}

/// An area's depth is the number of steps that find_vma takes to its first address.
void measure_tree(const Objects& objects, uint32_t node, uint32_t depth, const Line& arena, FindVma& into) {
    if (node == 0 || depth > 100) return;
    const auto rb_node = objects.object("rb_node", LinearAddr(node));
    measure_tree(objects, number_of(rb_node, "rb_left"), depth + 1, arena, into);
    measure_tree(objects, number_of(rb_node, "rb_right"), depth + 1, arena, into);
    const auto area_type = objects.object("vm_area_struct", LinearAddr(0));
    if (!rb_node || !area_type) return;
    const uint32_t start = number_of(rb_node->container(area_type->type(), "vm_rb"), "vm_start");
    if (start < arena.numbers[0] || start - arena.numbers[0] >= arena.numbers[1]) return;
    ++into.areas;
    into.depth = std::max(into.depth, depth);
    into.depths += depth;
}

void look_at_tree(const Inspector& inspector, const std::string& serial, FindVma& into) {
    const auto objects = Objects::at(inspector);
    if (!objects) return;
    into.worst = number_of(objects->variable("vm_stat"), "find_vma_worst");
    const uint32_t root = number_of(objects->variable("current_task"), "mm.mm_rb.rb_node");
    measure_tree(*objects, root, 1, last_line(serial, "arena"), into);
}

Lookups lookups_named(const std::string& serial, const std::string& name) {
    const std::string word = "lookups " + name + ":";
    const Line line = last_line(serial, word);
    return {line.numbers[0], line.numbers[1], line.numbers[2]};
}

bool ended_well(const BootResult& result) {
    if (result.serial.find("exited with status 0: power off") != std::string::npos) return true;
    fmt::print("the guest's bench program failed; it printed:\n{}\n", result.serial);
    return false;
}

}  // namespace

std::vector<Operation> run_operations(const std::string& part, const std::string& swap_image) {
    BootOptions options;
    std::unique_ptr<DiskImage> disk;
    if (!swap_image.empty()) {
        auto opened = DiskImage::open(swap_image, DiskWrites::Overlay);
        if (!opened) return fmt::print("{}\n", opened.error().message), std::vector<Operation>();
        disk = std::move(*opened);
        options.disks[0] = disk.get();
        options.ram = 16u << 20;
    }
    std::vector<Operation> operations;
    options.command_line = "init=/bin/bench bench=" + part;
    options.at_checkpoint = [&](uint32_t id, const Inspector& inspector, const std::string& serial) {
        if (id == kBegin) {
            const Line line = last_line(serial, "begin");
            operations.push_back({line.name, line.numbers[0], 0, instructions_at(inspector)});
        } else if (operations.empty()) {
            return;
        } else if (id == kDone) {
            operations.back().instructions = instructions_at(inspector) - operations.back().instructions;
        } else if (id == kEnd) {
            operations.back().events = last_line(serial, "end").numbers[0];
        }
    };
    const BootResult result = boot(options);
    return ended_well(result) ? operations : std::vector<Operation>();
}

bool kernel_checks_itself() {
    const auto image = KernelImage::open(KERNEL);
    return image && (*image)->symbols().find("validate_mm") != nullptr;
}

std::optional<FindVma> run_find_vma() {
    FindVma found;
    BootOptions options;
    options.command_line = "init=/bin/bench bench=find_vma";
    options.at_checkpoint = [&](uint32_t id, const Inspector& inspector, const std::string& serial) {
        if (id == kFindVma) look_at_tree(inspector, serial, found);
    };
    const BootResult result = boot(options);
    if (!ended_well(result) || found.areas == 0) return std::nullopt;
    found.scattered = lookups_named(result.serial, "scattered");
    found.neighbours = lookups_named(result.serial, "neighbours");
    return found;
}

Lookups run_tour_lookups() {
    Lookups lookups;
    BootOptions options;
    options.watch_interval = 1'000'000;
    options.watch = [&](const Inspector& inspector, const std::string&) {
        const auto objects = Objects::at(inspector);
        if (!objects) return;
        const auto vm_stat = objects->variable("vm_stat");
        lookups = {number_of(vm_stat, "find_vma_calls"), number_of(vm_stat, "find_vma_hits"),
                   number_of(vm_stat, "find_vma_steps")};
    };
    boot(options);
    return lookups;
}

}  // namespace mmscope::test

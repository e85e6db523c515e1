// SPDX-License-Identifier: GPL-2.0-or-later
// The notes of a machine, a trace in each format, and small kernels with and without debug information.
#include "tests/fuzz/seeds.h"

#include <fmt/format.h>

#include <fstream>
#include <sstream>

#include "base/check.h"
#include "machine/machine.h"
#include "snapshot/core_notes.h"
#include "snapshot/core_writer.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/notes.h"
#include "trace/fault_record.h"
#include "trace/trace_formats.h"
#include "trace/trace_sink.h"

namespace mmscope::test {
namespace {

std::string bytes_of_file(const std::string& path) {
    std::ostringstream out;
    out << std::ifstream(path, std::ios::binary).rdbuf();
    return out.str();
}

void add_notes(std::vector<FuzzSeed>& seeds) {
    const auto machine = Machine::create({.ram = 1u << 20}, {}).value();
    const Snapshot whole = take_snapshot(*machine, {}, {"0123456789abcdef", "/kernel.elf"}).value();
    seeds.push_back({"restore", "machine", text_of(write_notes(whole))});
    const ScratchFile file(".core.zst");
    CHECK(save_core(file.path(), whole, machine->memory()));
    seeds.push_back({"snapshot", "compressed", bytes_of_file(file.path())});
    Snapshot snapshot = whole;
    snapshot.disks = {
        {1, {.sectors = 16, .image = 7, .chunks = {1}, .bytes = std::vector<std::byte>(kDiskChunk)}}};
    snapshot.tracer = snapshot.events = {1, 2, 3};
    seeds.push_back({"snapshot", "machine", text_of(write_notes(snapshot))});
}

FaultRecord sample_fault() {
    FaultRecord record;
    record.begin = {};
    record.begin.time = VirtualTime{1000};
    record.begin.cr2 = LinearAddr(0x40000000);
    record.task = {LinearAddr(0xC0300000), 7, 7, "a, \"b\"", LinearAddr(0xC0400000)};
    record.vma = VmaModel{};
    record.vma->end = LinearAddr(0x50000000);
    record.vma->name = "/tmp/x y";
    record.kind = FaultKind::DemandZero;
    record.duration_ns = 12;
    return record;
}

void add_traces(std::vector<FuzzSeed>& seeds) {
    for (const std::string_view format : kTraceFormats) {
        for (const std::string_view packed : {std::string_view(), kCompressed}) {
            const std::string extension = fmt::format("{}{}", format, packed);
            const ScratchFile file(extension);
            const auto sink = open_trace_sink(file.path(), {"0123", "2.6.28"}).value();
            CHECK(sink->write(sample_fault()) && sink->close({1, VirtualTime{9000}, 10}));
            seeds.push_back({"trace", "sink" + extension,
                             fmt::format("{} kind=d*\n{}", extension.substr(1), bytes_of_file(file.path()))});
        }
    }
}

}  // namespace

std::vector<FuzzSeed> make_fuzz_seeds() {
    std::vector<FuzzSeed> seeds;
    add_notes(seeds);
    add_traces(seeds);
    for (const char* name : {"types-dwarf2", "types-dwarf4", "types-dwarf5", "no-debug", "stripped"})
        seeds.push_back({"image", name, bytes_of_file(fmt::format("{}/{}.elf", MMSCOPE_FIXTURES, name))});
    return seeds;
}

}  // namespace mmscope::test

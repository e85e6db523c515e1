// SPDX-License-Identifier: GPL-2.0-or-later
// How a snapshot is laid out as an ELF core (System V ABI 4.1, chapter 5; docs/snapshot.md). The program
// headers follow from the size of RAM alone, so a reader compares them and believes none.
#pragma once

#include <elf.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/address.h"

namespace mmscope {

class PhysicalMemory;

/// Grows with every change of a note's contents.
inline constexpr uint32_t kSnapshotVersion = 5;

/// Types of the notes whose name is "MMSCOPE": these numbers ("MM" above them), because some tools look at a
/// note's type and not at its name.
enum class CoreNote : uint32_t {
    Machine = 0x4D4D0001,    // first: versions, configuration, time
    Kernel = 0x4D4D0002,     // which image runs, and where it stood
    Cpu = 0x4D4D0003,        // CpuSnapshot
    Scheduler = 0x4D4D0004,  // what the run loop and the scheduler remember
    Tlb = 0x4D4D0005,        // live translations and counts
    Device = 0x4D4D0006,     // one for each device: name, layout hash, state
    Disk = 0x4D4D0007,       // one for each disk: DiskChanges
    Observer = 0x4D4D0008,   // what the host remembers of processes
    Tracer = 0x4D4D0009,     // faults that are not over; absent without a trace
    Events = 0x4D4D000A,     // calls that are going on; absent without their events
    Check = 0x4D4D000B,      // last: checksums of RAM and of everything before
    Increment = 0x4D4D000C,  // only some pages are here: which, and where the others are
};
inline constexpr uint32_t kOwnNoteBase = 0x4D4D0000;
inline constexpr char kOwnNoteName[] = "MMSCOPE";

/// One stretch of RAM.
struct CoreSegment {
    PhysAddr physical;
    LinearAddr linear;  // where gdb finds it
    uint32_t size;
    friend bool operator==(const CoreSegment&, const CoreSegment&) = default;
};

/// The segments of a machine with `ram` bytes: below the hole of a PC, and above it. What the kernel maps at
/// PAGE_OFFSET stands there (MM_FACTS 5.3: at most 896 MiB); RAM beyond is found at its physical address.
std::vector<CoreSegment> core_segments(uint32_t ram);

/// The same for some pages of such a machine, by number, ascending: a segment for each run of them. Fewer
/// bytes than pages: some are no RAM, or not in order.
std::vector<CoreSegment> page_segments(uint32_t ram, std::span<const uint32_t> pages);
/// More are none that e_phnum could count.
inline constexpr size_t kMostSegments = 0xFFF0;

/// PageChecksum by page of RAM: what a snapshot's CoreNote::Check says of it.
uint64_t checksum_of_ram(const PhysicalMemory& memory);

/// The whole header: ELF header, PT_NOTE, PT_LOADs. `notes` is the size of all notes.
struct CoreHeader {
    Elf32_Ehdr elf;
    std::vector<Elf32_Phdr> segments;  // the first is PT_NOTE
    [[nodiscard]] uint64_t file_size() const;
    /// Where RAM begins: zeros fill up the page of the notes' end.
    [[nodiscard]] uint64_t ram_offset() const;
};
CoreHeader make_core_header(std::span<const CoreSegment> parts, uint32_t notes);
CoreHeader make_core_header(uint32_t ram, uint32_t notes);
/// Where the notes begin.
uint32_t notes_offset(uint32_t ram);

}  // namespace mmscope

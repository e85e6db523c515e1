// SPDX-License-Identifier: GPL-2.0-or-later
// Writing notes field by field, and reading them back without belief.
#include "snapshot/core_notes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <optional>
#include <string>

#include "devices/state.h"
#include "snapshot/core_layout.h"

namespace mmscope {
namespace {

static_assert(std::endian::native == std::endian::little, "notes are written as they stand in memory");

constexpr size_t kNoteHeader = 12;
constexpr size_t padded(size_t size) {
    return (size + 3) & ~size_t{3};
}

class NoteWriter {
  public:
    void add(std::string_view name, uint32_t type, std::span<const std::byte> contents) {
        const std::array<uint32_t, 3> header = {static_cast<uint32_t>(name.size() + 1),
                                                static_cast<uint32_t>(contents.size()), type};
        append(std::as_bytes(std::span(header)));
        append(std::as_bytes(std::span(name)));
        bytes_.push_back(std::byte{0});
        pad();
        append(contents);
        pad();
    }
    template <class Value>
    void add_value(std::string_view name, uint32_t type, const Value& value) {
        add(name, type, std::as_bytes(std::span(&value, 1)));
    }
    void add_own(CoreNote type, const StateSaver& saver) {
        add(kOwnNoteName, static_cast<uint32_t>(type), std::as_bytes(std::span(saver.bytes())));
    }
    std::vector<std::byte> take() { return std::move(bytes_); }

  private:
    void append(std::span<const std::byte> more) { bytes_.insert(bytes_.end(), more.begin(), more.end()); }
    void pad() { bytes_.resize(padded(bytes_.size())); }
    std::vector<std::byte> bytes_;
};

/// struct elf_prstatus of i386 Linux (<sys/procfs.h>): gdb takes the registers from it.
struct Prstatus {
    std::array<uint32_t, 3> siginfo{};
    uint16_t cursig = 0, pad = 0;
    uint32_t sigpend = 0, sighold = 0;
    uint32_t pid = 1, ppid = 0, pgrp = 0, sid = 0;
    std::array<uint32_t, 8> times{};
    uint32_t ebx, ecx, edx, esi, edi, ebp, eax, ds, es, fs, gs, orig_eax, eip, cs, eflags, esp, ss;
    uint32_t fpvalid = 0;
};
static_assert(sizeof(Prstatus) == 144);

Prstatus make_prstatus(const CpuState& cpu) {
    const auto selector = [&cpu](SegmentIndex index) { return uint32_t{cpu.segments[index].selector.value}; };
    Prstatus status{};
    status.ebx = cpu.regs[kEbx], status.ecx = cpu.regs[kEcx], status.edx = cpu.regs[kEdx];
    status.esi = cpu.regs[kEsi], status.edi = cpu.regs[kEdi], status.ebp = cpu.regs[kEbp];
    status.eax = status.orig_eax = cpu.regs[kEax];
    status.ds = selector(kDs), status.es = selector(kEs), status.fs = selector(kFs);
    status.gs = selector(kGs), status.cs = selector(kCs), status.ss = selector(kSs);
    status.eip = cpu.eip, status.eflags = cpu.eflags, status.esp = cpu.regs[kEsp];
    return status;
}

/// What QEMU's dump-guest-memory writes for each processor in a note named "QEMU" of type 0.
struct QemuSegment {
    uint32_t selector, limit, flags, pad;
    uint64_t base;
};
struct QemuCpu {
    uint32_t version = 1, size = 440;
    std::array<uint64_t, 16> regs{};  // rax rbx rcx rdx rsi rdi rsp rbp r8 ... r15
    uint64_t rip = 0, rflags = 0;
    std::array<QemuSegment, 10> segments{};  // cs ds es fs gs ss ldt tr gdt idt
    std::array<uint64_t, 5> cr{};
    uint64_t kernel_gs_base = 0;
};
static_assert(sizeof(QemuCpu) == 440);

QemuCpu make_qemu_cpu(const CpuState& cpu) {
    constexpr std::array kOrder = {kEax, kEbx, kEcx, kEdx, kEsi, kEdi, kEsp, kEbp};
    QemuCpu out;
    for (size_t i = 0; i < kOrder.size(); ++i)
        out.regs[i] = cpu.regs[kOrder[i]];
    out.rip = cpu.eip;
    out.rflags = cpu.eflags;
    const auto segment = [](const SegmentRegister& from) {
        return QemuSegment{from.selector.value, from.limit, from.flags, 0, from.base};
    };
    const auto table = [](const TableRegister& from) { return QemuSegment{0, from.limit, 0, 0, from.base}; };
    const auto& s = cpu.segments;
    out.segments = {segment(s[kCs]), segment(s[kDs]),   segment(s[kEs]), segment(s[kFs]), segment(s[kGs]),
                    segment(s[kSs]), segment(cpu.ldtr), segment(cpu.tr), table(cpu.gdt),  table(cpu.idt)};
    out.cr = {cpu.cr0, 0, cpu.cr2, cpu.cr3, cpu.cr4};
    return out;
}

// One function for both directions: a saver reads the value, a loader writes it.

void visit_machine(StateVisitor& visitor, Snapshot& snapshot) {
    visitor.field("ram", snapshot.ram);
    visitor.field("mmu", snapshot.mmu);
    visitor.field("rtc_start", snapshot.rtc_start);
    visitor.field("now", snapshot.now.ns);
    visitor.field("kicked", snapshot.kicked);
}

void visit_kernel(StateVisitor& visitor, KernelIdentity& kernel) {
    visitor.field("hash", kernel.hash);
    visitor.field("path", kernel.path);
}

void visit_device(StateVisitor& visitor, DeviceSnapshot& device) {
    visitor.field("name", device.name);
    visitor.field("layout", device.layout);
    visitor.field("bytes", device.bytes);
}

void visit_head(StateVisitor& visitor, DiskSnapshot& disk) {
    visitor.field("unit", disk.unit);
    visitor.field("sectors", disk.changes.sectors);
    visitor.field("image", disk.changes.image);
    visitor.field("chunks", disk.changes.chunks);
}

/// The chunks follow their list as they are: there may be many.
std::vector<std::byte> disk_contents(const DiskSnapshot& disk) {
    DiskSnapshot head{disk.unit, {disk.changes.sectors, disk.changes.image, disk.changes.chunks, {}}};
    StateSaver saver;
    visit_head(saver, head);
    const auto first = std::as_bytes(std::span(saver.bytes()));
    std::vector<std::byte> contents(first.begin(), first.end());
    contents.insert(contents.end(), disk.changes.bytes.begin(), disk.changes.bytes.end());
    return contents;
}

void visit_increment(StateVisitor& visitor, CoreIncrement& increment) {
    visitor.field("parent", increment.parent);
    visitor.field("ram", increment.check.ram);
    visitor.field("notes", increment.check.notes);
    visitor.field("pages", increment.pages);
}

struct Versions {
    uint32_t snapshot = kSnapshotVersion, devices = kDeviceStateVersion;
};
void visit(StateVisitor& visitor, Versions& versions) {
    visitor.field("snapshot", versions.snapshot);
    visitor.field("devices", versions.devices);
}

// Reading.

struct Note {
    std::string_view name;
    uint32_t type;
    std::span<const std::byte> contents;
};

/// The note at `at`, which moves behind it. None: it does not fit.
std::optional<Note> next_note(std::span<const std::byte> notes, size_t& at) {
    std::array<uint32_t, 3> header;
    if (notes.size() - at < kNoteHeader) return std::nullopt;
    std::memcpy(header.data(), notes.data() + at, kNoteHeader);
    const uint64_t name_at = at + kNoteHeader;
    const uint64_t contents_at = name_at + padded(header[0]);
    const uint64_t end = contents_at + padded(header[1]);
    if (end > notes.size() || header[0] == 0) return std::nullopt;
    at = end;
    return Note{{reinterpret_cast<const char*>(notes.data()) + name_at, header[0] - 1},
                header[2],
                notes.subspan(contents_at, header[1])};
}

constexpr uint32_t bit(CoreNote kind) {
    return static_cast<uint32_t>(kind) - kOwnNoteBase;
}

/// Collects the notes that are ours.
class NoteReader {
  public:
    Result<void> take(const Note& note);
    Result<CoreNotes> finish();

  private:
    using Kind = CoreNote;
    /// Loads `note` by `load`, all of it.
    template <class Load>
    Result<void> load(const Note& note, Load load);
    Result<void> take_machine(const Note& note);
    Result<void> take_disk(const Note& note);
    /// Into the field of the snapshot that it belongs to.
    Result<void> take_part(CoreNote kind, const Note& note);

    CoreNotes notes_;
    uint32_t seen_ = 0;  // a bit for each CoreNote
};

template <class Load>
Result<void> NoteReader::load(const Note& note, Load load) {
    const auto* first = reinterpret_cast<const uint8_t*>(note.contents.data());
    const std::vector<uint8_t> bytes(first, first + note.contents.size());
    StateLoader loader(bytes);
    load(loader);
    if (!loader.failed() && loader.at_end()) return {};
    return fail(fmt::format("note {} is damaged: {} bytes do not hold its fields", note.type - kOwnNoteBase,
                            bytes.size()));
}

Result<void> NoteReader::take_machine(const Note& note) {
    Versions versions;
    std::optional<Error> other;
    const auto loaded = load(note, [&](StateVisitor& visitor) {
        visit(visitor, versions);
        if (versions.snapshot != kSnapshotVersion || versions.devices != kDeviceStateVersion) {
            other = Error{
                fmt::format("of another version of emu: snapshot {} with devices {}, expected {} "
                            "with {}",
                            versions.snapshot, versions.devices, kSnapshotVersion, kDeviceStateVersion)};
        }
        visit_machine(visitor, notes_.snapshot);
    });
    if (other) return std::unexpected(*other);
    if (loaded && notes_.snapshot.mmu > MmuKind::Unicorn)
        return fail("damaged: of a machine with an unknown MMU");
    return loaded;
}

Result<void> NoteReader::take_disk(const Note& note) {
    DiskSnapshot disk;
    const auto* first = reinterpret_cast<const uint8_t*>(note.contents.data());
    const std::vector<uint8_t> bytes(first, first + note.contents.size());
    StateLoader loader(bytes);
    visit_head(loader, disk);
    const size_t size = disk.changes.chunks.size() * kDiskChunk;
    if (loader.failed() || loader.left() != size) return fail("the note of a disk is damaged");
    const auto chunks = note.contents.last(size);
    disk.changes.bytes.assign(chunks.begin(), chunks.end());
    notes_.snapshot.disks.push_back(std::move(disk));
    return {};
}

Result<void> NoteReader::take(const Note& note) {
    if (note.name != kOwnNoteName) return {};  // for other tools, and the same once more
    const bool first = seen_ == 0;
    const uint32_t number = note.type - kOwnNoteBase;
    if (number == 0 || number > bit(Kind::Increment))
        return fail(fmt::format("note {:#x} is unknown", note.type));
    const auto kind = static_cast<Kind>(note.type);
    if (first != (kind == Kind::Machine) || (seen_ >> bit(Kind::Check) & 1) != 0)
        return fail(fmt::format("note {} is not where it belongs", number));
    if ((seen_ >> number & 1) != 0 && kind != Kind::Device && kind != Kind::Disk)
        return fail(fmt::format("note {} comes twice", number));
    seen_ |= 1u << number;
    return take_part(kind, note);
}

Result<void> NoteReader::take_part(CoreNote kind, const Note& note) {
    Snapshot& snapshot = notes_.snapshot;
    switch (kind) {
        case Kind::Machine:
            return take_machine(note);
        case Kind::Kernel:
            return load(note, [&](StateVisitor& visitor) { visit_kernel(visitor, snapshot.kernel); });
        case Kind::Cpu:
            return load(note, [&](StateVisitor& visitor) { visit(visitor, snapshot.cpu); });
        case Kind::Scheduler:
            return load(note, [&](StateVisitor& visitor) { visitor.field("bytes", snapshot.scheduler); });
        case Kind::Tlb:
            return load(note, [&](StateVisitor& visitor) { visitor.field("bytes", snapshot.tlb); });
        case Kind::Device:
            snapshot.devices.emplace_back();
            return load(note, [&](StateVisitor& visitor) { visit_device(visitor, snapshot.devices.back()); });
        case Kind::Disk:
            return take_disk(note);
        case Kind::Observer:
            return load(note, [&](StateVisitor& visitor) { visitor.field("bytes", snapshot.observer); });
        case Kind::Tracer:
            return load(note, [&](StateVisitor& visitor) { visitor.field("bytes", snapshot.tracer); });
        case Kind::Events:
            return load(note, [&](StateVisitor& visitor) { visitor.field("bytes", snapshot.events); });
        case Kind::Check:
            return load(note, [&](StateVisitor& visitor) {
                visitor.field("ram", notes_.check.ram);
                visitor.field("notes", notes_.check.notes);
            });
        case Kind::Increment:
            notes_.increment.emplace();
            return load(note, [&](StateVisitor& visitor) { visit_increment(visitor, *notes_.increment); });
    }
    return {};
}

Result<CoreNotes> NoteReader::finish() {
    for (const Kind kind :
         {Kind::Machine, Kind::Kernel, Kind::Cpu, Kind::Scheduler, Kind::Tlb, Kind::Observer, Kind::Check}) {
        if ((seen_ >> bit(kind) & 1) == 0)
            return fail(fmt::format("note {} of {} is missing", bit(kind), kOwnNoteName));
    }
    return std::move(notes_);
}

}  // namespace

std::vector<std::byte> write_notes(const Snapshot& snapshot, const CoreIncrement* increment) {
    Snapshot copy = snapshot;  // a visitor may write
    NoteWriter writer;
    writer.add_value("CORE", NT_PRSTATUS, make_prstatus(snapshot.cpu.state));
    writer.add_value("QEMU", 0, make_qemu_cpu(snapshot.cpu.state));
    const auto add = [&writer](CoreNote type, auto visit_fields) {
        StateSaver saver;
        visit_fields(saver);
        writer.add_own(type, saver);
    };
    add(CoreNote::Machine, [&](StateVisitor& visitor) {
        Versions versions;
        visit(visitor, versions);
        visit_machine(visitor, copy);
    });
    add(CoreNote::Kernel, [&](StateVisitor& visitor) { visit_kernel(visitor, copy.kernel); });
    add(CoreNote::Cpu, [&](StateVisitor& visitor) { visit(visitor, copy.cpu); });
    add(CoreNote::Scheduler, [&](StateVisitor& visitor) { visitor.field("bytes", copy.scheduler); });
    add(CoreNote::Tlb, [&](StateVisitor& visitor) { visitor.field("bytes", copy.tlb); });
    for (DeviceSnapshot& device : copy.devices)
        add(CoreNote::Device, [&](StateVisitor& visitor) { visit_device(visitor, device); });
    for (const DiskSnapshot& disk : snapshot.disks)
        writer.add(kOwnNoteName, static_cast<uint32_t>(CoreNote::Disk), disk_contents(disk));
    add(CoreNote::Observer, [&](StateVisitor& visitor) { visitor.field("bytes", copy.observer); });
    if (!copy.tracer.empty())
        add(CoreNote::Tracer, [&](StateVisitor& visitor) { visitor.field("bytes", copy.tracer); });
    if (!copy.events.empty())
        add(CoreNote::Events, [&](StateVisitor& visitor) { visitor.field("bytes", copy.events); });
    if (increment != nullptr) {
        CoreIncrement part = *increment;
        add(CoreNote::Increment, [&](StateVisitor& visitor) { visit_increment(visitor, part); });
    }
    return writer.take();
}

std::vector<std::byte> write_check(const CoreCheck& check) {
    NoteWriter writer;
    writer.add_value(kOwnNoteName, static_cast<uint32_t>(CoreNote::Check), check);
    return writer.take();
}

Result<CoreNotes> read_notes(std::span<const std::byte> notes) {
    NoteReader reader;
    for (size_t at = 0; at < notes.size();) {
        const size_t start = at;
        const auto note = next_note(notes, at);
        if (!note) return fail(fmt::format("the note at byte {} of the notes is cut off", start));
        if (auto taken = reader.take(*note); !taken) return std::unexpected(taken.error());
    }
    return reader.finish();
}

}  // namespace mmscope

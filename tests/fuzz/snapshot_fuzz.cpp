// SPDX-License-Identifier: GPL-2.0-or-later
// A core as it is, and the same bytes as the notes of one.
#include <algorithm>

#include "base/check.h"
#include "devices/state.h"
#include "mmu/tlb_shadow.h"
#include "snapshot/core_reader.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/notes.h"

namespace mmscope::test {
namespace {

constexpr uint32_t kLargestRam = 4u << 20;  // the file is written for each input

const ScratchFile& core_file() {
    static const ScratchFile file(".core");
    return file;
}

/// What was read is written, and read again: the same.
void check_written_again(const CoreNotes& read) {
    const auto write = [](const CoreNotes& what) {
        return text_of(write_notes(what.snapshot, what.increment ? &*what.increment : nullptr));
    };
    const std::string notes = write(read);
    const auto again = read_checked(notes);
    CHECK(again.has_value());
    CHECK(write(*again) == notes);
}

void load_around(std::string_view notes, uint32_t ram) {
    const std::string all = checked_notes(notes);
    const CoreHeader header = make_core_header(ram, static_cast<uint32_t>(all.size()));
    std::string file(reinterpret_cast<const char*>(&header.elf), sizeof(header.elf));
    file.append(reinterpret_cast<const char*>(header.segments.data()),
                header.segments.size() * sizeof(Elf32_Phdr));
    core_file().write(file + all, header.file_size());
    const auto core = load_core(core_file().path());
    CHECK(core.has_value());
    TlbShadow tlb(core->snapshot.mmu == MmuKind::Own);
    StateLoader loader(core->snapshot.tlb);
    tlb.state(loader);
    (void)core->snapshot.cpu.registers();
}

}  // namespace
}  // namespace mmscope::test

FUZZ_TARGET(snapshot) {
    core_file().write(input);
    (void)load_core(core_file().path());
    const auto notes = read_checked(input);
    if (!notes) return;
    check_written_again(*notes);
    if (notes->increment) return;  // its parent is another file
    const uint32_t ram = notes->snapshot.ram;
    if (ram >= 1u << 20 && ram <= kLargestRam && ram % (1u << 20) == 0) load_around(input, ram);
}

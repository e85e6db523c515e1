// SPDX-License-Identifier: GPL-2.0-or-later
// See fixture.h.
#include "fixture.h"

#include <fmt/format.h>

namespace guest {

std::string to_string(const Area& area) {
    const auto flag = [&](ulong bit, char name) { return area.flags & bit ? name : '-'; };
    std::string line =
        fmt::format("{:08x}-{:08x} {}{}{}{} {:x}", area.start, area.end, flag(kRead, 'r'), flag(kWrite, 'w'),
                    flag(kExec, 'x'), area.flags & kVmMayShare ? 's' : 'p', area.pgoff);
    if (area.file >= 100) line += " shm";
    if (area.file >= 0 && area.file < 100) line += fmt::format(" file{}", area.file);
    return line;
}

void SpaceTest::TearDown() {
    if (HasFailure()) return;
    validate();
    end_space();
    EXPECT_EQ(locks_held(), 0);
    EXPECT_EQ(live_descriptors(), 0u);
    EXPECT_EQ(cache_statistics("vm_area_struct").active_objs, 0u);
    for (int file = 0; file < kFiles; file++)
        EXPECT_EQ(file_state(file).references, 0) << "file " << file;
}

void SpaceTest::restart(const Limits& limits) {
    end_space();
    new_space(limits);
}

std::vector<Area> SpaceTest::all_areas() {
    std::vector<Area> result(4096);
    result.resize(static_cast<size_t>(areas(result.data(), static_cast<int>(result.size()))));
    return result;
}

Lines SpaceTest::maps() {
    Lines lines;
    for (const Area& area : all_areas()) {
        if (area.end != kTaskSize) lines.push_back(to_string(area));
    }
    return lines;
}

std::vector<std::string> SpaceTest::unmapped() {
    std::array<Range, 64> ranges;
    const int count = unmapped_ranges(ranges.data(), 64);
    Lines lines;
    for (int i = 0; i < count; i++)
        lines.push_back(fmt::format("{:08x}-{:08x}", ranges[i].start, ranges[i].end));
    return lines;
}

ulong SpaceTest::map(ulong addr, ulong pages, ulong prot, ulong flags) {
    const long result = mmap(addr, pages * kPage, prot, flags | kAnonymous | (addr ? kFixed : 0));
    EXPECT_TRUE(result >= 0 && result % 4096 == 0) << "mmap returned " << result;
    return static_cast<ulong>(result);
}

long SpaceTest::file_map(ulong addr, ulong pages, ulong prot, ulong flags, int file, ulong pgoff) {
    return mmap(addr, pages * kPage, prot, flags | (addr ? kFixed : 0), file, pgoff);
}

}  // namespace guest

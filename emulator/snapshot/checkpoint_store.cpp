// SPDX-License-Identifier: GPL-2.0-or-later
// Copies what was written, and finds for each page the newest copy that is old enough.
#include "snapshot/checkpoint_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "base/checksum.h"

namespace mmscope {

void CheckpointStore::Pages::add(uint32_t number, std::span<const std::byte> page) {
    numbers.push_back(number);
    contents.insert(contents.end(), page.begin(), page.end());
}

Result<std::unique_ptr<CheckpointStore>> CheckpointStore::create(Machine& machine, const DiskImages& disks,
                                                                 uint64_t limit) {
    if (machine.config().mmu != MmuKind::Own)
        return fail("only with cpu.mmu = \"own\": Unicorn's MMU does not tell which pages are written");
    for (const DiskImage* disk : disks) {
        if (disk != nullptr && !disk->keeps_changes())
            return fail("only with disk.overlay = true: what is written to an image cannot be taken back");
    }
    return std::unique_ptr<CheckpointStore>(new CheckpointStore(machine, disks, limit));
}

std::vector<uint32_t> CheckpointStore::take_written() {
    CHECK(machine_.cpu().watch_pages());
    return machine_.memory().dirty().take(reader_);
}

CheckpointStore::Pages CheckpointStore::copy_pages() {
    const PhysicalMemory& memory = machine_.memory();
    const auto page_at = [&memory](uint32_t number) {
        return memory.bytes().subspan(size_t{number} * kPageSize, kPageSize);
    };
    Pages pages;
    const std::vector<uint32_t> written = take_written();
    if (checkpoints_.empty()) {
        for (uint32_t number = 0; number < memory.size() / kPageSize; ++number) {
            if (!is_zero(page_at(number))) pages.add(number, page_at(number));
        }
        return pages;
    }
    pages.numbers.reserve(written.size());
    pages.contents.reserve(written.size() * kPageSize);
    for (const uint32_t number : written)
        pages.add(number, page_at(number));
    return pages;
}

uint32_t CheckpointStore::take() {
    auto snapshot = take_snapshot(machine_, {}, {});
    CHECK(snapshot.has_value());  // only a disk can fail
    Checkpoint checkpoint{.number = checkpoints_.empty() ? 1 : checkpoints_.back().number + 1,
                          .machine = std::move(*snapshot),
                          .disks = {},
                          .pages = copy_pages()};
    for (size_t unit = 0; unit < disks_.size(); ++unit) {
        if (disks_[unit] != nullptr) checkpoint.disks[unit] = disks_[unit]->overlay();
    }
    checkpoint.bytes = size_of(checkpoint);
    bytes_ += checkpoint.bytes;
    checkpoints_.push_back(std::move(checkpoint));
    keep_within_limit();
    return checkpoints_.back().number;
}

/// Chunks of disks are shared between checkpoints, and count for the one that was taken before they were
/// written again: as if each were a copy would be too much, so only their places count.
uint64_t CheckpointStore::size_of(const Checkpoint& checkpoint) {
    constexpr uint64_t kChunkPlace = 64;
    const Snapshot& machine = checkpoint.machine;
    uint64_t size = sizeof(checkpoint) + checkpoint.pages.contents.size() +
                    checkpoint.pages.numbers.size() * sizeof(uint32_t) + machine.tlb.size() +
                    machine.scheduler.size();
    for (const DeviceSnapshot& device : machine.devices)
        size += device.bytes.size();
    for (const DiskImage::Overlay& overlay : checkpoint.disks)
        size += overlay.size() * kChunkPlace;
    return size;
}

/// The one in the middle of the smallest gap, measured by how long ago it was: near the present they stay
/// dense.
size_t CheckpointStore::least_useful() const {
    const auto time = [this](size_t index) {
        return static_cast<double>(checkpoints_[index].machine.now.ns);
    };
    size_t best = 1;
    double smallest = 0;
    for (size_t i = 1; i + 1 < checkpoints_.size(); ++i) {
        const double age = time(checkpoints_.size() - 1) - time(i) + 1;
        const double gap = (time(i + 1) - time(i - 1)) / age;
        if (i == 1 || gap < smallest) best = i, smallest = gap;
    }
    return best;
}

void CheckpointStore::keep_within_limit() {
    while (bytes_ > limit_ && checkpoints_.size() > 2)
        drop(least_useful());
}

CheckpointStore::Pages CheckpointStore::merge(const Pages& older, const Pages& newer) {
    Pages both;
    size_t old = 0;
    for (size_t i = 0; i <= newer.numbers.size(); ++i) {
        const uint32_t next = i < newer.numbers.size() ? newer.numbers[i] : UINT32_MAX;
        for (; old < older.numbers.size() && older.numbers[old] <= next; ++old) {
            if (older.numbers[old] != next) both.add(older.numbers[old], older.page(old));
        }
        if (i < newer.numbers.size()) both.add(next, newer.page(i));
    }
    return both;
}

void CheckpointStore::drop(size_t index) {
    Checkpoint& next = checkpoints_[index + 1];
    bytes_ -= checkpoints_[index].bytes + next.bytes;
    next.pages = merge(checkpoints_[index].pages, next.pages);
    next.bytes = size_of(next);
    bytes_ += next.bytes;
    checkpoints_.erase(checkpoints_.begin() + static_cast<ptrdiff_t>(index));
}

/// What was written since then, by then or now, is looked for from the checkpoint at `index` back to the
/// first; what none of them has was zero.
void CheckpointStore::restore_ram(size_t index) {
    std::vector<bool> wanted(machine_.memory().size() / kPageSize);
    size_t left = 0;
    const auto want = [&](uint32_t number) { left += wanted[number] ? 0 : 1, wanted[number] = true; };
    std::ranges::for_each(take_written(), want);
    for (size_t later = index + 1; later < checkpoints_.size(); ++later)
        std::ranges::for_each(checkpoints_[later].pages.numbers, want);
    const auto put = [&](uint32_t number, std::span<const std::byte> page) {
        std::memcpy(machine_.memory().bytes().data() + size_t{number} * kPageSize, page.data(), kPageSize);
        machine_.memory().dirty().add(PhysAddr(number * kPageSize));  // for other readers
        wanted[number] = false;
        --left;
    };
    for (size_t at = index + 1; at-- > 0 && left > 0;) {
        const Pages& pages = checkpoints_[at].pages;
        for (size_t i = 0; i < pages.numbers.size(); ++i) {
            if (wanted[pages.numbers[i]]) put(pages.numbers[i], pages.page(i));
        }
    }
    const std::vector<std::byte> zero(kPageSize);
    for (uint32_t number = 0; number < wanted.size(); ++number) {
        if (wanted[number]) put(number, zero);
    }
}

Result<void> CheckpointStore::restore(uint32_t number) {
    const auto found = std::ranges::find(checkpoints_, number, &Checkpoint::number);
    if (found == checkpoints_.end()) return fail(fmt::format("there is no checkpoint {}", number));
    restore_ram(static_cast<size_t>(found - checkpoints_.begin()));
    if (auto done = restore_state(machine_, found->machine); !done) return done;
    for (size_t unit = 0; unit < disks_.size(); ++unit) {
        if (disks_[unit] != nullptr) disks_[unit]->set_overlay(found->disks[unit]);
    }
    for (auto later = found + 1; later != checkpoints_.end(); ++later)
        bytes_ -= later->bytes;
    checkpoints_.erase(found + 1, checkpoints_.end());
    (void)take_written();  // it is what the last checkpoint holds
    return {};
}

std::vector<CheckpointStore::Entry> CheckpointStore::entries() const {
    std::vector<Entry> entries;
    for (const Checkpoint& checkpoint : checkpoints_) {
        entries.push_back({.number = checkpoint.number,
                           .time = checkpoint.machine.now,
                           .instructions = checkpoint.machine.cpu.instructions,
                           .pages = static_cast<uint32_t>(checkpoint.pages.numbers.size())});
    }
    return entries;
}

}  // namespace mmscope

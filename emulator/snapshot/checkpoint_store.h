// SPDX-License-Identifier: GPL-2.0-or-later
// A machine's past in memory: one full copy of its RAM, and for each later checkpoint the pages that were
// written since the one before it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/error.h"
#include "machine/machine.h"
#include "snapshot/snapshot.h"

namespace mmscope {

class CheckpointStore {
  public:
    struct Entry {
        uint32_t number;
        VirtualTime time;
        uint64_t instructions;
        uint32_t pages;  // copied for it
    };

    /// `machine` and `disks` must outlive it. When copies take more than `limit` bytes, checkpoints are
    /// dropped, the more of them the further back; the first and the last stay in any case. Error: the
    /// machine's MMU is Unicorn's, or what it writes to a disk goes to the image.
    static Result<std::unique_ptr<CheckpointStore>> create(Machine& machine, const DiskImages& disks,
                                                           uint64_t limit);

    /// Keeps the machine as it is now; the guest cannot tell. Between two runs, or in a call of its host. The
    /// result is its number: 1, 2, ...
    uint32_t take();
    /// Makes the machine what it was at checkpoint `number`; those behind it are forgotten. Between two runs.
    /// Error: there is no such checkpoint.
    Result<void> restore(uint32_t number);

    /// In the order in which they were taken.
    [[nodiscard]] std::vector<Entry> entries() const;
    /// What all copies take together.
    [[nodiscard]] uint64_t bytes() const { return bytes_; }

  private:
    /// Pages of RAM by number, ascending, and their contents one behind the other.
    struct Pages {
        std::vector<uint32_t> numbers;
        std::vector<std::byte> contents;
        [[nodiscard]] std::span<const std::byte> page(size_t index) const {
            return std::span(contents).subspan(index * kPageSize, kPageSize);
        }
        void add(uint32_t number, std::span<const std::byte> page);
    };
    struct Checkpoint {
        uint32_t number = 0;
        Snapshot machine;  // without disks
        std::array<DiskImage::Overlay, 2> disks;
        Pages pages;  // the first: all that are not zero; others: written since the one before
        uint64_t bytes = 0;
    };

    CheckpointStore(Machine& machine, const DiskImages& disks, uint64_t limit)
        : machine_(machine), disks_(disks), limit_(limit), reader_(machine.memory().dirty().add_reader()) {}
    [[nodiscard]] Pages copy_pages();
    /// Which pages were written since the last call.
    std::vector<uint32_t> take_written();
    void keep_within_limit();
    [[nodiscard]] size_t least_useful() const;
    /// Takes out the checkpoint at `index`; the one behind it knows from now on what it alone knew.
    void drop(size_t index);
    static Pages merge(const Pages& older, const Pages& newer);
    static uint64_t size_of(const Checkpoint& checkpoint);
    void restore_ram(size_t index);

    Machine& machine_;
    const DiskImages disks_;
    const uint64_t limit_;
    const size_t reader_;  // of DirtyPages
    std::vector<Checkpoint> checkpoints_;
    uint64_t bytes_ = 0;
};

}  // namespace mmscope

// SPDX-License-Identifier: GPL-2.0-or-later
// The guest's RAM: one block of host memory from physical address 0 up.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>

#include "base/address.h"
#include "base/error.h"
#include "machine/dirty_pages.h"

namespace mmscope {

/// Anything that yields physical memory: live RAM, a snapshot, a fake of a test. Reading has no effect
/// on the guest: no A or D bit, no device register changes.
class PhysicalReader {
  public:
    virtual ~PhysicalReader() = default;
    /// Fills `out`; false (and `out` unspecified) if any byte is not RAM.
    [[nodiscard]] virtual bool read(PhysAddr address, std::span<std::byte> out) const = 0;

    [[nodiscard]] std::optional<uint32_t> read_u32(PhysAddr address) const {
        uint32_t value;
        if (!read(address, std::as_writable_bytes(std::span(&value, 1)))) return std::nullopt;
        return value;
    }
};

class PhysicalMemory final : public PhysicalReader {
  public:
    /// Zero-filled RAM of `size` bytes, a multiple of 1 MiB in [1 MiB, 3 GiB]. Error: the host has no memory.
    static Result<std::unique_ptr<PhysicalMemory>> create(uint32_t size);
    ~PhysicalMemory() override;
    PhysicalMemory(const PhysicalMemory&) = delete;
    PhysicalMemory& operator=(const PhysicalMemory&) = delete;

    [[nodiscard]] uint32_t size() const { return size_; }
    [[nodiscard]] std::span<std::byte> bytes() { return {base_, size_}; }
    [[nodiscard]] std::span<const std::byte> bytes() const { return {base_, size_}; }
    /// What a PC keeps for video memory and ROMs, [first, end): not RAM, whatever stands in bytes() there.
    static constexpr PhysAddr kHoleFirst{0xA0000}, kHoleEnd{0x100000};
    /// True if [address, address + length) is all RAM.
    [[nodiscard]] bool contains(PhysAddr address, uint32_t length) const {
        const bool inside = address.value < size_ && length <= size_ - address.value;
        return inside && (address >= kHoleEnd || address + length <= kHoleFirst);
    }
    [[nodiscard]] bool read(PhysAddr address, std::span<std::byte> out) const override;
    /// False (and nothing written) if any byte is not RAM. Does not know about translated code: the CPU's
    /// own write path does (ENGINE: a host write leaves stale translations).
    [[nodiscard]] bool write(PhysAddr address, std::span<const std::byte> in);

    /// write() marks what it writes; whoever writes to bytes() marks it himself.
    [[nodiscard]] DirtyPages& dirty() { return dirty_; }
    [[nodiscard]] const DirtyPages& dirty() const { return dirty_; }

  private:
    PhysicalMemory(std::byte* base, uint32_t size) : base_(base), size_(size), dirty_(size) {}
    std::byte* base_;
    uint32_t size_;
    DirtyPages dirty_;
};

}  // namespace mmscope

// SPDX-License-Identifier: GPL-2.0-or-later
// Checksums that notice damage and mistakes; they are no protection against intent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace mmscope {

/// Of something large in pages: pages of zeros count for nothing, wherever they stand.
class PageChecksum {
  public:
    /// In ascending order of `number`. `page` is a multiple of 8 bytes long.
    void add(uint64_t number, std::span<const std::byte> page);
    [[nodiscard]] uint64_t value() const { return value_; }

  private:
    uint64_t value_ = 0xcbf29ce484222325;
};

[[nodiscard]] bool is_zero(std::span<const std::byte> bytes);
/// FNV-1a, 64 bits.
[[nodiscard]] uint64_t checksum(std::span<const std::byte> bytes);

}  // namespace mmscope

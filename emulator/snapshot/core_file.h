// SPDX-License-Identifier: GPL-2.0-or-later
// The bytes of a core to read, as they stand in a file or compressed page by page.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

#include "base/error.h"

namespace mmscope {

class CoreFile {
  public:
    /// Looks at the contents, not at the name. Error, without the path: cannot be read, no regular file, or
    /// compressed without a table that fits the file.
    static Result<std::unique_ptr<CoreFile>> open(const std::filesystem::path& path);
    virtual ~CoreFile() = default;

    /// Of the core. Of a compressed one, what its table promises.
    [[nodiscard]] virtual uint64_t size() const = 0;
    /// Error: the core ends before, or what stands there is damaged.
    [[nodiscard]] virtual Result<void> read(uint64_t offset, std::span<std::byte> bytes) = 0;
};

}  // namespace mmscope

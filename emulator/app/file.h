// SPDX-License-Identifier: GPL-2.0-or-later
// Reading a whole file that a person named, with an error that says which file and why.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "base/error.h"

namespace mmscope {

inline constexpr size_t kLargestKernel = size_t{256} << 20;  ///< bytes of a kernel image with its DWARF

/// The file's bytes. Error: "PATH: why" - it cannot be opened or read, is a folder, or is longer than `limit`
/// bytes.
Result<std::string> read_file(const std::filesystem::path& path, size_t limit);

/// The folder of the running program.
std::filesystem::path executable_folder();

}  // namespace mmscope

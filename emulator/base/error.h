// SPDX-License-Identifier: GPL-2.0-or-later
// Errors of the environment and of decoding travel as values; bugs of ours stop the program (check.h).
#pragma once

#include <expected>
#include <string>
#include <utility>

namespace mmscope {

/// A failure, already worded for the person who reads it: what was found, where, what was expected.
struct Error {
    std::string message;
};

template <class T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(std::string message) {
    return std::unexpected(Error{std::move(message)});
}

}  // namespace mmscope

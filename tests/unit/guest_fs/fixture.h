// SPDX-License-Identifier: GPL-2.0-or-later
// A kernel with a file system, fresh for each test, and words for its answers.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <memory>
#include <string>
#include <vector>

#include "archive.h"
#include "guest_files.h"

namespace mmscope::test {

class GuestFiles : public ::testing::Test {
  protected:
    GuestFiles() { guest_files::boot(); }
    ~GuestFiles() override { EXPECT_EQ(guest_files::held_locks(), 0); }

    /// The archive lies in memory of exactly its size, so that a sanitizer sees every read behind its end.
    int populate(const std::string& bytes) {
        archives_.push_back(std::make_unique<char[]>(bytes.size()));
        bytes.copy(archives_.back().get(), bytes.size());
        return guest_files::populate(archives_.back().get(), bytes.size());
    }
    static std::string read(const std::string& path) {
        std::string data(1 << 16, '?');
        const long length = guest_files::read(path.c_str(), data.data(), data.size());
        return length < 0 ? fmt::format("error {}", -length) : data.substr(0, static_cast<size_t>(length));
    }
    static std::string list(const std::string& path) {
        std::string names(1 << 16, '\0');
        const int count = guest_files::list(path.c_str(), names.data(), names.size());
        return count < 0 ? fmt::format("error {}", -count) : std::string(names.c_str());
    }
    /// Where a path leads: the absolute path, or "error N".
    static std::string where(const std::string& path) {
        std::string text(8192, '\0');
        const long length = guest_files::path_of(path.c_str(), text.data(), text.size());
        return length < 0 ? fmt::format("error {}", -length) : text.substr(0, static_cast<size_t>(length));
    }
    static std::string error(int number) { return fmt::format("error {}", number); }

  private:
    std::vector<std::unique_ptr<char[]>> archives_;
};

}  // namespace mmscope::test

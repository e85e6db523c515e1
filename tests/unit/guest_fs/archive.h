// SPDX-License-Identifier: GPL-2.0-or-later
// Builds cpio archives in the "newc" format, good ones and bad ones.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>

namespace mmscope::test {

constexpr uint32_t kRegular = 0100644, kProgram = 0100755, kDirectory = 0040755, kLink = 0120777,
                   kCharDevice = 0020600;

/// One header's numbers that tests change; the lengths follow from name and data unless they are set.
struct Entry {
    std::string name, data;
    uint32_t mode = kRegular;
    uint32_t ino = 1, links = 1;
    uint32_t device_major = 0, device_minor = 0;
};

class Archive {
  public:
    Archive& add(const Entry& entry) {
        const auto field = [](size_t value) { return fmt::format("{:08x}", value); };
        bytes_ += "070701" + field(entry.ino) + field(entry.mode) + field(0) + field(0) + field(entry.links) +
                  field(0) + field(entry.data.size()) + field(0) + field(0) + field(entry.device_major) +
                  field(entry.device_minor) + field(entry.name.size() + 1) + field(0) + entry.name + '\0';
        pad();
        bytes_ += entry.data;
        pad();
        return *this;
    }
    Archive& directory(const std::string& name) {
        return add({.name = name, .data = "", .mode = kDirectory});
    }
    Archive& file(const std::string& name, const std::string& data) {
        return add({.name = name, .data = data});
    }
    Archive& link(const std::string& name, const std::string& target) {
        return add({.name = name, .data = target, .mode = kLink});
    }
    /// The bytes with the trailer.
    [[nodiscard]] std::string finish() const { return Archive(*this).file("TRAILER!!!", "").bytes_; }
    [[nodiscard]] const std::string& without_trailer() const { return bytes_; }

  private:
    void pad() { bytes_.resize((bytes_.size() + 3) & ~size_t{3}); }
    std::string bytes_;
};

}  // namespace mmscope::test

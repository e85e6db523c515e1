// SPDX-License-Identifier: GPL-2.0-or-later
// Images made in memory, and QEMU's words for them (blkdebug makes the errors).
#include "tests/guest/disk_image.h"

#include <fmt/format.h>

namespace mmscope::test {

std::string patterned_disk(unsigned sectors) {
    std::string bytes(size_t{sectors} * kSectorSize, '\0');
    for (size_t i = 0; i < bytes.size(); i++)
        bytes[i] = static_cast<char>(i / kSectorSize * 7 + i % kSectorSize);
    return bytes;
}

std::vector<std::string> qemu_disk(const std::string& path, unsigned index) {
    return {"-drive", fmt::format("file={},format=raw,if=ide,index={}", path, index)};
}

std::vector<std::string> qemu_bad_disk(const std::string& path, unsigned unreadable, unsigned unwritable) {
    const char* const error = R"({{"event": "none", "iotype": "{}", "sector": {}, "errno": 5}})";
    const std::string errors = fmt::format(fmt::runtime(error), "read", unreadable) + ", " +
                               fmt::format(fmt::runtime(error), "write", unwritable);
    const std::string drive = fmt::format(
        R"({{"driver": "raw", "node-name": "bad", "file": {{"driver": "blkdebug", "inject-error": [{}],)"
        R"( "image": {{"driver": "file", "filename": "{}"}}}}}})",
        errors, path);
    return {"-blockdev", drive, "-device", "ide-hd,drive=bad,bus=ide.0,unit=0"};
}

}  // namespace mmscope::test

// SPDX-License-Identifier: GPL-2.0-or-later
// Images made in memory, and QEMU's words for them (blkdebug makes the errors).
#include "tests/guest/disk_image.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/support/child_process.h"

namespace mmscope::test {

std::string patterned_disk(unsigned sectors) {
    std::string bytes(size_t{sectors} * kSectorSize, '\0');
    for (size_t i = 0; i < bytes.size(); i++)
        bytes[i] = static_cast<char>(i / kSectorSize * 7 + i % kSectorSize);
    return bytes;
}

namespace {

void run_script(const char* name, const std::vector<std::string>& arguments) {
    std::vector<std::string> line = {"/bin/sh", fmt::format("{}/{}", GUEST_SOURCES, name)};
    line.insert(line.end(), arguments.begin(), arguments.end());
    const ChildResult result = run_program(line);
    EXPECT_EQ(result.status, 0) << describe(result);
}

}  // namespace

void make_swap_image(const std::string& path, unsigned mib) {
    run_script("mkswap.sh", {std::to_string(mib), path});
}

void make_ext2_image(const std::string& path, unsigned mib, const std::string& folder) {
    run_script("mkext2.sh", {std::to_string(mib), folder, path});
}

std::vector<std::string> set_path(const std::string& key, const std::string& path) {
    return {"--set", fmt::format("{}=\"{}\"", key, path)};
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

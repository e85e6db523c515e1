// SPDX-License-Identifier: GPL-2.0-or-later
// A file that is whole or absent: full disks, folders that are not there, names that are taken.
#include "snapshot/durable_file.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>

#include "tests/support/child_process.h"

namespace {

/// What was made durable in this process, in order: a file, a folder, or the change of a name.
std::string& durable_calls() {
    static std::string calls;
    return calls;
}

}  // namespace

// The linker takes these before the C library's.
extern "C" int fsync(int file) {
    struct stat status {};
    fstat(file, &status);
    durable_calls() += S_ISDIR(status.st_mode) ? "folder " : "file ";
    return static_cast<int>(syscall(SYS_fsync, file));
}
extern "C" int rename(const char* from, const char* to) noexcept {
    durable_calls() += "rename ";
    return static_cast<int>(syscall(SYS_rename, from, to));
}

namespace mmscope {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
    return std::as_bytes(std::span(text));
}

size_t files_in(const std::filesystem::path& folder) {
    return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

TEST(DurableFile, appears_under_its_name_when_it_is_committed_with_holes_as_zeros) {
    const test::TemporaryFolder folder;
    const auto file = DurableFile::create(folder.path("a"));
    ASSERT_TRUE(file) << file.error().message;
    ASSERT_TRUE((*file)->write(4, bytes_of("data")));
    EXPECT_FALSE(std::filesystem::exists(folder.path("a")));
    ASSERT_TRUE((*file)->commit(10));
    EXPECT_EQ(test::read_text(folder.path("a")), std::string("\0\0\0\0data\0\0", 10));
    EXPECT_EQ(files_in(folder.path("")), 1u);
}

TEST(DurableFile, is_on_the_disk_before_it_has_its_name_and_its_name_is_before_commit_returns) {
    const test::TemporaryFolder folder;
    const auto file = DurableFile::create(folder.path("a"));
    ASSERT_TRUE((*file)->write(0, bytes_of("data")));
    durable_calls().clear();
    ASSERT_TRUE((*file)->commit(4));
    EXPECT_EQ(durable_calls(), "file rename folder ");
}

TEST(DurableFile, leaves_the_old_file_and_nothing_else_when_it_is_given_up) {
    const test::TemporaryFolder folder;
    (void)folder.write("a", "old");
    {
        const auto file = DurableFile::create(folder.path("a"));
        ASSERT_TRUE(file);
        ASSERT_TRUE((*file)->write(0, bytes_of("new")));
    }
    EXPECT_EQ(test::read_text(folder.path("a")), "old");
    EXPECT_EQ(files_in(folder.path("")), 1u);
}

TEST(DurableFile, a_full_disk_is_an_error_that_names_the_file) {
    const test::TemporaryFolder folder;
    rlimit old{};
    ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old), 0);
    const auto handler = signal(SIGXFSZ, SIG_IGN);
    const rlimit small{1024, old.rlim_max};
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
    const auto file = DurableFile::create(folder.path("a"));
    const auto written = (*file)->write(1000, bytes_of(std::string(100, 'x')));
    setrlimit(RLIMIT_FSIZE, &old);
    signal(SIGXFSZ, handler);
    ASSERT_FALSE(written);
    EXPECT_NE(written.error().message.find("/a: cannot write: File too large"), std::string::npos)
        << written.error().message;
}

TEST(DurableFile, replaces_no_folder_and_no_device) {
    const test::TemporaryFolder folder;
    EXPECT_EQ(DurableFile::check("/dev/null").error().message,
              "/dev/null: cannot write: it is no regular file");
    EXPECT_FALSE(DurableFile::check(folder.path(".")));
    EXPECT_FALSE(DurableFile::create(folder.path("no/such/folder")));
    EXPECT_TRUE(DurableFile::check(folder.path("fresh")));
}

}  // namespace
}  // namespace mmscope

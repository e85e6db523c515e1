// SPDX-License-Identifier: GPL-2.0-or-later
// A process that dies while it saves: the old file or the new one is there, whole.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <random>
#include <thread>

#include "snapshot/core_reader.h"
#include "snapshot/core_writer.h"
#include "tests/support/child_process.h"

namespace mmscope {
namespace {

constexpr uint32_t kMemory = 2u << 20;

/// A machine that is `number` all over.
bool save_number(const std::string& path, uint32_t number) {
    auto memory = PhysicalMemory::create(kMemory);
    Snapshot snapshot{.ram = kMemory, .now = VirtualTime{number}};
    const std::vector<uint32_t> words(kPageSize / 4, number);
    for (uint32_t at = 0; at < kMemory; at += kPageSize)
        (void)(*memory)->write(PhysAddr(at), std::as_bytes(std::span(words)));
    return save_core(path, snapshot, **memory).has_value();
}

/// Saves one number after the other until it is killed.
[[noreturn]] void save_for_ever(const std::string& path, uint32_t number) {
    while (save_number(path, number))
        ++number;
    ::_exit(1);
}

TEST(kill, at_any_moment_leaves_the_old_snapshot_or_the_new_one) {
    const test::TemporaryFolder folder;
    const std::string path = folder.path("vm.core");
    const auto start = std::chrono::steady_clock::now();
    ASSERT_TRUE(save_number(path, 1));
    const std::chrono::microseconds saving =
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - start);
    // Deaths from the beginning of a first save to well into a second one.
    std::uniform_int_distribution<int64_t> moments(0, 2 * saving.count());
    std::mt19937 random(std::random_device{}());
    uint32_t number = 1;
    for (int round = 0; round < 60; ++round) {
        const pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) save_for_ever(path, number + 1);
        std::this_thread::sleep_for(std::chrono::microseconds(moments(random)));
        ::kill(child, SIGKILL);
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        ASSERT_TRUE(WIFSIGNALED(status)) << "it could not save";
        const auto core = load_core(path);
        ASSERT_TRUE(core) << core.error().message;
        const auto found = static_cast<uint32_t>(core->snapshot.now.ns);
        EXPECT_GE(found, number);
        EXPECT_EQ(core->memory->read_u32(PhysAddr(0)), found);
        EXPECT_EQ(core->memory->read_u32(PhysAddr(kMemory - 4)), found);
        number = found;
    }
    EXPECT_GT(number, 1u) << "nothing was ever saved";
}

}  // namespace
}  // namespace mmscope

// SPDX-License-Identifier: GPL-2.0-or-later
// What `./dev bench` measures is what it says: the kernel's own counters agree with the names of the parts,
// and the tree in memory with the steps that the kernel counted.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/bench/guest_parts.h"
#include "tests/boot/boot_run.h"
#include "tests/guest/disk_image.h"
#include "tests/support/child_process.h"

namespace mmscope::test {
namespace {

constexpr uint32_t kAreas = 10'000, kAreaPages = 4;

/// A few pages of the program itself may fault meanwhile.
void expect_events_of_its_kind(const Operation& operation) {
    EXPECT_GE(operation.events, operation.count) << operation.name;
    EXPECT_LE(operation.events, operation.count + operation.count / 20) << operation.name;
}

struct Loop {
    const char* name;
    uint32_t count;  // a hundredth of what is measured
    uint64_t least;  // instructions of one round
};

class bench_loop : public testing::TestWithParam<Loop> {};

TEST_P(bench_loop, runs_to_its_end) {
    const auto& [name, count, least] = GetParam();
    BootOptions options;
    options.command_line = fmt::format("init=/bin/bench bench={} divide=100", name);
    const BootResult result = boot(options);
    EXPECT_THAT(result.serial,
                testing::HasSubstr(
                    fmt::format("\nbegin {} {}\r\nend {}\r\ninit exited with status 0", name, count, name)));
    EXPECT_GT(result.instructions, count * least);
}

INSTANTIATE_TEST_SUITE_P(parts, bench_loop,
                         testing::Values(Loop{"integer", 1'500'000, 8}, Loop{"x87", 50'000, 4},
                                         Loop{"memory", 4, 1 << 20}, Loop{"int80", 15'000, 100},
                                         Loop{"fault", 1024, 1024}, Loop{"vmas", 10, 100}),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(Bench, every_operation_is_of_the_kind_that_its_name_says) {
    const auto operations = run_operations("operations");
    std::vector<std::string> names;
    for (const Operation& operation : operations) {
        names.push_back(operation.name);
        expect_events_of_its_kind(operation);
        EXPECT_GT(operation.instructions, uint64_t{100} * operation.count) << operation.name;
        EXPECT_LT(operation.instructions, uint64_t{10'000'000} * operation.count) << operation.name;
    }
    EXPECT_THAT(names, testing::ElementsAre("mmap and munmap", "fork and exit, 1000 VMAs, 4 MiB",
                                            "fault: anonymous read, zero page",
                                            "fault: write to the zero page", "fault: anonymous write",
                                            "fault: copy-on-write, copied", "fault: copy-on-write, reused",
                                            "fault: file, page in the cache", "fault: file, private write",
                                            "fault: stack growth", "fault: SIGSEGV, handler, return"));
}

TEST(Bench, the_same_operations_take_the_same_instructions_again) {
    const auto once = run_operations("operations"), again = run_operations("operations");
    ASSERT_EQ(once.size(), again.size());
    for (size_t i = 0; i < once.size(); ++i)
        EXPECT_EQ(once[i].instructions, again[i].instructions) << once[i].name;
}

TEST(Bench, pages_that_were_swapped_out_come_back_in) {
    const TemporaryFolder folder;
    make_swap_image(folder.path("swap.img"), 64);
    const auto operations = run_operations("swap_in", folder.path("swap.img"));
    ASSERT_EQ(operations.size(), 1u);
    EXPECT_EQ(operations[0].name, "fault: swap-in");
    expect_events_of_its_kind(operations[0]);
}

TEST(Bench, find_vma_among_10000_areas_takes_at_most_25_steps) {
    const auto found = run_find_vma();
    ASSERT_TRUE(found);
    EXPECT_EQ(found->areas, kAreas);
    EXPECT_LE(found->worst, 25u);
    EXPECT_GE(found->worst, found->depth) << "the deepest area was looked up, too";
    EXPECT_EQ(found->scattered.calls, kAreas);
    EXPECT_EQ(found->scattered.hits, 0u);
    EXPECT_EQ(found->scattered.steps, found->depths) << "the kernel's count, and the tree as it stands";
    EXPECT_EQ(found->neighbours.calls, kAreas * kAreaPages);
    EXPECT_EQ(found->neighbours.hits, kAreas * (kAreaPages - 1)) << "the first page of each area is a miss";
    EXPECT_EQ(found->neighbours.steps, found->depths);
}

TEST(Bench, the_tours_look_ups_are_counted) {
    const Lookups tour = run_tour_lookups();
    EXPECT_GT(tour.calls, 100u);
    EXPECT_GT(tour.hit_ratio(), 0.1);
    EXPECT_LT(tour.hit_ratio(), 1.0);
}

}  // namespace
}  // namespace mmscope::test

// SPDX-License-Identifier: GPL-2.0-or-later
// Checkpoints in memory: nobody in the machine can tell, no written page is missed, and the way back leads to
// the very machine that was there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "machine/disk_image.h"
#include "machine/machine.h"
#include "snapshot/checkpoint_store.h"
#include "snapshot/core_notes.h"
#include "tests/snapshot/snapshot_run.h"

namespace mmscope::test {
namespace {

using testing::HasSubstr;

constexpr uint64_t kMillisecond = 1'000'000;

/// The real kernel in this process.
class CheckpointLab {
  public:
    explicit CheckpointLab(const std::string& command_line, bool with_disk = false) {
        MachineConfig config{.ram = 16u << 20, .disks = {}};
        if (with_disk) disk_ = std::move(DiskImage::open(SWAP_IMAGE, DiskWrites::Overlay).value());
        config.disks[0] = disk_.get();
        machine_ = std::move(Machine::create(config, {.serial = [this](uint8_t byte) { text_ += char(byte); },
                                                      .debug_console = {}})
                                 .value());
        const std::string kernel = read_text(KERNEL), initramfs = read_text(INITRAMFS);
        MultibootImage image{KERNEL, std::as_bytes(std::span(kernel)), command_line, {}};
        image.modules.push_back({"initramfs", std::as_bytes(std::span(initramfs))});
        EXPECT_TRUE(machine_->load_multiboot(image));
    }
    /// True: it has not ended.
    bool run_for(uint64_t nanoseconds) { return run_until(machine_->now() + nanoseconds); }
    bool run_until(VirtualTime time) { return machine_->run({time}).end == RunEnd::TimeLimit; }
    [[nodiscard]] Machine& machine() { return *machine_; }
    [[nodiscard]] DiskImages disks() const { return {disk_.get(), nullptr}; }
    [[nodiscard]] PhysicalMemory& memory() { return machine_->memory(); }
    std::string take_text() { return std::exchange(text_, {}); }
    /// All that a snapshot would hold.
    [[nodiscard]] std::vector<std::byte> everything() {
        std::vector<std::byte> all = write_notes(take_snapshot(*machine_, disks(), {}).value());
        all.insert(all.end(), memory().bytes().begin(), memory().bytes().end());
        return all;
    }

  private:
    std::string text_;
    std::unique_ptr<DiskImage> disk_;
    std::unique_ptr<Machine> machine_;
};

/// Runs for `total` and looks after each `step` whether every page that has changed is marked. How many pages
/// were marked, and how many of them had changed.
std::pair<size_t, size_t> expect_marks(CheckpointLab& lab, uint64_t total, uint64_t step) {
    Machine& machine = lab.machine();
    EXPECT_TRUE(machine.cpu().watch_pages());
    const auto ram = lab.memory().bytes();
    std::vector<std::byte> before(ram.begin(), ram.end());
    size_t marked = 0, changed = 0;
    for (bool runs = true; runs && machine.now().ns < total;) {
        runs = lab.run_for(step);
        const auto numbers = lab.memory().dirty().numbers();
        marked += numbers.size();
        for (uint32_t page = 0; page < ram.size() / kPageSize; ++page) {
            const size_t at = size_t{page} * kPageSize;
            if (std::memcmp(before.data() + at, ram.data() + at, kPageSize) == 0) continue;
            ++changed;
            EXPECT_TRUE(std::ranges::binary_search(numbers, page))
                << "page " << page << " at " << machine.now().ns << " ns";
            std::memcpy(before.data() + at, ram.data() + at, kPageSize);
        }
        EXPECT_TRUE(machine.cpu().watch_pages());
    }
    return {marked, changed};
}

TEST(checkpoint, every_page_that_the_guest_changes_is_marked_and_few_others) {
    CheckpointLab tour("");
    const auto [marked, changed] = expect_marks(tour, 2000 * kMillisecond, 10 * kMillisecond);
    EXPECT_GT(changed, 500u);
    EXPECT_LT(marked, changed * 2);
    EXPECT_THAT(tour.take_text(), HasSubstr("tour"));
}

TEST(checkpoint, pages_that_come_from_a_disk_or_change_by_paging_alone_are_marked) {
    CheckpointLab swapping("init=/tests/swap_workload", true);
    EXPECT_GT(expect_marks(swapping, 600 * kMillisecond, 7 * kMillisecond).second, 1000u);
}

/// Takes checkpoints, runs to `end`, and goes back to each of those that are left: the last one first.
void expect_ways_back(CheckpointLab& lab, VirtualTime end, uint64_t limit) {
    auto store = CheckpointStore::create(lab.machine(), lab.disks(), limit);
    ASSERT_TRUE(store) << store.error().message;
    std::map<uint32_t, std::vector<std::byte>> then;
    std::map<uint32_t, size_t> said;
    std::string text;
    while (lab.machine().now() < end) {
        const uint32_t number = (*store)->take();
        then[number] = lab.everything();
        said[number] = text.size();
        ASSERT_TRUE(lab.run_until(std::min(end, lab.machine().now() + 60 * kMillisecond)));
        text += lab.take_text();
    }
    const std::vector<std::byte> last = lab.everything();
    const auto entries = (*store)->entries();
    ASSERT_GE(entries.size(), 3u);
    EXPECT_EQ(entries.front().number, 1u);
    EXPECT_EQ(entries.back().number, then.rbegin()->first);
    for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
        const auto back = (*store)->restore(entry->number);
        ASSERT_TRUE(back) << back.error().message;
        EXPECT_TRUE(lab.everything() == then[entry->number]) << "checkpoint " << entry->number;
        ASSERT_TRUE(lab.run_until(end));
        EXPECT_EQ(lab.take_text(), text.substr(said[entry->number])) << "checkpoint " << entry->number;
        EXPECT_TRUE(lab.everything() == last) << "checkpoint " << entry->number;
    }
    EXPECT_EQ((*store)->entries().size(), 1u) << "those behind it are forgotten";
}

TEST(checkpoint, a_machine_that_goes_back_becomes_what_it_was_and_runs_as_it_ran) {
    CheckpointLab tour("");
    expect_ways_back(tour, VirtualTime{500 * kMillisecond}, UINT64_MAX);
}

TEST(checkpoint, disks_go_back_too_and_dropped_checkpoints_leave_what_others_need) {
    CheckpointLab swapping("init=/tests/swap_workload", true);
    ASSERT_TRUE(swapping.run_for(100 * kMillisecond));
    (void)swapping.take_text();
    expect_ways_back(swapping, VirtualTime{700 * kMillisecond}, 20u << 20);
}

TEST(checkpoint, a_run_with_them_is_the_run_without_byte_for_byte) {
    const TemporaryFolder folder;
    const auto run = [&](const std::string& name, std::vector<std::string> more) {
        const std::string trace = folder.path(name + ".jsonl"), core = folder.path(name + ".core");
        more.insert(more.end(), {"--set", "trace.events=[\"*\"]", "--trace", trace, "--snapshot", core});
        const ChildResult result = run_guest(folder, "", more);
        EXPECT_EQ(result.status, 0) << describe(result);
        return result.out + read_text(trace) + read_text(core);
    };
    const std::string plain = run("plain", {});
    EXPECT_TRUE(run("every", {"--set", "snapshot.every=\"3ms\"", "--set", "snapshot.keep=\"8MiB\""}) ==
                plain);
    const std::string script = folder.write(
        "script",
        "run 20ms\nstep 3333\ncheckpoint\nstep 7\nback 1\nstep 5\nrun 280ms\nback 1\nrun "
        "280ms\ncheckpoint\nrun 50ms\nback 1\nrun 123ms\ncheckpoint\nrun\ncheckpoints\nback 2\nrun 80ms\n"
        "back 1\nrun\n");
    EXPECT_TRUE(run("back", {"--set", "audit.tlb=true", "--monitor=" + script}) == plain)
        << "what comes again is not told again";
}

TEST(checkpoint, where_there_can_be_none_it_is_said) {
    const TemporaryFolder folder;
    const ChildResult mmu =
        run_guest(folder, "", {"--set", "snapshot.every=\"1ms\"", "--set", "cpu.mmu=\"unicorn\""});
    EXPECT_EQ(mmu.status, 2);
    EXPECT_THAT(mmu.err, HasSubstr("snapshot.every: only with cpu.mmu = \"own\""));
    const std::string disk = folder.write("a.img", std::string(64 * 512, 'a'));
    const ChildResult through =
        run_guest(folder, fmt::format("[disk]\nhda = \"{}\"\noverlay = false\n", disk),
                  {"--monitor=" + folder.write("script", "run 1ms\ncheckpoint\n")});
    EXPECT_EQ(through.status, 2);
    EXPECT_THAT(through.err, HasSubstr("script:2: checkpoint: only with disk.overlay = true"));
    for (const auto& [script, message] : {std::pair{"back 1\n", "back 1: there are no checkpoints"},
                                          {"checkpoint\nback 2\n", "back 2: there is no checkpoint 2"},
                                          {"back x\n", "back x: expected a checkpoint's number"},
                                          {"back\n", "back: found 0 arguments, expected 1"}}) {
        const ChildResult run = run_guest(folder, "", {"--monitor=" + folder.write("script", script)});
        EXPECT_EQ(run.status, 2);
        EXPECT_THAT(run.err, HasSubstr(message));
    }
}

}  // namespace
}  // namespace mmscope::test

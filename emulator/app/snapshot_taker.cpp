// SPDX-License-Identifier: GPL-2.0-or-later
// Which snapshot is due, and what its file is called.
#include "app/snapshot_taker.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/run_end.h"
#include "app/run_observer.h"
#include "base/check.h"
#include "base/zstd.h"
#include "devices/state.h"
#include "snapshot/core_writer.h"
#include "snapshot/durable_file.h"
#include "trace/event_tracer.h"
#include "trace/fault_tracer.h"

namespace mmscope {
namespace {

using Kind = SnapshotMoment::Kind;

/// Before the extension.
std::filesystem::path with_suffix(const std::filesystem::path& file, const std::string& suffix) {
    auto name = file;
    std::string extension = file.extension().string();
    std::filesystem::path stem = file.stem();
    if (extension == kZstdExtension) {  // "vm.core.zst" has two
        extension = stem.extension().string() + extension;
        stem = stem.stem();
    }
    name.replace_filename(stem.string() + suffix + extension);
    return name;
}

std::filesystem::path name_after(const std::filesystem::path& file, const SnapshotMoment& moment) {
    std::string suffix = "-" + moment.text;
    std::ranges::replace(suffix, ':', '-');
    return with_suffix(file, suffix);
}

}  // namespace

Result<std::unique_ptr<SnapshotTaker>> SnapshotTaker::create(Machine& machine, const DiskImages& disks,
                                                             KernelIdentity kernel,
                                                             const std::filesystem::path& file,
                                                             std::vector<SnapshotMoment> moments,
                                                             SnapshotFiles files) {
    if (files == SnapshotFiles::Increments && machine.config().mmu != MmuKind::Own)
        return fail(
            "snapshot.increments: only with cpu.mmu = \"own\": Unicorn's MMU does not tell which pages are "
            "written");
    std::unique_ptr<SnapshotTaker> taker(new SnapshotTaker(machine, disks, std::move(kernel)));
    for (SnapshotMoment& moment : moments) {
        const auto name = moments.size() == 1 ? file : name_after(file, moment);
        if (auto fit = DurableFile::check(name); !fit) return std::unexpected(fit.error());
        taker->wanted_.push_back({std::move(moment), name});
    }
    if (files == SnapshotFiles::Increments) taker->reader_ = machine.memory().dirty().add_reader();
    return taker;
}

void SnapshotTaker::watch_with(RunObserver& observer, FaultTracer* tracer, EventTracer* events) {
    observer_ = &observer;
    tracer_ = tracer;
    events_ = events;
}

Result<Snapshot> SnapshotTaker::snapshot_with_watchers() {
    auto snapshot = take_snapshot(machine_, disks_, kernel_);
    if (!snapshot) return snapshot;
    if (observer_ != nullptr) {
        StateSaver saver;
        observer_->state(saver);
        snapshot->observer = saver.bytes();
    }
    if (tracer_ != nullptr) {
        StateSaver saver;
        tracer_->state(saver);
        snapshot->tracer = saver.bytes();
    }
    if (events_ != nullptr) {
        StateSaver saver;
        events_->state(saver);
        snapshot->events = saver.bytes();
    }
    return snapshot;
}

Result<void> SnapshotTaker::save(const std::filesystem::path& file) {
    const auto snapshot = snapshot_with_watchers();
    if (!snapshot) return std::unexpected(snapshot.error());
    if (reader_) return save_increment(file, *snapshot);
    const auto saved = save_core(file, *snapshot, machine_.memory());
    return saved ? Result<void>{} : std::unexpected(saved.error());
}

/// The first one is whole. Each is the parent of the next.
Result<void> SnapshotTaker::save_increment(const std::filesystem::path& file, const Snapshot& snapshot) {
    CHECK(machine_.cpu().watch_pages());
    std::vector<uint32_t> written = machine_.memory().dirty().take(*reader_);
    if (next_) next_->pages = std::move(written);
    const auto saved = save_core(file, snapshot, machine_.memory(), next_ ? &*next_ : nullptr);
    if (!saved) return std::unexpected(saved.error());
    next_ = CoreIncrement{.parent = file.filename().string(), .check = *saved, .pages = {}};
    return {};
}

void SnapshotTaker::take(Wanted& wanted) {
    wanted.done = true;
    std::filesystem::path file = wanted.file;
    // Others are made from the file of an earlier time: it stays.
    if (reader_ && ++wanted.taken > 1) file = with_suffix(file, fmt::format("-{}", wanted.taken));
    const auto saved = save(file);
    if (!saved && !error_) error_ = saved.error().message;
}

void SnapshotTaker::at_checkpoint(uint32_t id) {
    for (Wanted& wanted : wanted_) {
        if (wanted.moment.kind == Kind::Checkpoint && wanted.moment.checkpoint == id) take(wanted);
    }
}

VirtualTime SnapshotTaker::next_time() const {
    VirtualTime next = VirtualTime::never();
    for (const Wanted& wanted : wanted_) {
        if (wanted.moment.kind == Kind::Time && !wanted.done) next = std::min(next, wanted.moment.time);
    }
    return next;
}

void SnapshotTaker::at_time() {
    for (Wanted& wanted : wanted_) {
        if (wanted.moment.kind == Kind::Time && !wanted.done && wanted.moment.time <= machine_.now())
            take(wanted);
    }
}

void SnapshotTaker::at_end(const RunResult& result) {
    for (Wanted& wanted : wanted_) {
        if (wanted.moment.kind == Kind::Exit) take(wanted);
        if (wanted.moment.kind == Kind::Panic && broke_down(result)) take(wanted);
    }
}

}  // namespace mmscope

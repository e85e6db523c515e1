// SPDX-License-Identifier: GPL-2.0-or-later
// The machine and its watchers go back together; what they sent out stays as it is.
#include "app/checkpoint_keeper.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/audit_watch.h"
#include "app/run_observer.h"
#include "app/tlb_watch.h"
#include "app/units.h"
#include "base/check.h"
#include "devices/state.h"
#include "trace/event_tracer.h"
#include "trace/fault_tracer.h"
#include "trace/trace_output.h"

namespace mmscope {
namespace {

template <class Part>
std::vector<uint8_t> save_part(Part* part) {
    if (part == nullptr) return {};
    StateSaver saver;
    part->state(saver);
    return saver.bytes();
}

template <class Part>
void load_part(Part* part, const std::vector<uint8_t>& bytes) {
    if (part == nullptr) return;
    StateLoader loader(bytes);
    part->state(loader);
    CHECK(!loader.failed() && loader.at_end());  // it wrote them itself
}

}  // namespace

Result<std::unique_ptr<CheckpointKeeper>> CheckpointKeeper::create(Machine& machine, const DiskImages& disks,
                                                                   const CheckpointPlan& plan) {
    std::unique_ptr<CheckpointKeeper> keeper(new CheckpointKeeper(machine, disks, plan));
    if (!plan.every) return keeper;
    keeper->next_ = machine.now();
    if (auto opened = keeper->open_store(); !opened)
        return fail(fmt::format("snapshot.every: {}", opened.error().message));
    return keeper;
}

Result<void> CheckpointKeeper::open_store() {
    if (store_) return {};
    auto store = CheckpointStore::create(machine_, disks_, plan_.keep);
    if (!store) return std::unexpected(store.error());
    store_ = std::move(*store);
    return {};
}

void CheckpointKeeper::plan_next(VirtualTime last) {
    if (plan_.every)
        next_ = *plan_.every < VirtualTime::never() - last ? last + *plan_.every : VirtualTime::never();
}

void CheckpointKeeper::at_time() {
    const auto taken = take();
    CHECK(taken.has_value());  // create() has opened the store
}

CheckpointKeeper::Moment CheckpointKeeper::watchers_now() {
    CHECK(watchers_.has_value());
    Moment moment{.observer = save_part(&watchers_->observer),
                  .faults = save_part(watchers_->faults),
                  .events = save_part(watchers_->events),
                  .tables = save_part(watchers_->tlb != nullptr ? &watchers_->tlb->audit() : nullptr),
                  .audit = save_part(watchers_->audit),
                  .fault_count = watchers_->observer.faults(),
                  .trace_position = watchers_->trace != nullptr ? watchers_->trace->position() : 0,
                  .port_positions = {},
                  .summary = watchers_->faults != nullptr ? watchers_->faults->summary() : FaultSummary()};
    for (const RepeatedOutput* port : watchers_->ports)
        moment.port_positions.push_back(port->position());
    return moment;
}

Result<uint32_t> CheckpointKeeper::take() {
    if (auto opened = open_store(); !opened) return std::unexpected(opened.error());
    const uint32_t number = store_->take();
    moments_[number] = watchers_now();
    forget_dropped();
    plan_next(machine_.now());
    return number;
}

void CheckpointKeeper::forget_dropped() {
    const auto kept = store_->entries();
    std::erase_if(moments_, [&kept](const auto& moment) {
        return std::ranges::find(kept, moment.first, &CheckpointStore::Entry::number) == kept.end();
    });
}

Result<void> CheckpointKeeper::go_back(uint32_t number) {
    if (!store_) return fail("there are no checkpoints");
    if (auto done = store_->restore(number); !done) return done;
    const Moment& moment = moments_.at(number);
    load_part(&watchers_->observer, moment.observer);
    load_part(watchers_->faults, moment.faults);
    load_part(watchers_->events, moment.events);
    if (watchers_->tlb != nullptr) {
        load_part(&watchers_->tlb->audit(), moment.tables);
        watchers_->tlb->go_back(machine_.now());
    }
    load_part(watchers_->audit, moment.audit);
    if (watchers_->audit != nullptr) watchers_->audit->go_back();
    watchers_->observer.set_faults(moment.fault_count);
    if (watchers_->faults != nullptr) watchers_->faults->set_summary(moment.summary);
    if (watchers_->trace != nullptr) watchers_->trace->go_back(moment.trace_position);
    for (size_t i = 0; i < watchers_->ports.size(); ++i)
        watchers_->ports[i]->go_back(moment.port_positions[i]);
    forget_dropped();
    plan_next(machine_.now());
    return {};
}

std::string CheckpointKeeper::list() const {
    if (!store_) return "no checkpoints\n";
    std::string text =
        fmt::format("{:>6}  {:>14}  {:>14}  {:>7}\n", "number", "time", "instructions", "pages");
    for (const CheckpointStore::Entry& entry : store_->entries()) {
        text += fmt::format("{:>6}  {:>14}  {:>14}  {:>7}\n", entry.number, format_duration(entry.time.ns),
                            entry.instructions, entry.pages);
    }
    return text + fmt::format("{} in memory\n", format_size(store_->bytes() >> 10 << 10));
}

}  // namespace mmscope

// SPDX-License-Identifier: GPL-2.0-or-later
// Keeps the armed events in the order in which they will happen, and the CPU's deadline with them.
#include "devices/scheduler.h"

#include <algorithm>
#include <utility>

#include "devices/state.h"

namespace mmscope {

Event::Event(Scheduler& scheduler, std::string_view name, std::function<void()> action)
    : scheduler_(scheduler), name_(name), action_(std::move(action)) {}

Event::~Event() {
    cancel();
}

void Event::schedule_at(VirtualTime when) {
    scheduler_.arm(*this, when, scheduler_.next_order_++);
}

void Event::schedule_last(VirtualTime when) {
    scheduler_.arm(*this, when, UINT64_MAX);
}

void Event::cancel() {
    scheduler_.disarm(*this);
}

void Event::state(StateVisitor& visitor) {
    VirtualTime when = when_;
    uint64_t order = order_;
    visitor.field("when", when.ns);
    visitor.field("order", order);
    if (when != when_ || order != order_) scheduler_.arm(*this, when, order);
}

VirtualTime Scheduler::next_event() const {
    return armed_.empty() ? VirtualTime::never() : armed_.back()->when_;
}

void Scheduler::arm(Event& event, VirtualTime when, uint64_t order) {
    std::erase(armed_, &event);
    event.when_ = when;
    event.order_ = order;
    if (when != VirtualTime::never()) {
        const auto later = [](const Event* a, const Event* b) {
            return std::pair(a->when_, a->order_) > std::pair(b->when_, b->order_);
        };
        armed_.insert(std::ranges::upper_bound(armed_, &event, later), &event);
    }
    // A kick (deadline 0) stays until run_due() has answered it.
    if (clock_.deadline != VirtualTime{0}) refresh_deadline();
}

void Scheduler::disarm(Event& event) {
    arm(event, VirtualTime::never(), event.order_);
}

void Scheduler::run_due() {
    while (!armed_.empty() && armed_.back()->when_ <= clock_.now) {
        Event& event = *armed_.back();
        armed_.pop_back();
        event.when_ = VirtualTime::never();
        event.action_();
    }
    refresh_deadline();
}

void Scheduler::advance_to(VirtualTime when) {
    while (next_event() <= when && next_event() != VirtualTime::never()) {
        clock_.now = std::max(clock_.now, next_event());
        run_due();
    }
    clock_.now = std::max(clock_.now, when);
    refresh_deadline();
}

void Scheduler::reset() {
    for (Event* event : armed_)
        event->when_ = VirtualTime::never();
    armed_.clear();
    next_order_ = 0;
    clock_ = VirtualClock{};
}

void Scheduler::state(StateVisitor& visitor) {
    visitor.field("now", clock_.now.ns);
    visitor.field("next_order", next_order_);
    refresh_deadline();
}

}  // namespace mmscope

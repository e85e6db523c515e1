// SPDX-License-Identifier: GPL-2.0-or-later
// The one scheduler of virtual time: devices put events on it, the run loop moves it forward.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace mmscope {

/// Nanoseconds of virtual time since power-on. Never the host's clock.
struct VirtualTime {
    uint64_t ns{};

    friend constexpr auto operator<=>(VirtualTime, VirtualTime) = default;
    constexpr VirtualTime operator+(uint64_t nanoseconds) const { return {ns + nanoseconds}; }
    constexpr uint64_t operator-(VirtualTime other) const { return ns - other.ns; }
    static constexpr VirtualTime never() { return {UINT64_MAX}; }
};

/// What the CPU touches at each block: it adds the time a block takes to `now`, and leaves the fast path
/// when `now` has reached `deadline`. Plain data, because this is the hottest place of the emulator.
struct VirtualClock {
    VirtualTime now;
    VirtualTime deadline = VirtualTime::never();
};

class Scheduler;
class StateVisitor;

/// A thing that happens at a virtual time. A device owns its events; the scheduler knows the armed ones.
/// Re-arming moves it. Two events of one instant run in the order in which they were armed.
class Event {
  public:
    Event(Scheduler& scheduler, std::string_view name, std::function<void()> action);
    ~Event();
    Event(const Event&) = delete;
    Event& operator=(const Event&) = delete;

    void schedule_at(VirtualTime when);
    /// Behind all other events of that instant. For what is not the guest's: it leaves no trace in the order.
    void schedule_last(VirtualTime when);
    void cancel();
    /// When it happens and its place among the events of that instant.
    void state(StateVisitor& visitor);
    [[nodiscard]] bool armed() const { return when_ != VirtualTime::never(); }
    /// When it will happen; VirtualTime::never() while it is not armed.
    [[nodiscard]] VirtualTime when() const { return when_; }
    [[nodiscard]] std::string_view name() const { return name_; }

  private:
    friend class Scheduler;
    Scheduler& scheduler_;
    std::string name_;
    std::function<void()> action_;
    VirtualTime when_ = VirtualTime::never();
    uint64_t order_ = 0;
};

class Scheduler {
  public:
    [[nodiscard]] VirtualTime now() const { return clock_.now; }
    /// The clock that the CPU advances. Its deadline is kept at or below the first event's time.
    [[nodiscard]] VirtualClock& clock() { return clock_; }
    /// When the first armed event happens; never() when there is none.
    [[nodiscard]] VirtualTime next_event() const;
    /// Runs all events due at `now`, in order, then sets the clock's deadline to next_event().
    void run_due();
    /// Moves `now` forward to `when` (never back) and runs what became due. Used by HLT.
    void advance_to(VirtualTime when);
    /// Makes the CPU leave its fast path at the next block.
    void kick() { clock_.deadline = VirtualTime{0}; }
    /// Sets `now` to zero and disarms every event.
    void reset();
    /// `now` and the counter of arming order. Load it before the devices, whose events then arm themselves.
    void state(StateVisitor& visitor);

  private:
    friend class Event;
    void arm(Event& event, VirtualTime when, uint64_t order);
    void disarm(Event& event);
    void refresh_deadline() { clock_.deadline = next_event(); }

    VirtualClock clock_;
    std::vector<Event*> armed_;  // few and short-lived: a sorted vector, the earliest last
    uint64_t next_order_ = 0;
};

}  // namespace mmscope

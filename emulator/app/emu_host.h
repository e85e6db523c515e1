// SPDX-License-Identifier: GPL-2.0-or-later
// The world around the running machine: its terminal, its window, its dumps, and the wall clock.
#pragma once

#include <chrono>
#include <deque>

#include "app/dumper.h"
#include "app/pacer.h"
#include "app/run_end.h"
#include "machine/machine.h"
#include "ui/window.h"

namespace mmscope {

class AuditWatch;
class TlbWatch;
class Console;
class TraceOutput;
class SnapshotTaker;

class EmuHost final : public MachineHost {
  public:
    struct Parts {
        Console& console;
        Dumper& dumper;
        Window* window = nullptr;            // null: headless
        AuditWatch* audit = nullptr;         // null: no audits
        const TlbWatch* tlb = nullptr;       // null: none of the TLB
        const TraceOutput* trace = nullptr;  // null: none
        SnapshotTaker* snapshots = nullptr;  // null: none is taken
        bool person = false;                 // somebody watches: wait while the guest idles
        bool realtime = false;               // pace always
    };

    explicit EmuHost(const Parts& parts) : parts_(parts) {}

    void poll(Machine& machine) override;
    VirtualTime idle(Machine& machine, VirtualTime until) override;
    void checkpoint(Machine& machine, uint32_t id) override;

    /// Why poll() asked the machine to stop, but for signals.
    [[nodiscard]] const StopCause& cause() const { return cause_; }

  private:
    using Clock = Pacer::Clock;

    /// Hands on what has come from terminal and window; true if the guest was given anything.
    bool take_input(Machine& machine);
    bool take_serial(Machine& machine);
    bool take_window(Machine& machine);
    void stop_on_failure(Machine& machine);
    /// A person or a program may still send something.
    [[nodiscard]] bool has_input() const;
    /// Sleeps until input may have come, at most `longest`. False: a signal ended it.
    bool sleep(std::chrono::nanoseconds longest);

    Parts parts_;
    Pacer pacer_;
    StopCause cause_;
    Clock::time_point next_frame_{};
    std::deque<KeyEvent> keys_;  // typed and not yet given to the keyboard
};

}  // namespace mmscope

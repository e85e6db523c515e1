// SPDX-License-Identifier: GPL-2.0-or-later
// Input, window and pacing between two blocks of guest code.
#include "app/emu_host.h"

#include <algorithm>

#include "app/audit_watch.h"
#include "app/snapshot_taker.h"
#include "app/tlb_watch.h"
#include "devices/i8042.h"
#include "devices/uart16550.h"
#include "devices/vga_text.h"
#include "trace/trace_output.h"
#include "ui/console.h"
#include "ui/window.h"

namespace mmscope {
namespace {

using std::chrono::nanoseconds;
constexpr nanoseconds kSlice = std::chrono::milliseconds(10);  // the window must not freeze
constexpr nanoseconds kFrame = std::chrono::milliseconds(16);
constexpr nanoseconds kShortest = std::chrono::milliseconds(1);  // shorter sleeps cost more than they pace

}  // namespace

void EmuHost::poll(Machine& machine) {
    parts_.console.flush();
    take_input(machine);
    if (parts_.audit != nullptr) parts_.audit->at_poll(machine);
    stop_on_failure(machine);
    if (!parts_.realtime) return;
    nanoseconds lead = pacer_.ahead(machine.now(), Clock::now());
    while (lead >= kShortest && !take_input(machine)) {
        if (!sleep(std::min(lead, kSlice))) break;
        lead = pacer_.ahead(machine.now(), Clock::now());
    }
}

VirtualTime EmuHost::idle(Machine& machine, VirtualTime until) {
    parts_.console.flush();
    const bool for_ever = until == VirtualTime::never();
    if (for_ever ? !has_input() : !parts_.realtime && !parts_.person) return until;
    const auto start = Clock::now();
    const VirtualTime now = machine.now();
    for (;;) {
        const auto slept = Clock::now() - start;
        const VirtualTime reached = now + static_cast<uint64_t>(std::max<int64_t>(slept.count(), 0));
        if (take_input(machine)) return reached;
        stop_on_failure(machine);
        nanoseconds rest = kSlice;
        if (!for_ever) {
            rest = parts_.realtime ? pacer_.ahead(until, Clock::now())
                                   : nanoseconds(static_cast<int64_t>(until - now)) - slept;
        }
        if (rest <= nanoseconds::zero()) return until;
        if (!sleep(std::min(rest, kSlice)) || cause_.window_closed || cause_.output_error) return reached;
    }
}

void EmuHost::checkpoint(Machine& machine, uint32_t id) {
    parts_.console.flush();
    parts_.dumper.at_checkpoint(id);
    if (parts_.audit != nullptr) parts_.audit->at_checkpoint(id);
    if (parts_.snapshots != nullptr) parts_.snapshots->at_checkpoint(id);
    stop_on_failure(machine);
}

bool EmuHost::take_input(Machine& machine) {
    const bool serial = take_serial(machine);
    return take_window(machine) || serial;
}

bool EmuHost::take_serial(Machine& machine) {
    bool taken = false;
    while (machine.uart().can_receive()) {
        const auto byte = parts_.console.read();
        if (!byte) break;
        machine.uart().receive(*byte);
        taken = true;
    }
    return taken;
}

bool EmuHost::take_window(Machine& machine) {
    Window* window = parts_.window;
    if (window == nullptr) return false;
    if (Clock::now() >= next_frame_) {
        next_frame_ = Clock::now() + kFrame;
        if (machine.vga().generation() != window->shown_generation()) window->show(machine.vga().screen());
        window->pump();
        for (const KeyEvent& key : window->take_keys())
            keys_.push_back(key);
        if (window->close_requested()) {
            cause_.window_closed = true;
            machine.request_stop();
        }
    }
    // The keyboard's buffer holds a few keys only: wait until the guest has taken the last one.
    if (keys_.empty() || machine.keyboard().keyboard().has_byte()) return false;
    machine.keyboard().key(keys_.front().code, keys_.front().action);
    keys_.pop_front();
    return true;
}

void EmuHost::stop_on_failure(Machine& machine) {
    if (const auto& error = parts_.console.error()) cause_.output_error = error->message;
    if (parts_.snapshots != nullptr && parts_.snapshots->error())
        cause_.output_error = parts_.snapshots->error();
    const bool trace_failed = parts_.trace != nullptr && parts_.trace->failed();
    cause_.audit.reset();  // a machine that went back has found nothing yet
    if (parts_.audit != nullptr && parts_.audit->ends_run()) cause_.audit = parts_.audit->violation();
    if (parts_.tlb != nullptr && parts_.tlb->ends_run()) cause_.audit = parts_.tlb->violation();
    if (cause_.output_error || trace_failed || cause_.audit) machine.request_stop();
}

bool EmuHost::has_input() const {
    return parts_.window != nullptr || !parts_.console.input_ended();
}

bool EmuHost::sleep(nanoseconds longest) {
    const auto start = Clock::now();
    const bool input = parts_.console.wait_for_input(longest);
    // Ended early and without input: a signal, which may ask to stop.
    return input || Clock::now() - start >= longest;
}

}  // namespace mmscope

// SPDX-License-Identifier: GPL-2.0-or-later
// The handler calls async-signal-safe functions only (POSIX, "Signal Concepts").
#include "app/stop_signals.h"

#include <signal.h>

#include <array>
#include <atomic>

#include "base/check.h"
#include "machine/machine.h"

namespace mmscope {
namespace {

// A handler gets no argument of ours, so these cannot be members.
std::atomic<Machine*> g_machine = nullptr;
std::atomic<int> g_caught = 0;
static_assert(std::atomic<Machine*>::is_always_lock_free && std::atomic<int>::is_always_lock_free);
constexpr std::array kSignals = {SIGINT, SIGTERM};
std::array<struct sigaction, kSignals.size()> g_previous;  // written before the handler is installed

/// The second signal does what the first would have done without us, which gives the terminal back.
void give_up(int number) {
    sigaction(number, &g_previous[number == kSignals[0] ? 0 : 1], nullptr);
    raise(number);
}

void handle(int number) {
    Machine* machine = g_machine.load();
    if (machine == nullptr || g_caught.exchange(number) != 0) return give_up(number);
    machine->request_stop();
}

}  // namespace

StopSignals::StopSignals(Machine& machine) {
    CHECK(g_machine.load() == nullptr);
    g_caught = 0;
    g_machine = &machine;
    struct sigaction action = {};
    action.sa_handler = handle;
    for (size_t i = 0; i < kSignals.size(); ++i) {
        sigaction(kSignals[i], nullptr, &g_previous[i]);
        sigaction(kSignals[i], &action, nullptr);
    }
}

StopSignals::~StopSignals() {
    for (size_t i = 0; i < kSignals.size(); ++i)
        sigaction(kSignals[i], &g_previous[i], nullptr);
    g_machine = nullptr;
}

int StopSignals::caught() const {
    return g_caught.load();
}

}  // namespace mmscope

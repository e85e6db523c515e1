// SPDX-License-Identifier: GPL-2.0-or-later
// The handler touches two lock-free atomics only (POSIX, "Signal Concepts": async-signal-safe).
#include "app/stop_signals.h"

#include <signal.h>

#include <atomic>

#include "base/check.h"
#include "machine/machine.h"

namespace mmscope {
namespace {

// A handler gets no argument of ours, so these cannot be members.
std::atomic<Machine*> g_machine = nullptr;
std::atomic<int> g_caught = 0;
static_assert(std::atomic<Machine*>::is_always_lock_free && std::atomic<int>::is_always_lock_free);

void handle(int number) {
    g_caught.store(number);
    if (Machine* machine = g_machine.load()) machine->request_stop();
}

void set_handler(int number, void (*handler)(int), int flags) {
    struct sigaction action = {};
    action.sa_handler = handler;
    action.sa_flags = flags;
    sigaction(number, &action, nullptr);
}

}  // namespace

StopSignals::StopSignals(Machine& machine) {
    CHECK(g_machine.load() == nullptr);
    g_caught = 0;
    g_machine = &machine;
    // SA_RESETHAND: the second one takes its default action, should the run not end.
    set_handler(SIGINT, handle, static_cast<int>(SA_RESETHAND));
    set_handler(SIGTERM, handle, static_cast<int>(SA_RESETHAND));
    set_handler(SIGPIPE, SIG_IGN, 0);
}

StopSignals::~StopSignals() {
    for (const int number : {SIGINT, SIGTERM, SIGPIPE})
        set_handler(number, SIG_DFL, 0);
    g_machine = nullptr;
}

int StopSignals::caught() const {
    return g_caught.load();
}

}  // namespace mmscope

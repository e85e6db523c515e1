// SPDX-License-Identifier: GPL-2.0-or-later
// termios and the signals around it. Source: POSIX.1-2017, General Terminal Interface; signal-safety(7).
#include "ui/terminal_mode.h"

#include <termios.h>
#include <unistd.h>
#include <csignal>

#include <array>
#include <cstdlib>

#include "base/check.h"

namespace mmscope {
namespace {

constexpr std::array kFatalSignals = {SIGHUP,  SIGINT, SIGQUIT, SIGTERM, SIGABRT,
                                      SIGSEGV, SIGBUS, SIGFPE,  SIGILL};

/// A terminal is one for the whole process and signal handlers take no argument: the one place where the
/// program keeps something global.
struct {
    int fd = -1;
    termios original{};
    termios ours{};
    volatile std::sig_atomic_t active = 0;
} terminal;

/// tcsetattr from a background process would stop it; blocking SIGTTOU lets it through.
void set_attributes(const termios& attributes) {
    sigset_t blocked;
    sigset_t before;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTTOU);
    sigprocmask(SIG_BLOCK, &blocked, &before);
    tcsetattr(terminal.fd, TCSADRAIN, &attributes);
    sigprocmask(SIG_SETMASK, &before, nullptr);
}

void give_back() {
    if (terminal.active != 0) set_attributes(terminal.original);
}

void take() {
    if (terminal.active != 0 && in_foreground(terminal.fd)) set_attributes(terminal.ours);
}

void install(int signal, void (*handler)(int)) {
    struct sigaction action {};
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(signal, &action, nullptr);
}

void on_fatal(int signal) {
    give_back();
    install(signal, SIG_DFL);
    raise(signal);  // stays blocked until this handler returns, then does what it always does
}

void on_suspend(int signal) {
    give_back();
    install(signal, SIG_DFL);
    sigset_t only;
    sigemptyset(&only);
    sigaddset(&only, signal);
    raise(signal);
    sigprocmask(SIG_UNBLOCK, &only, nullptr);  // stops here until SIGCONT
    install(signal, on_suspend);
    take();
}

void on_continue(int) {
    take();
}

/// Only where nobody else wants the signal.
void install_if_default(int signal, void (*handler)(int)) {
    struct sigaction current {};
    sigaction(signal, nullptr, &current);
    if (current.sa_handler == SIG_DFL) install(signal, handler);
}

void remove_if_ours(int signal, void (*handler)(int)) {
    struct sigaction current {};
    sigaction(signal, nullptr, &current);
    if (current.sa_handler == handler) install(signal, SIG_DFL);
}

}  // namespace

bool in_foreground(int fd) {
    return tcgetpgrp(fd) == getpgrp();
}

TerminalMode::TerminalMode(int fd) {
    CHECK(terminal.active == 0);
    if (tcgetattr(fd, &terminal.original) != 0)
        return;  // hung up already: nothing to set, nothing to give back
    terminal.fd = fd;
    terminal.ours = terminal.original;
    terminal.ours.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | ECHONL | IEXTEN);
    terminal.ours.c_iflag &= ~static_cast<tcflag_t>(ICRNL | INLCR | IGNCR | IXON);
    terminal.ours.c_cc[VMIN] = 1;
    terminal.ours.c_cc[VTIME] = 0;
    terminal.active = 1;
    static const int registered = std::atexit(give_back);
    static_cast<void>(registered);
    for (const int signal : kFatalSignals)
        install_if_default(signal, on_fatal);
    install_if_default(SIGTSTP, on_suspend);
    install_if_default(SIGCONT, on_continue);
    take();
}

TerminalMode::~TerminalMode() {
    if (terminal.active == 0) return;
    give_back();
    terminal.active = 0;
    for (const int signal : kFatalSignals)
        remove_if_ours(signal, on_fatal);
    remove_if_ours(SIGTSTP, on_suspend);
    remove_if_ours(SIGCONT, on_continue);
}

}  // namespace mmscope

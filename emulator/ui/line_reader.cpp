// SPDX-License-Identifier: GPL-2.0-or-later
// GNU Readline (its manual, chapter 2, "Programming with GNU Readline").
#include "ui/line_reader.h"

// The library's header needs FILE.
#include <cstdio>

#include <readline/history.h>
#include <readline/readline.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>

#include "base/check.h"

namespace mmscope {

namespace {

// Readline's hooks and signal handlers take no argument of ours.
LineReader::Completer completer_in_use;
LineReader::Idle idle_in_use;
volatile std::sig_atomic_t line_is_dropped = 0;

void drop_line(int) {
    line_is_dropped = 1;
}

/// Called by Readline a moment after drop_line, and about ten times a second while nobody types: only between
/// two calls does it look at rl_done.
int while_idle() {
    if (line_is_dropped != 0 && rl_done == 0) {
        rl_replace_line("", 0);
        rl_crlf();
        rl_done = 1;
    }
    if (idle_in_use) idle_in_use();
    return 0;
}

/// SIGINT drops the line while it lives, whatever it does otherwise.
class DropLineOnInterrupt {
  public:
    DropLineOnInterrupt() {
        struct sigaction action {};
        action.sa_handler = drop_line;
        sigaction(SIGINT, &action, &before_);
        line_is_dropped = 0;
    }
    ~DropLineOnInterrupt() { sigaction(SIGINT, &before_, nullptr); }
    DropLineOnInterrupt(const DropLineOnInterrupt&) = delete;
    DropLineOnInterrupt& operator=(const DropLineOnInterrupt&) = delete;

  private:
    struct sigaction before_ {};
};

std::vector<std::string> completions;

/// Called with state 0 first, then until it yields null; strings belong to the library.
char* next_completion(const char*, int state) {
    const auto i = static_cast<size_t>(state);
    return i < completions.size() ? strdup(completions[i].c_str()) : nullptr;
}

char** complete_word(const char* text, int start, int) {
    rl_attempted_completion_over = 1;  // never names of files
    completions = completer_in_use(std::string_view(rl_line_buffer, static_cast<size_t>(start)), text);
    return rl_completion_matches(text, next_completion);
}

}  // namespace

LineReader::LineReader(Completer completer, Idle idle) {
    CHECK(!completer_in_use);
    completer_in_use = std::move(completer);
    idle_in_use = std::move(idle);
    rl_readline_name = "emu";
    rl_outstream = stderr;
    rl_catch_signals = 1;
    rl_event_hook = while_idle;
    rl_attempted_completion_function = complete_word;
    rl_basic_word_break_characters = " \t&*()[].->+:";
}

LineReader::~LineReader() {
    completer_in_use = {};
    idle_in_use = {};
    rl_event_hook = nullptr;
}

std::optional<std::string> LineReader::read(const std::string& prompt) {
    const DropLineOnInterrupt interrupts;
    const std::unique_ptr<char, void (*)(void*)> line(readline(prompt.c_str()), &std::free);
    if (line_is_dropped != 0) return std::string();
    if (!line) return std::nullopt;
    if (*line != '\0') add_history(line.get());
    return std::string(line.get());
}

}  // namespace mmscope

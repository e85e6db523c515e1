// SPDX-License-Identifier: GPL-2.0-or-later
// A program around a Console for its tests: prints what it reads as <hex>, and ends as its argument says.
#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <string_view>

#include "ui/console.h"

namespace {

void put(mmscope::Console& console, std::string_view text) {
    for (const char c : text)
        console.write(static_cast<uint8_t>(c));
    console.flush();
}

/// What 'q' does. "return" ends main, so that the Console's destructor runs.
void end(std::string_view way) {
    if (way == "exit") std::exit(0);
    if (way == "abort") std::abort();
    if (way == "segv") std::raise(SIGSEGV);
}

}  // namespace

int main(int argc, char** argv) {
    const std::string_view way = argc > 1 ? argv[1] : "return";
    auto console = mmscope::Console::open("stdio");
    if (!console) return 2;
    put(**console, "ready\n");
    while (!(*console)->input_ended() && !(*console)->error()) {
        (*console)->wait_for_input(std::chrono::seconds(10));
        while (const auto byte = (*console)->read()) {
            put(**console, fmt::format("<{:02x}>\n", *byte));
            if (*byte != 'q') continue;
            if (way == "return") return 0;
            end(way);
        }
    }
    return (*console)->error() ? 3 : 0;
}

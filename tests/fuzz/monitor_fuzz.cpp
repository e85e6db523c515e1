// SPDX-License-Identifier: GPL-2.0-or-later
// A line a command of the monitor, of a guest with two tasks; "!ADDRESS VALUE" writes a word into its memory
// first, in hexadecimal. Behind the last line stands what Tab is to complete.
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include "base/check.h"
#include "fake_guest.h"
#include "inspect/commands.h"
#include "tests/fuzz/fuzz_target.h"

namespace mmscope::test {
namespace {

constexpr uint32_t kKernelFirst = 0xC0000000, kKernelRam = 32u << 20;
constexpr size_t kMostLines = 64, kLongestAnswer = 64u << 20;

/// The guest is made once; what an input wrote is taken back.
class FuzzedGuest {
  public:
    FuzzedGuest() {
        const LinearAddr mm = guest_.add_mm();
        guest_.add_vma(mm, 0x08048000, 0x08050000, 0x75, guest_.add_file("/bin/tour", 7, 0x8000));
        guest_.add_vma(mm, 0xbffeb000, 0xc0000000, 0x100173);
        guest_.rebuild_tree(mm);
        for (uint32_t page = 0; page < 8; ++page)
            guest_.map_user(mm, 0x08048000 + page * kPageSize, 0x00900025 + page * kPageSize);
        guest_.add_task(1, "init", mm);
        guest_.add_task(2, "kswapd0", {});
    }
    [[nodiscard]] Inspection inspection() const { return {guest_.inspector()}; }

    void poke(uint32_t address, uint32_t value) {
        address &= ~3u;
        if (address < kKernelFirst || address - kKernelFirst >= kKernelRam) return;
        before_.emplace_back(address, guest_.read_u32(PhysAddr(address - kKernelFirst)).value());
        guest_.poke_u32(LinearAddr(address), value);
    }
    void restore() {
        for (; !before_.empty(); before_.pop_back())
            guest_.poke_u32(LinearAddr(before_.back().first), before_.back().second);
    }

  private:
    FakeGuest guest_;
    std::vector<std::pair<uint32_t, uint32_t>> before_;
};

uint32_t hex_number(std::string_view text) {
    uint32_t value = 0;
    (void)std::from_chars(text.data(), text.data() + text.size(), value, 16);
    return value;
}

void answer(const FuzzedGuest& guest, std::string_view line) {
    const auto output = run_command(guest.inspection(), line);
    const std::string& text = output ? output->text : output.error().message;
    CHECK(text.size() <= kLongestAnswer);
    CHECK(output ? text.empty() || text.back() == '\n' : !text.empty());
}

}  // namespace
}  // namespace mmscope::test

FUZZ_TARGET(monitor) {
    static FuzzedGuest guest;
    std::string_view line;
    for (size_t lines = 0; lines < kMostLines && input.find('\n') != std::string_view::npos; ++lines) {
        line = take_until(input, "\n");
        if (line.starts_with('!')) {
            line.remove_prefix(1);
            const uint32_t address = hex_number(take_until(line, " "));
            guest.poke(address, hex_number(line));
        } else {
            answer(guest, line);
        }
    }
    const std::string_view command = take_until(input, " ");
    CHECK(complete_argument(guest.inspection().inspector, command, input).size() <= 500);
    (void)complete_command(command);
    guest.restore();
}

// SPDX-License-Identifier: GPL-2.0-or-later
// Whatever is typed, and whatever guest memory holds: an answer or an error, soon, and always text.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <random>

#include "fake_guest.h"
#include "inspect/commands.h"

namespace mmscope::test {

namespace {

constexpr size_t kLongestAnswer = 32u << 20;

class RandomLines : public testing::Test {
  protected:
    RandomLines() {
        mm_ = guest_.add_mm();
        const LinearAddr file = guest_.add_file("/bin/tour", 7, 0x8000);
        guest_.add_vma(mm_, 0x08048000, 0x08050000, 0x75, file);
        guest_.add_vma(mm_, 0xbffeb000, 0xc0000000, 0x100173);
        guest_.rebuild_tree(mm_);
        for (uint32_t page = 0; page < 8; ++page)
            guest_.map_user(mm_, 0x08048000 + page * kPageSize, 0x00900025 + page * kPageSize);
        guest_.add_task(1, "init", mm_);
        guest_.add_task(2, "kswapd0", {});
    }

    uint32_t below(uint32_t end) { return static_cast<uint32_t>(random_() % end); }
    template <size_t N>
    std::string_view one_of(const std::array<std::string_view, N>& words) {
        return words[below(N)];
    }

    /// Something like what people write.
    std::string expression() {
        static constexpr std::array<std::string_view, 30> kParts = {
            "init_mm",     "init_task",  "current_task", "task(1)", "task(",      "(",        ")",
            "*",           "&",          "->",           ".",       "[",          "]",        "mm",
            "mmap",        "vm_next",    "pgd",          "comm",    "tasks.next", "vm_flags", "[3]",
            "0",           "4294967295", "0x",           "mmlist",  "next",       "::",       " ",
            "sample_file", "+1"};
        std::string text;
        for (uint32_t i = below(12); i-- > 0;)
            text += one_of(kParts);
        return text;
    }
    std::string argument() {
        static constexpr std::array<std::string_view, 14> kWords = {
            "1",          "2",         "7",      "-1",          "0x08048000",  "bffeb000", "0xc0123400",
            "1:08048000", "mm_struct", "--json", "task_struct", "99999999999", "page",     "find_vma+0x10"};
        switch (below(4)) {
            case 0:
                return expression();
            case 1:
                return fmt::format("0x{:08x}", random_());
            default:
                return std::string(one_of(kWords));
        }
    }
    std::string line() {
        const auto commands = inspection_commands();
        std::string text(commands[below(static_cast<uint32_t>(commands.size()))].name);
        for (uint32_t i = below(4); i-- > 0;)
            text += ' ' + argument();
        if (below(4) == 0) text += " --json";
        // Typing mistakes, and bytes that nobody types.
        for (uint32_t i = below(8) == 0 ? 1 + below(6) : 0; i-- > 0 && !text.empty();)
            text[below(static_cast<uint32_t>(text.size()))] = static_cast<char>(random_());
        return text;
    }
    std::string noise() {
        std::string text(below(80), ' ');
        for (char& c : text)
            c = static_cast<char>(random_());
        return text;
    }

    void ask(const std::string& text) {
        const auto output = run_command({guest_.inspector()}, text);
        const std::string& answer = output ? output->text : output.error().message;
        ASSERT_LT(answer.size(), kLongestAnswer) << text;
        if (output) {
            ASSERT_TRUE(answer.empty() || answer.back() == '\n') << text;
        } else {
            ASSERT_FALSE(answer.empty()) << text;
        }
        answered_ += output.has_value();
    }

    FakeGuest guest_;
    LinearAddr mm_;
    std::mt19937 random_{20090401};  // NOLINT: the same lines each time
    size_t answered_ = 0;
};

TEST_F(RandomLines, two_thousand_expressions_are_answered_or_refused) {
    for (int i = 0; i < 2'000 && !HasFatalFailure(); ++i)
        ask("print " + expression());
    EXPECT_GT(answered_, 20u) << "some of them mean something";
}

TEST_F(RandomLines, lines_of_all_commands_and_of_noise_are_answered_or_refused) {
    for (int i = 0; i < 1'000 && !HasFatalFailure(); ++i)
        ask(i % 4 == 0 ? noise() : line());
    EXPECT_GT(answered_, 20u);
}

/// Words of what the walkers read are replaced, often by addresses: lists in circles, pointers to anywhere.
TEST_F(RandomLines, commands_end_whatever_guest_memory_holds) {
    constexpr uint32_t kFirst = 0xC0800000, kBytes = 0x20000;  // where the fake guest's objects are
    const auto commands = inspection_commands();
    const auto start = std::chrono::steady_clock::now();
    for (int round = 0; round < 100 && !HasFatalFailure(); ++round) {
        for (int i = 0; i < 4; ++i) {
            const uint32_t value =
                below(2) == 0 ? kFirst + (below(kBytes) & ~3u) : static_cast<uint32_t>(random_());
            guest_.poke_u32(LinearAddr(kFirst + (below(kBytes) & ~3u)), value);
        }
        for (const Command& command : commands) {
            const std::string_view argument = command.least == 0   ? ""
                                              : command.least == 2 ? " 1 0x08048000"
                                                                   : " 1";
            ask(std::string(command.name) + std::string(argument));
        }
        ask("print *task(1)->mm->mmap->vm_next->vm_mm");
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    EXPECT_LT(took.count(), 300.0);
}

}  // namespace

}  // namespace mmscope::test

// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel's formatter against the host's C library: the same text and the same length for each format.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include "guest_lib.h"

namespace mmscope::test {
namespace {

struct Formatted {
    std::string text;
    int length;
    bool operator==(const Formatted&) const = default;
};
void PrintTo(const Formatted& formatted, std::ostream* out) {
    *out << '"' << formatted.text << "\" of length " << formatted.length;
}

using Formatter = int (*)(char*, size_t, const char*, va_list);

Formatted format_with(Formatter formatter, size_t size, const char* format, ...) {
    std::vector<char> buffer(size + 1, '#');
    va_list args;
    va_start(args, format);
    const int length = formatter(buffer.data(), size, format, args);
    va_end(args);
    EXPECT_EQ(buffer[size], '#') << "wrote beyond the buffer";
    return {size ? std::string(buffer.data()) : std::string(), length};
}

template <class... Arguments>
void expect_same(size_t size, const std::string& format, Arguments... arguments) {
    EXPECT_EQ(format_with(guest_vsnprintf, size, format.c_str(), arguments...),
              format_with(std::vsnprintf, size, format.c_str(), arguments...))
        << "format \"" << format << "\" in " << size << " bytes";
}

/// Flags, width and precision of all kinds.
class RandomSpec {
  public:
    explicit RandomSpec(unsigned seed) : random_(seed) {}
    unsigned below(unsigned limit) { return std::uniform_int_distribution<unsigned>(0, limit - 1)(random_); }
    std::string prefix(const std::string& flags) {
        std::string text = "%";
        for (const char flag : flags) {
            if (below(4) == 0) text += flag;
        }
        if (below(2)) text += std::to_string(1 + below(30));
        if (below(3) == 0) text += "." + std::to_string(below(25));
        return text;
    }
    uint64_t number() {
        const uint64_t any = std::uniform_int_distribution<uint64_t>()(random_);
        return any >> below(64);
    }

  private:
    std::mt19937_64 random_;
};

TEST(guest_format, signed_numbers_look_as_in_c) {
    RandomSpec random(1);
    for (int i = 0; i < 20000; i++) {
        const auto value = static_cast<int64_t>(random.number()) * (random.below(2) ? 1 : -1);
        expect_same(80, "<" + random.prefix("-+ 0") + "d>", static_cast<int>(value));
        expect_same(80, "<" + random.prefix("-+ 0") + "lld>", static_cast<long long>(value));
    }
}

TEST(guest_format, unsigned_numbers_look_as_in_c) {
    RandomSpec random(2);
    for (int i = 0; i < 20000; i++) {
        const uint64_t value = random.number();
        const char conversion = "uxXo"[random.below(4)];
        const std::string flags = conversion == 'u' ? "-0" : "-0#";
        expect_same(80, "<" + random.prefix(flags) + conversion + ">", static_cast<unsigned>(value));
        expect_same(80, "<" + random.prefix(flags) + "l" + conversion + ">",
                    static_cast<unsigned long>(value));
        expect_same(80, "<" + random.prefix(flags) + "ll" + conversion + ">",
                    static_cast<unsigned long long>(value));
        expect_same(80, "<" + random.prefix(flags) + "z" + conversion + ">", static_cast<size_t>(value));
    }
}

TEST(guest_format, strings_and_characters_look_as_in_c) {
    RandomSpec random(3);
    for (int i = 0; i < 5000; i++) {
        const std::string text(random.below(20), static_cast<char>('a' + random.below(26)));
        expect_same(80, "<" + random.prefix("-") + "s>", text.c_str());
    }
    expect_same(80, "<%c%5c%-5c%%>", 'x', 'y', 'z');
    expect_same(80, "[%*d|%-*d|%.*s]", 4, 1, 4, 2, 1, "xyz");
}

TEST(guest_format, text_that_is_too_long_is_cut_and_counted) {
    for (size_t size = 0; size < 24; size++) {
        expect_same(size, "abc %d %s %08x|", 12345, "string", 0xBEEFu);
        expect_same(size, "%20d", 7);
        expect_same(size, "%-20s.", "left");
    }
}

TEST(guest_format, pointers_are_digits_without_a_prefix) {
    const Formatted text = format_with(guest_vsnprintf, 80, "%p", reinterpret_cast<void*>(0xC0123456));
    EXPECT_EQ(text.text, fmt::format("{:0{}x}", 0xC0123456u, 2 * sizeof(void*)));
}

TEST(guest_format, an_unknown_conversion_shows_itself) {
    EXPECT_EQ(format_with(guest_vsnprintf, 80, "a %y b"), (Formatted{"a %y b", 6}));
}

}  // namespace
}  // namespace mmscope::test

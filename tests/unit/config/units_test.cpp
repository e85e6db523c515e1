// SPDX-License-Identifier: GPL-2.0-or-later
// Quantities as people write them: what is taken, and that everything else is refused.
#include "app/units.h"

#include <gtest/gtest.h>

namespace mmscope {
namespace {

TEST(units, a_size_is_digits_and_a_binary_unit) {
    EXPECT_EQ(parse_size("64MiB").value(), 64u << 20);
    EXPECT_EQ(parse_size("1B").value(), 1u);
    EXPECT_EQ(parse_size("12KiB").value(), 12288u);
    EXPECT_EQ(parse_size("3GiB").value(), 3ull << 30);
}

TEST(units, a_size_without_unit_with_blanks_sign_fraction_or_other_unit_is_refused) {
    for (const char* text : {"", "64", "MiB", "64 MiB", " 64MiB", "64MiB ", "-1MiB", "+1MiB", "1.5MiB",
                             "64MB", "64mib", "0x10B"}) {
        EXPECT_FALSE(parse_size(text)) << text;
    }
}

TEST(units, a_size_beyond_64_bits_is_refused_and_not_wrapped) {
    EXPECT_EQ(parse_size("17179869183GiB").value(), 17179869183ull << 30);
    for (const char* text : {"17179869184GiB", "18446744073709551616B", "99999999999999999999999GiB"}) {
        const auto size = parse_size(text);
        ASSERT_FALSE(size) << text;
        EXPECT_NE(size.error().message.find("64 bits"), std::string::npos) << size.error().message;
    }
}

TEST(units, a_time_is_digits_and_a_unit_in_nanoseconds) {
    EXPECT_EQ(parse_duration("250ms").value(), 250'000'000u);
    EXPECT_EQ(parse_duration("7ns").value(), 7u);
    EXPECT_EQ(parse_duration("3us").value(), 3'000u);
    EXPECT_EQ(parse_duration("2s").value(), 2'000'000'000u);
    EXPECT_EQ(parse_duration("1min").value(), 60'000'000'000u);
    for (const char* text : {"", "5", "5 s", "5sec", "ms", "1h", "-1s", "1e3s"})
        EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(units, an_error_says_what_was_found_and_what_was_expected) {
    EXPECT_EQ(parse_duration("5sec").error().message,
              "found \"5sec\", expected a time such as \"250ms\" (units: ns, us, ms, s, min)");
}

TEST(units, an_address_range_is_half_open_and_hexadecimal) {
    const AddressRange range = parse_address_range("0x8048000-0x804a000").value();
    EXPECT_EQ(range, (AddressRange{0x8048000, 0x804a000}));
    EXPECT_TRUE(range.contains(LinearAddr(0x8048000)));
    EXPECT_TRUE(range.contains(LinearAddr(0x8049fff)));
    EXPECT_FALSE(range.contains(LinearAddr(0x804a000)));
    EXPECT_TRUE(parse_address_range("0xffff0000-0xffffffff").value().contains(LinearAddr(0xfffffffe)));
}

TEST(units, an_address_range_that_is_empty_reversed_or_beyond_4_GiB_is_refused) {
    for (const char* text : {"", "0x1000", "0x1000-", "-0x1000", "1000-2000", "0x2000-0x1000",
                             "0x1000-0x1000", "0x0-0x100000000", "0x1000-0x2000-0x3000", "0x1000-0xzz"}) {
        EXPECT_FALSE(parse_address_range(text)) << text;
    }
}

TEST(units, sizes_print_in_the_largest_unit_that_divides_them) {
    EXPECT_EQ(format_size(64u << 20), "64MiB");
    EXPECT_EQ(format_size(1536u << 10), "1536KiB");
    EXPECT_EQ(format_size(17), "17B");
    EXPECT_EQ(format_size(0), "0B");
}

TEST(units, durations_print_as_seconds_to_the_microsecond) {
    EXPECT_EQ(format_duration(12'345'678'901), "12.345678 s");
    EXPECT_EQ(format_duration(999), "0.000000 s");
}

}  // namespace
}  // namespace mmscope

// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel's command line.
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "guest_lib.h"

namespace mmscope::test {
namespace {

std::optional<std::string> option(const char* name, size_t size) {
    std::string value(size, 'x');
    if (!guest_option(name, value.data(), size)) return std::nullopt;
    return std::string(value.c_str());
}

TEST(guest_command_line_test, an_option_is_found_by_its_whole_name) {
    guest_set_command_line("quiet init=/bin/sh xinit=no initx=no");
    EXPECT_EQ(option("init", 32), "/bin/sh");
    EXPECT_EQ(option("xinit", 32), "no");
    EXPECT_EQ(option("quiet", 32), std::nullopt);
    EXPECT_EQ(option("ini", 32), std::nullopt);
}

TEST(guest_command_line_test, the_first_of_two_options_counts) {
    guest_set_command_line("a=1 a=2");
    EXPECT_EQ(option("a", 8), "1");
}

TEST(guest_command_line_test, a_value_is_cut_to_its_buffer_and_may_be_empty) {
    guest_set_command_line("long=0123456789 empty=");
    EXPECT_EQ(option("long", 5), "0123");
    EXPECT_EQ(option("empty", 5), "");
}

TEST(guest_command_line_test, a_word_is_found_only_as_a_whole) {
    guest_set_command_line("  interactive   debug=1");
    EXPECT_TRUE(guest_has_option("interactive"));
    EXPECT_FALSE(guest_has_option("inter"));
    EXPECT_FALSE(guest_has_option("debug"));
}

TEST(guest_command_line_test, the_name_of_the_image_is_left_out) {
    guest_set_command_line("/boot/kernel-2.6.28.elf init=/init");
    EXPECT_STREQ(guest_command_line(), "init=/init");
    guest_set_command_line("init=/tests/program.elf quiet");
    EXPECT_STREQ(guest_command_line(), "init=/tests/program.elf quiet");
    guest_set_command_line("kernel.elf");
    EXPECT_STREQ(guest_command_line(), "");
    guest_set_command_line("");
    EXPECT_STREQ(guest_command_line(), "");
}

TEST(guest_command_line_test, a_line_that_is_too_long_is_cut) {
    guest_set_command_line(std::string(2000, 'x').c_str());
    EXPECT_EQ(guest_command_line(), std::string(511, 'x'));
}

}  // namespace
}  // namespace mmscope::test

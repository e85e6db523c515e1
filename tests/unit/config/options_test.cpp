// SPDX-License-Identifier: GPL-2.0-or-later
// The command line: what each option turns into, and what is refused.
#include "app/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace mmscope {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr std::array<std::string_view, 3> kViews = {"tasks", "maps", "mm"};

std::variant<Options, EarlyExit> parse(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "emu");
    return parse_options(static_cast<int>(arguments.size()), arguments.data(), kViews);
}

EarlyExit early(std::vector<const char*> arguments) {
    const auto parsed = parse(std::move(arguments));
    return std::holds_alternative<EarlyExit>(parsed) ? std::get<EarlyExit>(parsed)
                                                     : EarlyExit{-1, "accepted"};
}

std::string dump_error(std::string_view text) {
    const auto request = parse_dump_request(text, kViews);
    return request ? "accepted" : request.error().message;
}

TEST(options, settings_keep_their_order_and_the_short_options_come_after_set) {
    const auto options =
        std::get<Options>(parse({"--trace", "a\"b.csv", "m.toml", "--until", "5s", "--set",
                                 "machine.ram=\"1MiB\"", "--set", "cpu.mmu='own'", "--headless"}));
    EXPECT_EQ(options.config_file, "m.toml");
    std::vector<std::string> toml;
    for (const ConfigSetting& setting : options.settings)
        toml.push_back(setting.toml);
    EXPECT_THAT(toml, testing::ElementsAre("machine.ram=\"1MiB\"", "cpu.mmu='own'", "display.mode=\"none\"",
                                           "trace.file=\"a\\\"b.csv\"", "limits.until=\"5s\""));
    EXPECT_EQ(options.settings[3].option, "--trace a\"b.csv");
}

TEST(options, json_applies_to_every_dump) {
    const auto options =
        std::get<Options>(parse({"m.toml", "--json", "--dump-at", "exit:mm", "--log", "pit:debug"}));
    ASSERT_EQ(options.dumps.size(), 1u);
    EXPECT_EQ(options.dumps[0], (DumpRequest{std::nullopt, {"mm"}, true}));
    EXPECT_EQ(options.log, "pit:debug");
    EXPECT_TRUE(options.json);
}

TEST(options, monitor_takes_a_file_only_behind_an_equals_sign) {
    const auto typed = std::get<Options>(parse(std::vector{"--monitor", "m.toml"}));
    EXPECT_TRUE(typed.monitor);
    EXPECT_EQ(typed.config_file, "m.toml");
    EXPECT_EQ(typed.monitor_file, "");
    const auto script = std::get<Options>(parse(std::vector{"m.toml", "--monitor=commands"}));
    EXPECT_TRUE(script.monitor);
    EXPECT_EQ(script.monitor_file, "commands");
    EXPECT_FALSE(std::get<Options>(parse(std::vector{"m.toml"})).monitor);
}

TEST(options, gdb_takes_an_address_and_the_machine_obeys_one_master) {
    EXPECT_EQ(std::get<Options>(parse(std::vector{"m.toml", "--gdb", ":1234"})).gdb, ":1234");
    EXPECT_EQ(std::get<Options>(parse(std::vector{"m.toml"})).gdb, std::nullopt);
    const EarlyExit both = early({"m.toml", "--gdb", ":0", "--monitor"});
    EXPECT_EQ(both.status, 2);
    EXPECT_THAT(both.text, HasSubstr("--gdb and --monitor"));
}

TEST(options, help_shows_examples_and_the_exit_statuses) {
    const EarlyExit help = early({"--help"});
    EXPECT_EQ(help.status, 0);
    EXPECT_THAT(help.text, HasSubstr("Examples:"));
    EXPECT_THAT(help.text, HasSubstr("124 virtual time limit"));
    EXPECT_THAT(help.text, HasSubstr("WHAT is tasks, maps, mm"));
}

TEST(options, version_names_the_program) {
    EXPECT_EQ(early({"--version"}).status, 0);
    EXPECT_THAT(early({"--version"}).text, testing::MatchesRegex("emu [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

TEST(options, help_config_lists_the_keys) {
    EXPECT_THAT(early({"--help-config"}).text, HasSubstr("[machine]"));
}

TEST(options, bad_usage_has_status_2_and_points_at_the_help) {
    for (const std::vector<const char*>& arguments :
         std::vector<std::vector<const char*>>{{},
                                               {"--nonsense", "m.toml"},
                                               {"m.toml", "second.toml"},
                                               {"m.toml", "--trace"},
                                               {"m.toml", "--dump-at", "never:maps"}}) {
        const EarlyExit result = early(arguments);
        EXPECT_EQ(result.status, 2) << result.text;
        EXPECT_THAT(result.text, StartsWith("emu: "));
        EXPECT_THAT(result.text, HasSubstr("emu --help"));
    }
}

TEST(options, a_dump_request_names_moment_views_and_format) {
    EXPECT_EQ(parse_dump_request("exit:maps,mm", kViews).value(),
              (DumpRequest{std::nullopt, {"maps", "mm"}, false}));
    EXPECT_EQ(parse_dump_request("checkpoint:3:tasks", kViews).value(), (DumpRequest{3, {"tasks"}, false}));
    EXPECT_EQ(parse_dump_request("checkpoint:0:mm:json", kViews).value(), (DumpRequest{0, {"mm"}, true}));
}

TEST(options, a_bad_dump_request_says_what_was_expected) {
    EXPECT_THAT(dump_error("exit:vmas"), StartsWith("found 'vmas', expected WHEN:WHAT"));
    EXPECT_THAT(dump_error("checkpoint:x:maps"), StartsWith("found checkpoint 'x', expected"));
    EXPECT_THAT(dump_error("checkpoint:4294967296:maps"), StartsWith("found checkpoint '4294967296'"));
    for (const char* text :
         {"", "exit", "exit:", "exit:maps,", ":maps", "checkpoint:maps", "exit:maps:yaml", "exit:json"}) {
        EXPECT_THAT(dump_error(text), HasSubstr("expected WHEN:WHAT")) << text;
    }
}

}  // namespace
}  // namespace mmscope

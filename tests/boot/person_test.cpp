// SPDX-License-Identifier: GPL-2.0-or-later
// A person at the machine: the guest's shell at a terminal, and in the window under Xvfb.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <functional>
#include <thread>

#include "tests/boot/screen_reader.h"
#include "tests/support/child_process.h"

namespace mmscope::test {
namespace {

using testing::HasSubstr;
using Seconds = ChildProcess::Seconds;

TEST(person, a_terminal_gets_the_guests_shell_after_the_tour) {
    ChildProcess child({EMU, DEFAULT_CONFIG, "--headless", "--set", "trace.file=''"},
                       {.input = ChildInput::Terminal});
    ASSERT_TRUE(child.wait_for_output("tour: all ", Seconds(60))) << child.out();
    ASSERT_TRUE(child.wait_for_output("/ # ", Seconds(60))) << child.out();
    child.write_input("maps\r");
    EXPECT_TRUE(child.wait_for_output("/bin/maps", Seconds(30))) << child.out();
    child.write_input("echo one two >three\r");
    child.write_input("exit\r");
    const ChildResult result = child.finish(Seconds(60));
    EXPECT_EQ(result.status, 0) << describe(result);
    EXPECT_THAT(result.err, HasSubstr("the guest shut down"));
}

TEST(person, ctrl_c_at_the_shell_ends_emu_cleanly) {
    ChildProcess child(
        {EMU, DEFAULT_CONFIG, "--headless", "--set", "trace.file=''", "--set", "boot.cmdline='init=/bin/sh'"},
        {.input = ChildInput::Terminal});
    ASSERT_TRUE(child.wait_for_output("/ # ", Seconds(60))) << child.out();
    child.write_input("\x03");
    const ChildResult result = child.finish(Seconds(60));
    EXPECT_EQ(result.status, 130) << describe(result);
    EXPECT_THAT(result.err, HasSubstr("virtual time"));
}

TEST(person, an_idle_machine_waits_instead_of_burning_the_processor) {
    ChildProcess child(
        {EMU, DEFAULT_CONFIG, "--headless", "--set", "trace.file=''", "--set", "boot.cmdline='init=/bin/sh'"},
        {.input = ChildInput::Terminal});
    ASSERT_TRUE(child.wait_for_output("/ # ", Seconds(60))) << child.out();
    std::this_thread::sleep_for(std::chrono::seconds(2));
    child.write_input("exit\r");
    const ChildResult result = child.finish(Seconds(60));
    double virtual_seconds = 0;
    const size_t at = result.err.find("\nvirtual time ");
    ASSERT_NE(at, std::string::npos) << describe(result);
    ASSERT_EQ(std::sscanf(result.err.c_str() + at, "\nvirtual time %lf", &virtual_seconds), 1);
    EXPECT_LT(virtual_seconds, 10.0) << "two seconds of waiting are not many seconds of virtual time";
}

/// emu with its window on an X server of this test.
class Desktop : public testing::Test {
  protected:
    std::unique_ptr<XServer> server;

    void SetUp() override {
        server = XServer::start();
        if (!server) GTEST_SKIP() << "Xvfb is not installed (Debian: apt install xvfb)";
    }

    static bool eventually(const std::function<bool()>& condition) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        while (std::chrono::steady_clock::now() < end) {
            if (condition()) return true;
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
        return false;
    }

    /// What the window of emu shows; empty while there is none.
    std::string screen() {
        const unsigned long window = server->find_window("mmscope - running");
        return window == 0 ? "" : read_screen(server->screenshot(window));
    }
};

TEST_F(Desktop, the_window_shows_the_guests_screen_takes_its_keys_and_ends_the_run) {
    // SDL's libraries keep what they allocate; the leak checker, where there is one, would name them.
    ChildProcess child({EMU, DEFAULT_CONFIG, "--set", "display.mode='sdl'", "--set", "trace.file=''", "--set",
                        "boot.cmdline='init=/bin/sh'"},
                       {.environment = {"ASAN_OPTIONS=detect_leaks=0"}});
    ASSERT_TRUE(child.wait_for_output("/ # ", Seconds(60))) << child.out();
    EXPECT_TRUE(eventually([&] { return screen().find("/ # ") != std::string::npos; })) << screen();
    if (const char* path = std::getenv("MMSCOPE_SCREENSHOT")) {
        std::system(fmt::format("import -window root {}", path).c_str());
    }
    if (std::system("command -v xdotool >/dev/null") == 0) {
        server->focus(server->find_window("mmscope - running"));
        ASSERT_EQ(std::system("xdotool type --delay 1 'echo typed here'"), 0);
        ASSERT_EQ(std::system("xdotool key Return"), 0);
        EXPECT_TRUE(child.wait_for_output("\ntyped here", Seconds(30))) << child.out();
        EXPECT_TRUE(eventually([&] { return screen().find("\ntyped here\n") != std::string::npos; }))
            << screen();
    }
    server->press_close_button(server->find_window("mmscope - running"));
    const ChildResult result = child.finish(Seconds(30));
    EXPECT_EQ(result.status, 0) << describe(result);
    EXPECT_THAT(result.err, HasSubstr("the window was closed"));
}

}  // namespace
}  // namespace mmscope::test

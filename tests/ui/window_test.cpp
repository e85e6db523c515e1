// SPDX-License-Identifier: GPL-2.0-or-later
// The window on a real X server: what it shows, what it passes on, how it closes.
#include "ui/window.h"

#include <gtest/gtest.h>

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <thread>

#include "ui/font.h"
#include "x_server.h"

/// The libraries that SDL loads keep what they allocate, and are unloaded again before the leak checker could
/// name them. Asked for by AddressSanitizer alone.
extern "C" const char* __asan_default_options() {
    return "detect_leaks=0";
}

namespace mmscope {

void PrintTo(const KeyEvent& key, std::ostream* out) {
    *out << fmt::format("{:x}{}", key.code, key.action == KeyAction::Press ? '+' : '-');
}

namespace {

using namespace std::chrono_literals;

class WindowTest : public testing::Test {
  protected:
    std::unique_ptr<XServer> server;
    std::unique_ptr<Window> window;
    unsigned long id = 0;

    void SetUp() override {
        server = XServer::start();
        if (!server) GTEST_SKIP() << "Xvfb is not installed (Debian: apt install xvfb)";
        auto opened = Window::open("machine");
        ASSERT_TRUE(opened) << opened.error().message;
        window = std::move(*opened);
        ASSERT_TRUE(eventually([this] { return (id = server->find_window("machine")) != 0; }));
    }
    void TearDown() override { window.reset(); }

    /// Pumps the window until the condition holds; false after ten seconds.
    bool eventually(const std::function<bool()>& condition) {
        const auto end = std::chrono::steady_clock::now() + 10s;
        while (std::chrono::steady_clock::now() < end) {
            window->pump();
            if (condition()) return true;
            std::this_thread::sleep_for(5ms);
        }
        return false;
    }
    /// The cell as the desktop shows it at `scale` dots a pixel, from (left, top): "#" where it is `ink`.
    static std::string cell(const Picture& picture, unsigned column, unsigned row, uint32_t ink,
                            unsigned scale = 1, unsigned left = 0, unsigned top = 0) {
        std::string text;
        for (unsigned y = 0; y < 16; ++y) {
            for (unsigned x = 0; x < 8; ++x) {
                text += picture.at(left + (column * 8 + x) * scale, top + (row * 16 + y) * scale) == ink
                            ? '#'
                            : '.';
            }
            text += '\n';
        }
        return text;
    }
    static std::string glyph(uint8_t character) {
        std::string text;
        for (const uint8_t row : kFontGlyphs[character]) {
            for (int bit = 7; bit >= 0; --bit)
                text += (row >> bit & 1) != 0 ? '#' : '.';
            text += '\n';
        }
        return text;
    }
    static TextScreen greeting() {
        TextScreen screen;
        const std::string_view text = "The quick brown fox";
        for (unsigned i = 0; i < text.size(); ++i)
            screen.at(2 + i, 1) = {static_cast<uint8_t>(text[i]), 0x1f};
        for (uint8_t i = 0; i < 16; ++i)
            screen.at(2u + 2u * i, 3) = {0xdb, i};
        for (unsigned i = 0; i < 256; ++i)
            screen.at(24 + 2 * (i % 16), 5 + i / 16) = {static_cast<uint8_t>(i), 0x07};
        screen.cursor = {true, 21, 1, 13, 14};
        screen.generation = 7;
        return screen;
    }
    void type(const std::string& keys) {
        server->focus(id);
        ASSERT_EQ(std::system(("xdotool " + keys).c_str()), 0);
    }
    static bool can_type() { return std::system("command -v xdotool >/dev/null") == 0; }
};

TEST_F(WindowTest, it_shows_the_screen_it_was_given) {
    window->show(greeting());
    EXPECT_EQ(window->shown_generation(), 7u);
    EXPECT_TRUE(eventually([this] { return cell(server->screenshot(id), 2, 1, 0xffffff) == glyph('T'); }));
    const Picture picture = server->screenshot(id);
    EXPECT_EQ(cell(picture, 6, 1, 0xffffff), glyph('q'));
    EXPECT_EQ(picture.at(2 * 8, 16), 0x0000aau) << "white on blue";
    for (unsigned i = 0; i < 16; ++i)
        EXPECT_EQ(picture.at((2 + 2 * i) * 8 + 3, 3 * 16 + 7), kVgaPalette[i]);
    if (const char* path = std::getenv("MMSCOPE_SCREENSHOT")) {
        std::system(("import -window root " + std::string(path)).c_str());
    }
}

TEST_F(WindowTest, the_cursor_blinks) {
    window->show(greeting());
    const auto lit = [this] { return server->screenshot(id).at(21 * 8 + 3, 16 + 13) == kVgaPalette[7]; };
    EXPECT_TRUE(eventually(lit));
    EXPECT_TRUE(eventually([&] { return !lit(); }));
    EXPECT_TRUE(eventually(lit));
}

TEST_F(WindowTest, a_larger_window_shows_the_screen_in_whole_multiples_in_its_middle) {
    window->show(greeting());
    server->resize(id, 1000, 768);  // room for one: 180 dots at each side, 184 above and below
    EXPECT_TRUE(eventually([this] {
        const Picture picture = server->screenshot(id);
        return picture.width == 1000 && cell(picture, 2, 1, 0xffffff, 1, 180, 184) == glyph('T');
    }));
    server->resize(id, 1300, 820);  // twice as large: 10 dots and 10 dots
    EXPECT_TRUE(eventually([this] {
        const Picture picture = server->screenshot(id);
        return picture.width == 1300 && cell(picture, 2, 1, 0xffffff, 2, 10, 10) == glyph('T');
    }));
}

TEST_F(WindowTest, keys_come_out_as_scan_codes_in_order) {
    if (!can_type()) GTEST_SKIP() << "xdotool is not installed (Debian: apt install xdotool)";
    type("key a key Up keydown shift key b keyup shift key Return");
    std::vector<KeyEvent> keys;
    EXPECT_TRUE(eventually([&] {
        for (const KeyEvent& key : window->take_keys())
            keys.push_back(key);
        return keys.size() >= 10;
    }));
    using enum KeyAction;
    const std::vector<KeyEvent> expected = {
        {0x1e, Press}, {0x1e, Release}, {0xe048, Press}, {0xe048, Release}, {0x2a, Press},
        {0x30, Press}, {0x30, Release}, {0x2a, Release}, {0x1c, Press},     {0x1c, Release}};
    EXPECT_EQ(keys, expected);
}

TEST_F(WindowTest, the_close_button_asks_the_machine_to_stop) {
    window->pump();
    EXPECT_FALSE(window->close_requested());
    server->press_close_button(id);
    EXPECT_TRUE(eventually([this] { return window->close_requested(); }));
}

TEST_F(WindowTest, the_title_says_what_the_machine_is_doing) {
    window->set_status("running");
    EXPECT_TRUE(eventually([this] { return server->find_window("machine - running") == id; }));
}

TEST_F(WindowTest, pumping_between_two_frames_costs_next_to_nothing) {
    window->pump();
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 100'000; ++i)
        window->pump();
    EXPECT_LT(std::chrono::steady_clock::now() - start, 5s) << "it does not wait for the next frame";
}

TEST_F(WindowTest, the_display_is_known_to_be_there) {
    EXPECT_TRUE(display_available());
    EXPECT_TRUE(server->find_window("machine") == id) << "asking does not disturb the window";
}

/// In a process of its own, because SDL cannot let go of a display that is no more.
[[noreturn]] void lose_the_display() {
    auto server = XServer::start();
    auto window = Window::open("machine");
    if (!window) std::_Exit(2);
    server->die();
    const auto end = std::chrono::steady_clock::now() + 10s;
    while (!(*window)->close_requested() && std::chrono::steady_clock::now() < end) {
        (*window)->show(TextScreen{});
        (*window)->pump();
    }
    (*window)->set_status("stopping");
    const bool asked = (*window)->close_requested();
    window->reset();
    std::exit(asked ? 0 : 3);
}

TEST(Display, one_that_goes_away_asks_the_machine_to_stop_and_ends_nobody) {
    if (!XServer::start()) GTEST_SKIP() << "Xvfb is not installed (Debian: apt install xvfb)";
    EXPECT_EXIT(lose_the_display(), testing::ExitedWithCode(0), "window: the display has gone");
}

TEST(Display, without_a_display_server_the_reason_is_told) {
    unsetenv("DISPLAY");
    unsetenv("WAYLAND_DISPLAY");
    unsetenv("SDL_VIDEODRIVER");
    const auto display = probe_display();
    ASSERT_FALSE(display);
    EXPECT_EQ(display.error().message, "neither DISPLAY nor WAYLAND_DISPLAY is set");
}

TEST(Display, a_display_server_that_does_not_answer_is_no_display) {
    setenv("DISPLAY", ":4711", 1);
    unsetenv("WAYLAND_DISPLAY");
    const auto display = probe_display();
    EXPECT_FALSE(display);
    EXPECT_FALSE(Window::open("nothing"));
    unsetenv("DISPLAY");
}

}  // namespace
}  // namespace mmscope

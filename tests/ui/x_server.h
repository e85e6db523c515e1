// SPDX-License-Identifier: GPL-2.0-or-later
// An X server without a screen (Xvfb) for one test, and what a person does with a window: look, type, close.
#pragma once

#include <X11/Xlib.h>
#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace mmscope {

/// Pixels as 0x00RRGGBB, row by row.
struct Picture {
    unsigned width = 0;
    unsigned height = 0;
    std::vector<uint32_t> pixels;

    [[nodiscard]] uint32_t at(unsigned x, unsigned y) const { return pixels[y * width + x]; }
};

class XServer {
  public:
    /// Starts it and sets DISPLAY for this process. Null if Xvfb is not installed or does not start.
    static std::unique_ptr<XServer> start();
    ~XServer();
    XServer(const XServer&) = delete;
    XServer& operator=(const XServer&) = delete;

    /// The window with this title; 0 if there is none.
    [[nodiscard]] unsigned long find_window(const std::string& title);
    [[nodiscard]] Picture screenshot(unsigned long window);
    /// What a window manager does when the close button is pressed (ICCCM, section 4.2.8.1).
    void press_close_button(unsigned long window);
    /// Also moves it to the corner, so that all of it is on the screen.
    void resize(unsigned long window, unsigned width, unsigned height);
    void focus(unsigned long window);
    /// Ends the server under the feet of its clients. Nothing else may be asked of it then.
    void die();

  private:
    XServer(pid_t pid, Display* display) : pid_(pid), display_(display) {}
    pid_t pid_;
    Display* display_;
};

}  // namespace mmscope

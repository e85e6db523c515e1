// SPDX-License-Identifier: GPL-2.0-or-later
// The machine's screen and keyboard as a window of the host's desktop (SDL2).
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "devices/ps2_keyboard.h"
#include "devices/text_screen.h"

namespace mmscope {

/// A key of the window, named as the keyboard model names it: I8042::key(code, action).
struct KeyEvent {
    KeyCode code;
    KeyAction action;

    friend bool operator==(const KeyEvent&, const KeyEvent&) = default;
};

/// Error: why no window can be opened here (no display server, or it refuses). Decides `display.mode =
/// "auto"`.
[[nodiscard]] Result<void> probe_display();
[[nodiscard]] inline bool display_available() {
    return probe_display().has_value();
}

/// One window. Use it on the thread that opened it; nothing in it blocks. It takes over no signals.
class Window {
  public:
    /// Opens it with a blank screen. Error: SDL's reason.
    static Result<std::unique_ptr<Window>> open(std::string_view title);
    ~Window();
    Window(const Window&) = delete;
    Window& operator=(const Window&) = delete;

    /// Takes what the person did and redraws what changed, at most every 16 ms of the host's time; calls in
    /// between return at once. Call it from the run loop's poll and while the machine is paused.
    void pump();
    /// What the next redraw shows.
    void show(const TextScreen& screen);
    /// The generation of the screen last given to show(): nothing to do while the VGA has the same.
    [[nodiscard]] uint64_t shown_generation() const;
    /// "title - status": what the machine is doing, e.g. "running", "paused", "halted".
    void set_status(std::string_view status);

    /// What was typed since the last call, in order, auto-repeat included.
    [[nodiscard]] std::vector<KeyEvent> take_keys();
    /// The person closed the window, or the display has gone: the machine is asked to stop. Stays true.
    [[nodiscard]] bool close_requested() const;

  private:
    struct Sdl;
    explicit Window(std::unique_ptr<Sdl> sdl);
    std::unique_ptr<Sdl> sdl_;
};

}  // namespace mmscope

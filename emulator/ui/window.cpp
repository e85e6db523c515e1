// SPDX-License-Identifier: GPL-2.0-or-later
// SDL2: one window, one texture of 640 x 400 pixels, scaled by whole numbers; events to keys and requests.
#include "ui/window.h"

#define SDL_MAIN_HANDLED
#include <SDL.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

#include "base/log.h"
#include "ui/display_guard.h"
#include "ui/sdl_keys.h"
#include "ui/text_renderer.h"

namespace mmscope {
namespace {

constexpr uint64_t kFrameMs = 16;

struct SdlDelete {
    void operator()(SDL_Window* window) const { SDL_DestroyWindow(window); }
    void operator()(SDL_Renderer* renderer) const { SDL_DestroyRenderer(renderer); }
    void operator()(SDL_Texture* texture) const { SDL_DestroyTexture(texture); }
};

bool is_set(const char* variable) {
    const char* value = std::getenv(variable);
    return value != nullptr && *value != '\0';
}

/// SDL's video part while this object lives.
class VideoSubsystem {
  public:
    VideoSubsystem() {
        SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");  // Ctrl-C belongs to the program
        SDL_SetHint(SDL_HINT_VIDEO_ALLOW_SCREENSAVER, "1");
        // Only where a desktop is: SDL would else fall back to the text console. SDL_VIDEODRIVER overrules.
        SDL_SetHint(SDL_HINT_VIDEODRIVER, is_set("WAYLAND_DISPLAY") ? "x11,wayland" : "x11");
        SDL_SetMainReady();
        started_ = SDL_InitSubSystem(SDL_INIT_VIDEO) == 0;
    }
    ~VideoSubsystem() {
        if (started_) SDL_QuitSubSystem(SDL_INIT_VIDEO);
    }
    VideoSubsystem(const VideoSubsystem&) = delete;
    VideoSubsystem& operator=(const VideoSubsystem&) = delete;
    [[nodiscard]] bool started() const { return started_; }
    void abandon() { started_ = false; }

  private:
    bool started_ = false;
};

/// The largest whole number of times the screen fits into three quarters of the desktop.
int initial_scale() {
    SDL_Rect desktop;
    if (SDL_GetDisplayUsableBounds(0, &desktop) != 0) return 1;
    const int across = desktop.w * 3 / 4 / static_cast<int>(kScreenWidth);
    const int down = desktop.h * 3 / 4 / static_cast<int>(kScreenHeight);
    return std::clamp(std::min(across, down), 1, 4);
}

Error sdl_error(std::string_view what) {
    return Error{fmt::format("{}: {}", what, SDL_GetError())};
}

}  // namespace

struct Window::Sdl {
    VideoSubsystem video;
    std::unique_ptr<SDL_Window, SdlDelete> window;
    std::unique_ptr<SDL_Renderer, SdlDelete> renderer;
    std::unique_ptr<SDL_Texture, SdlDelete> texture;
    std::string title;
    TextScreen screen;
    std::vector<KeyEvent> keys;
    std::vector<uint32_t> pixels = std::vector<uint32_t>(size_t{kScreenWidth} * kScreenHeight);
    std::optional<BlinkPhase> drawn_phase;
    uint64_t next_frame = 0;
    bool stale = true;  // the pixels on the desktop are not those of `screen`
    bool close_requested = false;
    bool display_lost = false;  // nothing of SDL may be used any more
    LogChannel log{"window"};

    ~Sdl();
    [[nodiscard]] Result<void> open();
    void handle(const SDL_Event& event);
    void handle_key(const SDL_KeyboardEvent& event);
    void redraw(BlinkPhase phase);
};

Result<void> probe_display() {
    if (!is_set("DISPLAY") && !is_set("WAYLAND_DISPLAY") && !is_set("SDL_VIDEODRIVER")) {
        return fail("neither DISPLAY nor WAYLAND_DISPLAY is set");
    }
    const VideoSubsystem video;
    if (!video.started()) return std::unexpected(sdl_error("no display"));
    return {};
}

/// What belonged to a display that is gone cannot be given back to it.
Window::Sdl::~Sdl() {
    if (!display_lost) return;
    static_cast<void>(texture.release());
    static_cast<void>(renderer.release());
    static_cast<void>(window.release());
    video.abandon();
}

Result<void> Window::Sdl::open() {
    if (!video.started()) return std::unexpected(sdl_error("no display"));
    const int scale = initial_scale();
    const auto width = static_cast<int>(kScreenWidth);
    const auto height = static_cast<int>(kScreenHeight);
    window.reset(SDL_CreateWindow(title.c_str(), SDL_WINDOWPOS_UNDEFINED, SDL_WINDOWPOS_UNDEFINED,
                                  width * scale, height * scale, SDL_WINDOW_RESIZABLE));
    if (!window) return std::unexpected(sdl_error("cannot open a window"));
    guard_display(window.get(), display_lost);
    SDL_SetWindowMinimumSize(window.get(), width, height);
    renderer.reset(SDL_CreateRenderer(window.get(), -1, 0));
    if (!renderer) return std::unexpected(sdl_error("cannot draw in the window"));
    SDL_RenderSetLogicalSize(renderer.get(), width, height);
    SDL_RenderSetIntegerScale(renderer.get(), SDL_TRUE);
    texture.reset(SDL_CreateTexture(renderer.get(), SDL_PIXELFORMAT_RGB888, SDL_TEXTUREACCESS_STREAMING,
                                    width, height));
    if (!texture) return std::unexpected(sdl_error("cannot draw in the window"));
    return {};
}

void Window::Sdl::handle_key(const SDL_KeyboardEvent& event) {
    const auto code = key_code_of_scancode(event.keysym.scancode);
    if (!code) return;
    keys.push_back({*code, event.type == SDL_KEYDOWN ? KeyAction::Press : KeyAction::Release});
}

void Window::Sdl::handle(const SDL_Event& event) {
    switch (event.type) {
        case SDL_QUIT:
            close_requested = true;
            break;
        case SDL_KEYDOWN:
        case SDL_KEYUP:
            handle_key(event.key);
            break;
        case SDL_WINDOWEVENT:
            if (event.window.event == SDL_WINDOWEVENT_CLOSE) close_requested = true;
            stale = true;  // exposed, resized, restored: the desktop may have lost our pixels
            break;
        case SDL_RENDER_TARGETS_RESET:
        case SDL_RENDER_DEVICE_RESET:
            stale = true;
            break;
        default:
            break;
    }
}

void Window::Sdl::redraw(BlinkPhase phase) {
    draw_text_screen(screen, phase, pixels);
    SDL_UpdateTexture(texture.get(), nullptr, pixels.data(),
                      static_cast<int>(kScreenWidth * sizeof(uint32_t)));
    SDL_SetRenderDrawColor(renderer.get(), 0, 0, 0, SDL_ALPHA_OPAQUE);
    SDL_RenderClear(renderer.get());
    SDL_RenderCopy(renderer.get(), texture.get(), nullptr, nullptr);
    SDL_RenderPresent(renderer.get());
    drawn_phase = phase;
    stale = false;
}

Window::Window(std::unique_ptr<Sdl> sdl) : sdl_(std::move(sdl)) {}

Window::~Window() = default;

Result<std::unique_ptr<Window>> Window::open(std::string_view title) {
    auto sdl = std::make_unique<Sdl>();
    sdl->title = title;
    if (auto opened = sdl->open(); !opened) return std::unexpected(opened.error());
    auto window = std::unique_ptr<Window>(new Window(std::move(sdl)));
    window->pump();
    return window;
}

void Window::pump() {
    if (sdl_->display_lost) return;
    const uint64_t now = SDL_GetTicks64();
    if (now < sdl_->next_frame) return;
    sdl_->next_frame = now + kFrameMs;
    for (SDL_Event event; SDL_PollEvent(&event) != 0;)
        sdl_->handle(event);
    const BlinkPhase phase = blink_phase_at(now);
    if (!sdl_->display_lost && (sdl_->stale || sdl_->drawn_phase != phase)) sdl_->redraw(phase);
    if (!sdl_->display_lost) return;
    sdl_->close_requested = true;
    sdl_->log(LogLevel::Warn, "the display has gone");
}

void Window::show(const TextScreen& screen) {
    sdl_->screen = screen;
    sdl_->stale = true;
}

uint64_t Window::shown_generation() const {
    return sdl_->screen.generation;
}

void Window::set_status(std::string_view status) {
    if (sdl_->display_lost) return;
    SDL_SetWindowTitle(sdl_->window.get(), fmt::format("{} - {}", sdl_->title, status).c_str());
}

std::vector<KeyEvent> Window::take_keys() {
    return std::exchange(sdl_->keys, {});
}

bool Window::close_requested() const {
    return sdl_->close_requested;
}

}  // namespace mmscope

// SPDX-License-Identifier: GPL-2.0-or-later
// Two handlers of Xlib, found in the libX11 that SDL has loaded: the default one would print and exit, the
// second is what is called after it. Source: XSetErrorHandler(3).
#include "ui/display_guard.h"

#include <SDL.h>
#include <SDL_syswm.h>
#include <dlfcn.h>

namespace mmscope {
namespace {

#ifdef SDL_VIDEO_DRIVER_X11

using ErrorHandler = int (*)(Display* display);
using SetErrorHandler = ErrorHandler (*)(ErrorHandler handler);
using ExitHandler = void (*)(Display* display, void* data);
using SetExitHandler = void (*)(Display* display, ExitHandler handler, void* data);

int on_error(Display*) {
    return 0;
}

void on_broken_connection(Display*, void* lost) {
    *static_cast<bool*>(lost) = true;
}

void guard_x11(Display* display, bool& lost) {
    void* library = dlopen("libX11.so.6", RTLD_NOW | RTLD_NOLOAD);
    if (library == nullptr) return;
    const auto set_error = reinterpret_cast<SetErrorHandler>(dlsym(library, "XSetIOErrorHandler"));
    const auto set_exit = reinterpret_cast<SetExitHandler>(dlsym(library, "XSetIOErrorExitHandler"));
    if (set_error != nullptr && set_exit != nullptr) {
        set_error(on_error);
        set_exit(display, on_broken_connection, &lost);
    }
    dlclose(library);  // SDL's own reference keeps it
}

#endif

}  // namespace

void guard_display(SDL_Window* window, bool& lost) {
#ifdef SDL_VIDEO_DRIVER_X11
    SDL_SysWMinfo info;
    SDL_VERSION(&info.version);
    if (SDL_GetWindowWMInfo(window, &info) == SDL_TRUE && info.subsystem == SDL_SYSWM_X11) {
        guard_x11(info.info.x11.display, lost);
    }
#else
    static_cast<void>(window);
    static_cast<void>(lost);
#endif
}

}  // namespace mmscope

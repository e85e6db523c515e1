// SPDX-License-Identifier: GPL-2.0-or-later
// Starts Xvfb and talks to it through Xlib, independently of the window under test.
#include "x_server.h"

#include <X11/Xutil.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>

namespace mmscope {

std::unique_ptr<XServer> XServer::start() {
    std::array<int, 2> display_pipe;
    if (pipe(display_pipe.data()) != 0) return nullptr;
    const pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);  // a test that dies takes its server along
        const int null = open("/dev/null", O_RDWR);
        dup2(null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO);
        close(display_pipe[0]);
        const std::string number = std::to_string(display_pipe[1]);
        execlp("Xvfb", "Xvfb", "-displayfd", number.c_str(), "-screen", "0", "1600x1200x24", "-nolisten",
               "tcp", nullptr);
        _exit(127);
    }
    close(display_pipe[1]);
    std::string name = ":";
    for (char c; read(display_pipe[0], &c, 1) == 1 && c != '\n';)
        name += c;
    close(display_pipe[0]);
    setenv("DISPLAY", name.c_str(), 1);
    unsetenv("WAYLAND_DISPLAY");
    unsetenv("SDL_VIDEODRIVER");
    Display* display = name.size() > 1 ? XOpenDisplay(name.c_str()) : nullptr;
    if (display == nullptr) {
        kill(pid, SIGKILL);
        waitpid(pid, nullptr, 0);
        return nullptr;
    }
    return std::unique_ptr<XServer>(new XServer(pid, display));
}

XServer::~XServer() {
    if (display_ != nullptr) die();
}

void XServer::die() {
    XCloseDisplay(display_);
    display_ = nullptr;
    kill(pid_, SIGTERM);
    waitpid(pid_, nullptr, 0);
}

unsigned long XServer::find_window(const std::string& title) {
    ::Window root = 0;
    ::Window parent = 0;
    ::Window* children = nullptr;
    unsigned count = 0;
    unsigned long found = 0;
    XQueryTree(display_, DefaultRootWindow(display_), &root, &parent, &children, &count);
    for (unsigned i = 0; i < count; ++i) {
        char* name = nullptr;
        if (XFetchName(display_, children[i], &name) == 0 || name == nullptr) continue;
        if (title == name) found = children[i];
        XFree(name);
    }
    if (children != nullptr) XFree(children);
    return found;
}

Picture XServer::screenshot(unsigned long window) {
    XWindowAttributes attributes{};
    XGetWindowAttributes(display_, window, &attributes);
    Picture picture{static_cast<unsigned>(attributes.width), static_cast<unsigned>(attributes.height), {}};
    XImage* image = XGetImage(display_, window, 0, 0, picture.width, picture.height, AllPlanes, ZPixmap);
    for (unsigned y = 0; y < picture.height; ++y) {
        for (unsigned x = 0; x < picture.width; ++x) {
            picture.pixels.push_back(
                static_cast<uint32_t>(XGetPixel(image, static_cast<int>(x), static_cast<int>(y)) & 0xffffff));
        }
    }
    XDestroyImage(image);
    return picture;
}

void XServer::press_close_button(unsigned long window) {
    XEvent event{};
    event.xclient.type = ClientMessage;
    event.xclient.window = window;
    event.xclient.message_type = XInternAtom(display_, "WM_PROTOCOLS", False);
    event.xclient.format = 32;
    event.xclient.data.l[0] = static_cast<long>(XInternAtom(display_, "WM_DELETE_WINDOW", False));
    event.xclient.data.l[1] = CurrentTime;
    XSendEvent(display_, window, False, NoEventMask, &event);
    XSync(display_, False);
}

void XServer::resize(unsigned long window, unsigned width, unsigned height) {
    XMoveResizeWindow(display_, window, 0, 0, width, height);
    XSync(display_, False);
}

void XServer::focus(unsigned long window) {
    XSetInputFocus(display_, window, RevertToParent, CurrentTime);
    XSync(display_, False);
}

}  // namespace mmscope

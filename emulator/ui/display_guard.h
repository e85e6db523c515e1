// SPDX-License-Identifier: GPL-2.0-or-later
// Xlib ends the whole process when the X server goes away (a logout, a broken ssh connection, xkill). A
// machine must get the chance to stop cleanly instead.
#pragma once

struct SDL_Window;

namespace mmscope {

/// From now on `lost` becomes true when the connection of `window` to its X server breaks; Xlib's calls do
/// nothing after that. `lost` must live as long as the window. Without effect on Wayland, where SDL reports
/// an event, and with a libX11 older than 1.7.
void guard_display(SDL_Window* window, bool& lost);

}  // namespace mmscope

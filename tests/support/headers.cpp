// SPDX-License-Identifier: GPL-2.0-or-later
// Exists so that the headers which all tests include can be compiled in advance (tests/CMakeLists.txt).

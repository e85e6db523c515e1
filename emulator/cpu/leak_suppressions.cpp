// SPDX-License-Identifier: GPL-2.0-or-later
// Compiled into every program that holds the processor, in sanitizer builds only: Unicorn 2.1.1 forgets 32
// bytes of each engine that it closes.

extern "C" const char* __lsan_default_suppressions() {
    return "leak:libunicorn.so\n";
}

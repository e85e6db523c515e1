// SPDX-License-Identifier: GPL-2.0-or-later
// Numbers of the guest in the words of its ABI: errno(3), signal(7), mmap(2) of an i386 Linux.
#include "trace/event_record.h"

#include <cstring>

#include "trace/append.h"

namespace mmscope {

namespace {

constexpr uint32_t kLargestErrno = 4095;

bool is_error(uint32_t value) {
    return value > UINT32_MAX - kLargestErrno;
}

std::string error_in_words(uint32_t value) {
    const char* name = strerrorname_np(static_cast<int>(0 - value));
    return name != nullptr ? std::string("-") + name : fmt::format("{}", static_cast<int32_t>(value));
}

std::string protection_in_words(uint32_t protection) {
    constexpr std::string_view kNames[] = {"read", "write", "exec"};
    std::string words;
    for (size_t bit = 0; bit < std::size(kNames); ++bit) {
        if (!(protection >> bit & 1)) continue;
        if (!words.empty()) words += '|';
        words += kNames[bit];
    }
    return words.empty() ? "none" : words;
}

std::string address_in_words(uint32_t value) {
    std::string text;
    add_hex(text, value);
    return text;
}

std::string signal_in_words(uint32_t value) {
    const char* name = value < 65 ? sigabbrev_np(static_cast<int>(value)) : nullptr;
    return name != nullptr ? std::string("SIG") + name : fmt::format("{}", value);
}

}  // namespace

std::string show_value(Show show, uint32_t value) {
    switch (show) {
        case Show::Number:
        case Show::Text:
        case Show::Call:
            return {};
        case Show::Address:
            return address_in_words(value);
        case Show::Result:
            return is_error(value) ? error_in_words(value) : fmt::format("{}", static_cast<int32_t>(value));
        case Show::Place:
            return is_error(value) ? error_in_words(value) : address_in_words(value);
        case Show::VmFlags:
            return vm_flags_in_words(value);
        case Show::Protection:
            return protection_in_words(value);
        case Show::Signal:
            return signal_in_words(value);
    }
    return {};
}

}  // namespace mmscope

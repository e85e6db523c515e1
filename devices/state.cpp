// SPDX-License-Identifier: GPL-2.0-or-later
// The two visitors of device state: one appends bytes, one reads them back and trusts none of them.
#include "devices/state.h"

namespace mmscope {
namespace {

constexpr size_t kListLengthSize = sizeof(uint32_t);
constexpr uint64_t kFnvPrime = 0x100000001b3u;  // FNV-1a, 64 bits

}  // namespace

void StateSaver::mix(std::string_view kind, std::string_view name, size_t size) {
    for (const std::string_view part : {kind, name}) {
        for (const char c : part)
            hash_ = (hash_ ^ static_cast<uint8_t>(c)) * kFnvPrime;
    }
    hash_ = (hash_ ^ size) * kFnvPrime;
}

void StateSaver::element(size_t size, uint64_t& raw) {
    for (size_t i = 0; i < size; ++i)
        bytes_.push_back(static_cast<uint8_t>(raw >> (8 * i)));
}

void StateSaver::word(std::string_view name, size_t size, uint64_t& raw) {
    mix("=", name, size);
    element(size, raw);
}

void StateSaver::list(std::string_view name, size_t element_size, uint64_t& length) {
    mix("[", name, element_size);
    element(kListLengthSize, length);
}

void StateLoader::element(size_t size, uint64_t& raw) {
    raw = 0;
    if (failed_ || bytes_.size() - next_ < size) {
        failed_ = true;
        return;
    }
    for (size_t i = 0; i < size; ++i)
        raw |= static_cast<uint64_t>(bytes_[next_++]) << (8 * i);
}

void StateLoader::word(std::string_view, size_t size, uint64_t& raw) {
    element(size, raw);
}

void StateLoader::list(std::string_view, size_t element_size, uint64_t& length) {
    element(kListLengthSize, length);
    if (length > (bytes_.size() - next_) / element_size) {
        failed_ = true;
        length = 0;
    }
}

}  // namespace mmscope

// SPDX-License-Identifier: GPL-2.0-or-later
// FNV-1a byte by byte, and a relative of it that takes eight bytes at once.
#include "base/checksum.h"

#include <cstring>

namespace mmscope {
namespace {

constexpr uint64_t kFnvPrime = 0x100000001b3;

}  // namespace

bool is_zero(std::span<const std::byte> bytes) {
    return bytes.empty() ||
           (bytes[0] == std::byte{0} && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

void PageChecksum::add(uint64_t number, std::span<const std::byte> page) {
    if (is_zero(page)) return;
    value_ = (value_ ^ number) * kFnvPrime;
    for (size_t i = 0; i + sizeof(uint64_t) <= page.size(); i += sizeof(uint64_t)) {
        uint64_t word;
        std::memcpy(&word, page.data() + i, sizeof(word));
        value_ = (value_ ^ word) * kFnvPrime;
        value_ ^= value_ >> 32;  // a product carries upwards only
    }
}

uint64_t checksum(std::span<const std::byte> bytes) {
    uint64_t value = 0xcbf29ce484222325;
    for (const std::byte byte : bytes)
        value = (value ^ static_cast<uint64_t>(byte)) * kFnvPrime;
    return value;
}

}  // namespace mmscope

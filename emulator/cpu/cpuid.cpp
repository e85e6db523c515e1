// SPDX-License-Identifier: GPL-2.0-or-later
// The leaf table: a processor of family 6 with FPU, TSC, CMOV and the paging that the MMU models.
#include "cpu/cpuid.h"

namespace mmscope {
namespace {

enum Feature : uint32_t {
    kFpu = 1u << 0,
    kPseFeature = 1u << 3,
    kTsc = 1u << 4,
    kMsr = 1u << 5,
    kCx8 = 1u << 8,
    kPgeFeature = 1u << 13,
    kCmov = 1u << 15,
    kMmx = 1u << 23,
};

constexpr uint32_t word(const char (&text)[5]) {
    uint32_t value = 0;
    for (int i = 3; i >= 0; --i)
        value = value << 8 | static_cast<uint8_t>(text[i]);
    return value;
}

constexpr uint32_t kHighestLeaf = 1;
constexpr uint32_t kHighestExtended = 0x80000000;
constexpr uint32_t kSignature = 6u << 8 | 3u << 4 | 3;  // family 6, model 3, stepping 3

}  // namespace

CpuidLeaf cpuid(uint32_t leaf) {
    if (leaf == 0) return {kHighestLeaf, word("mmsc"), word("i386"), word("ope-")};
    if (leaf == kHighestExtended) return {kHighestExtended, 0, 0, 0};
    return {kSignature, 0, 0, kFpu | kPseFeature | kTsc | kMsr | kCx8 | kPgeFeature | kCmov | kMmx};
}

}  // namespace mmscope

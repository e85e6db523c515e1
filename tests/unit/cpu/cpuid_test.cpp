// SPDX-License-Identifier: GPL-2.0-or-later
#include "cpu/cpuid.h"

#include <gtest/gtest.h>

namespace mmscope {
namespace {

TEST(Cpuid, promises_what_there_is_and_nothing_else) {
    const uint32_t features = cpuid(1).edx;
    EXPECT_TRUE(features & 1u << 0) << "FPU";
    EXPECT_TRUE(features & 1u << 3) << "PSE";
    EXPECT_TRUE(features & 1u << 4) << "TSC";
    EXPECT_TRUE(features & 1u << 13) << "PGE";
    EXPECT_FALSE(features & 1u << 6) << "PAE";
    EXPECT_FALSE(features & 1u << 9) << "APIC";
    EXPECT_FALSE(features & 1u << 11) << "SEP";
    EXPECT_FALSE(features & 1u << 17) << "PSE-36";
    EXPECT_FALSE(features & 3u << 24) << "FXSR, SSE";
    EXPECT_EQ(cpuid(1).ecx, 0u);
}

TEST(Cpuid, a_leaf_beyond_the_last_answers_as_the_last) {
    EXPECT_EQ(cpuid(0).eax, 1u);
    EXPECT_EQ(cpuid(0x1234).edx, cpuid(1).edx);
    EXPECT_EQ(cpuid(0x80000000).eax, 0x80000000u);
}

}  // namespace
}  // namespace mmscope

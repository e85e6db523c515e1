// SPDX-License-Identifier: GPL-2.0-or-later
// The audit of the TLB on the real kernel: nothing to say of it as it is, and everything of one that lacks a
// flush.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/boot/changed_kernel.h"

namespace mmscope::test {
namespace {

using testing::HasSubstr;

/// The kernel with `function` removed: it returns at once.
std::string kernel_without(const TemporaryFolder& folder, const char* function) {
    return kernel_with(folder, KernelImage::open(KERNEL).value()->symbols().find(function)->address, "\xC3");
}

ChildResult run_audited(const std::string& kernel, const char* program) {
    return run_program({EMU, DEFAULT_CONFIG, "--headless", "--set", "audit.tlb=true", "--set",
                        fmt::format("boot.kernel='{}'", kernel), "--set",
                        fmt::format("boot.cmdline='init={}'", program)});
}

TEST(tlb_audit, a_kernel_that_flushes_leaves_nothing_stale) {
    for (const char* program : {"/init", "/tests/mm_remap"}) {
        const ChildResult result = run_audited(KERNEL, program);
        EXPECT_EQ(result.status, 0) << describe(result);
        EXPECT_THAT(result.err, HasSubstr("no stale translation"));
        EXPECT_THAT(result.err, testing::Not(HasSubstr("audit: 0 checks")));
    }
}

struct MissingFlush {
    const char *function, *program, *writer;
};
class TlbAuditCatches : public ::testing::TestWithParam<MissingFlush> {};

TEST_P(TlbAuditCatches, a_missing_flush_with_the_entrys_writer_and_the_last_flush) {
    const TemporaryFolder folder;
    const auto& [function, program, writer] = GetParam();
    const ChildResult result = run_audited(kernel_without(folder, function), program);
    EXPECT_EQ(result.status, 4) << describe(result);
    EXPECT_THAT(result.err, HasSubstr("is still translated to frame"));
    EXPECT_THAT(result.err, HasSubstr(fmt::format("{}+0x", writer)));
    EXPECT_THAT(result.err, HasSubstr("; last flush "));
}
INSTANTIATE_TEST_SUITE_P(
    functions, TlbAuditCatches,
    testing::Values(MissingFlush{"flush_tlb_mm", "/init", "copy_entries"},
                    MissingFlush{"flush_tlb_range", "/tests/mm_areas", "change_protection"},
                    MissingFlush{"flush_tlb_range", "/tests/mm_remap", "move_page_tables"}));

TEST(tlb_audit, unicorns_mmu_is_refused) {
    const ChildResult result = run_program(
        {EMU, DEFAULT_CONFIG, "--headless", "--set", "audit.tlb=true", "--set", "cpu.mmu='unicorn'"});
    EXPECT_EQ(result.status, 2) << describe(result);
    EXPECT_THAT(result.err, HasSubstr("audit.tlb: only with cpu.mmu = \"own\""));
}

}  // namespace
}  // namespace mmscope::test

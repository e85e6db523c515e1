// SPDX-License-Identifier: GPL-2.0-or-later
// diff: two moments of the tour, and one moment before and after a known damage.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/inspect/inspect_lab.h"

namespace mmscope::test {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string diff(const Lab& here, const Lab& there, std::string_view line = "diff there.core") {
    const OtherMoment other = [&](const std::string&, const auto& look) {
        return look({.inspector = there.inspector(), .place = AuditPlace::AtRest});
    };
    const auto output =
        run_command({.inspector = here.inspector(), .place = AuditPlace::AtRest, .other = other}, line);
    return output ? output->text : "error: " + output.error().message;
}

TEST(Diff, a_fork_is_a_process_and_a_space_that_came_and_more_users_of_pages) {
    const Lab before(1);
    const std::string text = diff(inspected_lab(), before);
    EXPECT_THAT(text, HasSubstr("process 10 (tour): came\n"));
    EXPECT_THAT(
        text, HasSubstr(fmt::format("space 0x{:08x} of 10 (tour): came, with ", inspected_lab().mm().value)));
    EXPECT_THAT(text, HasSubstr("frames\n"));
    EXPECT_THAT(text, HasSubstr("  mm_struct 2 -> 3\n"));
    EXPECT_EQ(diff(before, inspected_lab()), text) << "the earlier moment is always the first";
}

TEST(Diff, of_a_moment_with_itself_is_empty) {
    EXPECT_THAT(diff(inspected_lab(), inspected_lab()), HasSubstr("\nnothing changed\n"));
}

TEST(Diff, areas_members_and_pages_are_told_by_name) {
    const Lab whole(2);
    Lab& lab = inspected_lab();
    const LinearAddr stack = lab.find_vma(0x100, 8, Lab::Backing::Anonymous);
    const uint32_t end = lab.get(stack, "vm_area_struct", "vm_end");
    lab.set(stack, "vm_area_struct", "vm_flags", lab.get(stack, "vm_area_struct", "vm_flags") | 0x2000);
    lab.add(lab.mm(), "mm_struct", "locked_vm", 7);
    const LinearAddr top = lab.pte_at(end - kPageSize), below = lab.pte_at(end - 2 * kPageSize);
    lab.set_word(top, 0);
    lab.set_word(below, lab.word(below) & ~2u);
    const std::string text = diff(whole, lab);
    lab.restore();
    EXPECT_THAT(text, HasSubstr("rw-p [stack]: gained VM_LOCKED\n"));
    EXPECT_THAT(text, HasSubstr("  locked_vm 0 -> 7\n"));
    EXPECT_THAT(text, HasSubstr(fmt::format("  pages that went: 1, at {:08x}\n", end - kPageSize)));
    EXPECT_THAT(
        text, HasSubstr(fmt::format("  pages that are read-only now: 1, at {:08x}\n", end - 2 * kPageSize)));
    EXPECT_THAT(text, Not(HasSubstr("process")));
}

TEST(Diff, a_stack_that_grew_is_the_same_area) {
    const Lab whole(2);
    Lab& lab = inspected_lab();
    const LinearAddr stack = lab.find_vma(0x100, 8, Lab::Backing::Anonymous);
    const uint32_t start = lab.get(stack, "vm_area_struct", "vm_start");
    lab.set(stack, "vm_area_struct", "vm_start", start - kPageSize);
    const std::string text = diff(whole, lab);
    lab.restore();
    EXPECT_THAT(text, HasSubstr(fmt::format("area {:08x}-c0000000 rw-p [stack]: began at {:08x}\n",
                                            start - kPageSize, start)));
    EXPECT_THAT(text, Not(HasSubstr("came")));
}

TEST(Diff, without_a_way_to_other_moments_says_so) {
    EXPECT_EQ(inspect("diff x.core"), "error: diff: only one moment is known here");
    const auto json = nlohmann::json::parse(diff(inspected_lab(), inspected_lab(), "diff x --json"));
    EXPECT_TRUE(json["changes"].empty());
}

}  // namespace
}  // namespace mmscope::test

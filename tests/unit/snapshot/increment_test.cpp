// SPDX-License-Identifier: GPL-2.0-or-later
// Files that hold only what was written since another one: with that one they are the whole machine, with any
// other they are refused.
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "snapshot/core_layout.h"
#include "snapshot/core_notes.h"
#include "snapshot/core_reader.h"
#include "snapshot/core_writer.h"
#include "tests/support/child_process.h"
#include "tests/unit/snapshot/sample_core.h"

namespace mmscope {
namespace {

/// Three generations: "a.core" whole, "b.core" and "c.core.zst" each from the one before.
class Increment : public testing::Test {
  protected:
    void SetUp() override {
        const auto a = save_core(path("a.core"), sample_snapshot(), *memory_);
        ASSERT_TRUE(a) << a.error().message;
        write(5, "five");
        write(6, "six");
        write(1, std::string(kPageSize, '\0'));  // it was not zero
        const CoreIncrement from_a{"a.core", *a, {1, 5, 6}};
        const auto b = save_core(path("b.core"), sample_snapshot(), *memory_, &from_a);
        ASSERT_TRUE(b) << b.error().message;
        write(300, "three hundred");
        const CoreIncrement from_b{"b.core", *b, {300}};
        ASSERT_TRUE(save_core(path("c.core.zst"), sample_snapshot(), *memory_, &from_b));
    }
    void write(uint32_t page, const std::string& text) {
        ASSERT_TRUE(memory_->write(PhysAddr(page * kPageSize), std::as_bytes(std::span(text))));
    }
    [[nodiscard]] std::string path(std::string_view name) const { return folder_.path(name); }
    [[nodiscard]] std::string refusal(const std::string& name) const {
        const auto core = load_core(path(name));
        return core ? "" : core.error().message;
    }
    /// What loading an increment with such pages, of such a parent, says.
    [[nodiscard]] std::string refusal_of(const CoreIncrement& increment) const {
        EXPECT_TRUE(save_core(path("bad.core"), sample_snapshot(), *memory_, &increment));
        return refusal("bad.core");
    }
    std::unique_ptr<PhysicalMemory> memory_ = sample_memory();
    test::TemporaryFolder folder_;
};

TEST_F(Increment, with_its_ancestors_is_the_whole_machine) {
    const auto core = load_core(path("c.core.zst"));
    ASSERT_TRUE(core) << core.error().message;
    EXPECT_EQ(std::memcmp(core->memory->bytes().data(), memory_->bytes().data(), kSampleRam), 0);
    EXPECT_EQ(write_notes(core->snapshot), write_notes(sample_snapshot()));
    EXPECT_LT(std::filesystem::file_size(path("b.core")), 5 * kPageSize + 4000);
    ASSERT_TRUE(save_core(path("whole.core"), core->snapshot, *core->memory));
    ASSERT_TRUE(save_core(path("wanted.core"), sample_snapshot(), *memory_));
    EXPECT_TRUE(test::read_text(path("whole.core")) == test::read_text(path("wanted.core")));
}

TEST_F(Increment, without_its_parent_or_with_another_one_is_refused) {
    ASSERT_TRUE(save_core(path("b.core"), sample_snapshot(), *memory_));
    EXPECT_NE(refusal("c.core.zst").find("b.core is not the file that it was made from"), std::string::npos);
    std::filesystem::remove(path("b.core"));
    EXPECT_NE(refusal("c.core.zst").find("c.core.zst: needs its parent: " + path("b.core") + ": cannot read"),
              std::string::npos);
}

TEST_F(Increment, of_a_damaged_ancestor_is_refused) {
    std::string bytes = test::read_text(path("a.core"));
    bytes[bytes.size() - 5] ^= 1;
    std::ofstream(path("a.core"), std::ios::binary) << bytes;
    EXPECT_NE(refusal("c.core.zst").find("a.core: damaged: the checksum of its RAM is wrong"),
              std::string::npos);
}

TEST_F(Increment, each_changed_byte_is_noticed) {
    const std::string bytes = test::read_text(path("b.core"));
    Elf32_Phdr notes;
    std::memcpy(&notes, bytes.data() + sizeof(Elf32_Ehdr), sizeof(notes));
    const size_t notes_end = notes.p_offset + notes.p_filesz;
    for (size_t at = 0; at < bytes.size(); at += at < notes_end ? 3 : 509) {
        if (at >= notes_end && at < (notes_end | (kPageSize - 1))) continue;  // zeros that nobody reads
        std::string changed = bytes;
        changed[at] = static_cast<char>(changed[at] ^ 0x41);
        std::ofstream(path("b.core"), std::ios::binary) << changed;
        ASSERT_NE(refusal("b.core"), "") << "byte " << at;
    }
}

TEST_F(Increment, that_lies_about_its_pages_or_its_parent_is_refused) {
    const CoreCheck a = load_core(path("a.core"))->check;
    const std::string no_ram = "damaged: pages that are no RAM";
    EXPECT_NE(refusal_of({"a.core", a, {6, 5}}).find("not in order"), std::string::npos);
    EXPECT_NE(refusal_of({"a.core", a, {5, 5}}).find("not in order"), std::string::npos);
    EXPECT_NE(refusal_of({"a.core", a, {0xA0}}).find(no_ram), std::string::npos);
    EXPECT_NE(refusal_of({"a.core", a, {kSampleRam / kPageSize}}).find(no_ram), std::string::npos);
    EXPECT_NE(refusal_of({"a.core", a, {0xFFFFFFFF}}).find(no_ram), std::string::npos);
    EXPECT_NE(refusal_of({"a.core", a, {5}}).find("the checksum of its RAM is wrong"), std::string::npos);
    for (const char* name : {"", ".", "..", "/etc/passwd", "../a.core", "x/a.core"})
        EXPECT_NE(refusal_of({name, a, {5}}).find("the name of its parent"), std::string::npos) << name;
    EXPECT_NE(refusal_of({"bad.core", a, {5}}).find("too many ancestors"), std::string::npos);
}

TEST(CoreSegments, of_some_pages_are_their_runs_and_never_cross_the_hole) {
    const std::vector<uint32_t> pages = {0, 1, 3, 0x9F, 0x100, 0x101};
    using Segments = std::vector<CoreSegment>;
    EXPECT_EQ(page_segments(2u << 20, pages),
              (Segments{{PhysAddr(0), LinearAddr(0xC0000000), 2 * kPageSize},
                        {PhysAddr(0x3000), LinearAddr(0xC0003000), kPageSize},
                        {PhysAddr(0x9F000), LinearAddr(0xC009F000), kPageSize},
                        {PhysAddr(0x100000), LinearAddr(0xC0100000), 2 * kPageSize}}));
    EXPECT_EQ(page_segments(2u << 20, {}), Segments{});
}

}  // namespace
}  // namespace mmscope

// SPDX-License-Identifier: GPL-2.0-or-later
// Cores compressed by page: the same machine as the plain file's, for everybody, or a refusal.
#include <elf.h>
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <vector>

#include "base/zstd.h"
#include "snapshot/core_file.h"
#include "snapshot/core_notes.h"
#include "snapshot/core_reader.h"
#include "snapshot/core_writer.h"
#include "snapshot/seekable.h"
#include "tests/support/child_process.h"
#include "tests/unit/snapshot/sample_core.h"

namespace mmscope {
namespace {

class Compressed : public testing::Test {
  protected:
    void SetUp() override {
        const auto memory = sample_memory();
        ASSERT_TRUE(save_core(path("vm.core"), sample_snapshot(), *memory));
        ASSERT_TRUE(save_core(path("vm.core.zst"), sample_snapshot(), *memory));
        plain_ = test::read_text(path("vm.core"));
        bytes_ = test::read_text(path("vm.core.zst"));
    }
    [[nodiscard]] std::string path(std::string_view name) const { return folder_.path(name); }
    /// What loading says of these bytes; empty: it was loaded, and is the machine that was saved.
    [[nodiscard]] std::string refusal(const std::string& bytes) const {
        std::ofstream(path("changed"), std::ios::binary) << bytes;
        const auto core = load_core(path("changed"));
        if (!core) return core.error().message;
        EXPECT_EQ(write_notes(core->snapshot), write_notes(sample_snapshot()));
        EXPECT_EQ(std::memcmp(core->memory->bytes().data(), sample_memory()->bytes().data(), kSampleRam), 0);
        return "";
    }
    [[nodiscard]] SeekFoot foot() const {
        SeekFoot foot;
        std::memcpy(&foot, bytes_.data() + bytes_.size() - sizeof(foot), sizeof(foot));
        return foot;
    }
    test::TemporaryFolder folder_;
    std::string plain_, bytes_;
};

TEST_F(Compressed, is_the_same_machine_and_found_by_its_contents) {
    EXPECT_EQ(refusal(bytes_), "");
    EXPECT_LT(bytes_.size(), 4000u) << "pages of zeros take no room";
}

TEST_F(Compressed, loaded_and_saved_again_it_is_the_same_file) {
    const auto core = load_core(path("vm.core.zst"));
    ASSERT_TRUE(core);
    ASSERT_TRUE(save_core(path("again.zst"), core->snapshot, *core->memory));
    EXPECT_TRUE(test::read_text(path("again.zst")) == bytes_);
    ASSERT_TRUE(save_core(path("again.core"), core->snapshot, *core->memory));
    EXPECT_TRUE(test::read_text(path("again.core")) == plain_);
}

TEST_F(Compressed, decompressed_as_a_whole_it_is_the_plain_file) {
    auto source = ByteSource::open(path("vm.core.zst"));
    ASSERT_TRUE(source);
    std::string all(plain_.size() + 1, 'x');
    const auto count = (*source)->read(all);
    ASSERT_TRUE(count) << count.error().message;
    all.resize(*count);
    EXPECT_TRUE(all == plain_);
}

TEST_F(Compressed, each_page_is_read_without_the_others) {
    std::string only_last = bytes_;  // every frame but that of the last page destroyed
    std::vector<SeekEntry> table(foot().frames);
    const size_t table_at = bytes_.size() - sizeof(SeekFoot) - table.size() * sizeof(SeekEntry);
    std::memcpy(table.data(), bytes_.data() + table_at, table.size() * sizeof(SeekEntry));
    EXPECT_EQ(table.back().size, kPageSize);
    const size_t last_at = table_at - sizeof(SeekHead) - table.back().compressed;
    std::memset(only_last.data() + sizeof(kZstdMagic), 'x', last_at - sizeof(kZstdMagic));
    std::ofstream(path("last"), std::ios::binary) << only_last;
    auto file = CoreFile::open(path("last"));
    ASSERT_TRUE(file) << file.error().message;
    EXPECT_EQ((*file)->size(), plain_.size());
    std::string page(kPageSize, '\0');
    ASSERT_TRUE((*file)->read(plain_.size() - kPageSize, std::as_writable_bytes(std::span(page))));
    EXPECT_EQ(page, plain_.substr(plain_.size() - kPageSize));
    const auto other = (*file)->read(0, std::as_writable_bytes(std::span(page)));
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().message, "damaged: frame 0 at byte 0 cannot be decompressed");
}

TEST_F(Compressed, each_changed_byte_is_noticed_or_changes_nothing) {
    int harmless = 0;
    for (size_t at = 0; at < bytes_.size(); ++at) {
        std::string changed = bytes_;
        changed[at] = static_cast<char>(changed[at] ^ 1 << at % 8);
        harmless += refusal(changed).empty() ? 1 : 0;
    }
    EXPECT_LT(harmless, static_cast<int>(bytes_.size() / 50)) << "bits that mean nothing, or the same twice";
}

TEST_F(Compressed, truncated_anywhere_it_is_refused) {
    for (size_t length = 0; length < bytes_.size(); length += 5)
        EXPECT_NE(refusal(bytes_.substr(0, length)), "") << length << " bytes";
    EXPECT_NE(refusal(bytes_ + '\0'), "");
    EXPECT_NE(refusal(bytes_.substr(0, bytes_.size() / 2)).find("without a table of frames"),
              std::string::npos);
}

/// A file of `frames` that says of itself what `entries` says.
std::string with_table(const std::string& frames, const std::vector<SeekEntry>& entries, uint32_t count) {
    const SeekHead head{.size = static_cast<uint32_t>(entries.size() * sizeof(SeekEntry) + sizeof(SeekFoot))};
    const SeekFoot foot{.frames = count};
    std::string file = frames;
    file.append(reinterpret_cast<const char*>(&head), sizeof(head));
    file.append(reinterpret_cast<const char*>(entries.data()), entries.size() * sizeof(SeekEntry));
    file.append(reinterpret_cast<const char*>(&foot), sizeof(foot));
    return file;
}

TEST_F(Compressed, a_table_that_lies_is_refused) {
    const std::string frame = compress_frame(std::string(100, 'a'));
    const auto size = static_cast<uint32_t>(frame.size());
    const auto table = [&](const std::vector<SeekEntry>& entries) {
        return refusal(with_table(frame, entries, static_cast<uint32_t>(entries.size())));
    };
    const std::string wrong = "damaged: its table of frames does not fit the file";
    EXPECT_NE(table({{size, 100}}).find("not an ELF file"), std::string::npos);
    EXPECT_NE(table({{size, 99}}).find("frame 0 at byte 0"), std::string::npos);
    EXPECT_NE(table({{size, 1u << 20}}).find("frame 0 at byte 0"), std::string::npos);
    for (const SeekEntry& entry : {SeekEntry{size, 0},
                                   {0, 100},
                                   {size + 1, 100},
                                   {size - 1, 100},
                                   {size, 0xFFFFFFFF},
                                   {0xFFFFFFFF, 100}})
        EXPECT_NE(table({entry}).find(wrong), std::string::npos) << entry.compressed << ' ' << entry.size;
    EXPECT_NE(table({{size, 100}, {9, 100}}).find(wrong), std::string::npos);
    for (const uint32_t count : {0u, 2u, 0x20000000u, 0xFFFFFFFFu})
        EXPECT_NE(refusal(with_table(frame, {{size, 100}}, count)).find(wrong), std::string::npos) << count;
}

TEST_F(Compressed, a_core_that_somebody_else_compressed_is_called_so) {
    EXPECT_NE(refusal(compress_frame(plain_)).find("not by emu"), std::string::npos);
}

/// Frames that promise a gigabyte of notes: memory is taken for what is there only.
TEST_F(Compressed, notes_that_are_only_promised_take_no_memory) {
    std::string head = plain_.substr(0, 4096);
    Elf32_Phdr notes;
    std::memcpy(&notes, head.data() + sizeof(Elf32_Ehdr), sizeof(notes));
    notes.p_filesz = 1u << 30;
    std::memcpy(head.data() + sizeof(Elf32_Ehdr), &notes, sizeof(notes));
    const std::string frame = compress_frame(head);
    std::vector<SeekEntry> entries = {{static_cast<uint32_t>(frame.size()), 4096}};
    entries.insert(entries.end(), 1100, SeekEntry{9, kLargestFrame});
    const std::string file =
        with_table(frame + std::string(1100 * 9, 'x'), entries, static_cast<uint32_t>(entries.size()));
    EXPECT_NE(refusal(file).find("frame 1 at byte"), std::string::npos);
}

}  // namespace
}  // namespace mmscope

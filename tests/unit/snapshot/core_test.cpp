// SPDX-License-Identifier: GPL-2.0-or-later
// Saving and loading cores, and files that lie about themselves.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>

#include "snapshot/core_layout.h"
#include "snapshot/core_notes.h"
#include "snapshot/core_reader.h"
#include "snapshot/core_writer.h"
#include "tests/support/child_process.h"
#include "tests/unit/snapshot/sample_core.h"

namespace mmscope {
namespace {

/// A saved sample, and the same bytes changed.
class Core : public testing::Test {
  protected:
    void SetUp() override {
        const auto saved = save_core(path(), sample_snapshot(), *sample_memory());
        ASSERT_TRUE(saved) << saved.error().message;
        bytes_ = test::read_text(path());
    }
    [[nodiscard]] std::string path() const { return folder_.path("vm.core"); }
    /// What loading says of these bytes; empty: it was loaded.
    [[nodiscard]] std::string refusal(const std::string& bytes) const {
        std::ofstream(folder_.path("changed.core"), std::ios::binary) << bytes;
        const auto core = load_core(folder_.path("changed.core"));
        return core ? "" : core.error().message;
    }
    [[nodiscard]] std::string refusal_with(size_t at, uint32_t word) const {
        std::string changed = bytes_;
        std::memcpy(changed.data() + at, &word, sizeof(word));
        return refusal(changed);
    }
    test::TemporaryFolder folder_;
    std::string bytes_;
};

TEST_F(Core, what_was_saved_is_loaded) {
    const auto core = load_core(path());
    ASSERT_TRUE(core) << core.error().message;
    const Snapshot wanted = sample_snapshot();
    const Snapshot& found = core->snapshot;
    EXPECT_EQ(write_notes(found), write_notes(wanted));
    EXPECT_EQ(found.devices, wanted.devices);
    EXPECT_EQ(found.kernel, wanted.kernel);
    EXPECT_EQ(found.cpu.instructions, wanted.cpu.instructions);
    const auto memory = sample_memory();
    EXPECT_EQ(std::memcmp(core->memory->bytes().data(), memory->bytes().data(), kSampleRam), 0);
}

TEST_F(Core, loaded_and_saved_again_it_is_the_same_file) {
    const auto core = load_core(path());
    ASSERT_TRUE(core);
    ASSERT_TRUE(save_core(folder_.path("again.core"), core->snapshot, *core->memory));
    EXPECT_TRUE(test::read_text(folder_.path("again.core")) == bytes_);
}

TEST_F(Core, truncated_anywhere_it_is_refused) {
    const size_t notes_end = notes_offset(kSampleRam) + 2000;
    for (size_t length = 0; length < bytes_.size(); length += length < notes_end ? 7 : 65536)
        EXPECT_NE(refusal(bytes_.substr(0, length)), "") << length << " bytes";
    EXPECT_NE(refusal(bytes_ + '\0'), "");
}

TEST_F(Core, each_changed_byte_of_header_and_notes_is_noticed) {
    Elf32_Phdr notes;
    std::memcpy(&notes, bytes_.data() + sizeof(Elf32_Ehdr), sizeof(notes));
    const std::string copy = folder_.write("changed.core", bytes_);
    std::fstream file(copy, std::ios::binary | std::ios::in | std::ios::out);
    const auto put = [&file](size_t at, char byte) {
        file.seekp(static_cast<std::streamoff>(at)).put(byte).flush();
    };
    ASSERT_TRUE(load_core(copy));
    for (size_t at = 0; at < notes.p_offset + notes.p_filesz; ++at) {
        put(at, static_cast<char>(bytes_[at] ^ 0x41));
        ASSERT_FALSE(load_core(copy)) << "byte " << at;
        put(at, bytes_[at]);
    }
}

TEST_F(Core, a_changed_byte_of_ram_is_noticed) {
    std::string changed = bytes_;
    changed[changed.size() - 5] ^= 1;
    EXPECT_NE(refusal(changed).find("checksum of its RAM"), std::string::npos);
    changed = bytes_;
    changed[changed.size() - 3 * kPageSize] = 'x';  // in a page that was zero
    EXPECT_NE(refusal(changed).find("checksum of its RAM"), std::string::npos);
}

TEST_F(Core, absurd_sizes_are_refused_before_memory_is_taken) {
    const size_t segment = sizeof(Elf32_Ehdr);
    EXPECT_NE(refusal_with(segment + offsetof(Elf32_Phdr, p_filesz), 0xFFFFFFFF), "");
    EXPECT_NE(refusal_with(segment + offsetof(Elf32_Phdr, p_offset), 0xFFFFFFF0), "");
    const size_t note = notes_offset(kSampleRam);
    for (const uint32_t absurd : {0u, 0x7FFFFFFFu, 0xFFFFFFFCu, 0xFFFFFFFFu}) {
        EXPECT_NE(refusal_with(note, absurd), "") << absurd;
        EXPECT_NE(refusal_with(note + 4, absurd), "") << absurd;
    }
}

TEST_F(Core, a_machine_of_no_known_kind_is_refused) {
    Snapshot odd = sample_snapshot();
    odd.mmu = static_cast<MmuKind>(7);
    ASSERT_TRUE(save_core(folder_.path("odd.core"), odd, *sample_memory()));
    EXPECT_NE(load_core(folder_.path("odd.core")).error().message.find("unknown MMU"), std::string::npos);
}

TEST_F(Core, other_files_are_called_what_they_are) {
    EXPECT_NE(refusal("").find("not an ELF file"), std::string::npos);
    EXPECT_NE(refusal("hello, world").find("not an ELF file"), std::string::npos);
    EXPECT_NE(refusal_with(offsetof(Elf32_Ehdr, e_type), ET_EXEC | EM_386 << 16).find("expected a core"),
              std::string::npos);
    EXPECT_NE(refusal_with(offsetof(Elf32_Ehdr, e_type), ET_CORE | 62 << 16).find("another machine"),
              std::string::npos);
    EXPECT_NE(load_core(folder_.path("none")).error().message.find("cannot read: No such file"),
              std::string::npos);
    EXPECT_NE(load_core("/dev/null").error().message.find("not a regular file"), std::string::npos);
}

TEST(CoreSegments, large_machines_have_high_memory_at_its_physical_address) {
    constexpr uint32_t kMiB = 1u << 20;
    using Segments = std::vector<CoreSegment>;
    EXPECT_EQ(core_segments(1 * kMiB), (Segments{{PhysAddr(0), LinearAddr(0xC0000000), 0xA0000}}));
    EXPECT_EQ(core_segments(2048 * kMiB),
              (Segments{{PhysAddr(0), LinearAddr(0xC0000000), 0xA0000},
                        {PhysAddr(kMiB), LinearAddr(0xC0100000), 895 * kMiB},
                        {PhysAddr(896 * kMiB), LinearAddr(896 * kMiB), 1152 * kMiB}}));
}

}  // namespace
}  // namespace mmscope

// SPDX-License-Identifier: GPL-2.0-or-later
// Which files are taken for a kernel, what is said of those that are not, and its symbols.
#include "introspect/kernel_image.h"

#include <elf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "fake_guest.h"

namespace mmscope::test {
namespace {

using ::testing::HasSubstr;

std::string error_of(std::span<const std::byte> bytes) {
    const auto image = KernelImage::from_bytes(bytes, "kernel.elf");
    return image ? "no error" : image.error().message;
}

TEST(KernelImage, a_missing_file_is_named_with_the_reason) {
    const auto image = KernelImage::open("/no/such/kernel.elf");
    ASSERT_FALSE(image.has_value());
    EXPECT_EQ(image.error().message, "/no/such/kernel.elf: No such file or directory");
}

TEST(KernelImage, a_directory_is_not_a_kernel) {
    const auto image = KernelImage::open("/tmp");
    ASSERT_FALSE(image.has_value());
    EXPECT_EQ(image.error().message, "/tmp: Is a directory");
}

TEST(KernelImage, an_empty_file_and_a_text_are_not_elf) {
    EXPECT_EQ(error_of({}), "kernel.elf: not an ELF file (no magic number at its start)");
    const std::string_view text = "#!/bin/sh\necho hello\n";
    EXPECT_EQ(error_of(std::as_bytes(std::span(text))),
              "kernel.elf: not an ELF file (no magic number at its start)");
}

TEST(KernelImage, a_program_of_the_host_is_for_another_machine) {
    EXPECT_EQ(
        error_of(read_bytes("/bin/true")),
        "kernel.elf: for another machine (ELF class 2, machine 62); expected 32-bit Intel 80386 (class 1, "
        "machine 3)");
}

TEST(KernelImage, an_image_without_debug_information_says_how_to_get_it) {
    EXPECT_THAT(error_of(read_bytes(fixture_path("no-debug.elf"))),
                HasSubstr("build it with -g and do not strip it"));
}

TEST(KernelImage, a_stripped_image_says_that_the_symbol_table_is_missing) {
    EXPECT_EQ(error_of(read_bytes(fixture_path("stripped.elf"))),
              "kernel.elf: has no symbol table (stripped?); the decoder needs one");
}

TEST(KernelImage, an_image_cut_anywhere_is_refused_and_never_read_past_its_end) {
    const std::vector<std::byte> whole = read_bytes(fixture_path("kernel.elf"));
    ASSERT_GT(whole.size(), 4096u);
    for (size_t size = 0; size < whole.size(); size += 1 + size / 16) {
        const std::vector<std::byte> cut(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size));
        const std::string error = error_of(cut);
        EXPECT_NE(error, "no error") << size << " of " << whole.size() << " bytes";
        if (size > sizeof(Elf32_Ehdr)) {
            EXPECT_THAT(error, HasSubstr("truncated"));
        }
    }
}

TEST(KernelImage, any_single_broken_byte_of_its_tables_is_survived) {
    std::vector<std::byte> image = read_bytes(fixture_path("kernel.elf"));
    Elf32_Ehdr header;
    std::memcpy(&header, image.data(), sizeof header);
    for (size_t at = 0; at < sizeof header + size_t{header.e_shnum} * sizeof(Elf32_Shdr); ++at) {
        const size_t offset = at < sizeof header ? at : header.e_shoff + at - sizeof header;
        const std::byte kept = image[offset];
        image[offset] = ~kept;
        const auto opened = KernelImage::from_bytes(image, "kernel.elf");
        if (opened) (void)(*opened)->types().find_tag("mm_struct");
        image[offset] = kept;
    }
    EXPECT_EQ(error_of(image), "no error");
}

TEST(KernelImage, equal_bytes_have_equal_hashes_and_others_do_not) {
    std::vector<std::byte> bytes = read_bytes(fixture_path("kernel.elf"));
    const std::string hash = KernelImage::from_bytes(bytes, "a").value()->hash();
    EXPECT_EQ(hash.size(), 16u);
    EXPECT_EQ(KernelImage::from_bytes(bytes, "b").value()->hash(), hash);
    bytes.push_back(std::byte{0});
    EXPECT_NE(KernelImage::from_bytes(bytes, "a").value()->hash(), hash);
}

TEST(KernelImage, a_variable_has_address_and_type) {
    const auto image = KernelImage::open(fixture_path("kernel.elf")).value();
    const auto current = image->get_variable("current_task");
    ASSERT_TRUE(current.has_value());
    EXPECT_EQ(current->type->name, "struct task_struct *");
    EXPECT_EQ(image->get_variable("jiffies_of_nobody").error().message,
              fixture_path("kernel.elf") + ": has no symbol jiffies_of_nobody");
}

TEST(SymbolTable, names_of_cpp_functions_lose_their_parameters) {
    const auto image = KernelImage::open(fixture_path("kernel.elf")).value();
    const Symbol* symbol = image->symbols().find("arch_get_unmapped_area");
    ASSERT_NE(symbol, nullptr);
    EXPECT_TRUE(symbol->is_function);
    EXPECT_EQ(image->symbols().describe(symbol->address), "arch_get_unmapped_area");
    EXPECT_EQ(image->symbols().describe(symbol->address + 2), "arch_get_unmapped_area+0x2");
}

TEST(SymbolTable, an_address_behind_a_symbol_of_known_size_has_no_name) {
    const SymbolTable table(
        {{"sized", LinearAddr(0xC0000000), 16, false}, {"label", LinearAddr(0xC0001000), 0, true}});
    EXPECT_EQ(table.describe(LinearAddr(0xC000000F)), "sized+0xf");
    EXPECT_EQ(table.describe(LinearAddr(0xC0000010)), "");
    EXPECT_EQ(table.describe(LinearAddr(0xC0001100)), "label+0x100");
    EXPECT_EQ(table.describe(LinearAddr(0xC0001000 + 65536)), "");
    EXPECT_EQ(table.describe(LinearAddr(0x08048000)), "");
}

}  // namespace
}  // namespace mmscope::test

// SPDX-License-Identifier: GPL-2.0-or-later
// Bytes read by type, and how values are printed.
#include "introspect/value.h"

#include <elf.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstring>
#include <map>

#include "fake_guest.h"
#include "introspect/kernel_image.h"
#include "introspect/layout.h"

namespace mmscope::test {
namespace {

/// The initial bytes of a variable, as the loader would put them into memory (ELF specification 1.2, program
/// header).
std::vector<std::byte> initial_bytes(const std::vector<std::byte>& elf, LinearAddr address, uint32_t size) {
    Elf32_Ehdr header;
    std::memcpy(&header, elf.data(), sizeof header);
    for (size_t i = 0; i < header.e_phnum; ++i) {
        Elf32_Phdr segment;
        std::memcpy(&segment, elf.data() + header.e_phoff + i * sizeof segment, sizeof segment);
        const uint32_t inside = address.value - segment.p_vaddr;
        if (segment.p_type != PT_LOAD || inside >= segment.p_filesz) continue;
        const auto first = elf.begin() + static_cast<ptrdiff_t>(segment.p_offset + inside);
        return {first, first + size};
    }
    return {};
}

class DecodedValue : public ::testing::Test {
  protected:
    template <class T>
    void put(size_t offset, T value) {
        std::memcpy(bytes.data() + offset, &value, sizeof value);
    }
    std::map<std::string, std::string> texts() const {
        std::map<std::string, std::string> out;
        for (const FieldValue& f : decode_fields(*type, bytes, image->symbols()))
            out[f.name] = to_text(f.value);
        return out;
    }

    std::unique_ptr<KernelImage> image = KernelImage::open(fixture_path("types-dwarf5.elf")).value();
    const Type* type = image->types().find_tag("every_kind");
    std::vector<std::byte> bytes = initial_bytes(read_bytes(fixture_path("types-dwarf5.elf")),
                                                 image->symbols().find("sample")->address, type->size);
};

TEST(DamagedTypes, that_lie_inside_themselves_have_an_end) {
    Type type;
    type.kind = TypeKind::Struct;
    type.size = 4;
    Member inside;
    inside.type = &type;
    type.members.assign(10, inside);
    EXPECT_FALSE(find_member(type, "x"));
    const std::vector<std::byte> bytes(4);
    EXPECT_LT(to_text(decode_value(type, bytes, SymbolTable())).size(), 16u << 20);
}

TEST_F(DecodedValue, every_kind_of_member_reads_as_the_compiler_wrote_it) {
    const auto text = texts();
    const std::string function = fmt::format("0x{:08x} <callback_function>",
                                             image->symbols().find("callback_function")->address.value);
    EXPECT_EQ(text.at("byte"), "200");
    EXPECT_EQ(text.at("negative"), "-5");
    EXPECT_EQ(text.at("flag"), "true");
    EXPECT_EQ(text.at("low"), "5");
    EXPECT_EQ(text.at("middle"), "-3");
    EXPECT_EQ(text.at("high"), "0xabcdef");
    EXPECT_EQ(text.at("wide"), "0x123456789abc");
    EXPECT_EQ(text.at("pair"), "{ first = -2, second = 7 }");
    EXPECT_EQ(text.at("pairs"), "[{ first = 1, second = 2 } x2]");
    EXPECT_EQ(text.at("text"), "\"name\"");
    EXPECT_EQ(text.at("grid"), "[[0 x3], [4, 5, -9]]");
    EXPECT_EQ(text.at("colour"), "SHADE_DARK (192)");
    EXPECT_EQ(text.at("wrapped"), "{ counter = 42 }");
    EXPECT_EQ(text.at("changing"), "-1");
    EXPECT_EQ(text.at("name"), function);
    EXPECT_EQ(text.at("opaque"), "NULL");
    EXPECT_EQ(text.at("callback"), function);
    EXPECT_EQ(text.at("named_union"), "{ pair = { first = 3, second = 4 }, pointer = 0x00040003 }");
    EXPECT_EQ(text.at("real"), "bytes 000000000000f03f");
    EXPECT_EQ(text.at("tail"), "\"\"");
}

TEST_F(DecodedValue, anonymous_parts_show_their_members) {
    const auto fields = decode_fields(*type, bytes, image->symbols());
    EXPECT_EQ(to_text(fields.at(0).value), "{ base_member = 11 }");
    EXPECT_EQ(to_text(fields.at(20).value), "{ as_number = 0x20001, { low_half = 1, high_half = 2 } }");
}

TEST_F(DecodedValue, an_enum_value_nobody_named_is_shown_as_a_number) {
    put<uint32_t>(64, 77);
    EXPECT_EQ(texts().at("colour"), "77");
}

TEST_F(DecodedValue, unprintable_text_cannot_reach_a_terminal) {
    std::memcpy(bytes.data() + 32, "\x1b[2Jab\xff", 8);
    EXPECT_EQ(texts().at("text"), "\"?[2Jab?\"");
}

TEST_F(DecodedValue, bytes_that_are_missing_are_not_invented) {
    bytes.resize(14);
    const auto text = texts();
    EXPECT_EQ(text.at("byte"), "200");
    EXPECT_EQ(text.at("wide"), "bytes bc9a");
    EXPECT_EQ(text.at("colour"), "bytes ");
}

TEST(ReadScalar, bits_are_cut_out_and_signs_extended) {
    const std::array<std::byte, 4> bytes{std::byte{0xF0}, std::byte{0x01}, std::byte{0}, std::byte{0x80}};
    EXPECT_EQ(read_scalar(bytes, 0, 0, false), 0x800001F0u);
    EXPECT_EQ(read_scalar(bytes, 0, 0, true), 0xFFFFFFFF800001F0u);
    EXPECT_EQ(read_scalar(bytes, 4, 5, false), 0x1Fu);
    EXPECT_EQ(read_scalar(bytes, 4, 5, true), ~uint64_t{0});
    EXPECT_EQ(read_scalar(bytes, 31, 1, false), 1u);
}

}  // namespace
}  // namespace mmscope::test

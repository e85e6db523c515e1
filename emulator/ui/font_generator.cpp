// SPDX-License-Identifier: GPL-2.0-or-later
// Build tool: turns a console font (PSF 1 with a Unicode table) into font_glyphs.cpp, in the order of code
// page 437. Source of the format: Linux's kbd project, "PSF fonts". Glyphs the font lacks are drawn here.
#include <array>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <string_view>
#include <vector>

namespace {

using Glyph = std::array<uint8_t, 16>;

constexpr std::u16string_view kCodePage437 =
    u" ☺☻♥♦♣♠•◘○◙♂♀♪♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼"
    u" !\"#$%&'()*+,-./0123456789:;<=>?"
    u"@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_"
    u"`abcdefghijklmnopqrstuvwxyz{|}~⌂"
    u"ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒ"
    u"áíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐"
    u"└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀"
    u"αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■ ";
static_assert(kCodePage437.size() == 256);

/// Our own drawings, rows from the top: what the font does not have, and a block that fills its cell.
const std::map<char16_t, Glyph> kOwnGlyphs = {
    {u'☻', {0, 0, 0, 0, 0x3c, 0x7e, 0xdb, 0xff, 0xff, 0xbd, 0xc3, 0xff, 0x7e, 0x3c, 0, 0}},
    {u'♥', {0, 0, 0, 0, 0, 0x6c, 0xfe, 0xfe, 0xfe, 0xfe, 0x7c, 0x38, 0x10, 0, 0, 0}},
    {u'♣', {0, 0, 0, 0, 0x18, 0x3c, 0x3c, 0x5a, 0xff, 0xff, 0x5a, 0x18, 0x3c, 0, 0, 0}},
    {u'♠', {0, 0, 0, 0, 0x10, 0x38, 0x7c, 0xfe, 0xfe, 0xfe, 0x54, 0x10, 0x38, 0, 0, 0}},
    {u'◘', {255, 255, 255, 255, 255, 255, 0xe7, 0xc3, 0xc3, 0xe7, 255, 255, 255, 255, 255, 255}},
    {u'◙', {255, 255, 255, 255, 255, 0xc3, 0x99, 0xbd, 0xbd, 0x99, 0xc3, 255, 255, 255, 255, 255}},
    {u'♂', {0, 0, 0, 0, 0x0f, 0x03, 0x05, 0x39, 0x44, 0x44, 0x44, 0x38, 0, 0, 0, 0}},
    {u'♀', {0, 0, 0, 0, 0x3c, 0x42, 0x42, 0x42, 0x3c, 0x18, 0x7e, 0x18, 0x18, 0, 0, 0}},
    {u'♪', {0, 0, 0, 0, 0x1f, 0x11, 0x1f, 0x10, 0x10, 0x10, 0x30, 0x70, 0x60, 0, 0, 0}},
    {u'♫', {0, 0, 0, 0, 0x3f, 0x21, 0x3f, 0x21, 0x21, 0x21, 0x23, 0x67, 0xe6, 0xc0, 0, 0}},
    {u'☼', {0, 0, 0, 0, 0x18, 0x99, 0x5a, 0x3c, 0xe7, 0x3c, 0x5a, 0x99, 0x18, 0, 0, 0}},
    {u'►', {0, 0, 0, 0, 0x80, 0xe0, 0xf8, 0xfe, 0xf8, 0xe0, 0x80, 0, 0, 0, 0, 0}},
    {u'◄', {0, 0, 0, 0, 0x02, 0x0e, 0x3e, 0xfe, 0x3e, 0x0e, 0x02, 0, 0, 0, 0, 0}},
    {u'‼', {0, 0, 0, 0, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0, 0x66, 0x66, 0, 0}},
    {u'▬', {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x7e, 0x7e, 0x7e, 0, 0, 0}},
    {u'↨', {0, 0, 0, 0x18, 0x3c, 0x7e, 0x18, 0x18, 0x18, 0x7e, 0x3c, 0x18, 0xff, 0, 0, 0}},
    {u'∟', {0, 0, 0, 0, 0, 0, 0x40, 0x40, 0x40, 0x40, 0x40, 0x40, 0x7e, 0, 0, 0}},
    {u'⌂', {0, 0, 0, 0, 0, 0x10, 0x28, 0x44, 0x82, 0x82, 0x82, 0xfe, 0, 0, 0, 0}},
    {u'₧', {0, 0, 0, 0, 0xf0, 0x88, 0x88, 0x8a, 0xf2, 0x87, 0x82, 0x82, 0x82, 0x81, 0, 0}},
    {u'ƒ', {0, 0, 0, 0, 0x0c, 0x12, 0x10, 0x10, 0x7c, 0x10, 0x10, 0x10, 0x90, 0x60, 0, 0}},
    {u'⌐', {0, 0, 0, 0, 0, 0, 0, 0, 0x7e, 0x40, 0x40, 0x40, 0, 0, 0, 0}},
    {u'█', {255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255}},
    {u'Γ', {0, 0, 0, 0, 0x7e, 0x40, 0x40, 0x40, 0x40, 0x40, 0x40, 0x40, 0x40, 0x40, 0, 0}},
    {u'Σ', {0, 0, 0, 0, 0x7e, 0x40, 0x20, 0x10, 0x08, 0x08, 0x10, 0x20, 0x40, 0x7e, 0, 0}},
    {u'σ', {0, 0, 0, 0, 0, 0, 0, 0, 0x3e, 0x48, 0x44, 0x44, 0x44, 0x38, 0, 0}},
    {u'τ', {0, 0, 0, 0, 0, 0, 0, 0, 0x7e, 0x10, 0x10, 0x10, 0x10, 0x0c, 0, 0}},
    {u'Φ', {0, 0, 0, 0, 0x38, 0x10, 0x7c, 0x92, 0x92, 0x92, 0x92, 0x7c, 0x10, 0x38, 0, 0}},
    {u'Θ', {0, 0, 0, 0, 0x3c, 0x42, 0x42, 0x42, 0x7e, 0x42, 0x42, 0x42, 0x42, 0x3c, 0, 0}},
    {u'Ω', {0, 0, 0, 0, 0x3c, 0x42, 0x42, 0x42, 0x42, 0x42, 0x42, 0x24, 0x24, 0x66, 0, 0}},
    {u'δ', {0, 0, 0, 0, 0x1c, 0x20, 0x20, 0x10, 0x3c, 0x42, 0x42, 0x42, 0x42, 0x3c, 0, 0}},
    {u'φ', {0, 0, 0, 0, 0, 0, 0, 0, 0x4c, 0x52, 0x52, 0x52, 0x52, 0x3c, 0x10, 0x10}},
    {u'ε', {0, 0, 0, 0, 0, 0, 0, 0, 0x3c, 0x42, 0x30, 0x40, 0x42, 0x3c, 0, 0}},
    {u'∙', {0, 0, 0, 0, 0, 0, 0, 0, 0x38, 0x38, 0x38, 0, 0, 0, 0, 0}},
    {u'⌠', {0, 0, 0x06, 0x09, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8}},
    {u'⌡', {8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 0x48, 0x30, 0, 0}},
};

constexpr size_t kHeaderSize = 4;  // magic 0x36 0x04, mode, bytes of a glyph
constexpr uint8_t kMode512 = 0x01;
constexpr uint8_t kModeTable = 0x02;
constexpr unsigned kNextGlyph = 0xffff;
constexpr unsigned kSequence = 0xfffe;  // combinations of characters follow, of no use here

/// Character to glyph, for the glyphs of 8 x 16 pixels of a PSF 1 file; empty if it is not one.
std::map<char16_t, Glyph> read_psf(const std::vector<uint8_t>& file) {
    std::map<char16_t, Glyph> glyphs;
    if (file.size() < kHeaderSize || file[0] != 0x36 || file[1] != 0x04 || file[3] != 16) return glyphs;
    const size_t count = (file[2] & kMode512) != 0 ? 512 : 256;
    size_t at = kHeaderSize + count * 16;
    if ((file[2] & kModeTable) == 0 || file.size() < at) return glyphs;
    bool in_sequence = false;
    for (size_t glyph = 0; glyph < count && at + 1 < file.size(); at += 2) {
        const unsigned code = file[at] | static_cast<unsigned>(file[at + 1]) << 8;
        if (code == kNextGlyph) {
            ++glyph;
            in_sequence = false;
        } else if (code == kSequence) {
            in_sequence = true;
        } else if (!in_sequence) {
            Glyph rows;
            for (size_t row = 0; row < rows.size(); ++row)
                rows[row] = file[kHeaderSize + glyph * 16 + row];
            glyphs.try_emplace(static_cast<char16_t>(code), rows);
        }
    }
    return glyphs;
}

bool write_source(const char* path, const std::map<char16_t, Glyph>& glyphs) {
    std::ofstream out(path);
    out << "// Made by font_generator.cpp from GNU Unifont (GPL-2.0-or-later).\n#include \"ui/font.h\"\n\n"
        << "namespace mmscope {\n\nconst std::array<Glyph, 256> kFontGlyphs = {{\n";
    for (const char16_t character : kCodePage437) {
        const auto found = glyphs.find(character);
        if (found == glyphs.end()) {
            std::fprintf(stderr, "font_generator: no glyph for U+%04X\n", static_cast<unsigned>(character));
            return false;
        }
        out << "    {{";
        for (const uint8_t row : found->second)
            out << static_cast<unsigned>(row) << ", ";
        out << "}},\n";
    }
    out << "}};\n\n}  // namespace mmscope\n";
    out.close();
    return out.good();
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fprintf(stderr, "usage: font_generator FONT.psf OUT.cpp\n");
        return 2;
    }
    std::ifstream in(argv[1], std::ios::binary);
    const std::vector<uint8_t> file{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    std::map<char16_t, Glyph> glyphs = read_psf(file);
    if (glyphs.empty()) {
        std::fprintf(stderr, "font_generator: %s is not a PSF 1 font of 8 x 16 pixels with a Unicode table\n",
                     argv[1]);
        return 1;
    }
    for (const auto& [character, rows] : kOwnGlyphs)
        glyphs.insert_or_assign(character, rows);
    return write_source(argv[2], glyphs) ? 0 : 1;
}

// SPDX-License-Identifier: GPL-2.0-or-later
// Text that is made while it is read: whatever the sizes of records, buffers and reads, the text is the same.
#include "fixture.h"

namespace mmscope::test {
namespace {

using SeqFile = GuestFiles;

std::string expected(int records, int width) {
    std::string text;
    for (int i = 0; i < records; i++)
        text += fmt::format("[{}]", i) + std::string(static_cast<size_t>(i * width), '.');
    return text;
}

std::string read_all(guest_files::Records& records, size_t piece) {
    std::string text, buffer(piece, '?');
    for (;;) {
        const long got = records.read(buffer.data(), piece);
        if (got <= 0) return got < 0 ? fmt::format("error {}", -got) : text;
        text += buffer.substr(0, static_cast<size_t>(got));
    }
}

TEST_F(SeqFile, pieces_of_any_size_give_the_whole_text) {
    for (const size_t piece : {1, 7, 100, 4096, 5000, 100000}) {
        guest_files::Records records(100, 3);
        EXPECT_EQ(read_all(records, piece), expected(100, 3)) << piece;
    }
}

TEST_F(SeqFile, a_record_larger_than_the_buffer_makes_the_buffer_grow) {
    guest_files::Records records(12, 5000);
    EXPECT_EQ(read_all(records, 4096), expected(12, 5000));
}

TEST_F(SeqFile, a_record_that_fills_the_buffer_exactly_is_not_cut) {
    for (int width = 4080; width <= 4100; width++) {
        guest_files::Records records(2, width);
        EXPECT_EQ(read_all(records, 300), expected(2, width));
    }
}

TEST_F(SeqFile, a_record_beyond_the_largest_buffer_is_out_of_memory) {
    guest_files::Records records(2, 200000);
    EXPECT_EQ(read_all(records, 4096), error(ENOMEM));
}

TEST_F(SeqFile, reading_goes_on_where_a_seek_leads) {
    const std::string text = expected(100, 3);
    for (const size_t offset :
         {size_t{0}, size_t{1}, size_t{4095}, size_t{4096}, size_t{9000}, text.size() - 1}) {
        guest_files::Records records(100, 3);
        read_all(records, 1000);
        records.seek(static_cast<long long>(offset));
        EXPECT_EQ(read_all(records, 999), text.substr(offset)) << offset;
    }
}

TEST_F(SeqFile, behind_the_end_there_is_nothing) {
    guest_files::Records records(3, 1);
    records.seek(1000);
    EXPECT_EQ(read_all(records, 10), "");
}

}  // namespace
}  // namespace mmscope::test

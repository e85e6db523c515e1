// SPDX-License-Identifier: GPL-2.0-or-later
// Framing: any bytes in, packets out.
#include "gdb/packet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "gdb/server.h"

namespace mmscope {
namespace {

using Kind = GdbInput::Kind;
using testing::ElementsAre;
using testing::IsEmpty;

GdbInput packet(std::string data) {
    return {.kind = Kind::Packet, .data = std::move(data)};
}

TEST(gdb_packet, a_packet_has_its_checksum_behind_it) {
    EXPECT_EQ(gdb_packet("OK"), "$OK#9a");
    EXPECT_EQ(gdb_packet(""), "$#00");
}

TEST(gdb_packet, what_is_framed_is_read_back_whatever_it_holds) {
    std::string all;
    for (int byte = 0; byte < 256; ++byte)
        all += static_cast<char>(byte);
    EXPECT_THAT(GdbPacketReader().feed(gdb_packet(all)), ElementsAre(packet(all)));
}

TEST(gdb_packet, bytes_may_come_one_by_one) {
    GdbPacketReader reader;
    std::vector<GdbInput> got;
    for (const char byte : std::string("+$m0,4#fd-\x03"))
        for (GdbInput& input : reader.feed({&byte, 1}))
            got.push_back(input);
    EXPECT_THAT(got, ElementsAre(GdbInput{Kind::Ack}, packet("m0,4"), GdbInput{Kind::Nack},
                                 GdbInput{Kind::Interrupt}));
}

TEST(gdb_packet, a_wrong_checksum_is_damage_and_the_next_packet_is_whole) {
    EXPECT_THAT(GdbPacketReader().feed("$OK#9b$OK#zz$OK#9a"),
                ElementsAre(GdbInput{Kind::Damaged}, GdbInput{Kind::Damaged}, packet("OK")));
}

TEST(gdb_packet, a_packet_whose_end_was_lost_gives_way_to_the_next) {
    EXPECT_THAT(GdbPacketReader().feed("$m0,$OK#9a"), ElementsAre(packet("OK")));
}

TEST(gdb_packet, an_interrupt_inside_a_packet_is_data) {
    EXPECT_THAT(GdbPacketReader().feed(gdb_packet("X\x03")), ElementsAre(packet("X\x03")));
}

TEST(gdb_packet, one_that_is_too_long_is_damage) {
    GdbPacketReader reader;
    EXPECT_THAT(reader.feed(gdb_packet(std::string(GdbPacketReader::kLongestPacket + 1, 'a'))),
                ElementsAre(GdbInput{Kind::Damaged}));
    const std::string longest(GdbPacketReader::kLongestPacket, 'a');
    EXPECT_THAT(reader.feed(gdb_packet(longest)), ElementsAre(packet(longest)));
}

TEST(gdb_packet, garbage_is_no_packet) {
    EXPECT_THAT(GdbPacketReader().feed("GET / HTTP/1.1\r\n\r\n"), IsEmpty());
}

TEST(gdb_packet, random_bytes_never_make_a_packet_longer_than_the_longest) {
    std::mt19937 random(1);
    GdbPacketReader reader;
    for (int round = 0; round < 2000; ++round) {
        std::string bytes(random() % 300, '\0');
        for (char& byte : bytes)
            byte = random() % 4 == 0 ? "$#}+-\x03"[random() % 6] : static_cast<char>(random());
        for (const GdbInput& input : reader.feed(bytes))
            EXPECT_LE(input.data.size(), GdbPacketReader::kLongestPacket);
    }
    (void)reader.feed("#00");  // ends whatever was begun
    (void)reader.feed("#00");
    EXPECT_THAT(reader.feed("$OK#9a"), ElementsAre(packet("OK")));
}

TEST(gdb_packet, hexadecimal_is_whole_bytes_only) {
    std::string bytes;
    EXPECT_TRUE(from_hex("00ffA0", bytes));
    EXPECT_EQ(bytes, std::string("\0\xff\xa0", 3));
    EXPECT_FALSE(from_hex("0", bytes));
    EXPECT_FALSE(from_hex("0g", bytes));
    EXPECT_EQ(to_hex("\x01\xfe"), "01fe");
}

TEST(gdb_address, has_a_port_and_may_have_a_host) {
    EXPECT_EQ(parse_gdb_address(":1234").value(), (GdbAddress{"127.0.0.1", 1234}));
    EXPECT_EQ(parse_gdb_address("localhost:0").value(), (GdbAddress{"localhost", 0}));
    for (const char* wrong : {"", "1234", ":", "host:", ":65536", ":-1", ":12x"})
        EXPECT_FALSE(parse_gdb_address(wrong)) << wrong;
}

}  // namespace
}  // namespace mmscope

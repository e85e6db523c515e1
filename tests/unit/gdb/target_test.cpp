// SPDX-License-Identifier: GPL-2.0-or-later
// Each command of the protocol over a debuggee of four pages and two threads.
#include "gdb/target.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "fake_debuggee.h"

namespace mmscope {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

using test::FakeDebuggee;

class GdbTargetTest : public testing::Test {
  protected:
    GdbTargetTest() {
        for (size_t number = 0; number < kGdbRegisters; ++number) {
            if (gdb_register_size(number) == 4)
                debuggee_.file.set(number, static_cast<uint32_t>(number));
            else
                debuggee_.file.set_bytes(number, std::string(10, 'f'));
        }
        ask("QStartNoAckMode");
    }
    /// The answer's data; several are joined by '|'.
    std::string ask(std::string data) {
        wish_ = target_.take({.kind = GdbInput::Kind::Packet, .data = std::move(data)});
        return answer();
    }
    std::string answer() {
        std::string out;
        for (const GdbInput& input : GdbPacketReader().feed(target_.take_output())) {
            if (input.kind == GdbInput::Kind::Packet) out += (out.empty() ? "" : "|") + input.data;
        }
        return out;
    }

    FakeDebuggee debuggee_;
    GdbTarget target_{debuggee_};
    GdbWish wish_ = GdbWish::Stand;
};

TEST_F(GdbTargetTest, unknown_packets_get_an_empty_answer) {
    target_.take({.kind = GdbInput::Kind::Packet, .data = "vMustReplyEmpty"});
    EXPECT_EQ(target_.take_output(), "$#00");
}

TEST(gdb_target, acknowledges_until_it_is_asked_not_to) {
    FakeDebuggee debuggee;
    GdbTarget target(debuggee);
    target.take({.kind = GdbInput::Kind::Packet, .data = "qC"});
    EXPECT_EQ(target.take_output(), "+" + gdb_packet("QC1"));
    target.take({.kind = GdbInput::Kind::Damaged});
    EXPECT_EQ(target.take_output(), "-");
    target.take({.kind = GdbInput::Kind::Nack});
    EXPECT_EQ(target.take_output(), gdb_packet("QC1"));
    target.take({.kind = GdbInput::Kind::Packet, .data = "QStartNoAckMode"});
    EXPECT_EQ(target.take_output(), "+$OK#9a");
    target.take({.kind = GdbInput::Kind::Packet, .data = "qC"});
    EXPECT_EQ(target.take_output(), gdb_packet("QC1"));
}

TEST_F(GdbTargetTest, registers_are_little_endian_in_gdbs_order) {
    const std::string all = ask("g");
    EXPECT_EQ(all.size(), 2 * (16 * 4 + 8 * 10 + 8 * 4 + 4 * 4));
    EXPECT_THAT(all, StartsWith("000000000100000002000000"));
    EXPECT_EQ(ask("p8"), "08000000");
    EXPECT_EQ(ask("P8=efbeadde"), "OK");
    EXPECT_EQ(debuggee_.file.word(kGdbEip), 0xDEADBEEF);
    EXPECT_EQ(ask("p10"), "66666666666666666666");
    EXPECT_EQ(ask("p24"), "E01");
    EXPECT_EQ(ask("P0=12"), "E01");
    EXPECT_EQ(ask("Gffffffff"), "OK") << "what is not sent stays";
    EXPECT_EQ(debuggee_.file.word(kGdbEax), 0xFFFFFFFF);
    EXPECT_EQ(debuggee_.file.word(kGdbEcx), 1u);
}

TEST_F(GdbTargetTest, what_a_sleeping_thread_has_not_saved_is_unavailable) {
    EXPECT_EQ(ask("Hg1f"), "OK");
    EXPECT_EQ(ask("p8"), "000010c0");
    EXPECT_EQ(ask("p0"), "xxxxxxxx");
    EXPECT_EQ(ask("P8=00000000"), "E01");
    EXPECT_EQ(ask("m0,1"), "ff") << "its own memory";
    EXPECT_EQ(ask("Hg7"), "E01");
    EXPECT_EQ(ask("Hg0"), "OK");
    EXPECT_EQ(ask("m0,1"), "00");
}

TEST_F(GdbTargetTest, memory_is_read_and_written_and_a_hole_is_an_error) {
    EXPECT_EQ(ask("M10,3:010203"), "OK");
    EXPECT_EQ(ask("m10,4"), "01020300");
    EXPECT_EQ(ask("X10,2:}}"), "OK");
    EXPECT_EQ(ask("m10,2"), "7d7d");
    EXPECT_EQ(ask("m3ffe,8"), "0000") << "what could be read";
    EXPECT_EQ(ask("m4000,4"), "E14");
    EXPECT_EQ(ask("M3fff,2:0102"), "E14");
    EXPECT_EQ(ask("M0,2:01"), "E01");
    EXPECT_EQ(ask("m0"), "E01");
    EXPECT_EQ(ask("m123456789,1"), "E01");
    EXPECT_LT(ask("m0,ffffffff").size(), GdbPacketReader::kLongestPacket);
}

TEST_F(GdbTargetTest, breakpoints_come_and_go) {
    EXPECT_EQ(ask("Z0,c0100000,1"), "OK");
    EXPECT_EQ(ask("Z1,c0100010,1"), "OK");
    EXPECT_EQ(ask("Z0,c0100000,1"), "OK");
    EXPECT_THAT(debuggee_.breakpoints, ElementsAre(LinearAddr(0xC0100000), LinearAddr(0xC0100010)));
    EXPECT_EQ(ask("z0,c0100000,1"), "OK");
    EXPECT_THAT(debuggee_.breakpoints, ElementsAre(LinearAddr(0xC0100010)));
    EXPECT_EQ(ask("z1,c0100010,1"), "OK");
    EXPECT_THAT(debuggee_.breakpoints, IsEmpty());
    EXPECT_EQ(ask("Z1,c0100010,1"), "OK");
    EXPECT_EQ(ask("Z0,x,1"), "E01");
    target_.forget_stops();
    EXPECT_THAT(debuggee_.breakpoints, IsEmpty());
}

TEST_F(GdbTargetTest, changes_reads_and_accesses_are_watched) {
    EXPECT_EQ(ask("Z2,c0100000,4"), "OK");
    EXPECT_THAT(debuggee_.watched, ElementsAre(GdbWatch{LinearAddr(0xC0100000), 4}));
    target_.halted({.kind = GdbHalt::Kind::Watchpoint, .watch = {LinearAddr(0xC0100000), 4}});
    EXPECT_EQ(answer(), "T05thread:1;watch:c0100000;");
    EXPECT_EQ(ask("z2,c0100000,4"), "OK");
    EXPECT_THAT(debuggee_.watched, IsEmpty());
    EXPECT_EQ(ask("Z3,c0100000,4"), "OK");
    EXPECT_EQ(ask("Z4,c0100000,4"), "OK");
    EXPECT_THAT(debuggee_.watched, ElementsAre(GdbWatch{LinearAddr(0xC0100000), 4, GdbWatch::Use::Read},
                                               GdbWatch{LinearAddr(0xC0100000), 4, GdbWatch::Use::Access}));
    target_.halted({.kind = GdbHalt::Kind::Watchpoint, .watch = debuggee_.watched[0]});
    EXPECT_EQ(answer(), "T05thread:1;rwatch:c0100000;");
    target_.halted({.kind = GdbHalt::Kind::Watchpoint, .watch = debuggee_.watched[1]});
    EXPECT_EQ(answer(), "T05thread:1;awatch:c0100000;");
    EXPECT_EQ(ask("z3,c0100000,4"), "OK");
    EXPECT_EQ(ask("z4,c0100000,4"), "OK");
    EXPECT_THAT(debuggee_.watched, IsEmpty());
    EXPECT_EQ(ask("Z5,c0100000,4"), "");
    EXPECT_EQ(ask("Z2,c0100000,0"), "E01");
    EXPECT_EQ(ask("Z2,c0100000,1001"), "E01");
    debuggee_.can_watch = false;
    EXPECT_EQ(ask("Z2,c0100000,4"), "");
}

TEST_F(GdbTargetTest, more_breakpoints_than_there_can_be_are_refused) {
    for (size_t i = 0; i < Debuggee::kMostStopPoints; ++i)
        EXPECT_EQ(ask("Z0," + to_hex(std::string(1, static_cast<char>(i))) + "00,1"), "OK");
    EXPECT_EQ(ask("Z0,fff,1"), "E01");
}

TEST_F(GdbTargetTest, resumptions_are_wishes_and_their_ends_are_stop_replies) {
    EXPECT_EQ(ask("?"), "T05thread:1;");
    EXPECT_EQ(ask("vCont?"), "vCont;c;C;s;S");
    EXPECT_EQ(ask("vCont;s:1;c"), "");
    EXPECT_EQ(wish_, GdbWish::Step);
    target_.halted({.kind = GdbHalt::Kind::Step});
    EXPECT_EQ(answer(), "T05thread:1;");
    ask("vCont;c:-1");
    EXPECT_EQ(wish_, GdbWish::Continue);
    target_.halted({.kind = GdbHalt::Kind::Breakpoint});
    EXPECT_EQ(answer(), "T05thread:1;swbreak:;");
    ask("c");
    EXPECT_EQ(wish_, GdbWish::Continue);
    target_.halted({.kind = GdbHalt::Kind::Interrupted});
    EXPECT_EQ(answer(), "T02thread:1;");
    EXPECT_EQ(ask("?"), "T02thread:1;");
    EXPECT_THAT(ask("vCont;s:1f;c:1"), StartsWith("E.this thread does not run"));
    EXPECT_EQ(wish_, GdbWish::Stand);
    EXPECT_EQ(ask("vCont;t"), "E01");
}

TEST_F(GdbTargetTest, the_old_resumptions_may_bring_a_signal_and_no_address) {
    for (const auto& [packet, wish] : {std::pair{"s", GdbWish::Step}, {"S05", GdbWish::Step}}) {
        EXPECT_EQ(ask(packet), "");
        EXPECT_EQ(wish_, wish) << packet;
    }
    EXPECT_EQ(ask("C05"), "");
    EXPECT_EQ(wish_, GdbWish::Continue);
    for (const char* with_address : {"cc0100000", "sc0100000"}) {
        EXPECT_EQ(ask(with_address), "E01");
        EXPECT_EQ(wish_, GdbWish::Stand);
    }
}

TEST_F(GdbTargetTest, what_it_can_do_is_said_when_gdb_asks) {
    EXPECT_EQ(
        ask("qSupported:multiprocess+;xmlRegisters=i386"),
        fmt::format("PacketSize={:x};QStartNoAckMode+;qXfer:features:read+;qXfer:threads:read+;swbreak+;"
                    "hwbreak+;vContSupported+",
                    GdbPacketReader::kLongestPacket));
    EXPECT_EQ(ask("qAttached:1"), "1") << "it was there before gdb, so gdb's end does not kill it";
    EXPECT_EQ(ask("qSymbol::"), "OK");
}

TEST_F(GdbTargetTest, a_machine_that_has_ended_does_not_go_on) {
    target_.ended(3);
    EXPECT_EQ(answer(), "W03");
    EXPECT_EQ(ask("c"), "W03");
    EXPECT_EQ(wish_, GdbWish::Stand);
}

TEST_F(GdbTargetTest, kill_detach_and_interrupt) {
    EXPECT_EQ(ask("D"), "OK");
    EXPECT_EQ(wish_, GdbWish::Detach);
    ask("k");
    EXPECT_EQ(wish_, GdbWish::Kill);
    EXPECT_EQ(target_.take({.kind = GdbInput::Kind::Interrupt}), GdbWish::Interrupt);
    EXPECT_EQ(ask("vKill;1"), "OK");
    EXPECT_EQ(wish_, GdbWish::Kill);
}

TEST_F(GdbTargetTest, documents_come_in_parts) {
    std::string document;
    for (;;) {
        const std::string part = ask("qXfer:features:read:target.xml:" +
                                     to_hex(std::string{static_cast<char>(document.size() >> 8),
                                                        static_cast<char>(document.size() & 0xFF)}) +
                                     ",64");
        ASSERT_FALSE(part.empty());
        document += part.substr(1);
        if (part[0] == 'l') break;
    }
    EXPECT_EQ(document, gdb_target_description());
    EXPECT_THAT(document, HasSubstr("org.gnu.gdb.i386.core"));
    EXPECT_EQ(ask("qXfer:features:read:other.xml:0,64"), "E00");
    EXPECT_EQ(ask("qXfer:features:read:target.xml:fffff,64"), "E00");
}

TEST_F(GdbTargetTest, threads_are_listed_with_their_names) {
    EXPECT_EQ(ask("qfThreadInfo"), "m1,1f");
    EXPECT_EQ(ask("qsThreadInfo"), "l");
    EXPECT_EQ(ask("T1f"), "OK");
    EXPECT_EQ(ask("T5"), "E01");
    const std::string list = ask("qXfer:threads:read::0,1000");
    EXPECT_THAT(list, HasSubstr(R"(<thread id="1" name="init">pid 1</thread>)"));
    EXPECT_THAT(list, HasSubstr(R"(name="&lt;&amp;&quot;&gt;")"));
}

TEST_F(GdbTargetTest, monitor_lines_are_passed_on) {
    EXPECT_EQ(ask("qRcmd," + to_hex("tasks")), "O" + to_hex("<tasks>") + "|OK");
    EXPECT_EQ(ask("qRcmd,1"), "E01");
}

TEST_F(GdbTargetTest, random_packets_are_answered) {
    std::mt19937 random(7);
    constexpr std::string_view kAlphabet = "?HTgGpPmMXZzqQDkcsCSv0123456789abcdef,;:-=#}xRrCont";
    for (int round = 0; round < 20000; ++round) {
        std::string packet(random() % 24, '\0');
        for (char& byte : packet)
            byte = random() % 16 == 0 ? static_cast<char>(random()) : kAlphabet[random() % kAlphabet.size()];
        ask(packet);
    }
    EXPECT_EQ(ask("qC"), "QC1");
}

}  // namespace
}  // namespace mmscope

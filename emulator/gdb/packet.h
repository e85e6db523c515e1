// SPDX-License-Identifier: GPL-2.0-or-later
// Packets of gdb's remote protocol: bytes to packets and back. Knows nothing of what they say.
// (GDB manual, appendix "GDB Remote Serial Protocol", section "Overview")
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mmscope {

struct GdbInput {
    enum class Kind : uint8_t {
        Packet,     // `data` is what stood between $ and #, unescaped
        Damaged,    // wrong checksum, or longer than kLongestPacket: the sender is to repeat it
        Ack,        // '+'
        Nack,       // '-': the last packet is to be sent again
        Interrupt,  // 0x03: Ctrl-C
    };
    Kind kind;
    std::string data = {};

    friend bool operator==(const GdbInput&, const GdbInput&) = default;
};

/// Cuts a stream into packets, however its bytes arrive. Holds at most kLongestPacket bytes of it; what
/// stands between packets is dropped.
class GdbPacketReader {
  public:
    static constexpr size_t kLongestPacket = 0x4000;

    [[nodiscard]] std::vector<GdbInput> feed(std::string_view bytes);

  private:
    enum class State : uint8_t { Between, Data, Escape, FirstDigit, SecondDigit };

    void take_between(char byte, std::vector<GdbInput>& out);
    void take_data(char byte);
    void take_checksum(char byte, std::vector<GdbInput>& out);
    void begin();
    void add(char byte);

    State state_ = State::Between;
    std::string data_;
    bool overlong_ = false;
    uint8_t sum_ = 0;
    char first_digit_ = 0;
};

/// "$data#checksum", with what must not stand in data escaped.
std::string gdb_packet(std::string_view data);

/// Two hexadecimal digits for each byte.
std::string to_hex(std::string_view bytes);
/// The bytes; false if the text is none of whole hexadecimal bytes.
bool from_hex(std::string_view text, std::string& bytes);

}  // namespace mmscope

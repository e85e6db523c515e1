// SPDX-License-Identifier: GPL-2.0-or-later
// The framing of packets, as a machine of five states.
#include "gdb/packet.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace mmscope {
namespace {

constexpr char kEscape = '}', kInterrupt = 0x03;
constexpr uint8_t kEscapeBit = 0x20;

std::optional<uint8_t> hex_digit(char c) {
    if (c >= '0' && c <= '9') return static_cast<uint8_t>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<uint8_t>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') return static_cast<uint8_t>(c - 'A' + 10);
    return std::nullopt;
}

}  // namespace

void GdbPacketReader::begin() {
    state_ = State::Data;
    data_.clear();
    overlong_ = false;
    sum_ = 0;
}

void GdbPacketReader::add(char byte) {
    if (data_.size() < kLongestPacket) {
        data_ += byte;
    } else {
        overlong_ = true;
    }
}

std::vector<GdbInput> GdbPacketReader::feed(std::string_view bytes) {
    std::vector<GdbInput> out;
    for (const char byte : bytes) {
        switch (state_) {
            case State::Between:
                take_between(byte, out);
                break;
            case State::Data:
            case State::Escape:
                take_data(byte);
                break;
            case State::FirstDigit:
            case State::SecondDigit:
                take_checksum(byte, out);
                break;
        }
    }
    return out;
}

void GdbPacketReader::take_between(char byte, std::vector<GdbInput>& out) {
    if (byte == '$') begin();
    if (byte == '+') out.push_back({.kind = GdbInput::Kind::Ack});
    if (byte == '-') out.push_back({.kind = GdbInput::Kind::Nack});
    if (byte == kInterrupt) out.push_back({.kind = GdbInput::Kind::Interrupt});
}

void GdbPacketReader::take_data(char byte) {
    if (byte == '$') return begin();  // never inside a packet: the end of the one before was lost
    if (byte == '#') {
        state_ = State::FirstDigit;
        return;
    }
    sum_ = static_cast<uint8_t>(sum_ + static_cast<uint8_t>(byte));
    if (state_ == State::Escape) {
        add(static_cast<char>(byte ^ kEscapeBit));
        state_ = State::Data;
    } else if (byte == kEscape) {
        state_ = State::Escape;
    } else {
        add(byte);
    }
}

void GdbPacketReader::take_checksum(char byte, std::vector<GdbInput>& out) {
    if (state_ == State::FirstDigit) {
        first_digit_ = byte;
        state_ = State::SecondDigit;
        return;
    }
    state_ = State::Between;
    const auto high = hex_digit(first_digit_), low = hex_digit(byte);
    const bool right = high && low && (*high << 4 | *low) == sum_;
    if (right && !overlong_) {
        out.push_back({.kind = GdbInput::Kind::Packet, .data = std::exchange(data_, {})});
    } else {
        out.push_back({.kind = GdbInput::Kind::Damaged});
    }
}

std::string gdb_packet(std::string_view data) {
    std::string out = "$";
    uint8_t sum = 0;
    const auto put = [&](char byte) {
        out += byte;
        sum = static_cast<uint8_t>(sum + static_cast<uint8_t>(byte));
    };
    for (const char byte : data) {
        const bool special = byte == '$' || byte == '#' || byte == kEscape || byte == '*';
        if (special) put(kEscape);
        put(special ? static_cast<char>(byte ^ kEscapeBit) : byte);
    }
    return out + fmt::format("#{:02x}", sum);
}

std::string to_hex(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size() * 2);
    for (const char byte : bytes)
        out += fmt::format("{:02x}", static_cast<uint8_t>(byte));
    return out;
}

bool from_hex(std::string_view text, std::string& bytes) {
    bytes.clear();
    if (text.size() % 2 != 0) return false;
    for (size_t i = 0; i < text.size(); i += 2) {
        const auto high = hex_digit(text[i]), low = hex_digit(text[i + 1]);
        if (!high || !low) return false;
        bytes += static_cast<char>(*high << 4 | *low);
    }
    return true;
}

}  // namespace mmscope

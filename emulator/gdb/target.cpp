// SPDX-License-Identifier: GPL-2.0-or-later
// Which packet asks for what. A packet that is not known is answered with an empty one, as the protocol
// wants.
#include "gdb/target.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace mmscope {
namespace {

constexpr size_t kLongestRead = GdbPacketReader::kLongestPacket / 2 - 16;
constexpr size_t kLongestOutput = 0x800;  // bytes of text in one O packet

/// A number that the whole text is.
std::optional<uint32_t> hex_number(std::string_view text) {
    uint32_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, status] = std::from_chars(text.data(), end, value, 16);
    if (text.empty() || status != std::errc{} || stop != end) return std::nullopt;
    return value;
}

/// What stands before `separator`; the text goes on behind it.
std::string_view next_part(std::string_view& text, char separator) {
    const size_t end = std::min(text.find(separator), text.size());
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return part;
}

struct Range {
    uint32_t first, size;
};

/// "ADDR,LENGTH"
std::optional<Range> hex_range(std::string_view text) {
    const auto first = hex_number(next_part(text, ',')), size = hex_number(text);
    if (!first || !size) return std::nullopt;
    return Range{*first, *size};
}

std::string escape_xml(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '&':
                out += "&amp;";
                break;
            case '"':
                out += "&quot;";
                break;
            default:
                out += c >= 0x20 && c < 0x7f ? c : '?';
        }
    }
    return out;
}

/// In the order of Z2, Z3 and Z4.
constexpr std::array kWatchUses = {GdbWatch::Use::Change, GdbWatch::Use::Read, GdbWatch::Use::Access};

std::string_view watch_name(GdbWatch::Use use) {
    constexpr std::array<std::string_view, 3> kWatchNames = {"watch", "rwatch", "awatch"};
    return kWatchNames[static_cast<size_t>(use)];
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}

}  // namespace

void GdbTarget::send(std::string_view data) {
    last_ = gdb_packet(data);
    output_ += last_;
}

uint32_t GdbTarget::thread() const {
    return selected_ != 0 && debuggee_.has_thread(selected_) ? selected_ : debuggee_.current_thread();
}

void GdbTarget::halted(const GdbHalt& why) {
    selected_ = 0;
    const int signal = why.kind == GdbHalt::Kind::Interrupted ? 2 : 5;  // SIGINT, SIGTRAP
    halt_ = fmt::format("T{:02x}thread:{:x};", signal, debuggee_.current_thread());
    if (why.kind == GdbHalt::Kind::Breakpoint) halt_ += "swbreak:;";
    if (why.kind == GdbHalt::Kind::Watchpoint)
        halt_ += fmt::format("{}:{:x};", watch_name(why.watch.use), why.watch.at.value);
    send(halt_);
}

void GdbTarget::ended(int status) {
    ended_ = true;
    halt_ = fmt::format("W{:02x}", static_cast<unsigned>(status) & 0xFF);
    send(halt_);
}

void GdbTarget::forget_stops() {
    breakpoints_.clear();
    debuggee_.set_breakpoints({});
    watched_.clear();
    debuggee_.set_watchpoints({});
}

GdbWish GdbTarget::take(const GdbInput& input) {
    switch (input.kind) {
        case GdbInput::Kind::Ack:
            return GdbWish::Stand;
        case GdbInput::Kind::Nack:
            output_ += last_;
            return GdbWish::Stand;
        case GdbInput::Kind::Damaged:
            if (acknowledge_) output_ += '-';
            return GdbWish::Stand;
        case GdbInput::Kind::Interrupt:
            return GdbWish::Interrupt;
        case GdbInput::Kind::Packet:
            break;
    }
    if (acknowledge_) output_ += '+';
    return obey(input.data);
}

GdbWish GdbTarget::obey(std::string_view packet) {
    const char command = packet.empty() ? '\0' : packet.front();
    std::string_view rest = packet.substr(packet.empty() ? 0 : 1);
    switch (command) {
        case '?':
            if (halt_.empty()) halt_ = fmt::format("T05thread:{:x};", debuggee_.current_thread());
            return send(halt_), GdbWish::Stand;
        case 'H':
            return select_thread(rest), GdbWish::Stand;
        case 'T': {
            const auto id = hex_number(rest);
            return id && debuggee_.has_thread(*id) ? send_ok() : send_error(), GdbWish::Stand;
        }
        case 'g':
            return send_registers(), GdbWish::Stand;
        case 'G':
            return write_registers(rest), GdbWish::Stand;
        case 'p':
            return send_register(rest), GdbWish::Stand;
        case 'P':
            return write_register(rest), GdbWish::Stand;
        case 'm':
            return send_memory(rest), GdbWish::Stand;
        case 'M':
            return write_memory(rest, true), GdbWish::Stand;
        case 'X':
            return write_memory(rest, false), GdbWish::Stand;
        case 'Z':
        case 'z':
            return obey_stop_point(packet), GdbWish::Stand;
        case 'q':
        case 'Q':
            return obey_query(packet), GdbWish::Stand;
        case 'D':
            return send_ok(), GdbWish::Detach;
        case 'k':
            return GdbWish::Kill;
        default:
            return obey_resumption(packet);
    }
}

GdbWish GdbTarget::obey_resumption(std::string_view packet) {
    if (packet.starts_with("vKill")) return send_ok(), GdbWish::Kill;
    if (packet == "vCont?") return send("vCont;c;C;s;S"), GdbWish::Stand;
    const bool step = packet.starts_with('s') || packet.starts_with('S');
    const bool go_on = packet.starts_with('c') || packet.starts_with('C');
    const bool vcont = take_prefix(packet, "vCont;");
    if (!step && !go_on && !vcont) return send(""), GdbWish::Stand;
    if (ended_) return send(halt_), GdbWish::Stand;
    if (vcont) return obey_vcont(packet);
    // An address to go on at is not offered: nobody sends one.
    if (packet.size() > 1 && packet[0] != 'C' && packet[0] != 'S') return send_error(), GdbWish::Stand;
    return step ? GdbWish::Step : GdbWish::Continue;
}

/// There is one processor: all threads go on, and a step is one of the thread that it executes.
GdbWish GdbTarget::obey_vcont(std::string_view actions) {
    const uint32_t running = debuggee_.current_thread();
    while (!actions.empty()) {
        std::string_view id = next_part(actions, ';');
        const std::string_view action = next_part(id, ':');
        const auto thread = id == "-1" ? std::optional(running) : hex_number(id);
        if (!id.empty() && !thread) return send_error(), GdbWish::Stand;
        const bool concerns = id.empty() || *thread == running || *thread == 0;
        if (action.starts_with('s') || action.starts_with('S')) {
            if (concerns) return GdbWish::Step;
            send("E.this thread does not run: only the one that does can be stepped");
            return GdbWish::Stand;
        }
        if (!action.starts_with('c') && !action.starts_with('C')) return send_error(), GdbWish::Stand;
        if (concerns) return GdbWish::Continue;
    }
    return send_error(), GdbWish::Stand;
}

void GdbTarget::obey_query(std::string_view packet) {
    if (packet.starts_with("qSupported")) {
        return send(
            fmt::format("PacketSize={:x};QStartNoAckMode+;qXfer:features:read+;qXfer:threads:read+;"
                        "swbreak+;hwbreak+;vContSupported+",
                        GdbPacketReader::kLongestPacket));
    }
    if (packet == "QStartNoAckMode") {
        send_ok();
        acknowledge_ = false;
        return;
    }
    if (packet == "qC") return send(fmt::format("QC{:x}", debuggee_.current_thread()));
    if (packet == "qfThreadInfo") return send_thread_ids();
    if (packet == "qsThreadInfo") return send("l");
    if (packet.starts_with("qAttached")) return send("1");
    if (packet.starts_with("qSymbol")) return send_ok();
    if (take_prefix(packet, "qRcmd,")) return obey_monitor(packet);
    if (take_prefix(packet, "qXfer:features:read:target.xml:"))
        return send_part(gdb_target_description(), packet);
    if (packet.starts_with("qXfer:features:read:")) return send("E00");
    if (take_prefix(packet, "qXfer:threads:read::")) return send_part(thread_list(), packet);
    send("");
}

void GdbTarget::obey_monitor(std::string_view hex) {
    std::string line;
    if (!from_hex(hex, line)) return send_error();
    const std::string text = debuggee_.monitor(line);
    for (size_t start = 0; start < text.size(); start += kLongestOutput)
        send("O" + to_hex(std::string_view(text).substr(start, kLongestOutput)));
    send_ok();
}

/// "OFFSET,LENGTH" of a document: m and a part, or l and the last one.
void GdbTarget::send_part(std::string_view document, std::string_view range) {
    const auto wanted = hex_range(range);
    if (!wanted || wanted->first > document.size()) return send("E00");
    const size_t size = std::min<size_t>(wanted->size, kLongestRead);
    const std::string_view part = document.substr(wanted->first, size);
    const bool last = wanted->first + part.size() == document.size();
    send((last ? "l" : "m") + std::string(part));
}

void GdbTarget::send_thread_ids() {
    std::string ids;
    for (const GdbThread& thread : debuggee_.threads()) {
        if (ids.size() > kLongestRead) break;
        ids += fmt::format("{}{:x}", ids.empty() ? "m" : ",", thread.id);
    }
    send(ids.empty() ? "l" : ids);
}

std::string GdbTarget::thread_list() const {
    std::string out = "<?xml version=\"1.0\"?>\n<threads>\n";
    for (const GdbThread& thread : debuggee_.threads()) {
        out += fmt::format("<thread id=\"{:x}\" name=\"{}\">{}</thread>\n", thread.id,
                           escape_xml(thread.name), escape_xml(thread.detail));
    }
    return out + "</threads>\n";
}

/// "Z0,ADDR,KIND". Our breakpoints are in the processor, so "hardware" ones (Z1) are the same. Z2 is a
/// watchpoint for writes, Z3 for reads, Z4 for both.
void GdbTarget::obey_stop_point(std::string_view packet) {
    const bool insert = packet[0] == 'Z';
    packet.remove_prefix(1);
    const std::string_view type = next_part(packet, ',');
    const auto range = hex_range(packet);
    if (type.size() != 1 || type[0] < '0' || type[0] > '4') return send("");
    if (!range) return send_error();
    const LinearAddr at(range->first);
    if (type[0] < '2') return obey_breakpoint(at, insert);
    if (range->size == 0 || range->size > GdbWatch::kLargest) return send_error();
    obey_watchpoint({.at = at, .size = range->size, .use = kWatchUses[type[0] - '2']}, insert);
}

void GdbTarget::obey_breakpoint(LinearAddr at, bool insert) {
    if (insert && breakpoints_.size() >= Debuggee::kMostStopPoints) return send_error();
    if (insert) {
        breakpoints_.insert(at);
    } else {
        breakpoints_.erase(at);
    }
    debuggee_.set_breakpoints(std::vector(breakpoints_.begin(), breakpoints_.end()));
    send_ok();
}

void GdbTarget::obey_watchpoint(const GdbWatch& where, bool insert) {
    if (insert && watched_.size() >= Debuggee::kMostStopPoints) return send_error();
    if (insert) {
        watched_.insert(where);
    } else {
        watched_.erase(where);
    }
    if (debuggee_.set_watchpoints(std::vector(watched_.begin(), watched_.end()))) return send_ok();
    watched_.clear();
    send("");
}

/// "gID", "cID": whose registers and memory are meant; ours go on all together, so c is only heard.
void GdbTarget::select_thread(std::string_view packet) {
    if (packet.empty()) return send_error();
    const std::string_view id = packet.substr(1);
    const auto thread = id == "-1" ? std::optional<uint32_t>(0) : hex_number(id);
    if (!thread || (*thread != 0 && !debuggee_.has_thread(*thread))) return send_error();
    if (packet[0] == 'g') selected_ = *thread;
    send_ok();
}

void GdbTarget::send_registers() {
    const GdbRegisterFile file = debuggee_.registers(thread());
    std::string out;
    for (size_t number = 0; number < kGdbRegisters; ++number) {
        const auto& bytes = file.bytes(number);
        out += bytes ? to_hex(*bytes) : std::string(2 * gdb_register_size(number), 'x');
    }
    send(out);
}

void GdbTarget::write_registers(std::string_view hex) {
    GdbRegisterFile file = debuggee_.registers(thread());
    for (size_t number = 0; number < kGdbRegisters && !hex.empty(); ++number) {
        const std::string_view digits = hex.substr(0, 2 * gdb_register_size(number));
        hex.remove_prefix(digits.size());
        std::string bytes;
        if (digits.starts_with('x')) continue;
        if (!from_hex(digits, bytes) || bytes.size() != gdb_register_size(number)) return send_error();
        file.set_bytes(number, bytes);
    }
    debuggee_.set_registers(thread(), file) ? send_ok() : send_error();
}

void GdbTarget::send_register(std::string_view packet) {
    const auto number = hex_number(packet);
    if (!number || *number >= kGdbRegisters) return send_error();
    const GdbRegisterFile file = debuggee_.registers(thread());
    const auto& bytes = file.bytes(*number);
    send(bytes ? to_hex(*bytes) : std::string(2 * gdb_register_size(*number), 'x'));
}

void GdbTarget::write_register(std::string_view packet) {
    const auto number = hex_number(next_part(packet, '='));
    std::string bytes;
    if (!number || *number >= kGdbRegisters || !from_hex(packet, bytes) ||
        bytes.size() != gdb_register_size(*number))
        return send_error();
    GdbRegisterFile file = debuggee_.registers(thread());
    file.set_bytes(*number, bytes);
    debuggee_.set_registers(thread(), file) ? send_ok() : send_error();
}

void GdbTarget::send_memory(std::string_view packet) {
    const auto range = hex_range(packet);
    if (!range) return send_error();
    std::string bytes(std::min<size_t>(range->size, kLongestRead), '\0');
    const size_t read =
        debuggee_.read_memory(thread(), LinearAddr(range->first), std::as_writable_bytes(std::span(bytes)));
    if (read == 0 && range->size != 0) return send("E14");  // EFAULT
    send(to_hex(std::string_view(bytes).substr(0, read)));
}

void GdbTarget::write_memory(std::string_view packet, bool hexadecimal) {
    const auto range = hex_range(next_part(packet, ':'));
    std::string bytes(packet);
    if (!range || (hexadecimal && !from_hex(packet, bytes)) || bytes.size() != range->size)
        return send_error();
    debuggee_.write_memory(thread(), LinearAddr(range->first), std::as_bytes(std::span(bytes))) ? send_ok()
                                                                                                : send("E14");
}

}  // namespace mmscope

// SPDX-License-Identifier: GPL-2.0-or-later
// The keyboard controller: its commands, its one output buffer, and the translation to scan set 1.
#include "devices/i8042.h"

#include <utility>

#include "devices/bus.h"
#include "devices/ps2_scan_codes.h"
#include "devices/state.h"

namespace mmscope {
namespace {

constexpr uint16_t kDataPort = 0x60;
constexpr uint16_t kCommandPort = 0x64;

constexpr uint8_t kStatusOutputFull = 0x01;
constexpr uint8_t kStatusSystem = 0x04;
constexpr uint8_t kStatusCommand = 0x08;  // the last write went to 0x64
constexpr uint8_t kStatusNotLocked = 0x10;

constexpr uint8_t kByteIrq1 = 0x01;
constexpr uint8_t kByteSystem = 0x04;
constexpr uint8_t kByteKeyboardOff = 0x10;
constexpr uint8_t kByteMouseOff = 0x20;
constexpr uint8_t kByteTranslate = 0x40;
constexpr uint8_t kBiosByte = kByteIrq1 | kByteSystem | kByteMouseOff | kByteTranslate;

constexpr uint8_t kOutputNoReset = 0x01;
constexpr uint8_t kOutputA20 = 0x02;
constexpr uint8_t kOutputIrq1 = 0x10;
constexpr uint8_t kInputPort = 0xa0;  // keyboard not locked, manufacturing jumper open

enum Command : uint8_t {
    kReadByte = 0x20,
    kWriteByte = 0x60,
    kMouseOff = 0xa7,
    kMouseOn = 0xa8,
    kSelfTest = 0xaa,
    kInterfaceTest = 0xab,
    kKeyboardOff = 0xad,
    kKeyboardOn = 0xae,
    kReadInputPort = 0xc0,
    kReadOutputPort = 0xd0,
    kWriteOutputPort = 0xd1,
    kWriteOutputBuffer = 0xd2,
    kWriteMouseBuffer = 0xd3,
    kWriteMouse = 0xd4,
    kCloseA20 = 0xdd,
    kOpenA20 = 0xdf,
    kPulse = 0xf0,  // to 0xff: pulls the output bits low whose command bits are 0
};

constexpr uint8_t kSelfTestPassed = 0x55;
constexpr uint8_t kInterfaceGood = 0x00;
constexpr uint8_t kReleasePrefix = 0xf0;
constexpr size_t kMaxAnswers = 16;

/// A real keyboard takes about 1 ms for the 11 bits of a byte; a shorter time keeps polling guests quick.
constexpr uint64_t kByteTime = 100'000;  // ns

}  // namespace

I8042::I8042(Scheduler& scheduler, IrqLine irq1, std::function<void()> reset_request)
    : scheduler_(scheduler),
      log_("kbd"),
      irq1_(std::move(irq1)),
      reset_request_(std::move(reset_request)),
      keyboard_(log_),
      arrival_(scheduler, "kbd byte", [this] { byte_arrives(); }) {}

void I8042::reset() {
    arrival_.cancel();
    answers_.clear();
    keyboard_.reset();
    command_byte_ = kBiosByte;
    status_ = kStatusNotLocked | kStatusSystem;
    output_buffer_ = awaiting_ = 0;
    output_port_ = kOutputNoReset | kOutputA20;
    release_prefix_ = false;
    update_irq();
}

void I8042::attach(Bus& bus) {
    bus.claim_ports(*this, {kDataPort, 1}, PortSize::Bytes);
    bus.claim_ports(*this, {kCommandPort, 1}, PortSize::Bytes);
}

void I8042::state(StateVisitor& visitor) {
    keyboard_.state(visitor);
    visitor.field("controller_answers", answers_);
    visitor.field("command_byte", command_byte_);
    visitor.field("status", status_);
    visitor.field("output_buffer", output_buffer_);
    visitor.field("output_port", output_port_);
    visitor.field("controller_awaiting", awaiting_);
    visitor.field("release_prefix", release_prefix_);
    visitor.field("irq_level", irq_level_);
    arrival_.state(visitor);
}

std::string I8042::describe() const {
    return fmt::format("command byte {:02x}, status {:02x}, LEDs {}, IRQ={}", command_byte_, status_,
                       keyboard_.leds(), irq_level_ ? 1 : 0);
}

uint32_t I8042::read_port(uint16_t port, Width) {
    return port == kCommandPort ? status_ : take_output();
}

void I8042::write_port(uint16_t port, Width, uint32_t value) {
    const auto byte = static_cast<uint8_t>(value);
    log_(LogLevel::Trace, "port {:#x} <- {:#04x}", port, byte);
    if (port == kCommandPort) {
        status_ |= kStatusCommand;
        command(byte);
    } else {
        status_ = static_cast<uint8_t>(status_ & ~kStatusCommand);
        data(byte);
    }
    update_irq();
    fetch_later();
}

void I8042::command(uint8_t value) {
    awaiting_ = 0;
    if (value >= kPulse) {
        if ((value & kOutputNoReset) == 0 && reset_request_) reset_request_();
        return;
    }
    switch (value) {
        case kReadByte:
            return answer(command_byte_);
        case kWriteByte:
        case kWriteOutputPort:
        case kWriteOutputBuffer:
        case kWriteMouseBuffer:
        case kWriteMouse:
            awaiting_ = value;
            return;
        case kSelfTest:
            status_ |= kStatusSystem;
            return answer(kSelfTestPassed);
        case kInterfaceTest:
            return answer(kInterfaceGood);
        case kKeyboardOff:
            command_byte_ |= kByteKeyboardOff;
            return;
        case kKeyboardOn:
            command_byte_ = static_cast<uint8_t>(command_byte_ & ~kByteKeyboardOff);
            return;
        case kMouseOff:
            command_byte_ |= kByteMouseOff;
            return;
        case kMouseOn:
            command_byte_ = static_cast<uint8_t>(command_byte_ & ~kByteMouseOff);
            return;
        case kReadInputPort:
            return answer(kInputPort);
        case kReadOutputPort:
            return answer(static_cast<uint8_t>(output_port_ | (irq_level_ ? kOutputIrq1 : 0)));
        case kCloseA20:
            return write_output_port(static_cast<uint8_t>(output_port_ & ~kOutputA20));
        case kOpenA20:
            return write_output_port(output_port_ | kOutputA20);
        default:
            log_(LogLevel::Stub, "controller command {:#04x}", value);
    }
}

void I8042::data(uint8_t value) {
    switch (std::exchange(awaiting_, uint8_t{0})) {
        case kWriteByte:
            command_byte_ = value;
            return;
        case kWriteOutputPort:
            return write_output_port(value);
        case kWriteOutputBuffer:
            return answer(value);
        case kWriteMouseBuffer:
        case kWriteMouse:
            log_(LogLevel::Stub, "byte {:#04x} for a mouse that is not there", value);
            return;
        default:
            break;
    }
    command_byte_ = static_cast<uint8_t>(command_byte_ & ~kByteKeyboardOff);  // sending opens the interface
    keyboard_.command(value);
}

void I8042::write_output_port(uint8_t value) {
    if ((value & kOutputA20) == 0) log_(LogLevel::Stub, "A20 closed: addresses do not wrap at 1 MiB here");
    output_port_ = value & (kOutputNoReset | kOutputA20);
    if ((value & kOutputNoReset) == 0 && reset_request_) reset_request_();
}

void I8042::answer(uint8_t value) {
    if ((status_ & kStatusOutputFull) == 0) return fill_output(value);
    if (answers_.size() < kMaxAnswers) answers_.push_back(value);
}

void I8042::fill_output(uint8_t value) {
    output_buffer_ = value;
    status_ |= kStatusOutputFull;
}

uint8_t I8042::take_output() {
    const uint8_t value = output_buffer_;
    status_ = static_cast<uint8_t>(status_ & ~kStatusOutputFull);
    update_irq();  // falls before it may rise again: the interrupt controller wants an edge
    if (!answers_.empty()) {
        fill_output(answers_.front());
        answers_.pop_front();
        update_irq();
    }
    fetch_later();
    return value;
}

void I8042::key(KeyCode code, KeyAction action) {
    keyboard_.key(code, action);
    fetch_later();
}

void I8042::fetch_later() {
    const bool free = (status_ & kStatusOutputFull) == 0 && (command_byte_ & kByteKeyboardOff) == 0;
    if (!free || !keyboard_.has_byte()) return arrival_.cancel();
    if (!arrival_.armed()) arrival_.schedule_at(scheduler_.now() + kByteTime);
}

void I8042::byte_arrives() {
    if (!keyboard_.has_byte()) return;
    const uint8_t byte = keyboard_.take_byte();
    if ((command_byte_ & kByteTranslate) == 0) {
        fill_output(byte);
    } else if (byte == kReleasePrefix) {
        release_prefix_ = true;
    } else {
        const uint8_t release = std::exchange(release_prefix_, false) ? 0x80 : 0;
        fill_output(translate_to_set1(byte) | release);
    }
    update_irq();
    fetch_later();
}

void I8042::update_irq() {
    const bool level = (status_ & kStatusOutputFull) != 0 && (command_byte_ & kByteIrq1) != 0;
    if (level == irq_level_) return;
    irq_level_ = level;
    if (irq1_) irq1_(level);
}

}  // namespace mmscope

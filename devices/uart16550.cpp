// SPDX-License-Identifier: GPL-2.0-or-later
// Registers, FIFOs, interrupts and line timing of the PC16550D. References are to its data sheet, section 8.
#include "devices/uart16550.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"
#include "devices/bus.h"
#include "devices/state.h"

namespace mmscope {
namespace {

constexpr uint64_t kClock = 1'843'200;    // Hz; a bit takes 16 x divisor of its periods
constexpr uint16_t kPowerOnDivisor = 12;  // 9600 baud; the sheet leaves it open

enum Register : uint16_t { kRbrThr, kIer, kIirFcr, kLcr, kMcr, kLsr, kMsr, kScr };

constexpr uint8_t kIerReceive = 0x01;
constexpr uint8_t kIerTransmit = 0x02;
constexpr uint8_t kIerLineStatus = 0x04;
constexpr uint8_t kIerModemStatus = 0x08;

// Interrupt identification codes, from the highest priority to the lowest (table IV).
constexpr uint8_t kIirLineStatus = 0x06;
constexpr uint8_t kIirReceive = 0x04;
constexpr uint8_t kIirTimeout = 0x0c;
constexpr uint8_t kIirTransmit = 0x02;
constexpr uint8_t kIirModemStatus = 0x00;
constexpr uint8_t kIirNone = 0x01;
constexpr uint8_t kIirFifosEnabled = 0xc0;

constexpr uint8_t kFcrResetReceiver = 0x02;
constexpr uint8_t kFcrResetTransmitter = 0x04;

constexpr uint8_t kLcrParity = 0x08;
constexpr uint8_t kLcrStop2 = 0x04;
constexpr uint8_t kLcrBreak = 0x40;

constexpr uint8_t kMcrDtr = 0x01;
constexpr uint8_t kMcrRts = 0x02;
constexpr uint8_t kMcrOut1 = 0x04;
constexpr uint8_t kMcrOut2 = 0x08;

constexpr uint8_t kLsrDataReady = 0x01;
constexpr uint8_t kLsrOverrun = 0x02;
constexpr uint8_t kLsrThre = 0x20;
constexpr uint8_t kLsrTemt = 0x40;

constexpr uint8_t kMsrCts = 0x10;
constexpr uint8_t kMsrDsr = 0x20;
constexpr uint8_t kMsrRi = 0x40;
constexpr uint8_t kMsrDcd = 0x80;
constexpr uint8_t kMsrTeri = 0x04;

constexpr std::array<size_t, 4> kTriggerLevels = {1, 4, 8, 14};

}  // namespace

Uart16550::Uart16550(Scheduler& scheduler, std::string name, uint16_t base, IrqLine irq, ByteSink out,
                     UartTiming timing)
    : scheduler_(scheduler),
      name_(std::move(name)),
      log_(name_),
      base_(base),
      irq_(std::move(irq)),
      out_(std::move(out)),
      timing_(timing),
      transmit_(scheduler, name_ + " transmitter", [this] { shift_done(); }),
      line_event_(scheduler, name_ + " line", [this] { line_ready(); }),
      receive_timeout_(scheduler, name_ + " receive timeout", [this] {
          timed_out_ = true;
          update_irq();
      }) {}

void Uart16550::reset() {
    transmit_.cancel();
    line_event_.cancel();
    receive_timeout_.cancel();
    line_.clear();
    receiver_.clear();
    transmitter_.clear();
    shift_ = ier_ = fcr_ = lcr_ = mcr_ = scr_ = 0;
    divisor_ = kPowerOnDivisor;
    modem_delta_ = line_errors_ = 0;
    shifting_ = timed_out_ = thre_interrupt_ = false;
    update_irq();
}

void Uart16550::attach(Bus& bus) {
    bus.claim_ports(*this, {base_, 8}, PortSize::Bytes);
}

void Uart16550::state(StateVisitor& visitor) {
    visitor.field("line", line_);
    visitor.field("receiver", receiver_);
    visitor.field("transmitter", transmitter_);
    visitor.field("shift", shift_);
    visitor.field("shifting", shifting_);
    visitor.field("ier", ier_);
    visitor.field("fcr", fcr_);
    visitor.field("lcr", lcr_);
    visitor.field("mcr", mcr_);
    visitor.field("scr", scr_);
    visitor.field("divisor", divisor_);
    visitor.field("modem_delta", modem_delta_);
    visitor.field("line_errors", line_errors_);
    visitor.field("timed_out", timed_out_);
    visitor.field("thre_interrupt", thre_interrupt_);
    visitor.field("irq_level", irq_level_);
    transmit_.state(visitor);
    line_event_.state(visitor);
    receive_timeout_.state(visitor);
}

std::string Uart16550::describe() const {
    const unsigned baud = static_cast<unsigned>(kClock / 16 / std::max<uint16_t>(divisor_, 1));
    return fmt::format("{} baud, {} to receive, {} to send, {} on the line, IRQ={}", baud, receiver_.size(),
                       transmitter_.size(), line_.size(), irq_level_ ? 1 : 0);
}

uint64_t Uart16550::byte_time() const {
    const uint64_t data = 5 + (lcr_ & 3);
    const uint64_t bits = 1 + data + ((lcr_ & kLcrParity) != 0 ? 1 : 0) + ((lcr_ & kLcrStop2) != 0 ? 2 : 1);
    const uint64_t clocks = bits * 16 * std::max<uint64_t>(divisor_, 1);
    return clocks * 1'000'000'000 / kClock;
}

size_t Uart16550::trigger_level() const {
    return kTriggerLevels[fcr_ >> 6];
}

uint8_t Uart16550::line_status() const {
    uint8_t lsr = line_errors_;
    if (!receiver_.empty()) lsr |= kLsrDataReady;
    if (transmitter_.empty()) lsr |= kLsrThre;
    if (transmitter_.empty() && !shifting_) lsr |= kLsrTemt;
    return lsr;
}

/// A connected terminal: carrier, data set ready, clear to send. In loop-back: the four outputs.
uint8_t Uart16550::modem_inputs() const {
    if (!looped_back()) return kMsrDcd | kMsrDsr | kMsrCts;
    return static_cast<uint8_t>(
        ((mcr_ & kMcrRts) != 0 ? kMsrCts : 0) | ((mcr_ & kMcrDtr) != 0 ? kMsrDsr : 0) |
        ((mcr_ & kMcrOut1) != 0 ? kMsrRi : 0) | ((mcr_ & kMcrOut2) != 0 ? kMsrDcd : 0));
}

uint8_t Uart16550::pending_interrupt() const {
    if ((ier_ & kIerLineStatus) != 0 && line_errors_ != 0) return kIirLineStatus;
    if ((ier_ & kIerReceive) != 0) {
        if (receiver_.size() >= (fifo_enabled() ? trigger_level() : 1)) return kIirReceive;
        if (timed_out_) return kIirTimeout;
    }
    if ((ier_ & kIerTransmit) != 0 && thre_interrupt_) return kIirTransmit;
    if ((ier_ & kIerModemStatus) != 0 && modem_delta_ != 0) return kIirModemStatus;
    return kIirNone;
}

/// On a PC, OUT2 opens the driver of the IRQ line; loop-back holds the OUT2 pin inactive.
void Uart16550::update_irq() {
    const bool gate = (mcr_ & kMcrOut2) != 0 && !looped_back();
    const bool level = gate && pending_interrupt() != kIirNone;
    if (level == irq_level_) return;
    irq_level_ = level;
    if (irq_) irq_(level);
}

uint32_t Uart16550::read_port(uint16_t port, Width) {
    switch (port - base_) {
        case kRbrThr:
            return dlab() ? divisor_ & 0xff : read_receiver();
        case kIer:
            return dlab() ? divisor_ >> 8 : ier_;
        case kIirFcr:
            return read_iir();
        case kLcr:
            return lcr_;
        case kMcr:
            return mcr_;
        case kLsr:
            return read_lsr();
        case kMsr:
            return read_msr();
        default:
            return scr_;
    }
}

void Uart16550::write_port(uint16_t port, Width, uint32_t value) {
    const auto byte = static_cast<uint8_t>(value);
    switch (port - base_) {
        case kRbrThr:
            if (!dlab()) return write_transmitter(byte);
            divisor_ = static_cast<uint16_t>((divisor_ & 0xff00) | byte);
            return;
        case kIer:
            if (!dlab()) return write_ier(byte);
            divisor_ = static_cast<uint16_t>((divisor_ & 0x00ff) | byte << 8);
            return;
        case kIirFcr:
            return write_fcr(byte);
        case kLcr:
            if ((byte & kLcrBreak) != 0) log_(LogLevel::Stub, "break is not sent");
            lcr_ = byte;
            return;
        case kMcr:
            return write_mcr(byte);
        case kScr:
            scr_ = byte;
            return;
        default:
            log_(LogLevel::Stub, "write {:#04x} to read-only port {:#x}", byte, port);
    }
}

uint8_t Uart16550::read_receiver() {
    if (receiver_.empty()) return 0;
    const uint8_t byte = receiver_.front();
    receiver_.pop_front();
    touch_receiver();
    arm_line();
    update_irq();
    return byte;
}

/// Reading IIR takes back the transmitter's interrupt if that is what it shows.
uint8_t Uart16550::read_iir() {
    const uint8_t id = pending_interrupt();
    if (id == kIirTransmit) thre_interrupt_ = false;
    update_irq();
    return static_cast<uint8_t>(id | (fifo_enabled() ? kIirFifosEnabled : 0));
}

uint8_t Uart16550::read_lsr() {
    const uint8_t lsr = line_status();
    line_errors_ = 0;
    update_irq();
    return lsr;
}

uint8_t Uart16550::read_msr() {
    const auto msr = static_cast<uint8_t>(modem_inputs() | modem_delta_);
    modem_delta_ = 0;
    update_irq();
    return msr;
}

void Uart16550::write_ier(uint8_t value) {
    const bool enables_transmit = (value & ~ier_ & kIerTransmit) != 0;
    ier_ = value & 0x0f;
    if (enables_transmit && transmitter_.empty()) thre_interrupt_ = true;
    update_irq();
}

void Uart16550::write_fcr(uint8_t value) {
    const bool changes = ((value ^ fcr_) & 0x01) != 0;  // "the FIFOs are cleared when the mode changes"
    fcr_ = (value & 0x01) != 0 ? value & 0xc9 : 0;      // the other bits need bit 0
    if (changes || (value & kFcrResetReceiver) != 0) {
        receiver_.clear();
        touch_receiver();
        arm_line();
    }
    if ((changes || (value & kFcrResetTransmitter) != 0) && !transmitter_.empty()) {
        transmitter_.clear();
        thre_interrupt_ = true;
    }
    update_irq();
}

void Uart16550::write_mcr(uint8_t value) {
    const uint8_t before = modem_inputs();
    mcr_ = value & 0x1f;
    const uint8_t after = modem_inputs();
    const auto changed = static_cast<uint8_t>(before ^ after);
    modem_delta_ = static_cast<uint8_t>(modem_delta_ | (changed & (kMsrCts | kMsrDsr | kMsrDcd)) >> 4);
    if ((before & ~after & kMsrRi) != 0) modem_delta_ |= kMsrTeri;  // the trailing edge of RI
    arm_line();
    update_irq();
}

void Uart16550::write_transmitter(uint8_t byte) {
    thre_interrupt_ = false;
    const bool full = fifo_enabled() && transmitter_.size() >= kFifoSize;
    if (full) {
        log_(LogLevel::Debug, "transmit FIFO is full, {:#04x} is lost", byte);
    } else {
        if (!fifo_enabled()) transmitter_.clear();  // one THR: the byte before is overwritten
        transmitter_.push_back(byte);
        if (!looped_back() && out_) out_(byte);
    }
    if (!shifting_) start_shift();
    update_irq();
}

void Uart16550::start_shift() {
    shift_ = transmitter_.front();
    transmitter_.pop_front();
    shifting_ = true;
    if (transmitter_.empty()) thre_interrupt_ = true;
    if (timing_ == UartTiming::Instant) return shift_done();
    transmit_.schedule_at(scheduler_.now() + byte_time());
}

void Uart16550::shift_done() {
    shifting_ = false;
    if (looped_back()) arrive(shift_);
    if (!transmitter_.empty()) start_shift();
    update_irq();
}

void Uart16550::receive(uint8_t byte) {
    CHECK(can_receive());
    line_.push_back(byte);
    arm_line();
}

/// The next byte of the line arrives a byte time from now, if there is one and room for it.
void Uart16550::arm_line() {
    const bool ready = !line_.empty() && receiver_.size() < receive_capacity() && !looped_back();
    if (!ready) return line_event_.cancel();
    if (!line_event_.armed()) line_event_.schedule_at(scheduler_.now() + byte_time());
}

void Uart16550::line_ready() {
    if (line_.empty()) return;
    const uint8_t byte = line_.front();
    line_.pop_front();
    arrive(byte);
    arm_line();
}

/// A whole byte is in the receiver's shift register. If there is no room, the sheet says what is lost:
/// in FIFO mode the new byte, else the old one.
void Uart16550::arrive(uint8_t byte) {
    if (receiver_.size() >= receive_capacity()) {
        line_errors_ |= kLsrOverrun;
        if (!fifo_enabled()) receiver_.back() = byte;
    } else {
        receiver_.push_back(byte);
        touch_receiver();
    }
    update_irq();
}

/// Character time-out ("FIFO interrupt mode operation"): four byte times without a byte in or out.
void Uart16550::touch_receiver() {
    timed_out_ = false;
    if (fifo_enabled() && !receiver_.empty()) {
        receive_timeout_.schedule_at(scheduler_.now() + 4 * byte_time());
    } else {
        receive_timeout_.cancel();
    }
}

}  // namespace mmscope

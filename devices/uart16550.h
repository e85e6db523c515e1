// SPDX-License-Identifier: GPL-2.0-or-later
// A PC16550D serial port. Source: National Semiconductor data sheet "PC16550D" (1995), section 8.
#pragma once

#include <deque>
#include <string>

#include "base/log.h"
#include "devices/device.h"
#include "devices/scheduler.h"

namespace mmscope {

/// How long the transmitter is busy with a byte.
enum class UartTiming : uint8_t {
    ByDivisor,  // as the divisor latch and the line control say: 86.8 us at 115200 baud, 8N1
    Instant,    // no time at all: the transmitter is always empty, as in QEMU
};

/// Eight ports from `base`. A byte goes to `out` when the guest writes it (so that none is lost when the
/// machine stops); its time on the line passes in the status register. The IRQ pin is gated by MCR's OUT2.
class Uart16550 final : public Device {
  public:
    Uart16550(Scheduler& scheduler, std::string name, uint16_t base, IrqLine irq, ByteSink out,
              UartTiming timing = UartTiming::ByDivisor);

    [[nodiscard]] std::string_view name() const override { return name_; }
    void reset() override;
    void attach(Bus& bus) override;
    void state(StateVisitor& visitor) override;
    [[nodiscard]] std::string describe() const override;
    uint32_t read_port(uint16_t port, Width width) override;
    void write_port(uint16_t port, Width width, uint32_t value) override;

    /// The host's side of the line holds up to this many bytes that the guest has not had time for.
    static constexpr size_t kLineCapacity = 4096;
    /// False while the line is full: read no more input then, it would have nowhere to go.
    [[nodiscard]] bool can_receive() const { return line_.size() < kLineCapacity; }
    /// A byte from outside. It arrives in the receiver one byte time after the one before it, and waits
    /// while the receiver is full, so that nothing is lost. Requires can_receive().
    void receive(uint8_t byte);

  private:
    static constexpr size_t kFifoSize = 16;

    [[nodiscard]] bool fifo_enabled() const { return (fcr_ & 0x01) != 0; }
    [[nodiscard]] bool dlab() const { return (lcr_ & 0x80) != 0; }
    [[nodiscard]] bool looped_back() const { return (mcr_ & 0x10) != 0; }
    [[nodiscard]] size_t receive_capacity() const { return fifo_enabled() ? kFifoSize : 1; }
    [[nodiscard]] size_t trigger_level() const;
    [[nodiscard]] uint64_t byte_time() const;
    [[nodiscard]] uint8_t line_status() const;
    [[nodiscard]] uint8_t modem_inputs() const;
    [[nodiscard]] uint8_t pending_interrupt() const;

    uint8_t read_receiver();
    uint8_t read_iir();
    uint8_t read_lsr();
    uint8_t read_msr();
    void write_transmitter(uint8_t byte);
    void write_ier(uint8_t value);
    void write_fcr(uint8_t value);
    void write_mcr(uint8_t value);

    void start_shift();
    void shift_done();
    void line_ready();
    void arm_line();
    void arrive(uint8_t byte);
    void touch_receiver();
    void update_irq();

    Scheduler& scheduler_;
    std::string name_;
    LogChannel log_;
    const uint16_t base_;
    IrqLine irq_;
    ByteSink out_;
    const UartTiming timing_;
    Event transmit_;         // the shift register is empty
    Event line_event_;       // the next byte of line_ has arrived
    Event receive_timeout_;  // four byte times without a change in the receive FIFO

    std::deque<uint8_t> line_;         // from outside, not yet in the receiver
    std::deque<uint8_t> receiver_;     // receive FIFO, or the one RBR
    std::deque<uint8_t> transmitter_;  // transmit FIFO, or the one THR
    uint8_t shift_ = 0;
    bool shifting_ = false;
    uint8_t ier_ = 0;
    uint8_t fcr_ = 0;
    uint8_t lcr_ = 0;
    uint8_t mcr_ = 0;
    uint8_t scr_ = 0;
    uint16_t divisor_ = 0;
    uint8_t modem_delta_ = 0;  // MSR bits 3-0
    uint8_t line_errors_ = 0;  // LSR bits 4-1
    bool timed_out_ = false;
    bool thre_interrupt_ = false;  // THRE happened and neither IIR was read nor THR written since
    bool irq_level_ = false;
};

}  // namespace mmscope

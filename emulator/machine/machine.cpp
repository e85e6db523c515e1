// SPDX-License-Identifier: GPL-2.0-or-later
// Wires the PC together and runs it.
#include "machine/machine.h"

#include <algorithm>
#include <utility>

#include "devices/ata_channel.h"
#include "devices/cmos_rtc.h"
#include "devices/debug_ports.h"
#include "devices/i8042.h"
#include "devices/pic8259.h"
#include "devices/pit8254.h"
#include "devices/state.h"
#include "devices/uart16550.h"
#include "devices/vga_text.h"

namespace mmscope {
namespace {

constexpr uint8_t kKeyboardIrq = 1, kSerialIrq = 4, kTimerIrq = 0, kClockIrq = 8, kDiskIrq = 14;
constexpr uint16_t kCom1 = 0x3F8, kAtaCommand = 0x1F0, kAtaControl = 0x3F6;
/// No device sleeps longer: the alarm of the clock chip comes round every 24 hours.
constexpr uint64_t kLongestSleep = 25ull * 3600 * 1'000'000'000;

}  // namespace

/// The processor's pins: the bus on one side, the interrupt controller on the other.
class Machine::Pins final : public CpuPins {
  public:
    explicit Pins(Machine& machine) : machine_(machine) {}

    uint32_t read_port(uint16_t port, Width width) override { return machine_.bus_.read_port(port, width); }
    void write_port(uint16_t port, Width width, uint32_t value) override {
        machine_.bus_.write_port(port, width, value);
    }
    uint32_t read_memory(PhysAddr address, Width width) override {
        return machine_.bus_.read_memory(address, width);
    }
    void write_memory(PhysAddr address, Width width, uint32_t value) override {
        machine_.bus_.write_memory(address, width, value);
    }
    [[nodiscard]] bool interrupt_requested() const override { return machine_.pic_->requested(); }
    uint8_t acknowledge_interrupt() override { return machine_.pic_->acknowledge(); }
    bool clock_expired() override { return machine_.clock_expired(); }

  private:
    Machine& machine_;
};

Machine::Machine(const MachineConfig& config, MachineSinks sinks)
    : config_(config), sinks_(std::move(sinks)) {}

Machine::~Machine() = default;

Result<std::unique_ptr<Machine>> Machine::create(const MachineConfig& config, MachineSinks sinks) {
    std::unique_ptr<Machine> machine(new Machine(config, std::move(sinks)));
    auto memory = PhysicalMemory::create(config.ram);
    if (!memory) return std::unexpected(memory.error());
    machine->memory_ = std::move(*memory);
    machine->build_devices();
    if (auto wired = machine->wire(); !wired) return std::unexpected(wired.error());
    auto cpu = Cpu::create({.mmu = config.mmu, .translation_buffer = config.translation_buffer},
                           *machine->memory_, machine->scheduler_.clock(), *machine->pins_);
    if (!cpu) return std::unexpected(cpu.error());
    machine->cpu_ = std::move(*cpu);
    machine->reset();
    return machine;
}

void Machine::build_devices() {
    pins_ = std::make_unique<Pins>(*this);
    pic_ = std::make_unique<Pic8259Pair>([this](bool level) {
        if (level) scheduler_.kick();
    });
    pit_ = std::make_unique<Pit8254>(scheduler_, pic_->line(kTimerIrq));
    uart_ = std::make_unique<Uart16550>(scheduler_, "uart0", kCom1, pic_->line(kSerialIrq), sinks_.serial);
    keyboard_ = std::make_unique<I8042>(scheduler_, pic_->line(kKeyboardIrq), [this] { end(RunEnd::Reset); });
    cmos_ = std::make_unique<CmosRtc>(scheduler_, pic_->line(kClockIrq),
                                      CmosConfig{.start = config_.rtc_start, .ram = config_.ram});
    vga_ = std::make_unique<VgaText>(scheduler_);
    debug_ports_ = std::make_unique<DebugPorts>(
        sinks_.debug_console,
        [this](uint32_t code) {
            exit_code_ = code;
            end(RunEnd::GuestExit);
        },
        [this](uint32_t id) {
            checkpoints_.push_back(id);
            scheduler_.kick();
        });
    ata_ = std::make_unique<AtaChannel>(scheduler_, "ata0", kAtaCommand, kAtaControl, pic_->line(kDiskIrq),
                                        config_.disks);
    poll_event_ = std::make_unique<Event>(scheduler_, "poll", [this] { poll_due_ = true; });
    limit_event_ = std::make_unique<Event>(scheduler_, "limit", [this] { limit_reached_ = true; });
}

std::array<Device*, 8> Machine::devices() const {
    return {pic_.get(),  pit_.get(), uart_.get(),        keyboard_.get(),
            cmos_.get(), vga_.get(), debug_ports_.get(), ata_.get()};
}

Result<void> Machine::wire() {
    for (Device* device : devices())
        device->attach(bus_);
    return bus_.validate_map();
}

void Machine::reset() {
    scheduler_.reset();
    for (Device* device : devices())
        device->reset();
    cpu_->reset();
    ended_.reset();
    halted_since_ = now();
    checkpoints_.clear();
    poll_due_ = limit_reached_ = false;
}

Result<LoadedImage> Machine::load_multiboot(const MultibootImage& image) {
    auto loaded = mmscope::load_multiboot(
        image, memory_->size(),
        [this](PhysAddr at, std::span<const std::byte> bytes) { return cpu_->write_memory(at, bytes); });
    if (loaded) cpu_->enter_multiboot(loaded->entry, loaded->info);
    return loaded;
}

void Machine::state(StateVisitor& visitor) {
    visitor.field("halted_since", halted_since_.ns);
    visitor.field("poll_due", poll_due_);
    bool ended = ended_.has_value();
    RunEnd how = ended_.value_or(RunEnd::GuestExit);
    visitor.field("ended", ended);
    visitor.field("how", how);
    visitor.field("exit_code", exit_code_);
    visitor.field("checkpoints", checkpoints_);
    ended_ = ended ? std::optional(std::min(how, RunEnd::Broken)) : std::nullopt;
    poll_event_->state(visitor);
}

void Machine::set_observer(CpuObserver* observer) {
    cpu_->set_observer(observer);
}

VirtualTime Machine::now() const {
    return scheduler_.now();
}

void Machine::end(RunEnd how) {
    if (!ended_) ended_ = how;
    scheduler_.kick();
}

bool Machine::clock_expired() {
    scheduler_.run_due();
    return poll_due_ || limit_reached_ || ended_ || !checkpoints_.empty() ||
           stop_requested_.load(std::memory_order_relaxed);
}

RunResult Machine::run(const RunLimits& limits) {
    limit_reached_ = limits.until <= now();
    limit_event_->schedule_last(limits.until);
    if (!poll_event_->armed()) poll_event_->schedule_last(now() + config_.poll_interval);
    for (;;) {
        if (limit_reached_) return finish(RunEnd::TimeLimit);
        const bool sleeping = cpu_->halted() && !pic_->requested();
        const StopReason reason = cpu_->run();
        // In the middle of a block: what its instructions asked of the machine happens at its end.
        if (reason == StopReason::Debugger) return finish(RunEnd::Debugger);
        tell_checkpoints();
        if (ended_) return finish(*std::exchange(ended_, std::nullopt));
        if (reason == StopReason::ShutDown) return finish(RunEnd::ShutDown);
        if (reason == StopReason::Broken) return finish(RunEnd::Broken);
        if (reason == StopReason::Halted && !sleeping) halted_since_ = now();  // not whenever the host looks
        if (reason == StopReason::Halted && !limit_reached_ && !pic_->requested()) {
            if (const auto over = sleep_until_next_event()) return finish(*over);
        }
        if (poll_due_) poll();
        if (stop_requested_.exchange(false, std::memory_order_relaxed)) return finish(RunEnd::Stopped);
    }
}

void Machine::tell_checkpoints() {
    while (!checkpoints_.empty()) {
        const uint32_t id = checkpoints_.front();
        checkpoints_.pop_front();
        if (host_ != nullptr) host_->checkpoint(*this, id);
    }
}

void Machine::poll() {
    poll_due_ = false;
    poll_event_->schedule_last(now() + config_.poll_interval);
    if (host_ != nullptr) host_->poll(*this);
}

/// The processor waits in HLT: time jumps to what happens next. Polling is no event of the guest, and so
/// must not cut the jump.
std::optional<RunEnd> Machine::sleep_until_next_event() {
    const VirtualTime poll_at = poll_event_->when();
    poll_event_->cancel();
    const VirtualTime next = scheduler_.next_event();
    VirtualTime reached = host_ != nullptr ? host_->idle(*this, next) : next;
    reached = std::clamp(reached, now(), std::max(next, now()));
    const bool nothing_armed =
        reached == VirtualTime::never() && scheduler_.next_event() == VirtualTime::never();
    const bool asleep_too_long = now() - halted_since_ > kLongestSleep;
    if ((nothing_armed || asleep_too_long) && !pic_->requested()) {
        halted_for_good_ = true;
        return RunEnd::ShutDown;
    }
    if (reached != VirtualTime::never()) scheduler_.advance_to(reached);
    if (poll_at <= now()) {
        poll_due_ = true;
    } else {
        poll_event_->schedule_last(poll_at);
    }
    return std::nullopt;
}

RunResult Machine::finish(RunEnd end) {
    limit_event_->cancel();
    RunResult result{.end = end, .exit_code = 0, .report = {}};
    if (end == RunEnd::GuestExit) result.exit_code = exit_code_;
    if (end == RunEnd::ShutDown || end == RunEnd::Broken) result.report = cpu_->shutdown_report();
    if (std::exchange(halted_for_good_, false)) {
        result.report = "halted with interrupts enabled, but no device will ever interrupt: halted for good";
    }
    return result;
}

}  // namespace mmscope

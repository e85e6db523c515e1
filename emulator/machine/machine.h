// SPDX-License-Identifier: GPL-2.0-or-later
// The PC: processor, RAM, bus, devices and the one run loop, owned and wired in one place.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/address.h"
#include "base/error.h"
#include "boot/multiboot.h"
#include "cpu/cpu.h"
#include "devices/bus.h"
#include "devices/device.h"
#include "devices/disk_medium.h"
#include "devices/scheduler.h"
#include "machine/physical_memory.h"

namespace mmscope {

class AtaChannel;
class CmosRtc;
class DebugPorts;
class I8042;
class Pic8259Pair;
class Pit8254;
class StateVisitor;
class TlbShadow;
class Uart16550;
class VgaText;

struct MachineConfig {
    uint32_t ram = 64u << 20;  // bytes; a multiple of 1 MiB in [1 MiB, 3 GiB]
    MmuKind mmu = MmuKind::Own;
    uint32_t translation_buffer = CpuConfig{}.translation_buffer;
    int64_t rtc_start = 0;               // what the clock chip shows at power-on, seconds since 1970 (UTC)
    uint64_t poll_interval = 1'000'000;  // virtual nanoseconds between two calls of MachineHost::poll
    std::array<DiskMedium*, 2> disks{};  // master and slave of the first channel; null: none. Not owned
};

/// Where bytes of the guest go. An empty sink discards.
struct MachineSinks {
    ByteSink serial;         // COM1
    ByteSink debug_console;  // port 0xE9
};

class Machine;

/// The world around a running machine. Every call is made between two blocks of guest code, on the thread
/// that called Machine::run; the whole state of the machine may be read, and input may be given to the
/// devices (Uart16550::receive, I8042::key). Host time may influence only when input arrives.
class MachineHost {
  public:
    virtual ~MachineHost() = default;
    /// About every `poll_interval` of virtual time: the place for input, windows and pacing.
    virtual void poll(Machine& machine) { (void)machine; }
    /// The processor sits in HLT and the next event is at `until` (never later than the time limit;
    /// VirtualTime::never() if only input could wake it). May sleep and give input. Returns the time up to
    /// which the machine is to move on, clamped to [now, until]; returning `until` means "do not wait".
    virtual VirtualTime idle(Machine& machine, VirtualTime until) { return (void)machine, until; }
    /// The guest wrote `id` to the checkpoint port.
    virtual void checkpoint(Machine& machine, uint32_t id) { (void)machine, (void)id; }
};

enum class RunEnd : uint8_t {
    GuestExit,  // the guest wrote to the debug-exit port: RunResult::exit_code
    Reset,      // the guest asked for a reset (keyboard controller command 0xFE)
    ShutDown,   // triple fault, or halted with nothing that could ever wake it (no interrupt within 25
                // hours of virtual time, which is longer than any device sleeps): see report
    TimeLimit,  // RunLimits::until was reached
    Stopped,    // request_stop() was called
    Debugger,   // a breakpoint or a step of the processor: Cpu::debug_stop()
    Broken,     // Unicorn failed in a way no guest should be able to cause: see report
};

struct RunResult {
    RunEnd end;
    uint32_t exit_code = 0;  // GuestExit only
    std::string report;      // ShutDown and Broken: several lines for a person, registers included
};

struct RunLimits {
    VirtualTime until = VirtualTime::never();
};

class Machine {
  public:
    /// Builds and wires everything, then resets. Error: no host memory, an unfit Unicorn, or a bad size.
    static Result<std::unique_ptr<Machine>> create(const MachineConfig& config, MachineSinks sinks);
    ~Machine();
    Machine(const Machine&) = delete;
    Machine& operator=(const Machine&) = delete;

    /// Loads a Multiboot 1 kernel with its modules and points the processor at its entry
    /// (boot/multiboot.h). Error: worded for a person; the machine must not be run after it.
    Result<LoadedImage> load_multiboot(const MultibootImage& image);

    /// Runs until something ends it. May be called again after TimeLimit, Stopped and Debugger.
    RunResult run(const RunLimits& limits = {});
    /// Makes run() return RunEnd::Stopped at the next poll. Async-signal-safe and thread-safe; stays set
    /// until a run has returned because of it.
    void request_stop() { stop_requested_.store(true, std::memory_order_relaxed); }
    /// The same at the end of the block that is being executed. For an observer, on the thread of run().
    void stop_now() {
        request_stop();
        scheduler_.kick();
    }

    /// Not owned; null for none. The host may be set at any time between runs.
    void set_host(MachineHost* host) { host_ = host; }
    void set_observer(CpuObserver* observer);

    [[nodiscard]] VirtualTime now() const;
    [[nodiscard]] const MachineConfig& config() const { return config_; }
    [[nodiscard]] PhysicalMemory& memory() { return *memory_; }
    [[nodiscard]] const PhysicalMemory& memory() const { return *memory_; }
    [[nodiscard]] Cpu& cpu() { return *cpu_; }
    [[nodiscard]] const Cpu& cpu() const { return *cpu_; }
    [[nodiscard]] Bus& bus() { return bus_; }
    [[nodiscard]] Scheduler& scheduler() { return scheduler_; }
    /// All of them, always in the same order.
    [[nodiscard]] std::array<Device*, 8> devices() const;
    /// What the machine itself remembers between two blocks: its polls, since when the processor is halted,
    /// and what the guest asked for and has not got yet.
    void state(StateVisitor& visitor);

    [[nodiscard]] Uart16550& uart() { return *uart_; }
    [[nodiscard]] I8042& keyboard() { return *keyboard_; }
    [[nodiscard]] VgaText& vga() { return *vga_; }
    [[nodiscard]] Pic8259Pair& pic() { return *pic_; }
    [[nodiscard]] Pit8254& pit() { return *pit_; }
    [[nodiscard]] CmosRtc& cmos() { return *cmos_; }
    [[nodiscard]] AtaChannel& ata() { return *ata_; }

  private:
    class Pins;

    Machine(const MachineConfig& config, MachineSinks sinks);
    void build_devices();
    Result<void> wire();
    void reset();
    bool clock_expired();
    void end(RunEnd how);
    void tell_checkpoints();
    void poll();
    std::optional<RunEnd> sleep_until_next_event();
    RunResult finish(RunEnd end);

    MachineConfig config_;
    MachineSinks sinks_;
    MachineHost* host_ = nullptr;
    Scheduler scheduler_;
    Bus bus_;
    std::unique_ptr<PhysicalMemory> memory_;
    std::unique_ptr<Pic8259Pair> pic_;
    std::unique_ptr<Pit8254> pit_;
    std::unique_ptr<Uart16550> uart_;
    std::unique_ptr<I8042> keyboard_;
    std::unique_ptr<CmosRtc> cmos_;
    std::unique_ptr<VgaText> vga_;
    std::unique_ptr<DebugPorts> debug_ports_;
    std::unique_ptr<AtaChannel> ata_;
    std::unique_ptr<Pins> pins_;
    std::unique_ptr<Cpu> cpu_;
    std::unique_ptr<Event> poll_event_;
    std::unique_ptr<Event> limit_event_;
    std::atomic<bool> stop_requested_ = false;

    // Set inside the processor's run, answered when it has returned.
    std::optional<RunEnd> ended_;
    uint32_t exit_code_ = 0;
    std::deque<uint32_t> checkpoints_;
    bool poll_due_ = false;
    bool limit_reached_ = false;
    bool halted_for_good_ = false;
    VirtualTime halted_since_;
};

}  // namespace mmscope

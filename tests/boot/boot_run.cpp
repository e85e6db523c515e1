// SPDX-License-Identifier: GPL-2.0-or-later
// A machine with recording sinks, an inspector and a tracer.
#include "tests/boot/boot_run.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <sstream>

#include "devices/vga_text.h"
#include "tests/support/child_process.h"
#include "trace/fault_tracer.h"

namespace mmscope::test {
namespace {

std::string kernel_of(const BootOptions& options) {
    return options.kernel.empty() ? KERNEL : options.kernel;
}

/// 2008-12-24T23:26:37Z, as the default of the configuration; any fixed moment would do.
constexpr int64_t kPowerOn = 1230161197;

class Host final : public MachineHost {
  public:
    Host(const BootOptions& options, const Inspector& inspector, const std::string& serial)
        : options_(options), inspector_(inspector), serial_(serial) {}
    void checkpoint(Machine&, uint32_t id) override {
        if (options_.at_checkpoint) options_.at_checkpoint(id, inspector_, serial_);
    }
    void poll(Machine&) override {
        if (options_.watch) options_.watch(inspector_, serial_);
    }
    VirtualTime idle(Machine&, VirtualTime until) override {
        if (options_.watch) options_.watch(inspector_, serial_);
        return until;
    }

  private:
    const BootOptions& options_;
    const Inspector& inspector_;
    const std::string& serial_;
};

/// Breakpoints on the functions that are looked at, and on where their calls return to.
class CallStops {
  public:
    CallStops(const BootOptions& options, Machine& machine, const Inspector& inspector,
              const std::string& serial)
        : options_(options), machine_(machine), inspector_(inspector), serial_(serial) {
        for (const CallWatch& watch : options.calls) {
            const Symbol* symbol = inspector.kernel().symbols().find(watch.function);
            if (!symbol) ADD_FAILURE() << "the kernel has no function " << watch.function;
            entries_.push_back(symbol ? symbol->address : LinearAddr());
        }
        set();
    }

    /// The machine has stopped at one of them.
    void stopped() {
        const CpuRegisters registers = machine_.cpu().registers();
        // What returns first: it may return to where another call begins.
        std::erase_if(open_, [&](const Open& call) {
            if (call.back.value != registers.eip || call.esp != registers.esp) return false;
            call.watch->back({machine_, inspector_, serial_, registers, call.words});
            return true;
        });
        for (size_t i = 0; i < entries_.size(); ++i) {
            if (entries_[i].value == registers.eip) begin(options_.calls[i], registers);
        }
        set();
    }

  private:
    struct Open {
        const CallWatch* watch;
        LinearAddr back;
        uint32_t esp;  // when it has returned
        std::vector<uint32_t> words;
    };

    void begin(const CallWatch& watch, const CpuRegisters& registers) {
        std::vector<uint32_t> stack(1 + watch.words);
        const auto memory = inspector_.memory();
        if (!memory ||
            memory->memory.read(LinearAddr(registers.esp), std::as_writable_bytes(std::span(stack)))) {
            ADD_FAILURE() << "the stack cannot be read in " << watch.function;
            return;
        }
        std::vector<uint32_t> words(stack.begin() + 1, stack.end());
        if (watch.call) watch.call({machine_, inspector_, serial_, registers, words});
        if (watch.back) open_.push_back({&watch, LinearAddr(stack[0]), registers.esp + 4, std::move(words)});
    }

    void set() {
        std::vector<LinearAddr> places = entries_;
        for (const Open& call : open_)
            places.push_back(call.back);
        machine_.cpu().set_breakpoints(places);
    }

    const BootOptions& options_;
    Machine& machine_;
    const Inspector& inspector_;
    const std::string& serial_;
    std::vector<LinearAddr> entries_;  // of options.calls
    std::vector<Open> open_;
};

void run(const BootOptions& options, Machine& machine, BootResult& result) {
    const auto now = [&machine] {
        return MachineMoment{machine.now(), machine.cpu().instructions(), machine.cpu().paging()};
    };
    const auto inspector = Inspector::open(kernel_of(options), machine.memory(), now);
    ASSERT_TRUE(inspector) << inspector.error().message;
    std::unique_ptr<TraceSink> sink;
    if (!options.trace_file.empty()) {
        auto opened = open_trace_sink(options.trace_file, {"kernel", (*inspector)->kernel().edition()});
        ASSERT_TRUE(opened) << opened.error().message;
        sink = std::move(*opened);
    }
    std::optional<TraceOutput> output;
    if (sink) output.emplace(*sink);
    FaultTracer tracer(**inspector, output ? &*output : nullptr);
    Host host(options, **inspector, result.serial);
    machine.set_host(&host);
    machine.set_observer(&tracer);
    const RunLimits limits{VirtualTime{options.until_seconds * 1'000'000'000}};
    CallStops stops(options, machine, **inspector, result.serial);
    for (result.end = machine.run(limits); result.end.end == RunEnd::Debugger;
         result.end = machine.run(limits))
        stops.stopped();
    machine.set_observer(nullptr);
    machine.set_host(nullptr);
    result.screen = machine.vga().screen();
    tracer.finish();
    const auto closed = output ? output->close(machine.now(), machine.cpu().instructions()) : Result<void>{};
    EXPECT_TRUE(closed) << closed.error().message;
    result.faults = tracer.summary().total();
}

}  // namespace

BootResult boot(const BootOptions& options) {
    BootResult result;
    const std::string kernel = read_text(kernel_of(options)), initramfs = read_text(INITRAMFS);
    MachineConfig config;
    config.ram = options.ram;
    config.disks = options.disks;
    config.mmu = options.mmu;
    config.rtc_start = kPowerOn;
    if (options.watch) config.poll_interval = options.watch_interval;
    auto machine = Machine::create(
        config, {.serial = [&result](uint8_t byte) { result.serial += static_cast<char>(byte); },
                 .debug_console = {}});
    if (!machine) return ADD_FAILURE() << machine.error().message, result;
    const auto loaded = (*machine)->load_multiboot({kernel_of(options),
                                                    std::as_bytes(std::span(kernel)),
                                                    options.command_line,
                                                    {{"initramfs", std::as_bytes(std::span(initramfs))}}});
    if (!loaded) return ADD_FAILURE() << loaded.error().message, result;
    run(options, **machine, result);
    result.time = (*machine)->now();
    result.instructions = (*machine)->cpu().instructions();
    const auto ram = (*machine)->memory().bytes();
    if (options.keep_ram) result.ram.assign(ram.begin(), ram.end());
    return result;
}

std::string first_difference(const std::string& left, const std::string& right) {
    std::istringstream a(left), b(right);
    std::string line_a, line_b;
    for (size_t number = 1;; ++number) {
        const bool more_a = static_cast<bool>(std::getline(a, line_a));
        const bool more_b = static_cast<bool>(std::getline(b, line_b));
        if (!more_a && !more_b) return left == right ? "" : "they differ in the last newline";
        if (more_a != more_b || line_a != line_b) {
            return fmt::format("line {}:\n  {}\n  {}", number, more_a ? line_a : "(end)",
                               more_b ? line_b : "(end)");
        }
    }
}

}  // namespace mmscope::test

// SPDX-License-Identifier: GPL-2.0-or-later
// Builds the parts of a run in an order in which nothing is written before everything was checked.
#include "app/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <span>

#include "app/checkpoint_keeper.h"
#include "app/drives.h"
#include "app/dumper.h"
#include "app/emu_host.h"
#include "app/file.h"
#include "app/gdb_run.h"
#include "app/monitor.h"
#include "app/monitored_run.h"
#include "app/restored_run.h"
#include "app/run_end.h"
#include "app/run_observer.h"
#include "app/run_report.h"
#include "app/run_watchers.h"
#include "app/serial_line.h"
#include "app/snapshot_taker.h"
#include "devices/vga_text.h"
#include "introspect/inspector.h"
#include "machine/disk_image.h"
#include "machine/machine.h"
#include "mmu/tlb_shadow.h"
#include "ui/console.h"
#include "ui/window.h"

namespace mmscope {
namespace {

constexpr size_t kLargestInitramfs = 1u << 30;

void note(std::string_view text) {
    fmt::print(stderr, "emu: {}\n", text);
}

class RunSession final : public Session {
  public:
    RunSession(const Config& config, const Options& options) : config_(config), options_(options) {}

    /// Each step may rely on those before it.
    Result<void> build() {
        using Step = Result<void> (RunSession::*)();
        for (const Step step :
             {&RunSession::open_disks, &RunSession::open_restored, &RunSession::build_machine,
              &RunSession::load_images, &RunSession::open_inspector, &RunSession::open_console,
              &RunSession::open_window, &RunSession::open_dumper, &RunSession::open_watchers,
              &RunSession::open_snapshots, &RunSession::open_checkpoints, &RunSession::open_monitor,
              &RunSession::open_gdb}) {
            if (auto done = (this->*step)(); !done) return done;
        }
        return {};
    }

    int run() override;

  private:
    Result<void> open_disks();
    Result<void> open_restored();
    Result<void> build_machine();
    Result<void> load_images();
    Result<void> open_inspector();
    Result<void> open_console();
    Result<void> open_window();
    Result<void> open_dumper();
    Result<void> open_watchers();
    Result<void> open_snapshots();
    Result<void> open_checkpoints();
    Result<void> open_monitor();
    Result<void> open_gdb();
    /// While the machine stands and somebody thinks.
    void show_output() const;

    RunResult run_machine(EmuHost& host, RunObserver& observer);
    /// Runs, and stops for the snapshots that are due at a time.
    RunResult run_until(VirtualTime limit);
    [[nodiscard]] DiskImages disk_images() const { return {disks_[0].get(), disks_[1].get()}; }
    [[nodiscard]] KernelIdentity kernel_identity() const {
        return {image_hash(std::as_bytes(std::span(kernel_))), config_.boot.kernel.string()};
    }
    [[nodiscard]] RunReport make_report(const RunObserver& observer, const EndVerdict& verdict,
                                        double wall) const;
    /// The first output that could not be written, added to `cause`.
    void finish_outputs(StopCause& cause);

    const Config config_;
    const Options options_;
    std::string kernel_;
    std::unique_ptr<Console> console_;
    RepeatedOutput serial_, debug_console_;            // what comes again after going back
    std::array<std::unique_ptr<DiskImage>, 2> disks_;  // hda, hdb; null: none
    std::unique_ptr<RestoredRun> restored_;            // null: the machine starts
    std::unique_ptr<Machine> machine_;
    std::unique_ptr<Inspector> inspector_;  // null: the kernel cannot be decoded, and nothing asks for it
    std::unique_ptr<Window> window_;
    std::unique_ptr<Dumper> dumper_;
    std::unique_ptr<RunWatchers> watchers_;
    std::unique_ptr<SnapshotTaker> snapshots_;  // null: none is taken
    std::unique_ptr<CheckpointKeeper> checkpoints_;
    std::unique_ptr<Monitor> monitor_;  // null: none
    std::unique_ptr<GdbServer> gdb_;    // null: nobody debugs
    int caught_ = 0;
};

Result<void> RunSession::open_disks() {
    for (size_t unit = 0; unit < disks_.size(); ++unit) {
        auto disk = open_drive(config_, unit);
        if (!disk) return std::unexpected(disk.error());
        disks_[unit] = std::move(*disk);
    }
    return {};
}

Result<void> RunSession::open_restored() {
    if (config_.snapshot.restore.empty()) return {};
    auto restored = RestoredRun::load(config_.snapshot.restore);
    if (!restored) return std::unexpected(restored.error());
    restored_ = std::move(*restored);
    return {};
}

Result<void> RunSession::build_machine() {
    MachineConfig config{.ram = config_.machine.ram,
                         .mmu = config_.cpu.mmu,
                         .rtc_start = config_.machine.rtc,
                         .disks = {disks_[0].get(), disks_[1].get()}};
    if (restored_) restored_->configure(config);
    const MachineSinks sinks{.serial =
                                 [this](uint8_t byte) {
                                     if (serial_.pass()) console_->write(byte);
                                 },
                             .debug_console =
                                 [this](uint8_t byte) {
                                     if (debug_console_.pass()) std::fputc(byte, stderr);
                                 }};
    auto machine = Machine::create(config, sinks);
    if (!machine) return std::unexpected(machine.error());
    machine_ = std::move(*machine);
    return {};
}

Result<void> RunSession::load_images() {
    auto kernel = read_file(config_.boot.kernel, kLargestKernel);
    if (!kernel) return std::unexpected(kernel.error());
    kernel_ = std::move(*kernel);
    if (restored_) return restored_->restore(*machine_, disk_images(), kernel_identity());
    MultibootImage image{
        config_.boot.kernel.string(), std::as_bytes(std::span(kernel_)), command_line(config_, options_), {}};
    std::string initramfs;
    if (!config_.boot.initramfs.empty()) {
        auto file = read_file(config_.boot.initramfs, kLargestInitramfs);
        if (!file) return std::unexpected(file.error());
        initramfs = std::move(*file);
        image.modules.push_back({"initramfs", std::as_bytes(std::span(initramfs))});
    }
    const auto loaded = machine_->load_multiboot(image);
    if (!loaded) return std::unexpected(loaded.error());
    return {};
}

Result<void> RunSession::open_inspector() {
    const auto moment = [this] {
        return MachineMoment{machine_->now(), machine_->cpu().instructions(), machine_->cpu().paging()};
    };
    auto inspector = Inspector::from_bytes(std::as_bytes(std::span(kernel_)), config_.boot.kernel.string(),
                                           machine_->memory(), moment);
    if (inspector) {
        inspector_ = std::move(*inspector);
        return {};
    }
    const bool needed =
        options_.monitor || options_.gdb || !options_.dumps.empty() || RunWatchers::need_inspector(config_);
    if (needed) return std::unexpected(inspector.error());
    return {};
}

Result<void> RunSession::open_console() {
    auto console = Console::open(serial_port(config_, options_));
    if (!console) return std::unexpected(console.error());
    console_ = std::move(*console);
    if (config_.serial.kind == SerialKind::Pty)
        note(fmt::format("the serial port is {}", console_->description()));
    return {};
}

Result<void> RunSession::open_window() {
    if (config_.display.mode == DisplayMode::None) return {};
    const auto display = probe_display();
    auto window = display ? Window::open("mmscope") : std::unexpected(display.error());
    if (!window && config_.display.mode == DisplayMode::Sdl) return std::unexpected(window.error());
    if (!window) {
        note(fmt::format("no window, running headless: {}", window.error().message));
        return {};
    }
    window_ = std::move(*window);
    window_->set_status("running");
    return {};
}

Result<void> RunSession::open_dumper() {
    auto dumper = Dumper::create(inspector_.get(), options_.dumps, options_.dump_file);
    if (!dumper) return std::unexpected(dumper.error());
    dumper_ = std::move(*dumper);
    return {};
}

Result<void> RunSession::open_watchers() {
    auto watchers = RunWatchers::open(config_, options_.json, *machine_, inspector_.get());
    if (!watchers) return std::unexpected(watchers.error());
    watchers_ = std::move(*watchers);
    for (const std::string& missing : watchers_->notes())
        note(missing);
    return {};
}

Result<void> RunSession::open_snapshots() {
    if (config_.snapshot.file.empty()) return {};
    auto taker = SnapshotTaker::create(
        *machine_, disk_images(), kernel_identity(), config_.snapshot.file, config_.snapshot.at,
        config_.snapshot.increments ? SnapshotFiles::Increments : SnapshotFiles::Whole);
    if (!taker) return std::unexpected(taker.error());
    snapshots_ = std::move(*taker);
    return {};
}

Result<void> RunSession::open_checkpoints() {
    auto keeper = CheckpointKeeper::create(*machine_, disk_images(),
                                           {.every = config_.snapshot.every, .keep = config_.snapshot.keep});
    if (!keeper) return std::unexpected(keeper.error());
    checkpoints_ = std::move(*keeper);
    return {};
}

Result<void> RunSession::open_monitor() {
    if (!options_.monitor) return {};
    auto monitor = Monitor::create(options_.monitor_file, *inspector_, *machine_, *checkpoints_,
                                   [this] { show_output(); });
    if (!monitor) return std::unexpected(monitor.error());
    monitor_ = std::move(*monitor);
    return {};
}

Result<void> RunSession::open_gdb() {
    if (!options_.gdb) return {};
    auto server = wait_for_gdb(*options_.gdb);
    if (!server) return std::unexpected(server.error());
    gdb_ = std::move(*server);
    return {};
}

void RunSession::show_output() const {
    console_->flush();
    if (window_) window_->show(machine_->vga().screen()), window_->pump();
}

RunResult RunSession::run_machine(EmuHost& host, RunObserver& observer) {
    machine_->set_host(&host);
    machine_->set_observer(&observer);
    const VirtualTime limit = config_.limits.until.value_or(VirtualTime::never());
    const Runner runner = [this](VirtualTime until) { return run_until(until); };
    const auto cause = [this, &host] {
        StopCause now = host.cause();
        now.audit = watchers_->violation();
        return now;
    };
    SignalledRun run =
        gdb_ ? run_by_gdb(
                   *machine_, *inspector_, host, runner, *gdb_, [this] { show_output(); }, limit)
        : monitor_ ? run_by_monitor(*machine_, runner, *monitor_, *console_, limit, cause)
                   : run_with_signals(*machine_, runner, limit);
    caught_ = run.signal;
    machine_->set_observer(nullptr);
    machine_->set_host(nullptr);
    return std::move(run.result);
}

RunResult RunSession::run_until(VirtualTime limit) {
    for (;;) {
        const VirtualTime file = snapshots_ ? snapshots_->next_time() : VirtualTime::never();
        const VirtualTime next = std::min(file, checkpoints_->next_time());
        RunResult result = machine_->run({std::min(limit, next)});
        if (result.end != RunEnd::TimeLimit || machine_->now() < next) return result;
        if (checkpoints_->next_time() <= machine_->now()) checkpoints_->at_time();
        if (file <= machine_->now()) snapshots_->at_time();
        const bool failed = snapshots_ && snapshots_->error();
        if (failed) result.end = RunEnd::Stopped;
        if (failed || machine_->now() >= limit) return result;
    }
}

void RunSession::finish_outputs(StopCause& cause) {
    dumper_->at_exit();
    console_->flush();
    const auto keep_first = [&cause](const std::string& message) {
        if (!cause.output_error) cause.output_error = message;
    };
    for (size_t unit = 0; unit < disks_.size(); ++unit) {
        const auto& save = drive_of(config_, unit).save;
        if (save.empty()) continue;
        if (const auto saved = disks_[unit]->save(save); !saved) keep_first(saved.error().message);
    }
    if (const auto& error = console_->error()) keep_first(error->message);
    if (monitor_ && monitor_->error()) keep_first(monitor_->error()->message);
    if (const auto done = watchers_->close_trace(); !done) keep_first(done.error().message);
    if (snapshots_ && snapshots_->error()) keep_first(*snapshots_->error());
    if (const auto dumped = dumper_->status(); !dumped) keep_first(dumped.error().message);
}

RunReport RunSession::make_report(const RunObserver& observer, const EndVerdict& verdict, double wall) const {
    const TlbShadow& tlb = machine_->cpu().tlb();
    return {.end = verdict.sentence,
            .exit_status = verdict.status,
            .time = machine_->now(),
            .instructions = machine_->cpu().instructions(),
            .wall_seconds = wall,
            .tlb_sees_fills = tlb.sees_fills(),
            .tlb = tlb.total(),
            .tlb_by_process = observer.tlb_by_process(),
            .page_faults = observer.faults(),
            .faults = watchers_->faults() ? &watchers_->faults()->summary() : nullptr,
            .trace_file = config_.trace.file.string()};
}

int RunSession::run() {
    const auto start = std::chrono::steady_clock::now();
    const bool person =
        window_ != nullptr || console_->interactive() || config_.serial.kind == SerialKind::Pty;
    EmuHost host({.console = *console_,
                  .dumper = *dumper_,
                  .window = window_.get(),
                  .audit = watchers_->audit(),
                  .tlb = watchers_->tlb(),
                  .trace = watchers_->output(),
                  .snapshots = snapshots_.get(),
                  .person = person,
                  .realtime = config_.machine.clock == ClockMode::Realtime});
    RunObserver observer(machine_->cpu(), inspector_.get(), watchers_->listeners());
    if (snapshots_) snapshots_->watch_with(observer, watchers_->faults(), watchers_->events());
    checkpoints_->watch_with({.observer = observer,
                              .faults = watchers_->faults(),
                              .events = watchers_->events(),
                              .trace = watchers_->output(),
                              .tlb = watchers_->tlb(),
                              .audit = watchers_->audit(),
                              .ports = {&serial_, &debug_console_}});
    if (restored_) {
        if (const auto done = restored_->restore(observer, watchers_->faults(), watchers_->events()); !done) {
            note(done.error().message);
            return kExitUsage;
        }
    }
    const RunResult result = run_machine(host, observer);
    StopCause cause = host.cause();
    cause.signal = caught_;
    if (auto violation = watchers_->audit_end(result.end == RunEnd::GuestExit)) cause.audit = violation;
    if (snapshots_) snapshots_->at_end(result);
    finish_outputs(cause);
    const EndVerdict verdict = judge_end(result, cause);
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
    const RunReport report = make_report(observer, verdict, wall.count());
    std::fputs((options_.json ? report_json(report) : report_text(report)).c_str(), stderr);
    return verdict.status;
}

}  // namespace

Result<std::unique_ptr<Session>> Session::create(const Config& config, const Options& options) {
    auto session = std::make_unique<RunSession>(config, options);
    if (auto built = session->build(); !built) return std::unexpected(built.error());
    return session;
}

}  // namespace mmscope

// SPDX-License-Identifier: GPL-2.0-or-later
// Builds the machine, runs it while its spaces are counted, and reads what the kernel counted itself.
#include "app/edition_run.h"

#include <algorithm>
#include <array>
#include <memory>
#include <span>

#include "app/drives.h"
#include "app/file.h"
#include "app/run_end.h"
#include "app/run_observer.h"
#include "app/space_census.h"
#include "introspect/inspector.h"
#include "introspect/objects.h"
#include "machine/machine.h"
#include "trace/fault_tracer.h"

namespace mmscope {

namespace {

constexpr size_t kLargestKernel = 256u << 20, kLargestInitramfs = 1u << 30;
constexpr uint64_t kBetweenCounts = 5'000'000;  // virtual nanoseconds

/// A counter of the kernel (vm_stat) and what it is called here.
struct Counter {
    const char *group, *name, *member;
};
constexpr std::array kCounters = {
    Counter{"look-ups", "find_vma", "find_vma_calls"},
    Counter{"look-ups", "answered by mmap_cache", "find_vma_hits"},
    Counter{"look-ups", "steps of the others", "find_vma_steps"},
    Counter{"look-ups", "most steps of one", "find_vma_worst"},
    Counter{"work", "stacks grown", "stack_grown"},
    Counter{"work", "pages copied on write", "cow_copied"},
    Counter{"work", "pages reused on write", "cow_reused"},
    Counter{"work", "zero pages mapped", "zero_page_mapped"},
    Counter{"work", "pages filled with zeros", "demand_zeroed"},
    Counter{"work", "pages of files mapped", "file_mapped"},
    Counter{"swap", "pages out", "pswpout"},
    Counter{"swap", "pages in", "pswpin"},
    Counter{"swap", "found in the swap cache", "swap_cache_hits"},
    Counter{"swap", "pages looked at", "pgscan"},
    Counter{"swap", "pages taken", "pgsteal"},
};

class CountingHost final : public MachineHost {
  public:
    explicit CountingHost(SpaceCensus& census) : census_(census) {}
    void poll(Machine&) override { census_.count(); }
    void checkpoint(Machine&, uint32_t) override { census_.count(); }

  private:
    SpaceCensus& census_;
};

/// Everything that stands as long as the machine does.
struct Parts {
    std::array<std::unique_ptr<DiskImage>, 2> disks;
    std::string kernel;
    std::unique_ptr<Machine> machine;
    std::unique_ptr<Inspector> inspector;
};

Result<void> load(const Config& config, Parts& parts) {
    auto kernel = read_file(config.boot.kernel, kLargestKernel);
    if (!kernel) return std::unexpected(kernel.error());
    parts.kernel = std::move(*kernel);
    MultibootImage image{
        config.boot.kernel.string(), std::as_bytes(std::span(parts.kernel)), config.boot.cmdline, {}};
    std::string initramfs;
    if (!config.boot.initramfs.empty()) {
        auto file = read_file(config.boot.initramfs, kLargestInitramfs);
        if (!file) return std::unexpected(file.error());
        initramfs = std::move(*file);
        image.modules.push_back({"initramfs", std::as_bytes(std::span(initramfs))});
    }
    if (const auto loaded = parts.machine->load_multiboot(image); !loaded)
        return std::unexpected(loaded.error());
    return {};
}

Result<void> build(const Config& config, Parts& parts) {
    for (size_t unit = 0; unit < parts.disks.size(); ++unit) {
        auto disk = open_drive(config, unit);
        if (!disk) return std::unexpected(disk.error());
        parts.disks[unit] = std::move(*disk);
    }
    const MachineConfig wanted{.ram = config.machine.ram,
                               .mmu = config.cpu.mmu,
                               .rtc_start = config.machine.rtc,
                               .poll_interval = kBetweenCounts,
                               .disks = {parts.disks[0].get(), parts.disks[1].get()}};
    auto machine = Machine::create(wanted, {});
    if (!machine) return std::unexpected(machine.error());
    parts.machine = std::move(*machine);
    if (auto loaded = load(config, parts); !loaded) return loaded;
    Machine& built = *parts.machine;
    const auto moment = [&built] {
        return MachineMoment{built.now(), built.cpu().instructions(), built.cpu().paging()};
    };
    auto inspector = Inspector::from_bytes(std::as_bytes(std::span(parts.kernel)),
                                           config.boot.kernel.string(), built.memory(), moment);
    if (!inspector) return std::unexpected(inspector.error());
    parts.inspector = std::move(*inspector);
    return {};
}

/// 0 for what the kernel does not count.
uint64_t counter_of(const Inspector& inspector, const char* member) {
    const auto objects = Objects::at(inspector);
    const auto counters = objects ? objects->variable("vm_stat") : std::unexpected(objects.error());
    const auto counter = counters ? counters->member(member) : counters;
    return counter ? counter->u32().value_or(0) : 0;
}

void add_figures(const Parts& parts, const SpaceCensus& census, const FaultSummary& faults, EditionRun& run) {
    const auto add = [&run](std::string group, std::string name, uint64_t value) {
        run.figures.push_back({std::move(group), std::move(name), value});
    };
    add("run", "virtual time, microseconds", parts.machine->now().ns / 1000);
    add("run", "instructions", parts.machine->cpu().instructions());
    add("page faults", "all", faults.total());
    std::vector<FaultSummary::Row> kinds = faults.by_kind();
    std::ranges::sort(kinds, {}, &FaultSummary::Row::name);
    for (const FaultSummary::Row& row : kinds)
        add("page faults", row.name, row.count);
    for (const Counter& counter : kCounters)
        add(counter.group, counter.name, counter_of(*parts.inspector, counter.member));
    const SpaceCounts& most = census.most();
    add("areas", "most in one space", most.areas_of_one);
    add("areas", "most in all spaces", most.areas);
    add("areas", "deepest tree", most.depth);
    add("areas", "longest list without a tree", most.longest);
    add("memory", "bytes of mm_struct", census.mm_size());
    add("memory", "bytes of vm_area_struct", census.vma_size());
    add("memory", "most spaces", most.spaces);
    add("memory", "most bytes of descriptors", most.bytes);
    add("memory", "most page tables", most.page_tables);
}

}  // namespace

uint64_t EditionRun::value(std::string_view group, std::string_view name) const {
    const auto found = std::ranges::find_if(
        figures, [&](const Figure& figure) { return figure.group == group && figure.name == name; });
    return found != figures.end() ? found->value : 0;
}

Result<EditionRun> run_edition(const Config& config) {
    Parts parts;
    if (auto built = build(config, parts); !built) return std::unexpected(built.error());
    auto census = SpaceCensus::create(*parts.inspector);
    if (!census) return std::unexpected(census.error());
    FaultTracer tracer(*parts.inspector, nullptr);
    CountingHost host(*census);
    RunObserver observer(parts.machine->cpu(), parts.inspector.get(), {.faults = &tracer});
    parts.machine->set_host(&host);
    parts.machine->set_observer(&observer);
    const RunResult result = parts.machine->run({config.limits.until.value_or(VirtualTime::never())});
    parts.machine->set_observer(nullptr);
    parts.machine->set_host(nullptr);
    tracer.finish();
    const EndVerdict verdict = judge_end(result, {});
    EditionRun run{.edition = parts.inspector->kernel().edition(),
                   .end = verdict.sentence,
                   .status = verdict.status,
                   .figures = {}};
    add_figures(parts, *census, tracer.summary(), run);
    return run;
}

}  // namespace mmscope

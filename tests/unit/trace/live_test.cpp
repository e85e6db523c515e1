// SPDX-License-Identifier: GPL-2.0-or-later
// The real kernel on the machine: what the host works out of its faults against what the kernel counted
// itself.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "introspect/inspector.h"
#include "introspect/typed_ref.h"
#include "machine/machine.h"
#include "trace/fault_tracer.h"

namespace mmscope::test {
namespace {

std::string read_text(const char* path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// Counters of the kernel's vm_stat by name.
using Counters = std::map<std::string, uint32_t>;

Counters read_vm_stat(const Inspector& inspector) {
    const KernelMemory kernel = inspector.memory().value();
    const auto stat = TypedRef::variable(inspector.kernel().image(), "vm_stat", kernel.memory);
    Counters counters;
    for (const Member& member : stat->type().resolved().members) {
        counters[member.name] = stat->member(member.name)->u32().value();
    }
    return counters;
}

class Collector final : public TraceSink {
  public:
    Result<void> write(const FaultRecord& record) override {
        return records.push_back(record), Result<void>{};
    }
    Result<void> write(const EventRecord&) override { return {}; }
    Result<void> flush() override { return {}; }
    Result<void> close(const TraceEnd&) override { return {}; }
    [[nodiscard]] uint32_t count(FaultKind kind) const {
        return static_cast<uint32_t>(std::count_if(records.begin(), records.end(),
                                                   [kind](const FaultRecord& r) { return r.kind == kind; }));
    }
    std::vector<FaultRecord> records;
};

/// Takes the kernel's counters when the tour begins and when it ends (its first and last checkpoint).
class Host final : public MachineHost {
  public:
    Host(const Inspector& inspector, const Collector& collector)
        : inspector_(inspector), collector_(collector) {}
    void checkpoint(Machine&, uint32_t) override {
        marks.push_back({read_vm_stat(inspector_), collector_.records.size()});
    }
    struct Mark {
        Counters counters;
        size_t records;
    };
    std::vector<Mark> marks;

  private:
    const Inspector& inspector_;
    const Collector& collector_;
};

class LiveTrace : public ::testing::Test {
  protected:
    LiveTrace() {
        const std::string kernel = read_text(KERNEL), initramfs = read_text(INITRAMFS);
        machine = std::move(*Machine::create({}, {}));
        const auto loaded = machine->load_multiboot({KERNEL,
                                                     std::as_bytes(std::span(kernel)),
                                                     "",
                                                     {{"initramfs", std::as_bytes(std::span(initramfs))}}});
        EXPECT_TRUE(loaded) << loaded.error().message;
        inspector = std::move(*Inspector::open(KERNEL, machine->memory(), [this] {
            return MachineMoment{machine->now(), machine->cpu().instructions(), machine->cpu().paging()};
        }));
        tracer = std::make_unique<FaultTracer>(*inspector, &output);
        host = std::make_unique<Host>(*inspector, collector);
        machine->set_observer(tracer.get());
        machine->set_host(host.get());
        result = machine->run({VirtualTime{60'000'000'000}});
        machine->set_observer(nullptr);
        tracer->finish();
    }
    std::unique_ptr<Machine> machine;
    std::unique_ptr<Inspector> inspector;
    Collector collector;
    TraceOutput output{collector};
    std::unique_ptr<FaultTracer> tracer;
    std::unique_ptr<Host> host;
    RunResult result;
};

TEST_F(LiveTrace, every_fault_of_the_tour_has_task_instruction_and_a_definite_kind) {
    ASSERT_EQ(result.end, RunEnd::GuestExit) << result.report;
    ASSERT_GT(collector.records.size(), 100u);
    for (const FaultRecord& r : collector.records) {
        const std::string who = fmt::format("fault {} at {:08x}", r.begin.sequence, r.begin.cr2.value);
        EXPECT_EQ(r.note, "") << who;
        EXPECT_NE(r.task.pid, 0u) << who;
        EXPECT_NE(r.kind, FaultKind::Unresolved) << who;
        EXPECT_NE(r.kind, FaultKind::Unfinished) << who;
        EXPECT_NE(r.kind, FaultKind::KernelOops) << who;
        EXPECT_NE(r.instruction, "(bad)") << who;
        if (r.kind != FaultKind::SegvMap) {
            EXPECT_TRUE(r.vma.has_value()) << who;
        }
    }
    for (const FaultKind kind :
         {FaultKind::DemandZero, FaultKind::ZeroPage, FaultKind::FileRead, FaultKind::CowCopy,
          FaultKind::CowReuse, FaultKind::StackGrowth, FaultKind::SegvMap, FaultKind::SegvAccess}) {
        EXPECT_GT(collector.count(kind), 0u) << to_string(kind);
    }
}

TEST_F(LiveTrace, kinds_agree_with_what_the_kernel_counted) {
    ASSERT_GE(host->marks.size(), 2u);
    // The kernel also fills stacks of new programs, without faults, before the tour starts its stops.
    const auto& [first, from] = host->marks.front();
    const auto& [last, to] = host->marks.back();
    std::map<FaultKind, uint32_t> kinds;
    for (size_t i = from; i < to; ++i)
        ++kinds[collector.records[i].kind];
    const auto grown = [&, &begin = first, &end = last](const char* name) {
        return end.at(name) - begin.at(name);
    };
    EXPECT_EQ(kinds[FaultKind::ZeroPage], grown("zero_page_mapped"));
    EXPECT_EQ(kinds[FaultKind::FileRead], grown("file_mapped"));
    EXPECT_EQ(kinds[FaultKind::CowCopy], grown("cow_copied"));
    EXPECT_EQ(kinds[FaultKind::CowReuse], grown("cow_reused"));
    EXPECT_EQ(kinds[FaultKind::StackGrowth], grown("stack_grown"));
    // Memory that the stack grew by is zeroed too.
    EXPECT_EQ(kinds[FaultKind::DemandZero] + kinds[FaultKind::StackGrowth], grown("demand_zeroed"));
}

}  // namespace
}  // namespace mmscope::test

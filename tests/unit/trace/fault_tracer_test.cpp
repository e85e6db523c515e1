// SPDX-License-Identifier: GPL-2.0-or-later
// Faults and returns as the processor tells them, on fake guest memory: matching, kinds, outcomes.
#include "trace/fault_tracer.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>

#include "fake_guest.h"
#include "introspect/walkers.h"

namespace mmscope::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Recorder final : public TraceSink {
  public:
    Result<void> write(const FaultRecord& record) override {
        if (full) return fail("t.jsonl: disk full");
        records.push_back(record);
        return {};
    }
    Result<void> write(const EventRecord&) override { return {}; }
    Result<void> flush() override { return {}; }
    Result<void> close(const TraceEnd& e) override {
        end = e;
        return {};
    }
    std::vector<std::string> words() const {
        std::vector<std::string> out;
        for (const FaultRecord& r : records) {
            out.push_back(fmt::format("{} {} {} {}", r.begin.sequence, r.task.pid, to_string(r.kind),
                                      to_string(r.outcome)));
        }
        return out;
    }
    bool full = false;
    std::vector<FaultRecord> records;
    std::optional<TraceEnd> end;
};

constexpr uint32_t kUserRw = kPresent | kWritable | kUser | kAccessed | kDirty;
constexpr uint32_t kEip = 0x08048100;

class Tracer : public ::testing::Test {
  protected:
    Tracer() {
        mm = guest.add_mm();
        guest.add_vma(mm, 0x08048000, 0x0804A000, 0x875, guest.add_file("/bin/tour", 5, 0x1800));
        guest.add_vma(mm, 0x40000000, 0x40010000, 0x100073);
        stack = guest.add_vma(mm, 0xBFFFE000, 0xC0000000, 0x100173);
        guest.set(mm, "mm_struct", "start_stack", 0xBFFFF000);
        guest.rebuild_tree(mm);
        task = guest.add_task(3, "tour", mm);
        other = guest.add_task(4, "other", mm);
        guest.run(task);
    }
    /// Raises a fault of the running task; its frame is `frame`.
    void fault(uint32_t cr2, uint32_t error_code, uint32_t frame = 0xC0500FE8) {
        PageFault f{};
        f.sequence = sequence++;
        f.time = VirtualTime{now += 100};
        f.cr2 = LinearAddr(cr2);
        f.error_code = error_code;
        f.access = error_code & kFaultWrite ? Access::Write : Access::Read;
        f.eip = LinearAddr(error_code & kFaultUser ? kEip : guest.symbol("arch_get_unmapped_area").value);
        f.cpl = error_code & kFaultUser ? 3 : 0;
        f.directory = guest.directory_of(mm);
        f.walk = walk_page(guest, mode(), f.cr2);
        f.frame = LinearAddr(frame);
        f.instruction = {0x89, 0x08};
        f.instruction_size = 2;
        tracer.page_fault(f);
    }
    void back(uint32_t eip = kEip, uint32_t cs = 0x73, uint32_t frame = 0xC0500FE8) {
        tracer.interrupt_return({VirtualTime{now += 700}, 0, LinearAddr(frame + 4), eip, cs});
    }
    PagingMode mode() const {
        PagingMode m = guest.moment.paging;
        m.directory = guest.directory_of(mm);
        return m;
    }
    const FaultRecord& last() const { return sink.records.back(); }

    FakeGuest guest;
    LinearAddr mm, task, other, stack;
    Recorder sink;
    TraceOutput output{sink};
    FaultTracer tracer{guest.inspector(), &output};
    uint64_t sequence = 0, now = 0;
};

TEST_F(Tracer, a_fault_and_its_return_make_one_record_with_everything_in_it) {
    fault(0x40001234, kFaultUser | kFaultWrite);
    EXPECT_TRUE(sink.records.empty());
    guest.map_user(mm, 0x40001000, 0x7000 | kUserRw);
    back();
    ASSERT_EQ(sink.records.size(), 1u);
    const FaultRecord& r = last();
    EXPECT_EQ(r.kind, FaultKind::DemandZero);
    EXPECT_EQ(r.outcome, FaultOutcome::Retried);
    EXPECT_EQ(r.task.pid, 3u);
    EXPECT_EQ(r.task.comm, "tour");
    EXPECT_EQ(r.task.mm, mm);
    ASSERT_TRUE(r.vma.has_value());
    EXPECT_EQ(r.vma->start, LinearAddr(0x40000000));
    EXPECT_EQ(r.entry_before, 0u);
    EXPECT_EQ(r.entry_after, 0x7000 | kUserRw);
    EXPECT_EQ(r.frame, PhysAddr(0x7000));
    EXPECT_EQ(r.duration_ns, 700u);
    EXPECT_EQ(r.instruction, "mov dword ptr [eax], ecx");
    EXPECT_EQ(r.symbol, "");
    EXPECT_EQ(r.note, "");
}

TEST_F(Tracer, the_zero_page_is_known_by_its_symbol) {
    fault(0x40001234, kFaultUser);
    const uint32_t frame = guest.symbol("empty_zero_page").value - kPageOffset;
    guest.map_user(mm, 0x40001000, frame | kPresent | kUser | kAccessed);
    back();
    EXPECT_EQ(last().kind, FaultKind::ZeroPage);
    // Its first write gets a frame of its own.
    fault(0x40001234, kFaultUser | kFaultWrite | kFaultProtection);
    guest.map_user(mm, 0x40001000, 0x7000 | kUserRw);
    back();
    EXPECT_EQ(last().kind, FaultKind::DemandZero);
    EXPECT_EQ(last().entry_before, frame | kPresent | kUser | kAccessed);
}

TEST_F(Tracer, an_instruction_that_could_not_be_fetched_is_read_when_its_page_is_there) {
    PageFault f{};
    f.cr2 = f.eip = LinearAddr(0x08049FFE);  // the last two bytes of its page, and no page behind it
    f.error_code = kFaultUser;
    f.access = Access::Fetch;
    f.cpl = 3;
    f.directory = guest.directory_of(mm);
    f.frame = LinearAddr(0xC0500FE8);
    tracer.page_fault(f);
    const LinearAddr code = guest.text("");
    guest.poke(code + 4094, std::as_bytes(std::span("\x89\x08", 2)));
    guest.map_user(mm, 0x08049000, (code.value - kPageOffset) | kPresent | kUser);
    back(f.eip.value);
    EXPECT_EQ(last().instruction, "mov dword ptr [eax], ecx");
    EXPECT_EQ(last().kind, FaultKind::FileRead);
}

TEST_F(Tracer, a_page_of_a_file_carries_the_file_and_its_offset) {
    fault(0x08049010, kFaultUser);
    guest.map_user(mm, 0x08049000, 0x7000 | kPresent | kUser);
    back();
    EXPECT_EQ(last().kind, FaultKind::FileRead);
    EXPECT_EQ(last().vma->file->path, "/bin/tour");
}

TEST_F(Tracer, a_stack_that_grew_shows_the_area_as_it_is_afterwards) {
    fault(0xBFFFDFF0, kFaultUser | kFaultWrite);
    guest.set(stack, "vm_area_struct", "vm_start", 0xBFFFD000);
    guest.map_user(mm, 0xBFFFD000, 0x7000 | kUserRw);
    back();
    EXPECT_EQ(last().kind, FaultKind::StackGrowth);
    EXPECT_EQ(last().vma->start, LinearAddr(0xBFFFD000));
    EXPECT_EQ(last().vma->name, "[stack]");
}

TEST_F(Tracer, a_handler_in_user_mode_is_a_signal) {
    fault(0x00000000, kFaultUser);
    back(0x08048F00);
    EXPECT_THAT(sink.words(), ElementsAre("0 3 segv_map signal"));
    EXPECT_FALSE(last().vma.has_value());
}

TEST_F(Tracer, the_kernels_own_fault_names_its_function_and_its_fix_up) {
    fault(0x00000010, kFaultWrite, 0xC0500F00);
    back(0xC0100004, 0x60, 0xC0500F00);
    EXPECT_THAT(sink.words(), ElementsAre("0 3 kernel_fixup fixed_up"));
    EXPECT_EQ(last().symbol, "arch_get_unmapped_area");
}

TEST_F(Tracer, a_directory_entry_copied_from_the_master_is_vmalloc_sync) {
    const LinearAddr entry(kPageOffset + guest.directory_of(mm).value + 772 * 4);
    const uint32_t master = guest.memory().memory.read_u32(guest.symbol("swapper_pg_dir") + 772 * 4).value();
    guest.poke_u32(entry, 0);
    fault(0xC1001000, 0, 0xC0500F00);
    guest.poke_u32(entry, master);
    back(guest.symbol("arch_get_unmapped_area").value, 0x60, 0xC0500F00);
    EXPECT_THAT(sink.words(), ElementsAre("0 3 vmalloc_sync retried"));
}

TEST_F(Tracer, faults_that_sleep_end_in_the_order_of_their_returns) {
    fault(0x40001000, kFaultUser | kFaultWrite, 0xC0500FE8);
    guest.run(other);
    fault(0x40002000, kFaultUser | kFaultWrite, 0xC0600FE8);
    guest.map_user(mm, 0x40002000, 0x8000 | kUserRw);
    back(kEip, 0x73, 0xC0600FE8);
    guest.run(task);
    guest.map_user(mm, 0x40001000, 0x7000 | kUserRw);
    back(kEip, 0x73, 0xC0500FE8);
    EXPECT_THAT(sink.words(), ElementsAre("1 4 demand_zero retried", "0 3 demand_zero retried"));
}

TEST_F(Tracer, returns_of_other_frames_leave_the_fault_pending) {
    fault(0x40001000, kFaultUser | kFaultWrite);
    back(kEip, 0x73, 0xC0500F00);  // an interrupt inside the handler
    EXPECT_TRUE(sink.records.empty());
}

TEST_F(Tracer, a_task_that_died_in_its_fault_is_found_at_the_next_fault) {
    fault(0x00000000, kFaultUser);
    guest.set(task, "task_struct", "exit_state", 16);
    guest.run(other);
    fault(0x40001000, kFaultUser | kFaultWrite, 0xC0600FE8);
    EXPECT_THAT(sink.words(), ElementsAre("0 3 segv_map killed"));
    EXPECT_FALSE(last().duration_ns.has_value());
}

TEST_F(Tracer, a_task_whose_memory_was_used_again_is_dead) {
    fault(0x0804A000 - 0x10, kFaultUser | kFaultWrite | kFaultProtection);
    guest.set(task, "task_struct", "pid", 77);
    tracer.finish();
    EXPECT_THAT(sink.words(), ElementsAre("0 3 segv_access killed"));
}

TEST_F(Tracer, a_kernel_stack_that_is_used_again_does_not_end_another_tasks_fault) {
    fault(0x00000000, kFaultUser);
    guest.run(other);  // its first return from fork goes through the same place of a stack that was freed
    back();
    EXPECT_THAT(sink.words(), ElementsAre("0 3 segv_map killed"));
    guest.run(task);
    fault(0x00000000, kFaultUser);
    guest.run(other);
    fault(0x40001000, kFaultUser);
    EXPECT_THAT(sink.words(), ElementsAre("0 3 segv_map killed", "1 3 segv_map killed"));
}

TEST_F(Tracer, what_is_pending_at_the_end_is_unfinished_and_the_trace_is_closed) {
    fault(0x40001000, kFaultUser | kFaultWrite);
    tracer.finish();
    ASSERT_TRUE(output.close(VirtualTime{5000}, 42).has_value());
    EXPECT_THAT(sink.words(), ElementsAre("0 3 unfinished unfinished"));
    ASSERT_TRUE(sink.end.has_value());
    EXPECT_EQ(sink.end->records, 1u);
    EXPECT_EQ(sink.end->time.ns, 5000u);
}

TEST_F(Tracer, filters_choose_what_is_written_and_the_summary_counts_all) {
    TraceOutput some{
        sink,
        {.pids = {4}, .addresses = {{LinearAddr(0x40002000), LinearAddr(0x40003000)}}, .kinds = {"unf*"}}};
    FaultTracer filtered{guest.inspector(), &some};
    PageFault f{};
    f.frame = LinearAddr(0xC0500FE8);
    for (const auto& [who, cr2] :
         {std::pair(task, 0x40002000u), {other, 0x40002FFFu}, {other, 0x40003000u}}) {
        guest.run(who);
        f.cr2 = LinearAddr(cr2);
        f.frame = f.frame + 4096;
        filtered.page_fault(f);
    }
    filtered.finish();
    EXPECT_EQ(filtered.summary().total(), 3u);
    ASSERT_EQ(sink.records.size(), 1u);
    EXPECT_EQ(last().begin.cr2, LinearAddr(0x40002FFF));
}

TEST_F(Tracer, a_sink_that_fails_is_told_and_counting_goes_on) {
    sink.full = true;
    fault(0x40001000, kFaultUser | kFaultWrite);
    back();
    EXPECT_TRUE(output.failed());
    fault(0x40001000, kFaultUser | kFaultWrite);
    tracer.finish();
    EXPECT_EQ(output.close({}, 0).error().message, "t.jsonl: disk full");
    EXPECT_EQ(tracer.summary().total(), 2u);
    EXPECT_FALSE(sink.end.has_value());
}

TEST_F(Tracer, a_fault_before_the_kernel_knows_tasks_is_recorded_with_a_note) {
    guest.poke_u32(guest.symbol("current_task"), 0);
    fault(0x00000010, 0, 0xC0500F00);
    back(guest.symbol("arch_get_unmapped_area").value + 5, 0x60, 0xC0500F00);
    EXPECT_THAT(sink.words(), ElementsAre("0 0 kernel_fixup fixed_up"));
    EXPECT_THAT(last().note, HasSubstr("task_struct @00000000: not mapped (current_task)"));
    EXPECT_EQ(last().task.comm, "?");
}

TEST_F(Tracer, a_corrupt_tree_costs_the_area_and_leaves_a_note) {
    guest.set(mm, "mm_struct", "mm_rb.rb_node", 0xF0000000);
    fault(0x40001000, kFaultUser | kFaultWrite);
    guest.map_user(mm, 0x40001000, 0x7000 | kUserRw);
    back();
    EXPECT_FALSE(last().vma.has_value());
    EXPECT_THAT(last().note, HasSubstr("vm_area_struct.vm_rb @f0000000: not mapped"));
}

TEST_F(Tracer, many_faults_are_traced_to_a_file) {
    const std::string file = ::testing::TempDir() + "mmscope-cost.jsonl";
    auto jsonl = open_trace_sink(file, {"0", "2.6.28"}).value();
    TraceOutput to_file{*jsonl};
    FaultTracer measured{guest.inspector(), &to_file};
    PageFault f{};
    f.frame = LinearAddr(0xC0500FE8);
    f.cr2 = LinearAddr(0x40001000);
    f.error_code = kFaultUser | kFaultWrite;
    f.cpl = 3;
    f.directory = guest.directory_of(mm);
    f.instruction = {0x89, 0x08};
    f.instruction_size = 2;
    guest.map_user(mm, 0x40001000, 0x7000 | kUserRw);
    constexpr int kFaults = 20000;
    const std::clock_t begin = std::clock();  // processor time: other programs do not count
    for (int i = 0; i < kFaults; ++i) {
        measured.page_fault(f);
        measured.interrupt_return({VirtualTime{100}, 0, f.frame + 4, 0, 0x73});
    }
    measured.finish();
    ASSERT_TRUE(to_file.close({}, 0).has_value());
    const double microseconds = static_cast<double>(std::clock() - begin) * 1e6 / CLOCKS_PER_SEC;
    RecordProperty("microseconds_a_fault", fmt::format("{:.2f}", microseconds / kFaults));
    EXPECT_EQ(measured.summary().total(), static_cast<uint64_t>(kFaults));
    std::remove(file.c_str());
}

}  // namespace
}  // namespace mmscope::test

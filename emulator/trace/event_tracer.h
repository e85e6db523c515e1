// SPDX-License-Identifier: GPL-2.0-or-later
// Watches calls of the guest's functions, and what its processor does, and hands on one record for each.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "cpu/cpu.h"
#include "introspect/inspector.h"
#include "mmu/tlb_audit.h"
#include "trace/event_rules.h"
#include "trace/guest_value.h"
#include "trace/trace_output.h"

namespace mmscope {

class StateVisitor;

/// The guest is not told and not asked: entries are known by symbol, exits by disassembling the body,
/// arguments by the debug information. A function that nobody traces costs nothing.
class EventTracer {
  public:
    /// Prepares the events that `patterns` choose. `inspector` and `output` must outlive it. Error: the
    /// kernel lacks what an event that is named in full needs (which function, parameter or member). An event
    /// that only a pattern chooses is left out then, see notes().
    static Result<std::unique_ptr<EventTracer>> create(const Inspector& inspector, TraceOutput& output,
                                                       const std::vector<std::string>& patterns);

    /// For Cpu::watch_instructions().
    [[nodiscard]] std::vector<LinearAddr> watched() const;
    /// What will not be seen, in words.
    [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }

    void reached(const InstructionReached& where);
    /// What a later trace of the same machine depends on: calls that are going on, and known page tables.
    void state(StateVisitor& visitor);
    // As CpuObserver has them.
    void tlb_filled(const Walk& walk, const CpuMoment& now);
    void tlb_dropped(TlbDrop how, LinearAddr page, const CpuMoment& now);
    void memory_written(const MemoryWrite& write, const CpuMoment& now);
    [[nodiscard]] bool wants_tlb_events() const { return fills_ || flushes_ || invalidations_ || changes_; }
    [[nodiscard]] bool wants_memory_writes() const { return changes_; }
    /// Calls that have not returned are written as they are.
    void finish();

  private:
    struct Field {
        std::string_view key;
        Show show;
        GuestValue value;
    };
    /// A rule as this kernel lets it be read.
    struct Probe {
        const EventRule* rule = nullptr;
        std::vector<LinearAddr> exits;  // ascending
        std::optional<GuestValue> start, end, mm;
        std::vector<Field> before, after;
    };
    struct Pending {
        const Probe* probe = nullptr;
        LinearAddr stack;  // ESP at the entry
        CallMoment call = {};
        EventRecord record = {};
        LinearAddr mm = {};  // whose counters are told
        uint32_t count_before = 0;
        bool freed = false;
    };

    EventTracer(const Inspector& inspector, TraceOutput& output)
        : inspector_(inspector), output_(output), tables_(inspector.physical()) {}
    /// Keys that rules about an mm have besides their own.
    static constexpr std::array<std::string_view, 6> kCounterKeys = {
        "mm_struct", "users_before", "count_before", "users", "count", "freed"};
    static std::string_view known_key(const Probe& probe, std::string_view key);
    static void visit_fields(StateVisitor& visitor, const Probe& probe, std::vector<EventField>& fields);
    static void visit_pending(StateVisitor& visitor, Pending& pending);
    [[nodiscard]] LinearAddr entry_of(const Probe& probe) const;

    Result<void> prepare(const EventRule& rule);
    void enter(const KernelMemory& now, const Probe& probe, const InstructionReached& where);
    void leave(const KernelMemory& now, Pending& pending, const InstructionReached& where);
    void add_fields(const KernelMemory& now, const std::vector<Field>& fields, const CallMoment& call,
                    EventRecord& record);
    /// mm_users and mm_count under keys that end in `when`; yields mm_count.
    uint32_t add_counters(const KernelMemory& now, LinearAddr mm, bool before, EventRecord& record);
    void settle_abandoned(const Probe& probe, const InstructionReached& where, LinearAddr task);
    /// An event of the processor, or none before the kernel has turned paging on.
    [[nodiscard]] std::optional<EventRecord> begin(std::string_view event, const CpuMoment& now) const;

    const Inspector& inspector_;
    TraceOutput& output_;
    std::vector<std::unique_ptr<Probe>> probes_;
    std::map<LinearAddr, const Probe*> entries_;
    std::vector<Pending> pending_;  // calls that are going on, the latest last
    std::vector<std::string> notes_;
    bool fills_ = false, flushes_ = false, invalidations_ = false, changes_ = false;  // which are chosen
    TlbAudit tables_;
};

}  // namespace mmscope

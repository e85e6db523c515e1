// SPDX-License-Identifier: GPL-2.0-or-later
// The steps of SDM vol. 2, "INT n", and the nesting rules of SDM vol. 3, section 6.15 (#DF).
#include "cpu/exceptions.h"

#include <fmt/format.h>

namespace mmscope {
namespace {

using Fault = Interruption;
template <class T>
using OrFault = std::expected<T, Fault>;

std::unexpected<Fault> raise(uint8_t vector, uint32_t error) {
    return std::unexpected(Fault{.vector = vector, .origin = Origin::Exception, .error_code = error});
}

/// EXT of an error code: set if the event is not the program's own INT (SDM vol. 3, section 6.13).
uint32_t external(const Interruption& what) {
    return what.origin == Origin::Software ? 0 : 1;
}

OrFault<Descriptor> read_eight(SupervisorMemory& memory, LinearAddr at) {
    const auto quad = memory.read_quad(at);
    if (!quad) return std::unexpected(quad.error());
    return Descriptor{static_cast<uint32_t>(*quad), static_cast<uint32_t>(*quad >> 32)};
}

/// The descriptor behind a selector that is not null; `vector` and `ext` word the fault if it is out of
/// range.
OrFault<Descriptor> read_descriptor(const CpuState& state, SupervisorMemory& memory, Selector selector,
                                    uint8_t vector, uint32_t ext) {
    const uint32_t base = selector.local() ? state.ldtr.base : state.gdt.base;
    const uint32_t limit = selector.local() ? state.ldtr.limit : state.gdt.limit;
    const bool no_table = selector.local() && state.ldtr.selector.null();
    if (no_table || selector.offset() + 7 > limit) return raise(vector, selector.error() | ext);
    return read_eight(memory, LinearAddr(base + selector.offset()));
}

SegmentRegister load(Selector selector, const Descriptor& descriptor) {
    return {.selector = selector,
            .base = descriptor.base(),
            .limit = descriptor.limit(),
            .flags = descriptor.high | kDescAccessed};
}

/// A stack to push on: its pointer is 16 or 32 bits wide as SS.B says.
class Stack {
  public:
    Stack(const SegmentRegister& segment, uint32_t pointer) : segment_(segment), pointer_(pointer) {}

    [[nodiscard]] uint32_t pointer() const { return pointer_; }
    [[nodiscard]] const SegmentRegister& segment() const { return segment_; }
    [[nodiscard]] LinearAddr top() const { return LinearAddr(segment_.base + offset(pointer_)); }

    /// True if `size` bytes below the pointer lie inside the segment.
    [[nodiscard]] bool has_room(uint32_t size) const {
        const uint32_t last = offset(pointer_ - 1);
        const uint32_t first = offset(pointer_ - size);
        if (first > last) return false;
        if (!(segment_.flags & kDescExpandDown)) return last <= segment_.limit;
        const uint32_t top = segment_.big() ? UINT32_MAX : 0xFFFF;
        return first > segment_.limit && last <= top;
    }

    std::optional<Fault> push(SupervisorMemory& memory, Width width, uint32_t value) {
        const uint32_t next = pointer_ - bytes(width);
        const LinearAddr at(segment_.base + offset(next));
        if (auto fault = memory.write(at, width, value)) return fault;
        pointer_ = segment_.big() ? next : (pointer_ & 0xFFFF0000) | (next & 0xFFFF);
        return std::nullopt;
    }

  private:
    [[nodiscard]] uint32_t offset(uint32_t pointer) const {
        return segment_.big() ? pointer : pointer & 0xFFFF;
    }
    SegmentRegister segment_;
    uint32_t pointer_;
};

OrFault<Gate> read_gate(const CpuState& state, SupervisorMemory& memory, const Interruption& what) {
    const uint32_t error = what.vector * 8u + 2 + external(what);
    if (what.vector * 8u + 7 > state.idt.limit) return raise(kGeneralProtection, error);
    const auto raw = read_eight(memory, LinearAddr(state.idt.base + what.vector * 8u));
    if (!raw) return std::unexpected(raw.error());
    const Gate gate{*raw};
    if (!gate.valid()) return raise(kGeneralProtection, error);
    if (what.origin == Origin::Software && raw->dpl() < state.cpl) return raise(kGeneralProtection, error);
    if (!raw->present()) return raise(kSegmentNotPresent, error);
    return gate;
}

OrFault<Descriptor> read_handler_segment(const CpuState& state, SupervisorMemory& memory, Selector selector,
                                         uint32_t ext) {
    if (selector.null()) return raise(kGeneralProtection, ext);
    const auto code = read_descriptor(state, memory, selector, kGeneralProtection, ext);
    if (!code) return code;
    if (!code->is_code() || code->dpl() > state.cpl) return raise(kGeneralProtection, selector.error() | ext);
    if (!code->present()) return raise(kSegmentNotPresent, selector.error() | ext);
    return code;
}

/// SS:ESP for `cpl` out of the current TSS (SDM vol. 3, figures 7-2 and 7-10).
struct TssStack {
    Selector selector;
    uint32_t pointer;
};

OrFault<TssStack> read_tss_stack(const CpuState& state, SupervisorMemory& memory, uint8_t cpl, uint32_t ext) {
    const uint8_t type = state.tr.descriptor().type();
    const bool wide = (type & 8) != 0;
    const uint32_t offset = wide ? cpl * 8u + 4 : cpl * 4u + 2;
    const uint32_t last = offset + (wide ? 5 : 3);
    const bool is_tss = (type & 5) == 1 && state.tr.descriptor().present();
    if (!is_tss || last > state.tr.limit) return raise(kInvalidTss, state.tr.selector.error() | ext);
    const LinearAddr at(state.tr.base + offset);
    const auto pointer = memory.read(at, wide ? Width::Dword : Width::Word);
    if (!pointer) return std::unexpected(pointer.error());
    const auto selector = memory.read(at + (wide ? 4 : 2), Width::Word);
    if (!selector) return std::unexpected(selector.error());
    return TssStack{{static_cast<uint16_t>(*selector)}, *pointer};
}

OrFault<Stack> switch_stack(const CpuState& state, SupervisorMemory& memory, uint8_t cpl, uint32_t ext) {
    const auto from = read_tss_stack(state, memory, cpl, ext);
    if (!from) return std::unexpected(from.error());
    const Selector selector = from->selector;
    if (selector.null()) return raise(kInvalidTss, ext);
    const auto data = read_descriptor(state, memory, selector, kInvalidTss, ext);
    if (!data) return std::unexpected(data.error());
    const bool fit = selector.rpl() == cpl && data->dpl() == cpl && data->is_writable_data();
    if (!fit) return raise(kInvalidTss, selector.error() | ext);
    if (!data->present()) return raise(kStackFault, selector.error() | ext);
    return Stack(load(selector, *data), from->pointer);
}

/// Faults leave EIP at the instruction; traps, aborts and interrupts do not (SDM vol. 3, table 6-1).
bool is_fault(const Interruption& what) {
    if (what.origin != Origin::Exception) return false;
    return what.vector != kDebug && what.vector != kBreakpoint && what.vector != kOverflow &&
           what.vector != kDoubleFault;
}

/// What is pushed, from the first push to the last.
struct Frame {
    std::array<uint32_t, 10> words{};
    uint32_t count = 0;

    void add(uint32_t word) { words[count++] = word; }
};

Frame build_frame(const CpuState& state, const Interruption& what, bool switches) {
    Frame frame;
    if (state.eflags & kFlagVm) {
        for (const SegmentIndex index : {kGs, kFs, kDs, kEs})
            frame.add(state.segments[index].selector.value);
    }
    if (switches) {
        frame.add(state.segments[kSs].selector.value);
        frame.add(state.regs[kEsp]);
    }
    // A fault's image has RF set, so that a code breakpoint does not stop its restart (SDM vol. 3, 17.3.1.1).
    frame.add(is_fault(what) ? state.eflags | kFlagRf : state.eflags);
    frame.add(state.segments[kCs].selector.value);
    frame.add(state.eip);
    if (what.origin == Origin::Exception && pushes_error_code(what.vector)) frame.add(what.error_code);
    return frame;
}

/// Nothing may be half-pushed when a page is missing, and CR2 is to name the first push that fails.
std::optional<Fault> probe_pushes(const Stack& stack, SupervisorMemory& memory, uint32_t count, Width width) {
    std::optional<LinearAddr> good;
    for (uint32_t i = 1; i <= count; ++i) {
        const LinearAddr at = stack.top() - i * bytes(width);
        if (good && at.page() == *good) continue;
        if (auto fault = memory.probe_write(at, bytes(width))) return fault;
        good = at.page();
    }
    return std::nullopt;
}

OrFault<Delivered> push_frame(Stack& stack, SupervisorMemory& memory, const Frame& frame, Width width,
                              uint32_t no_room_error) {
    const uint32_t size = frame.count * bytes(width);
    if (!stack.has_room(size)) return raise(kStackFault, no_room_error);
    if (auto fault = probe_pushes(stack, memory, frame.count, width)) return std::unexpected(*fault);
    for (uint32_t i = 0; i < frame.count; ++i) {
        if (auto fault = stack.push(memory, width, frame.words[i])) return std::unexpected(*fault);
    }
    return Delivered{.frame = stack.top()};
}

void enter_handler(CpuState& state, const Gate& gate, const Descriptor& code, uint8_t cpl) {
    const bool from_vm86 = (state.eflags & kFlagVm) != 0;
    const auto selector = static_cast<uint16_t>(gate.selector().error() | cpl);
    state.segments[kCs] = load({selector}, code);
    state.eip = gate.offset();
    state.cpl = cpl;
    state.eflags &= ~uint32_t{kFlagTf | kFlagNt | kFlagRf | kFlagVm};
    if (gate.clears_if()) state.eflags &= ~uint32_t{kFlagIf};
    state.interrupt_shadow = false;
    if (!from_vm86) return;
    for (const SegmentIndex index : {kGs, kFs, kDs, kEs})
        state.segments[index] = {};
}

DeliveryResult deliver_protected(CpuState& state, SupervisorMemory& memory, const Interruption& what,
                                 const Gate& gate) {
    const uint32_t ext = external(what);
    const Selector selector = gate.selector();
    const auto code = read_handler_segment(state, memory, selector, ext);
    if (!code) return std::unexpected(code.error());

    const bool inner = !code->conforming() && code->dpl() < state.cpl;
    if ((state.eflags & kFlagVm) && !(inner && code->dpl() == 0)) {
        return raise(kGeneralProtection, selector.error() | ext);
    }
    const uint8_t cpl = inner ? code->dpl() : state.cpl;
    Stack stack(state.segments[kSs], state.regs[kEsp]);
    uint32_t no_room_error = ext;
    if (inner) {
        const auto switched = switch_stack(state, memory, cpl, ext);
        if (!switched) return std::unexpected(switched.error());
        stack = *switched;
        no_room_error = stack.segment().selector.error() | ext;
    }
    if (gate.offset() > code->limit()) return raise(kGeneralProtection, ext);

    const Width width = gate.wide() ? Width::Dword : Width::Word;
    auto delivered = push_frame(stack, memory, build_frame(state, what, inner), width, no_room_error);
    if (!delivered) return delivered;
    delivered->old_cpl = state.cpl;
    state.segments[kSs] = stack.segment();
    state.regs[kEsp] = stack.pointer();
    enter_handler(state, gate, *code, cpl);
    return delivered;
}

/// Real-address mode: the vector table holds offset and segment (SDM vol. 3, section 20.1.4).
DeliveryResult deliver_real(CpuState& state, SupervisorMemory& memory, const Interruption& what) {
    const uint32_t at = what.vector * 4u;
    if (at + 3 > state.idt.limit) return raise(kGeneralProtection, 0);
    const auto entry = memory.read(LinearAddr(state.idt.base + at), Width::Dword);
    if (!entry) return std::unexpected(entry.error());
    Frame frame;
    for (const uint32_t word : {state.eflags, uint32_t{state.segments[kCs].selector.value}, state.eip}) {
        frame.add(word & 0xFFFF);
    }
    Stack stack(state.segments[kSs], state.regs[kEsp]);
    auto delivered = push_frame(stack, memory, frame, Width::Word, 0);
    if (!delivered) return delivered;
    state.regs[kEsp] = stack.pointer();
    state.segments[kCs].selector = {static_cast<uint16_t>(*entry >> 16)};
    state.segments[kCs].base = (*entry >> 16) << 4;
    state.eip = *entry & 0xFFFF;
    state.eflags &= ~uint32_t{kFlagTf | kFlagIf | kFlagRf};
    state.interrupt_shadow = false;
    return delivered;
}

enum class FaultClass : uint8_t { Benign, Contributory, PageFault, DoubleFault };

FaultClass classify(const Interruption& what) {
    if (what.origin != Origin::Exception) return FaultClass::Benign;
    switch (what.vector) {
        case kDivideError:
        case kInvalidTss:
        case kSegmentNotPresent:
        case kStackFault:
        case kGeneralProtection:
            return FaultClass::Contributory;
        case kPageFaultVector:
            return FaultClass::PageFault;
        case kDoubleFault:
            return FaultClass::DoubleFault;
        default:
            return FaultClass::Benign;
    }
}

/// SDM vol. 3, table 6-5: what a second event during the delivery of a first one makes.
bool makes_double_fault(FaultClass first, FaultClass second) {
    if (first == FaultClass::Contributory) return second == FaultClass::Contributory;
    if (first == FaultClass::PageFault) return second != FaultClass::Benign;
    return false;
}

std::string describe(const Interruption& what) {
    std::string text = vector_name(what.vector);
    if (pushes_error_code(what.vector)) text += fmt::format(" error {:#x}", what.error_code);
    if (what.cr2) text += fmt::format(" cr2 {:#010x}", what.cr2->value);
    return text;
}

}  // namespace

OrFault<uint64_t> SupervisorMemory::read_quad(LinearAddr address) {
    const auto low = read(address, Width::Dword);
    if (!low) return std::unexpected(low.error());
    const auto high = read(address + 4, Width::Dword);
    if (!high) return std::unexpected(high.error());
    return uint64_t{*high} << 32 | *low;
}

std::string vector_name(uint8_t vector) {
    static constexpr std::array<const char*, 20> kNames = {"#DE", "#DB", "NMI", "#BP", "#OF", "#BR", "#UD",
                                                           "#NM", "#DF", "",    "#TS", "#NP", "#SS", "#GP",
                                                           "#PF", "",    "#MF", "#AC", "#MC", "#XM"};
    if (vector < kNames.size() && kNames[vector][0] != 0) return kNames[vector];
    return fmt::format("vector {}", vector);
}

bool pushes_error_code(uint8_t vector) {
    return vector == kDoubleFault || (vector >= kInvalidTss && vector <= kPageFaultVector) || vector == 17;
}

DeliveryResult deliver_once(CpuState& state, SupervisorMemory& memory, const Interruption& what,
                            std::optional<std::string>& unsupported) {
    if (!state.protected_mode()) return deliver_real(state, memory, what);
    const auto gate = read_gate(state, memory, what);
    if (!gate) return std::unexpected(gate.error());
    if (gate->raw.type() == Gate::kTask) {
        unsupported = fmt::format("{} goes through a task gate: hardware task switches are not modelled",
                                  vector_name(what.vector));
        return Delivered{};
    }
    return deliver_protected(state, memory, what, *gate);
}

DeliveryOutcome deliver(CpuState& state, SupervisorMemory& memory, const Interruption& what) {
    DeliveryOutcome outcome{.delivered = {}, .chain = {}, .unsupported = {}};
    for (Interruption next = what;;) {
        outcome.chain.add(next);
        if (next.cr2) state.cr2 = next.cr2->value;
        const auto result = deliver_once(state, memory, next, outcome.unsupported);
        if (outcome.unsupported) return outcome;
        if (result) {
            outcome.delivered = *result;
            return outcome;
        }
        const FaultClass first = classify(next);
        if (next.origin == Origin::Software) state.eip -= next.instruction_length;
        next = result.error();
        if (first == FaultClass::DoubleFault) {
            outcome.chain.add(next);
            return outcome;
        }
        if (!makes_double_fault(first, classify(next))) continue;
        outcome.chain.add(next);
        if (next.cr2) state.cr2 = next.cr2->value;
        next = {.vector = kDoubleFault, .origin = Origin::Exception, .error_code = 0};
    }
}

std::string DeliveryOutcome::shutdown_reason() const {
    if (unsupported) return *unsupported;
    std::string text = "triple fault: " + describe(chain.steps[0]);
    for (uint32_t i = 1; i < chain.count; ++i) {
        const bool summit = chain.steps[i].vector == kDoubleFault;
        text += summit ? "\n  which makes #DF" : "\n  its delivery raised " + describe(chain.steps[i]);
    }
    return text;
}

}  // namespace mmscope

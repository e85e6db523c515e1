// SPDX-License-Identifier: GPL-2.0-or-later
// Rules about what else hangs on a space: INV-38 (LDT), 42 (notifiers), 43 (AIO), 44 (core dumps).
#include <map>

#include "introspect/audit/rules.h"

namespace mmscope {

namespace {

constexpr uint32_t kMaxListed = 4096;
constexpr uint32_t kLdtStep = 512, kLdtEntries = 8192;

/// Calls visit(structure) for each entry of a list whose links stand at `link` in it, up to `end`: null for
/// an hlist, the head for a ring. False: broken.
template <class Visit>
bool for_each_listed(const AuditState& state, LinearAddr first, uint32_t link, const StructLayout& layout,
                     const Field& next, Visit visit, LinearAddr end = {}) {
    Record record;
    uint32_t count = 0;
    for (LinearAddr node = first; node != end; node = record.pointer(next)) {
        if (++count > kMaxListed || !state.read(layout, node - link, record)) return false;
        visit(record);
    }
    return true;
}

/// The context inside the descriptor, where requests stand that are waited for.
void audit_built_in_context(const AuditState& state, const AuditMm& mm, AuditSink& sink) {
    const AuditLayouts::Mm& layout = state.layouts.mm;
    const AuditLayouts::Kiocb& kiocb = state.layouts.kiocb;
    if (!layout.default_kioctx.type || !kiocb.ki_ctx || !kiocb.next) return;
    const LinearAddr context = mm.at + layout.default_kioctx.offset;
    const LinearAddr first = mm.pointer(layout.active_reqs), head = mm.at + layout.active_reqs.offset;
    sink.require(mm.pointer(layout.default_kioctx_mm) == mm.at, &mm, nullptr, "default_kioctx.mm",
                 mm.u32(layout.default_kioctx_mm), "the mm that it is part of");
    uint32_t requests = 0;
    const auto check = [&](const Record& request) {
        ++requests;
        sink.require(request.pointer(kiocb.ki_ctx) == context, &mm, nullptr,
                     "kiocb.ki_ctx of a request that is waited for", request.u32(kiocb.ki_ctx),
                     "default_kioctx of the mm");
    };
    if (for_each_listed(state, first, kiocb.next.offset, kiocb.layout, kiocb.next, check, head)) {
        sink.require(mm.u32(layout.reqs_active) == requests, &mm, nullptr, "default_kioctx.reqs_active",
                     mm.u32(layout.reqs_active), fmt::format("{}, as many as are listed", requests));
        sink.require(mm.phase != MmPhase::Dead || requests == 0, &mm, nullptr,
                     "default_kioctx.active_reqs of a dead space", first.value, "empty");
    } else {
        sink.wrong(&mm, {}, "default_kioctx.active_reqs", fmt::format("0x{:08x}", first.value),
                   "a list that ends where it begins");
    }
}

/// The first listener of a mm, or null; `readable` false if the holder is not there.
LinearAddr first_notifier(const AuditState& state, const AuditMm& mm, bool* readable) {
    const LinearAddr holder = mm.pointer(state.layouts.mm.mmu_notifier_mm);
    *readable = true;
    if (holder.value == 0 || !notifiers_live(state)) return {};
    Record record;
    *readable = state.read(state.layouts.notifier.holder, holder, record);
    return *readable ? record.pointer(state.layouts.notifier.first) : LinearAddr{};
}

}  // namespace

void audit_ldt(const AuditState& state, AuditSink& sink) {
    std::map<LinearAddr, LinearAddr> owners;
    for (const AuditMm& mm : state.mms) {
        if (!mm.reachable || mm.phase == MmPhase::InTransit) continue;
        if (segments_live(state)) {
            audit_segments(state, mm, sink);
            continue;
        }
        const bool gone = state.meaning().ldt_ends_with_users && mm.phase == MmPhase::Dead;
        const LinearAddr ldt = mm.pointer(state.layouts.mm.ldt);
        const uint32_t size = mm.u32(state.layouts.mm.ldt_size);
        sink.require(!gone || ldt.value == 0, &mm, nullptr, "context.ldt of a dead space", ldt.value, "NULL");
        sink.require(size % kLdtStep == 0 && size <= kLdtEntries, &mm, nullptr, "context.size", size,
                     "a multiple of 512, at most 8192");
        if (!state.quiet) continue;  // modify_ldt changes both under context.lock
        sink.require((ldt.value >= kPageOffset) == (size > 0) && (ldt.value == 0) == (size == 0), &mm,
                     nullptr, "context.ldt", ldt.value,
                     "a kernel address if context.size is not 0, else NULL");
        if (ldt.value != 0 && !owners.emplace(ldt, mm.at).second)
            sink.wrong(&mm, {}, "context.ldt", fmt::format("0x{:08x}", ldt.value),
                       fmt::format("its own, not that of mm 0x{:08x}", owners[ldt].value));
    }
}

bool notifiers_live(const AuditState& state) {
    return static_cast<bool>(state.layouts.notifier.first) && static_cast<bool>(state.layouts.notifier.next);
}

uint32_t count_notifiers(const AuditState& state, const AuditMm& mm) {
    bool readable = false;
    uint32_t count = 0;
    const AuditLayouts::Notifier& layout = state.layouts.notifier;
    const LinearAddr first = first_notifier(state, mm, &readable);
    for_each_listed(state, first, layout.link, layout.entry, layout.next, [&](const Record&) { ++count; });
    return count;
}

void audit_notifiers(const AuditState& state, AuditSink& sink) {
    const AuditLayouts::Notifier& layout = state.layouts.notifier;
    for (const AuditMm& mm : state.mms) {
        if (!mm.reachable || mm.phase == MmPhase::InTransit || mm.phase == MmPhase::Dying) continue;
        bool readable = false;
        const LinearAddr first = first_notifier(state, mm, &readable);
        sink.require(readable, &mm, nullptr, "mmu_notifier_mm", mm.u32(state.layouts.mm.mmu_notifier_mm),
                     "NULL or an object of the kernel");
        const bool whole =
            for_each_listed(state, first, layout.link, layout.entry, layout.next, [](const Record&) {});
        sink.require(whole, &mm, nullptr, "the list of mmu_notifier_mm", first.value,
                     "a list that ends in NULL");
        sink.require(mm.phase != MmPhase::Dead || first.value == 0, &mm, nullptr, "listeners of a dead space",
                     first.value, "none");
    }
}

bool aio_lives(const AuditState& state) {
    return state.layouts.kioctx.mm && state.layouts.kioctx.next && state.layouts.mm.ioctx_first;
}

uint32_t count_contexts(const AuditState& state, const AuditMm& mm) {
    uint32_t count = 0;
    const AuditLayouts::Kioctx& layout = state.layouts.kioctx;
    if (aio_lives(state))
        for_each_listed(state, mm.pointer(state.layouts.mm.ioctx_first), layout.link, layout.layout,
                        layout.next, [&](const Record&) { ++count; });
    return count;
}

std::map<uint32_t, uint32_t> ring_references(const AuditState& state) {
    const AuditLayouts::Kioctx& layout = state.layouts.kioctx;
    std::map<uint32_t, uint32_t> references;
    const uint32_t size = state.layouts.page.layout.type().size;
    if (!aio_lives(state) || !layout.ring_pages || !layout.nr_ring_pages || size == 0) return references;
    const LinearAddr map(state.kernel.memory.read_u32(state.layouts.mem_map).value_or(0));
    size_t budget = 2 * state.pages.size();  // a guest that lies may name the same ring again and again
    for (const AuditMm& mm : state.mms) {
        const auto take = [&](const Record& context) {
            if (context.pointer(layout.mm) != mm.at) return;  // of a copy that has no list of its own yet
            const LinearAddr ring = context.pointer(layout.ring_pages);
            const uint32_t count = context.u32(layout.nr_ring_pages);
            for (uint32_t i = 0; i < count && budget > 0; ++i, --budget) {
                const auto page = state.kernel.memory.read_u32(ring + i * 4);
                if (!page) return;
                const uint32_t offset = *page - map.value;
                if (*page >= map.value && offset % size == 0 && offset / size < state.pages.size())
                    ++references[offset / size];
            }
        };
        for_each_listed(state, mm.pointer(state.layouts.mm.ioctx_first), layout.link, layout.layout,
                        layout.next, take);
    }
    return references;
}

void audit_aio(const AuditState& state, AuditSink& sink) {
    const AuditLayouts::Kioctx& layout = state.layouts.kioctx;
    for (const AuditMm& mm : state.mms) {
        if (!mm.reachable || mm.phase == MmPhase::InTransit || mm.phase == MmPhase::Dying) continue;
        const LinearAddr first = mm.pointer(state.layouts.mm.ioctx_first);
        sink.require(mm.phase != MmPhase::Dead || first.value == 0, &mm, nullptr,
                     "ioctx_list of a dead space", first.value, "empty");
        audit_built_in_context(state, mm, sink);
        if (mm.phase == MmPhase::Dead) continue;
        const bool whole = for_each_listed(
            state, first, layout.link, layout.layout, layout.next, [&](const Record& context) {
                sink.require(context.pointer(layout.mm) == mm.at, &mm, nullptr, "kioctx.mm",
                             context.u32(layout.mm), "the mm whose list it is on");
                sink.require(context.i32(layout.users) >= 1, &mm, nullptr, "kioctx.users",
                             context.u32(layout.users), "at least 1");
                sink.require(context.u32(layout.dead) == 0, &mm, nullptr, "kioctx.dead",
                             context.u32(layout.dead), "0");
            });
        sink.require(whole, &mm, nullptr, "ioctx_list", first.value, "a list that ends in NULL");
    }
}

bool core_dumps_live(const AuditState& state) {
    const bool linked = state.layouts.core.dumper_task && state.layouts.mm.core_state;
    return linked || state.layouts.mm.core_waiters;
}

void audit_core_state(const AuditState& state, AuditSink& sink) {
    constexpr uint32_t kStack = 8192;
    for (const AuditMm& mm : state.mms) {
        const int32_t waiters = mm.i32(state.layouts.mm.core_waiters);
        sink.require(
            mm.phase != MmPhase::Settled || (waiters >= 0 && waiters < mm.i32(state.layouts.mm.mm_users)),
            &mm, nullptr, "core_waiters", mm.u32(state.layouts.mm.core_waiters),
            "0, or how many of the other users have not stopped yet");
        const LinearAddr core = mm.pointer(state.layouts.mm.core_state);
        if (mm.phase != MmPhase::Settled || core.value == 0) continue;
        Record record;
        const bool readable = state.read(state.layouts.core.layout, core, record);
        const AuditTask* dumper =
            readable ? state.find_task(record.pointer(state.layouts.core.dumper_task)) : nullptr;
        const bool own =
            dumper && dumper->mm == mm.at && core >= dumper->stack && core < dumper->stack + kStack;
        sink.require(own, &mm, nullptr, "core_state", core.value,
                     "NULL, or on the kernel stack of a task with this mm");
    }
}

}  // namespace mmscope

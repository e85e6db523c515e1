// SPDX-License-Identifier: GPL-2.0-or-later
// Rules about who uses which space: INV-13, 14, 15, 25, 26, 39, 40, 47.
#include <algorithm>
#include <unordered_set>

#include "introspect/audit/rules.h"

namespace mmscope {

namespace {

constexpr int32_t kInitMmUsers = 2;  // MM_FACTS INV-13: a constant of its own

const AuditTask* running(const AuditState& state) {
    return state.find_task(state.current);
}

bool is_alive(const AuditMm& mm, const AuditState& state) {
    return mm.i32(state.layouts.mm.mm_users) > 0;
}

/// The mm_struct around a list_head on mmlist.
LinearAddr around(const AuditState& state, LinearAddr link) {
    return link - state.layouts.mm.mmlist_next.offset;
}

}  // namespace

void audit_mm_users(const AuditState& state, AuditSink& sink) {
    const Field& field = state.layouts.mm.mm_users;
    sink.require(state.init_mm.i32(field) == kInitMmUsers || !state.quiet, &state.init_mm, nullptr,
                 "mm_users of init_mm", state.init_mm.u32(field), "2");
    for (const AuditMm& mm : state.mms) {
        const auto found = static_cast<int64_t>(mm.i32(field));
        // Unreachable spaces belong to a fork or exec on its way; with all quiet there is none.
        const bool exact = state.quiet && (mm.reachable || state.all_mms_known);
        if (found < mm.users || (exact && found > mm.users))
            sink.wrong(&mm, {}, "mm_users", fmt::format("{}", found),
                       fmt::format("{}{}, the tasks with this mm", exact ? "" : "at least ", mm.users));
    }
}

void audit_mm_count(const AuditState& state, AuditSink& sink) {
    const auto check = [&](const AuditMm& mm) {
        const int64_t found = mm.i32(state.layouts.mm.mm_count);
        const int64_t known = (is_alive(mm, state) ? 1 : 0) + int64_t{mm.borrowers} + mm.workers;
        const int64_t contexts =
            is_alive(mm, state) ? count_contexts(state, mm) + count_notifiers(state, mm) : 0;
        const int64_t expected = known + contexts;
        // A listener that was told of the end keeps its reference, and is in no list any more.
        const bool listened = !is_alive(mm, state) && mm.pointer(state.layouts.mm.mmu_notifier_mm).value != 0;
        const bool exact = state.quiet && !listened && (mm.reachable || state.all_mms_known);
        if (found < known || (exact && found != expected))
            sink.wrong(
                &mm, {}, "mm_count", fmt::format("{}", found),
                fmt::format("{}{}: {} for its users, {} borrowers, {} workers, {} contexts and listeners",
                            exact ? "" : "at least ", expected, is_alive(mm, state) ? 1 : 0, mm.borrowers,
                            mm.workers, contexts));
    };
    check(state.init_mm);
    for (const AuditMm& mm : state.mms)
        check(mm);
}

void audit_mmlist(const AuditState& state, AuditSink& sink) {
    const AuditLayouts::Mm& layout = state.layouts.mm;
    const LinearAddr head = state.init_mm.at + layout.mmlist_next.offset;
    std::unordered_set<uint32_t> listed;  // asked, never walked
    LinearAddr before = head;
    Record record;
    for (LinearAddr link = state.init_mm.pointer(layout.mmlist_next);;
         before = link, link = record.pointer(layout.mmlist_next)) {
        if (link == head) break;
        const LinearAddr at = around(state, link);
        const AuditMm* mm = state.find_mm(at);
        if (listed.size() > kMaxTasks || !listed.insert(at.value).second)
            return sink.wrong(mm, {}, "mmlist", "a circle without init_mm", "a circle through init_mm");
        if (!state.read(layout.layout, at, record))
            return sink.wrong(mm, {}, "mmlist.next", fmt::format("0x{:08x}, not mapped", link.value),
                              "a list_head of a mm_struct");
        if (record.pointer(layout.mmlist_prev) != before)
            sink.wrong(mm, {}, fmt::format("mmlist.prev of mm 0x{:08x}", at.value),
                       fmt::format("0x{:08x}", record.u32(layout.mmlist_prev)),
                       fmt::format("0x{:08x}", before.value));
        if (state.quiet && record.i32(layout.mm_users) <= 0)
            sink.wrong(mm, {}, "mm_users of a mm on mmlist", fmt::format("{}", record.i32(layout.mm_users)),
                       "above 0");
    }
    if (state.init_mm.pointer(layout.mmlist_prev) != before)
        sink.wrong(&state.init_mm, {}, "mmlist.prev",
                   fmt::format("0x{:08x}", state.init_mm.u32(layout.mmlist_prev)),
                   fmt::format("0x{:08x}", before.value));
    for (const AuditMm& mm : state.mms) {
        if (!mm.reachable || listed.contains(mm.at.value)) continue;
        if (state.meaning().lists_every_space && is_alive(mm, state)) {
            sink.require(mm.phase != MmPhase::Settled, &mm, nullptr, "mmlist of a mm with users",
                         mm.u32(layout.mmlist_next), "on the list");
            continue;
        }
        const bool swapped = std::ranges::any_of(mm.entries, &AuditPte::is_swap);
        sink.require(!swapped, &mm, nullptr, "mmlist of a mm with swap entries", mm.u32(layout.mmlist_next),
                     "on the list");
        if (mm.phase == MmPhase::Settled)
            sink.require(mm.pointer(layout.mmlist_next) == mm.at + layout.mmlist_next.offset, &mm, nullptr,
                         "mmlist.next of a mm that is not on the list", mm.u32(layout.mmlist_next), "itself");
        if (mm.phase == MmPhase::Settled)
            sink.require(mm.pointer(layout.mmlist_prev) == mm.at + layout.mmlist_next.offset, &mm, nullptr,
                         "mmlist.prev of a mm that is not on the list", mm.u32(layout.mmlist_prev), "itself");
    }
}

void audit_cpu_mask(const AuditState& state, AuditSink& sink) {
    const PhysAddr loaded = state.kernel.moment.paging.directory;
    const AuditTask* task = running(state);
    for (const AuditMm& mm : state.mms) {
        if (!mm.has_directory || !mm.reachable) continue;
        const bool bit = (mm.u32(state.layouts.mm.cpu_vm_mask) & 1) != 0;
        sink.require(!bit || mm.directory == loaded, &mm, nullptr, "cpu_vm_mask, though CR3 is another",
                     mm.u32(state.layouts.mm.cpu_vm_mask), "bit 0 clear");
        const bool used = task && task->mm == mm.at;
        sink.require(!used || bit, &mm, nullptr, "cpu_vm_mask of the running task's mm",
                     mm.u32(state.layouts.mm.cpu_vm_mask), "bit 0 set");
    }
}

void audit_task_spaces(const AuditState& state, AuditSink& sink) {
    for (const AuditTask& task : state.tasks) {
        const bool on_cpu = task.at == state.current;
        const auto wrong = [&](std::string expected) {
            sink.wrong(state.find_mm(task.active_mm), {}, fmt::format("active_mm of task {}", task.pid),
                       fmt::format("0x{:08x}, with mm 0x{:08x}", task.active_mm.value, task.mm.value),
                       std::move(expected));
        };
        if (task.mm.value != 0 && task.active_mm != task.mm) wrong("the same as mm");
        if (task.mm.value == 0 && !on_cpu && task.active_mm.value != 0) wrong("NULL, as it does not run");
        if (on_cpu && task.active_mm.value == 0) wrong("a space, as it runs");
    }
}

bool token_lives(const AuditState& state) {
    return state.layouts.swap_token_mm.value != 0;
}

void audit_token(const AuditState& state, AuditSink& sink) {
    const LinearAddr holder(state.kernel.memory.read_u32(state.layouts.swap_token_mm).value_or(0));
    if (holder.value == 0 || holder == state.init_mm.at) return;
    const AuditMm* mm = state.find_mm(holder);
    const bool alive = mm && (is_alive(*mm, state) || !state.quiet);
    if (!alive && (mm || state.all_mms_known))
        sink.wrong(mm, {}, "swap_token_mm", fmt::format("0x{:08x}", holder.value), "NULL or a live mm");
}

/// Between giving up its mm and naming an heir the owner is on its way; so only a quiet machine is asked.
void audit_owner(const AuditState& state, AuditSink& sink) {
    for (const AuditMm& mm : state.mms) {
        const LinearAddr owner = mm.pointer(state.layouts.mm.owner);
        if (!is_alive(mm, state) || owner.value == 0 || !mm.reachable) continue;
        const AuditTask* task = state.find_task(owner);
        const LinearAddr its = task ? task->mm : LinearAddr{};
        if (its != mm.at)
            sink.wrong(&mm, {}, "owner",
                       task ? fmt::format("task {}, whose mm is 0x{:08x}", task->pid, its.value)
                            : fmt::format("0x{:08x}, no task", owner.value),
                       "NULL or a task with this mm");
    }
}

void audit_idle_locks(const AuditState& state, AuditSink& sink) {
    const AuditLayouts::Mm& layout = state.layouts.mm;
    const auto check = [&](const AuditMm& mm) {
        sink.require(mm.i32(layout.sem_count) == 0, &mm, nullptr, "mmap_sem.count of a mm nobody is changing",
                     mm.u32(layout.sem_count), "0");
        const LinearAddr waiters = mm.at + layout.sem_waiters.offset;
        sink.require(!layout.sem_waiters || mm.pointer(layout.sem_waiters) == waiters, &mm, nullptr,
                     "mmap_sem.wait_list of a mm nobody is changing", mm.u32(layout.sem_waiters), "empty");
        sink.require(mm.u32(layout.lock_next) == mm.u32(layout.lock_serving), &mm, nullptr,
                     "page_table_lock.next, with nobody to release it", mm.u32(layout.lock_next),
                     fmt::format("0x{:08x}, as serving", mm.u32(layout.lock_serving)));
    };
    check(state.init_mm);
    for (const AuditMm& mm : state.mms)
        if (mm.reachable) check(mm);
}

}  // namespace mmscope

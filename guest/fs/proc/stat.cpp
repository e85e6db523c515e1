// SPDX-License-Identifier: GPL-2.0-or-later
// /proc/PID/stat: 44 numbers on one line, in the order of Linux 2.6.28 (proc(5)).
#include "fs/proc/internal.h"
#include "kernel/errno.h"
#include "mm/mm.h"

namespace {
constexpr int DEFAULT_PRIORITY = 20;  // nice 0
constexpr int NO_TERMINAL = -1;       // tty_pgrp of a process without controlling terminal

struct mm_words {
    ulong vsize, rss, start_code, end_code, start_stack;
};

mm_words get_mm_words(task_struct* task) {
    mm_words words{};
    mm_struct* mm = get_task_mm(task);
    if (!mm) return words;
    words = {mm->total_vm << PAGE_SHIFT, get_mm_rss(mm), mm->start_code, mm->end_code, mm->start_stack};
    mmput(mm);
    return words;
}

/// pid to tty_pgrp, flags, faults, times. There are no sessions, groups or terminals to belong to.
void show_identity_fields(seq_file* m, const task_struct* task, const task_facts& facts) {
    seq_printf(m, "%d (%s) %c %d %d %d %d %d %lu", task->pid, facts.comm, facts.state, facts.ppid, 0, 0, 0,
               NO_TERMINAL, task->flags);
    seq_printf(m, " %lu %lu %lu %lu", facts.min_flt, facts.cmin_flt, facts.maj_flt, facts.cmaj_flt);
    seq_printf(m, " %lu %lu %ld %ld %d %d %u 0 %llu", facts.utime, facts.stime, 0l, 0l, DEFAULT_PRIORITY, 0,
               facts.threads, task->start_time);
}

/// The signal sets as the 31 old signals.
ulong old_set(sigset_t set) {
    return static_cast<ulong>(set) & 0x7FFFFFFF;
}
}  // namespace

int proc_pid_stat(seq_file* m, task_struct* task) {
    task_facts facts;
    get_task_facts(task, &facts);
    const mm_words words = get_mm_words(task);
    const pt_regs* regs = task_pt_regs(task);
    const bool has_user_context = task->mm != nullptr;
    show_identity_fields(m, task, facts);
    seq_printf(m, " %lu %lu %lu %lu %lu %lu", words.vsize, words.rss, facts.rss_limit, words.start_code,
               words.end_code, words.start_stack);
    seq_printf(m, " %lu %lu", has_user_context ? regs->esp : 0, has_user_context ? regs->eip : 0);
    seq_printf(m, " %lu %lu %lu %lu", old_set(facts.pending | facts.shared_pending), old_set(facts.blocked),
               old_set(facts.ignored), old_set(facts.caught));
    // wchan, nswap, cnswap, exit_signal, processor, rt_priority, policy, delayacct_blkio_ticks, gtime, cgtime
    seq_printf(m, " 0 0 0 %d 0 0 0 0 0 0\n", task->exit_signal);
    return 0;
}

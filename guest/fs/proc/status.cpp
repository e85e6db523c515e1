// SPDX-License-Identifier: GPL-2.0-or-later
// /proc/PID/status: what a person wants to know of a process, as Linux 2.6.28 prints it.
#include "fs/proc/internal.h"
#include "mm/mm.h"

namespace {
void show_identity(seq_file* m, const task_struct* task, const task_facts& facts) {
    seq_printf(m, "Name:\t%s\nState:\t%s\n", facts.comm, facts.state_name);
    seq_printf(m, "Tgid:\t%d\nPid:\t%d\nPPid:\t%d\nTracerPid:\t0\n", task->tgid, task->pid, facts.ppid);
    seq_printf(m, "Uid:\t%u\t%u\t%u\t%u\n", task->uid, task->euid, task->suid, task->fsuid);
    seq_printf(m, "Gid:\t%u\t%u\t%u\t%u\n", task->gid, task->egid, task->sgid, task->fsgid);
    seq_printf(m, "FDSize:\t%u\nGroups:\t\n", task->files ? NR_OPEN : 0);
}

void show_memory(seq_file* m, const mm_sizes& s) {
    if (area_stats::shows_peaks) seq_printf(m, "VmPeak:\t%8lu kB\n", s.peak);
    seq_printf(m, "VmSize:\t%8lu kB\nVmLck:\t%8lu kB\n", s.size, s.locked);
    if (area_stats::shows_peaks) seq_printf(m, "VmHWM:\t%8lu kB\n", s.high_water);
    seq_printf(m, "VmRSS:\t%8lu kB\nVmData:\t%8lu kB\nVmStk:\t%8lu kB\nVmExe:\t%8lu kB\nVmLib:\t%8lu kB\n",
               s.rss, s.data, s.stack, s.executable, s.library);
    if (page_tables::counted) seq_printf(m, "VmPTE:\t%8lu kB\n", s.page_tables);
}

void show_signals(seq_file* m, const task_facts& facts) {
    seq_printf(m, "Threads:\t%u\nSigQ:\t%lu/%lu\n", facts.threads, facts.signals_queued, facts.queue_limit);
    seq_printf(m, "SigPnd:\t%016llx\nShdPnd:\t%016llx\n", facts.pending, facts.shared_pending);
    seq_printf(m, "SigBlk:\t%016llx\nSigIgn:\t%016llx\nSigCgt:\t%016llx\n", facts.blocked, facts.ignored,
               facts.caught);
}
}  // namespace

int proc_pid_status(seq_file* m, task_struct* task) {
    task_facts facts;
    get_task_facts(task, &facts);
    show_identity(m, task, facts);
    if (mm_struct* mm = get_task_mm(task)) {
        show_memory(m, get_mm_sizes(mm));
        mmput(mm);
    }
    show_signals(m, facts);
    seq_printf(m, "Cpus_allowed:\t1\nCpus_allowed_list:\t0\n");
    seq_printf(m, "voluntary_ctxt_switches:\t%lu\nnonvoluntary_ctxt_switches:\t%lu\n", task->nvcsw,
               task->nivcsw);
    return 0;
}

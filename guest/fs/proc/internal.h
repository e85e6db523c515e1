// SPDX-License-Identifier: GPL-2.0-or-later
// What the files of /proc share among themselves.
#pragma once

#include "fs/internal.h"
#include "fs/seq_file.h"
#include "kernel/sched.h"

struct mm_struct;

/// The inode of a file about a process: remembers the pid and when that process began, so that a later
/// process with the same pid is not taken for it.
inode* proc_pid_inode(task_struct* task, unsigned mode, unsigned entry);
/// The process a file is about, with a reference; null if it is gone.
task_struct* get_proc_task(const inode* node);

// proc/base.cpp: /proc/PID. The task has a reference; child gets its inode. 0 or -errno.
int proc_pid_instantiate(dentry* child, task_struct* task);

// Contents. `task` has a reference; 0 or -errno.
int proc_pid_stat(seq_file* m, task_struct* task);     // proc/stat.cpp
int proc_pid_status(seq_file* m, task_struct* task);   // proc/status.cpp
int proc_pid_statm(seq_file* m, task_struct* task);    // proc/task_mm.cpp
int proc_pid_cmdline(seq_file* m, task_struct* task);  // proc/task_mm.cpp
int proc_pid_environ(seq_file* m, task_struct* task);  // proc/task_mm.cpp
int proc_pid_auxv(seq_file* m, task_struct* task);     // proc/task_mm.cpp
int proc_pid_mounts(seq_file* m, task_struct* task);   // proc/mounts.cpp
extern const file_operations proc_maps_operations;     // proc/maps.cpp
extern const file_operations proc_mem_operations;      // proc/mem.cpp
extern const file_operations proc_smaps_operations;    // proc/smaps.cpp

// The areas of a process as the records of a seq_file; maps_show prints one line (proc/maps.cpp).
void* maps_start(seq_file* m, loff_t* position);
void* maps_next(seq_file* m, void* record, loff_t* position);
void maps_stop(seq_file* m, void* record);
int maps_show(seq_file* m, void* record);

/// /proc/sys in the directory `root`, with inode numbers from `ino` on (proc/sysctl.cpp). Panics without
/// memory.
void proc_sys_init(dentry* root, ulong ino);

int proc_meminfo(seq_file* m, void*);  // proc/memory.cpp
int proc_vmstat(seq_file* m, void*);
int proc_slabinfo(seq_file* m, void*);
int proc_vmallocinfo(seq_file* m, void*);  // proc/vmallocinfo.cpp
int proc_diskstats(seq_file* m, void*);    // proc/diskstats.cpp

// What stat and status both say of a process (proc/task_facts.cpp)
// ------------------------------------------------
struct task_facts {
    char state;              // R S D T Z X
    const char* state_name;  // "R (running)"
    pid_t ppid;
    unsigned threads;
    ulong min_flt, maj_flt, cmin_flt, cmaj_flt;  // of the whole process / of its waited-for children
    ulong utime, stime;                          // ticks of all threads
    ulong rss_limit, signals_queued, queue_limit;
    sigset_t pending, shared_pending, blocked, ignored, caught;
    char comm[TASK_COMM_LEN];
};
void get_task_facts(task_struct* task, task_facts* facts);

/// Sizes by the rules of MM_FACTS 4.31, in KiB. All 0 without an address space.
struct mm_sizes {
    ulong peak, size, locked, high_water, rss, data, stack, executable, library, page_tables;
};
mm_sizes get_mm_sizes(const mm_struct* mm);
/// Reads another process's memory, faulting pages in as it would itself. The bytes read; 0 if there is
/// nothing.
size_t access_process_vm(mm_struct* mm, ulong address, void* buffer, size_t count);

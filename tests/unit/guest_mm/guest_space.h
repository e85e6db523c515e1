// SPDX-License-Identifier: GPL-2.0-or-later
// What tests see of the guest's address spaces: the system calls of the running task, and what the
// descriptors say. Counters, Search, and what has to do with files of programs, owners and anon_vmas is there
// for 2.6.28 only (guest_space_2_6_28.cpp); the rest for every edition.
#pragma once

#include "guest_memory.h"

namespace guest {

constexpr ulong kPage = 4096;
constexpr ulong kTaskSize = 0xC0000000, kUnmappedBase = 0x40000000;
constexpr ulong kUnlimited = ~0ul;
constexpr ulong kNone = 0, kRead = 1, kWrite = 2, kExec = 4, kGrowsDown = 0x01000000, kGrowsUp = 0x02000000;
constexpr ulong kShared = 1, kPrivate = 2, kFixed = 0x10, kAnonymous = 0x20, kStackLike = 0x100,
                kDenyWrite = 0x800, kExecutable = 0x1000, kLocked = 0x2000, kNoReserve = 0x4000,
                kPopulate = 0x8000;
constexpr ulong kVmShared = 0x8, kVmMayWrite = 0x20, kVmMayShare = 0x80, kVmLocked = 0x2000,
                kVmAccount = 0x100000;

/// Files that exist: what an open descriptor allows.
enum File : int {
    kReadOnlyFile,
    kReadWriteFile,
    kWriteOnlyFile,
    kDirectory,
    kDevice,  // wants to hear of every area
    kFrames,  // shows raw frames: its areas are special

    kBrokenDevice,
    kFiles,
    kNoFile = -1
};
/// References to a file but the test's own; its i_writecount; how often its areas were opened and closed.
struct FileState {
    int references, writers, opened, closed;
};
FileState file_state(int file);
void add_writer(int file);

struct Area {
    ulong start, end, flags, pgoff, prot_bits;
    int file;  // kNoFile, or >= 0; shared anonymous memory has numbers from 100
};
struct Totals {
    ulong total_vm, committed;
};
struct Counters {
    ulong map_count, total_vm, locked_vm, shared_vm, exec_vm, stack_vm, reserved_vm;
    ulong hiwater_vm, committed, exe_vmas;
    int mm_users, mm_count;
};
struct Search {
    ulong mmap_base, free_area_cache, cached_hole_size;
    bool top_down;
};
struct Limits {
    ulong stack = 8ul << 20, data = kUnlimited, address_space = kUnlimited, memlock = 0;
    bool root = true;
};

/// Gives the running task (number 0) an empty address space with its stack area of one page.
void new_space(const Limits& limits);
void set_limits(const Limits& limits);
/// Pages of files in memory, which a promise of memory may count on.
void set_page_cache(ulong pages);
/// The running task gives its space up and lets go of it, as exit and its last switch do.
void end_space();

long mmap(ulong addr, ulong len, ulong prot, ulong flags, int file = kNoFile, ulong pgoff = 0);
/// The ELF loader's form: MAP_DENYWRITE and MAP_EXECUTABLE count.
long map_program(ulong addr, ulong len, ulong prot, ulong flags, int file, ulong pgoff);
long munmap(ulong addr, ulong len);
long mprotect(ulong addr, ulong len, ulong prot);
long brk(ulong end);
void set_heap(ulong start_brk, ulong end_data_minus_start_data);
void set_exe_file(int file);
/// A touch at `addr` by the kernel: grows a stack if need be. True if an area contains it afterwards.
bool touch(ulong addr);
/// The first write to a page: the area that contains it gets an anon_vma. What the page names from then on.
const void* write_page(ulong addr);
/// The anon_vma of the area that contains addr, or null.
const void* anon_vma_of(ulong addr);
int areas_of_anon_vma(const void* anon);  // on its list
void set_dontcopy(ulong addr);            // the area that contains addr is not inherited
void set_def_flags(ulong vm_flags);       // mlockall's wish

int areas(Area* out, int room);
Totals totals();
Counters counters();
Search search();
void set_map_count(int count);  // for the limits, which would take very many areas
/// All invariants of the debug build. Throws Panic.
void validate();

/// Index in areas() of what find_vma, find_vma_prev (and its prev), find_vma_intersection return; -1 for
/// null.
int find_vma(ulong addr);
struct Found {
    int vma, prev;
};
Found find_vma_prev(ulong addr);
int find_vma_intersection(ulong start, ulong end);
int mmap_cache();
struct Lookups {
    ulong calls, hits, steps;
    ulong worst;  // most steps of one look-up so far
};
Lookups lookups();

// Several tasks: number 0 runs at first
/// A child of the running task; its number, or -errno. `share`: CLONE_VM.
int fork(bool share);
void run(int task);
/// The task exits; its last reference goes as the scheduler would drop it.
void exit_task(int task);
/// A kernel thread borrows the running task's space, and returns it.
void borrow();
void give_back();
int owner();  // the number of the running task's mm's owner, -1: none
const void* mm_of(int task);
ulong live_descriptors();

/// Ranges whose page tables were unmapped or re-protected since the last call, as they were asked for.
struct Range {
    ulong start, end;
};
int unmapped_ranges(Range* out, int room);
int protected_ranges(Range* out, int room);
ulong pages_made_present();

}  // namespace guest

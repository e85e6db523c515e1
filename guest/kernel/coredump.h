// SPDX-License-Identifier: GPL-2.0-or-later
// Core dumps: what a process was when a signal ended it, as an ELF file in its working directory.
#pragma once

#include "kernel/sched.h"
#include "mm/mm.h"

/// Everybody else who uses current's mm dies and is waited for; then the file is written, if the mm is
/// dumpable and RLIMIT_CORE leaves room. `regs` are current's user registers, `signal` ends it. Marks the
/// process's exit code with 0x80 if there is a file; CORE_DUMPED, or 0.
int do_coredump(int signal, const siginfo_t* info, pt_regs* regs);
/// 0 no dump, 1 dump, 2 dump readable for the superuser only (MM_FACTS 4.26). Atomic bit
/// operations.
inline void set_dumpable(mm_struct* mm, int value) {
    dump_permission::set(mm, value);
}
inline int get_dumpable(const mm_struct* mm) {
    return dump_permission::get(mm);
}

/// A file that is written from kernel memory, from the beginning on, up to a limit.
struct core_writer {
    file* filp;
    ulong limit;                                 // bytes the file may have
    u64 position;                                // of what comes next
    bool gap;                                    // the last bytes were left out
    bool write(const void* bytes, ulong count);  // false: the limit, or the disk is full
    bool skip(ulong count);                      // they read as zeros
    bool finish();                               // the file ends here
};
/// The linux_binfmt::core_dump of ELF. True if there is a file, be it cut short by the limit or a full disk.
bool elf_core_dump(int signal, const siginfo_t* info, pt_regs* regs, core_writer* out);

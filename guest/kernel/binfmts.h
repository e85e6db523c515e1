// SPDX-License-Identifier: GPL-2.0-or-later
// Program formats and exec.
#pragma once

#include "arch/ptrace.h"
#include "kernel/signal.h"
#include "mm/mm_types.h"

struct core_writer;

/// A program that is being loaded.
struct linux_binprm {
    u8 buf[128];  // the file's first bytes
    file* filp;
    vm_area_struct* vma;  // the new stack, while the new mm is not yet in use
    mm_struct* mm;
    ulong p;  // lowest used address of the new stack
    int argc, envc;
    const char* filename;
    ulong exec;             // user address of the file name string (AT_EXECFN)
    ulong arg_zero_length;  // of argv[0] with its NUL, at `p` once the strings are there; 0: no arguments
    uid_t e_uid;            // whom the program will act for (kernel/cred.h)
    gid_t e_gid;
    bool sh_bang;  // filp is the interpreter that a script named
};
/// One format. `load_binary` returns 0, -ENOEXEC to let the next format try, or another error. `core_dump`:
/// see kernel/coredump.h.
struct linux_binfmt {
    const char* name;
    int (*load_binary)(linux_binprm* bprm, pt_regs* regs);
    bool (*core_dump)(int signal, const siginfo_t* info, pt_regs* regs, core_writer* out);  // null: never
    ulong min_coredump;  // a smaller RLIMIT_CORE means no dump at all
    atomic_t users;      // mms that were loaded by it
};
extern linux_binfmt elf_format, script_format;
/// Lets the formats try the file. A script's format calls it again, with the interpreter's file.
int search_binary_handler(linux_binprm* bprm, pt_regs* regs);
/// For a format that changes the arguments: argv[0] goes, a kernel string becomes the new first. Before the
/// old program is given up. 0, -E2BIG or -ENOMEM.
void remove_arg_zero(linux_binprm* bprm);
int push_arg(linux_binprm* bprm, const char* string);
/// Makes `format` current's and its mm's. The mm's count in `users` passes on at fork (a new mm: + 1) and
/// ends in mmput.
void set_binfmt(linux_binfmt* format);

/// Runs a program in current. `filename` is a kernel string; argv, envp and their strings are kernel
/// addresses if `kernel_args`, user addresses otherwise. Static programs only (ET_EXEC): a program that asks
/// for an interpreter, and a shared object, are -ENOEXEC. On return to user mode a kernel thread must leave
/// through its task_pt_regs(current). 0: the registers now start the new program. Errors before the point of
/// no return leave current as it was.
int do_execve(const char* filename, const char* const* argv, const char* const* envp, pt_regs* regs,
              bool kernel_args);

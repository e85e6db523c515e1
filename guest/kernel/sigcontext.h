// SPDX-License-Identifier: GPL-2.0-or-later
// What a signal handler finds on its stack: the frames of the System V i386 ABI as Linux lays them out.
#pragma once

#include "kernel/signal.h"

/// x87 state as FSAVE stores it, and the part that only processors with FXSR fill (magic 0xffff: not filled).
struct fpstate_t {
    u8 fsave[108];
    u16 status, magic;
    u8 fxsr[512];
};
static_assert(sizeof(fpstate_t) == 624);

struct sigcontext {
    u16 gs, gsh, fs, fsh, es, esh, ds, dsh;
    ulong edi, esi, ebp, esp, ebx, edx, ecx, eax;
    ulong trapno, err, eip;
    u16 cs, csh;
    ulong eflags;
    ulong esp_at_signal;
    u16 ss, ssh;
    fpstate_t* fpstate;  // null: the FPU was not used
    ulong oldmask;       // signals 1 - 32 of the mask to restore
    ulong cr2;
};
static_assert(sizeof(sigcontext) == 88);

struct stack_t {
    void* ss_sp;
    int ss_flags;
    ulong ss_size;
};
enum : int { SS_ONSTACK = 1, SS_DISABLE = 2 };
constexpr ulong MINSIGSTKSZ = 2048;

struct ucontext {
    ulong uc_flags;
    ucontext* uc_link;
    stack_t uc_stack;
    sigcontext uc_mcontext;
    sigset_t uc_sigmask;
};
static_assert(sizeof(ucontext) == 116);

/// Without SA_SIGINFO.
struct sigframe {
    const void* pretcode;  // where the handler returns to
    int sig;
    sigcontext sc;
    fpstate_t fpstate_unused;  // its place in the layout; the state itself stands above the frame
    ulong extramask;           // signals 33 - 64
    u8 retcode[8];
};
/// With SA_SIGINFO.
struct rt_sigframe {
    const void* pretcode;
    int sig;
    siginfo_t* pinfo;
    ucontext* puc;
    siginfo_t info;
    ucontext uc;
    u8 retcode[8];
};

// SPDX-License-Identifier: GPL-2.0-or-later
// The system calls: number and function, one a line, in the order of the numbers (Linux's i386 ABI).
#include "arch/syscall.h"

#include "arch/ldt.h"
#include "arch/tls.h"
#include "fs/aio.h"
#include "fs/fs.h"
#include "fs/namei_change.h"
#include "kernel/cred.h"
#include "kernel/errno.h"
#include "kernel/personality.h"
#include "kernel/process.h"
#include "kernel/signal_calls.h"
#include "kernel/sys.h"
#include "kernel/syscalls.h"
#include "kernel/unistd.h"
#include "mm/mm.h"
#include "mm/swap.h"

namespace {

long sys_ni_syscall(long, long, long, long, long, long) {
    return -ENOSYS;
}

/// One argument register as the type that the function wants; a function that wants pt_regs* gets the
/// caller's.
template <class T>
struct argument {
    static T from(long word) { return static_cast<T>(word); }
};
template <class T>
struct argument<T*> {
    static T* from(long word) { return reinterpret_cast<T*>(word); }
};
template <>
struct argument<pt_regs*> {
    static pt_regs* from(long) { return task_pt_regs(current); }
};

/// Calls a function of up to six arguments by the common convention.
template <auto Function>
struct adapter;
template <long (*Function)()>
struct adapter<Function> {
    static long call(long, long, long, long, long, long) { return Function(); }
};
template <class A, long (*Function)(A)>
struct adapter<Function> {
    static long call(long a, long, long, long, long, long) { return Function(argument<A>::from(a)); }
};
template <class A, class B, long (*Function)(A, B)>
struct adapter<Function> {
    static long call(long a, long b, long, long, long, long) {
        return Function(argument<A>::from(a), argument<B>::from(b));
    }
};
template <class A, class B, class C, long (*Function)(A, B, C)>
struct adapter<Function> {
    static long call(long a, long b, long c, long, long, long) {
        return Function(argument<A>::from(a), argument<B>::from(b), argument<C>::from(c));
    }
};
template <class A, class B, class C, class D, long (*Function)(A, B, C, D)>
struct adapter<Function> {
    static long call(long a, long b, long c, long d, long, long) {
        return Function(argument<A>::from(a), argument<B>::from(b), argument<C>::from(c),
                        argument<D>::from(d));
    }
};
template <class A, class B, class C, class D, class E, long (*Function)(A, B, C, D, E)>
struct adapter<Function> {
    static long call(long a, long b, long c, long d, long e, long) {
        return Function(argument<A>::from(a), argument<B>::from(b), argument<C>::from(c),
                        argument<D>::from(d), argument<E>::from(e));
    }
};
template <class A, class B, class C, class D, class E, class F, long (*Function)(A, B, C, D, E, F)>
struct adapter<Function> {
    static long call(long a, long b, long c, long d, long e, long f) {
        return Function(argument<A>::from(a), argument<B>::from(b), argument<C>::from(c),
                        argument<D>::from(d), argument<E>::from(e), argument<F>::from(f));
    }
};

struct numbered_call {
    unsigned number;
    sys_call_t function;
};
#define CALL(name) \
    { NR_##name, adapter<sys_##name>::call }
#define CALL_AS(name, function) \
    { NR_##name, adapter<function>::call }

constexpr numbered_call calls[] = {
    CALL(restart_syscall),
    CALL(exit),
    CALL(fork),
    CALL(read),
    CALL(write),
    CALL(open),
    CALL(close),
    CALL(waitpid),
    CALL(creat),
    CALL(link),
    CALL(unlink),
    CALL(execve),
    CALL(chdir),
    CALL(time),
    CALL(mknod),
    CALL(chmod),
    CALL(lchown),
    CALL(lseek),
    CALL(getpid),
    CALL(mount),
    CALL(umount),
    CALL(setuid),
    CALL(getuid),
    CALL(pause),
    CALL(utime),
    CALL(access),
    CALL(sync),
    CALL(kill),
    CALL(rename),
    CALL(mkdir),
    CALL(rmdir),
    CALL(dup),
    CALL(times),
    CALL(brk),
    CALL(setgid),
    CALL(getgid),
    CALL(signal),
    CALL(geteuid),
    CALL(getegid),
    CALL(umount2),
    CALL(ioctl),
    CALL_AS(fcntl, sys_fcntl64),
    CALL(setpgid),
    CALL(umask),
    CALL(dup2),
    CALL(getppid),
    CALL(getpgrp),
    CALL(setsid),
    CALL(sigaction),
    CALL(sgetmask),
    CALL(ssetmask),
    CALL(sigsuspend),
    CALL(sigpending),
    CALL(setrlimit),
    CALL_AS(getrlimit, sys_old_getrlimit),
    CALL(getrusage),
    CALL(gettimeofday),
    CALL(symlink),
    CALL(readlink),
    CALL(swapon),
    CALL(reboot),
    CALL_AS(mmap, old_mmap),
    CALL(munmap),
    CALL(truncate),
    CALL(ftruncate),
    CALL(fchmod),
    CALL(fchown),
    CALL(statfs),
    CALL(fstatfs),
    CALL_AS(stat, sys_newstat),
    CALL_AS(lstat, sys_newlstat),
    CALL_AS(fstat, sys_newfstat),
    CALL(wait4),
    CALL(swapoff),
    CALL(sysinfo),
    CALL(fsync),
    CALL(sigreturn),
    CALL(clone),
    CALL_AS(uname, sys_newuname),
    CALL(modify_ldt),
    CALL(mprotect),
    CALL(sigprocmask),
    CALL(getpgid),
    CALL(fchdir),
    CALL(personality),
    CALL_AS(llseek, sys_llseek),
    CALL(getdents),
    CALL(msync),
    CALL(readv),
    CALL(writev),
    CALL(getsid),
    CALL(fdatasync),
    CALL(mlock),
    CALL(munlock),
    CALL(mlockall),
    CALL(munlockall),
    CALL(sched_yield),
    CALL(nanosleep),
    CALL(mremap),
    CALL(prctl),
    CALL(rt_sigreturn),
    CALL(rt_sigaction),
    CALL(rt_sigprocmask),
    CALL(rt_sigpending),
    CALL(rt_sigtimedwait),
    CALL(rt_sigqueueinfo),
    CALL(rt_sigsuspend),
    CALL(pread64),
    CALL(pwrite64),
    CALL(chown),
    CALL(getcwd),
    CALL(sigaltstack),
    CALL(vfork),
    CALL_AS(ugetrlimit, sys_getrlimit),
    CALL(mmap2),
    CALL(truncate64),
    CALL(ftruncate64),
    CALL(stat64),
    CALL(lstat64),
    CALL(fstat64),
    CALL_AS(lchown32, sys_lchown),
    CALL_AS(getuid32, sys_getuid),
    CALL_AS(getgid32, sys_getgid),
    CALL_AS(geteuid32, sys_geteuid),
    CALL_AS(getegid32, sys_getegid),
    CALL_AS(fchown32, sys_fchown),
    CALL(setresuid32),
    CALL(getresuid32),
    CALL(setresgid32),
    CALL(getresgid32),
    CALL_AS(chown32, sys_chown),
    CALL_AS(setuid32, sys_setuid),
    CALL_AS(setgid32, sys_setgid),
    CALL(mincore),
    CALL(madvise),
    CALL(getdents64),
    CALL(fcntl64),
    CALL(gettid),
    CALL(tkill),
    CALL(set_thread_area),
    CALL(io_setup),
    CALL(io_destroy),
    CALL(io_getevents),
    CALL(io_submit),
    CALL(io_cancel),
    CALL(exit_group),
    CALL(remap_file_pages),
    CALL(set_tid_address),
    CALL(clock_gettime),
    CALL(clock_getres),
    CALL(statfs64),
    CALL(fstatfs64),
    CALL(tgkill),
    CALL(utimes),
    CALL(openat),
    CALL(mkdirat),
    CALL(mknodat),
    CALL(fchownat),
    CALL(fstatat64),
    CALL(unlinkat),
    CALL(renameat),
    CALL(linkat),
    CALL(symlinkat),
    CALL(readlinkat),
    CALL(fchmodat),
    CALL(faccessat),
    CALL(utimensat),
};

constexpr sys_call_table_t make_table() {
    sys_call_table_t table{};
    for (sys_call_t& entry : table.entry)
        entry = sys_ni_syscall;
    for (const numbered_call& call : calls)
        table.entry[call.number] = call.function;
    return table;
}

}  // namespace

constinit const sys_call_table_t sys_call_table = make_table();

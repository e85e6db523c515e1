// SPDX-License-Identifier: GPL-2.0-or-later
// Signal frames: entering a handler by a frame on the user stack, and coming back from it. A frame is user
// memory: whatever stands in it on the way back, the task stays in user mode with user selectors and user
// flags.
#include "arch/cpu.h"
#include "arch/uaccess.h"
#include "kernel/errno.h"
#include "kernel/sigcontext.h"
#include "kernel/signal_queue.h"
#include "lib/string.h"
#include "mm/mm.h"

namespace {

/// AC OF DF TF SF ZF AF PF CF RF: what a frame may set.
constexpr ulong EFLAGS_OF_USER = 0x00050DD5;
constexpr u16 FXSR_NOT_SAVED = 0xFFFF;

constexpr u8 SIGRETURN_CODE[8] = {0x58, 0xB8, 119, 0, 0, 0, 0xCD, 0x80};  // pop eax; mov eax, 119; int 0x80
constexpr u8 RT_SIGRETURN_CODE[8] = {0xB8, 173, 0, 0, 0, 0xCD, 0x80, 0x00};  // mov eax, 173; int 0x80

bool on_alternate_stack(ulong sp) {
    return sp - current->sas_ss_sp - 1 < current->sas_ss_size;
}

int stack_flags(ulong sp) {
    if (current->sas_ss_size == 0) return SS_DISABLE;
    return on_alternate_stack(sp) ? SS_ONSTACK : 0;
}

/// Where a frame of `size` bytes goes; the FPU state, if there is one, stands right above it. At the
/// handler's entry esp + 4 is a multiple of 16 (System V i386 ABI, 2.2.2). 0: no room on the alternate stack.
ulong place_frame(const k_sigaction* action, const pt_regs* regs, ulong size, fpstate_t** fpstate) {
    ulong sp = regs->esp;
    const bool already_there = on_alternate_stack(sp);
    if ((action->flags & SA_ONSTACK) && stack_flags(sp) == 0) sp = current->sas_ss_sp + current->sas_ss_size;
    if (current->thread.used_math) {
        sp -= sizeof(fpstate_t);
        *fpstate = reinterpret_cast<fpstate_t*>(sp);
    } else {
        *fpstate = nullptr;
    }
    sp = ((sp - size + 4) & ~15ul) - 4;
    if (already_there && !on_alternate_stack(sp)) return 0;
    return sp;
}

int save_fpu_state(fpstate_t* to) {
    if (!to) return 0;
    save_fpu(current);
    u16 status;
    memcpy(&status, current->thread.fpu + 4, sizeof(status));
    int bad = copy_to_user(to->fsave, current->thread.fpu, sizeof(to->fsave)) != 0;
    bad |= put_user(status, &to->status) | put_user(FXSR_NOT_SAVED, &to->magic);
    flush_thread();  // the handler starts with a fresh FPU
    return bad ? -EFAULT : 0;
}

void fill_sigcontext(sigcontext* sc, const pt_regs* regs, fpstate_t* fpstate, sigset_t mask) {
    memset(sc, 0, sizeof(*sc));
    sc->gs = static_cast<u16>(regs->gs), sc->fs = static_cast<u16>(regs->fs);
    sc->es = static_cast<u16>(regs->es), sc->ds = static_cast<u16>(regs->ds);
    sc->edi = regs->edi, sc->esi = regs->esi, sc->ebp = regs->ebp, sc->esp = regs->esp;
    sc->ebx = regs->ebx, sc->edx = regs->edx, sc->ecx = regs->ecx, sc->eax = regs->eax;
    sc->trapno = current->thread.trap_no, sc->err = current->thread.error_code;
    sc->eip = regs->eip, sc->cs = static_cast<u16>(regs->cs), sc->eflags = regs->eflags;
    sc->esp_at_signal = regs->esp, sc->ss = static_cast<u16>(regs->ss);
    sc->fpstate = fpstate;
    sc->oldmask = static_cast<ulong>(mask);
    sc->cr2 = current->thread.cr2;
}

void enter_handler(pt_regs* regs, const k_sigaction* action, ulong frame, int signal, ulong edx, ulong ecx) {
    regs->esp = frame;
    regs->eip = reinterpret_cast<ulong>(action->handler);
    regs->eax = static_cast<ulong>(signal);
    regs->edx = edx;
    regs->ecx = ecx;
    regs->ds = regs->es = regs->ss = __USER_DS;
    regs->cs = __USER_CS;
    regs->eflags &= ~(X86_EFLAGS_TF | X86_EFLAGS_DF);
}

/// The program's own function, or else the one in the kernel's page of code, or the code in the frame.
const void* return_address(const k_sigaction* action, ulong lent, const void* retcode) {
    if (action->flags & SA_RESTORER) return reinterpret_cast<const void*>(action->restorer);
    return lent ? reinterpret_cast<const void*>(lent) : retcode;
}

int setup_old_frame(int signal, const k_sigaction* action, sigset_t mask, pt_regs* regs) {
    fpstate_t* fpstate;
    auto* frame = reinterpret_cast<sigframe*>(place_frame(action, regs, sizeof(sigframe), &fpstate));
    if (!frame || !access_ok(frame, sizeof(*frame)) || save_fpu_state(fpstate)) return -EFAULT;
    sigcontext sc;
    fill_sigcontext(&sc, regs, fpstate, mask);
    const ulong extra = static_cast<ulong>(mask >> 32);
    int bad = put_user(return_address(action, syscall_page::sigreturn(current->mm), frame->retcode),
                       &frame->pretcode);
    bad |= put_user(signal, &frame->sig) | put_user(sc, &frame->sc) | put_user(extra, &frame->extramask);
    bad |= copy_to_user(frame->retcode, SIGRETURN_CODE, sizeof(SIGRETURN_CODE)) != 0;
    if (bad) return -EFAULT;
    enter_handler(regs, action, reinterpret_cast<ulong>(frame), signal, 0, 0);
    return 0;
}

int setup_rt_frame(int signal, const k_sigaction* action, const siginfo_t* info, sigset_t mask,
                   pt_regs* regs) {
    fpstate_t* fpstate;
    auto* frame = reinterpret_cast<rt_sigframe*>(place_frame(action, regs, sizeof(rt_sigframe), &fpstate));
    if (!frame || !access_ok(frame, sizeof(*frame)) || save_fpu_state(fpstate)) return -EFAULT;
    ucontext uc{};
    uc.uc_stack.ss_sp = reinterpret_cast<void*>(current->sas_ss_sp);
    uc.uc_stack.ss_flags = stack_flags(regs->esp);
    uc.uc_stack.ss_size = current->sas_ss_size;
    fill_sigcontext(&uc.uc_mcontext, regs, fpstate, mask);
    uc.uc_sigmask = mask;
    int bad = put_user(return_address(action, syscall_page::rt_sigreturn(current->mm), frame->retcode),
                       &frame->pretcode);
    bad |= put_user(signal, &frame->sig) | put_user(*info, &frame->info) | put_user(uc, &frame->uc);
    bad |= put_user(&frame->info, &frame->pinfo) | put_user(&frame->uc, &frame->puc);
    bad |= copy_to_user(frame->retcode, RT_SIGRETURN_CODE, sizeof(RT_SIGRETURN_CODE)) != 0;
    if (bad) return -EFAULT;
    enter_handler(regs, action, reinterpret_cast<ulong>(frame), signal, reinterpret_cast<ulong>(&frame->info),
                  reinterpret_cast<ulong>(&frame->uc));
    return 0;
}

/// A data selector from a frame: null, the user segment or a thread-local one; anything else becomes null, as
/// a selector that cannot be loaded does.
ulong safe_selector(u16 selector) {
    const unsigned index = selector >> 3;
    const bool thread_local_slot =
        index >= GDT_ENTRY_TLS_MIN && index < GDT_ENTRY_TLS_MIN + GDT_ENTRY_TLS_ENTRIES;
    if ((selector & 7) != 3) return 0;
    return selector == __USER_DS || thread_local_slot ? selector : 0;
}

int restore_fpu_state(const fpstate_t* from) {
    flush_thread();
    if (!from) return 0;
    if (copy_from_user(current->thread.fpu, from->fsave, sizeof(from->fsave))) return -EFAULT;
    current->thread.used_math = true;
    return 0;
}

int restore_sigcontext(pt_regs* regs, const sigcontext* user) {
    sigcontext sc;
    if (get_user(sc, user)) return -EFAULT;
    if (sc.cs != __USER_CS || sc.ss != __USER_DS) return -EFAULT;
    regs->gs = safe_selector(sc.gs), regs->fs = safe_selector(sc.fs);
    regs->es = safe_selector(sc.es), regs->ds = safe_selector(sc.ds);
    regs->edi = sc.edi, regs->esi = sc.esi, regs->ebp = sc.ebp, regs->esp = sc.esp;
    regs->ebx = sc.ebx, regs->edx = sc.edx, regs->ecx = sc.ecx, regs->eax = sc.eax;
    regs->eip = sc.eip;
    regs->cs = __USER_CS, regs->ss = __USER_DS;
    regs->eflags = (regs->eflags & ~EFLAGS_OF_USER) | (sc.eflags & EFLAGS_OF_USER);
    regs->orig_eax = ~0ul;  // no system call is under way any more
    return restore_fpu_state(sc.fpstate);
}

long bad_frame() {
    force_sig_info(SIGSEGV, nullptr, current);
    return 0;
}

}  // namespace

int setup_frame(int signal, const k_sigaction* action, const siginfo_t* info, sigset_t old_mask,
                pt_regs* regs) {
    return action->flags & SA_SIGINFO ? setup_rt_frame(signal, action, info, old_mask, regs)
                                      : setup_old_frame(signal, action, old_mask, regs);
}

/// The handler's return popped pretcode, and the code there popped `sig`.
long sys_sigreturn(pt_regs* regs) {
    auto* frame = reinterpret_cast<const sigframe*>(regs->esp - 8);
    ulong low, high;
    if (get_user(low, &frame->sc.oldmask) || get_user(high, &frame->extramask)) return bad_frame();
    set_blocked(low | static_cast<sigset_t>(high) << 32);
    if (restore_sigcontext(regs, &frame->sc)) return bad_frame();
    return static_cast<long>(regs->eax);
}

long sys_rt_sigreturn(pt_regs* regs) {
    auto* frame = reinterpret_cast<const rt_sigframe*>(regs->esp - 4);
    sigset_t mask;
    stack_t stack;
    if (get_user(mask, &frame->uc.uc_sigmask) || get_user(stack, &frame->uc.uc_stack)) return bad_frame();
    set_blocked(mask);
    if (restore_sigcontext(regs, &frame->uc.uc_mcontext)) return bad_frame();
    (void)set_alternate_stack(&stack, regs->esp);  // a bad one leaves the stack that is set
    return static_cast<long>(regs->eax);
}

int set_alternate_stack(const stack_t* stack, ulong sp) {
    if (on_alternate_stack(sp)) return -EPERM;
    if (stack->ss_flags & ~(SS_DISABLE | SS_ONSTACK)) return -EINVAL;
    if (stack->ss_flags & SS_DISABLE) {
        current->sas_ss_sp = current->sas_ss_size = 0;
        return 0;
    }
    if (stack->ss_size < MINSIGSTKSZ) return -ENOMEM;
    current->sas_ss_sp = reinterpret_cast<ulong>(stack->ss_sp);
    current->sas_ss_size = stack->ss_size;
    return 0;
}

long sys_sigaltstack(const stack_t* fresh, stack_t* old) {
    const ulong sp = task_pt_regs(current)->esp;
    const stack_t before{reinterpret_cast<void*>(current->sas_ss_sp), stack_flags(sp), current->sas_ss_size};
    if (fresh) {
        stack_t stack;
        if (get_user(stack, fresh)) return -EFAULT;
        if (const int error = set_alternate_stack(&stack, sp)) return error;
    }
    return old ? put_user(before, old) : 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
// The page-fault trap: is this access to be served, signalled, fixed up, or is the kernel wrong (4.19)?
#include "arch/processor.h"
#include "arch/traps.h"
#include "arch/uaccess.h"
#include "kernel/errno.h"
#include "kernel/printk.h"
#include "kernel/sched.h"
#include "mm/internal.h"
#include "mm/vmalloc.h"

namespace {

/// The error code that the processor pushes (Intel SDM vol. 3, section 4.7).
enum : ulong { PF_PROT = 1, PF_WRITE = 2, PF_USER = 4, PF_RSVD = 8 };

bool in_vmalloc_space(ulong address) {
    return address >= VMALLOC_START() && address < VMALLOC_END;
}

struct trap {
    pt_regs* regs;
    ulong address;  // CR2
    ulong error_code;
    bool user() const { return error_code & PF_USER; }
    bool write() const { return error_code & PF_WRITE; }
};

// Kernel addresses ------------------------------------------------------------------------------------

/// The kernel half of a page directory may lag behind init_mm's: the loaded one gets the entry now. No locks,
/// no `current`: this may happen in the middle of a task switch.
bool vmalloc_fault(ulong address) {
    if (!in_vmalloc_space(address)) return false;
    const pgd_t master = init_mm.pgd[pgd_index(address)];
    if (!pgd_present(master)) return false;
    auto* loaded = static_cast<pgd_t*>(__va(read_cr3() & PAGE_MASK)) + pgd_index(address);
    if (!pgd_present(*loaded)) {
        *loaded = master;
    } else {
        BUG_ON((loaded->pgd ^ master.pgd) & PAGE_MASK);
    }
    return pgd_large(master) || pte_present(pgd_page_vaddr(master)[pte_index(address)]);
}

/// The loaded page directory gets the entry of a kernel address that it lacks. False: it has one, or there is
/// none.
bool add_missing_directory_entry(ulong address) {
    const pgd_t master = init_mm.pgd[pgd_index(address)];
    auto* loaded = static_cast<pgd_t*>(__va(read_cr3() & PAGE_MASK)) + pgd_index(address);
    if (!pgd_present(master) || pgd_present(*loaded)) return false;
    *loaded = master;
    return true;
}

/// True if the kernel's tables allow the access by now: only the TLB was behind.
bool spurious_fault(const trap& t) {
    if (t.error_code & (PF_USER | PF_RSVD)) return false;
    const pgd_t directory = init_mm.pgd[pgd_index(t.address)];
    if (!pgd_present(directory)) return false;
    const ulong entry =
        pgd_large(directory) ? directory.pgd : pgd_page_vaddr(directory)[pte_index(t.address)].pte;
    return (entry & _PAGE_PRESENT) && (!t.write() || (entry & _PAGE_RW));
}

// Accesses that are not served ---------------------------------------------------------------------------

void note_fault(const trap& t) {
    current->thread.cr2 = t.address;
    // A program learns nothing about which kernel pages exist.
    current->thread.error_code =
        t.error_code | (fault_rules::hides_kernel_pages && t.address >= TASK_SIZE ? +PF_PROT : 0ul);
    current->thread.trap_no = TRAP_PAGE_FAULT;
}

void signal_user(const trap& t, int signal, int code) {
    note_fault(t);
    siginfo_t info{};
    info.si_signo = signal;
    info.si_code = code;
    info.sigfault.addr = reinterpret_cast<void*>(t.address);
    force_sig_info(signal, &info, current);
}

/// The kernel's own access failed: an expected one goes on at its fix-up, else the kernel is wrong.
void no_context(const trap& t) {
    if (fixup_exception(t.regs)) return;
    note_fault(t);
    printk("BUG: unable to handle kernel %s at %08lx\n",
           t.address < PAGE_SIZE ? "NULL pointer dereference" : "paging request", t.address);
    die("page fault", t.regs, static_cast<long>(t.error_code));
}

void bad_area_nosemaphore(const trap& t, int code) {
    if (!t.user()) return no_context(t);
    local_irq_enable();
    signal_user(t, SIGSEGV, code);
}

void do_sigbus(const trap& t) {
    if (!t.user()) return no_context(t);
    signal_user(t, SIGBUS, BUS_ADRERR);
}

void out_of_memory(const trap& t) {
    if (fault_rules::spares_init && current->pid == 1) {
        schedule();  // the system needs it: it tries again
        return;
    }
    printk("VM: killing process %s\n", current->comm);
    if (t.user()) do_group_exit(SIGKILL);
    no_context(t);
}

// User addresses -----------------------------------------------------------------------------------------

/// The area that contains the address, grown to it if it is a stack; or null.
vm_area_struct* area_of(mm_struct* mm, const trap& t) {
    vm_area_struct* vma = find_vma(mm, t.address);
    if (!vma || vma->vm_start <= t.address) return vma;
    if (!(vma->vm_flags & VM_GROWSDOWN)) return nullptr;
    if (t.user() && t.address + fault_rules::stack_slack < t.regs->esp) return nullptr;
    return expand_stack(vma, t.address) == 0 ? vma : nullptr;
}

bool access_allowed(const vm_area_struct* vma, const trap& t) {
    if (t.write()) return vma->vm_flags & VM_WRITE;
    if (t.error_code & PF_PROT) return false;  // present, and yet not readable
    return vma->vm_flags & fault_rules::readable;
}

/// Kernel code that may touch user memory has an exception-table entry. Any other faults here by a mistake,
/// perhaps holding the semaphore itself: it must not wait for it.
bool take_mmap_sem(mm_struct* mm, const trap& t) {
    if (down_read_trylock(&mm->mmap_sem)) return true;
    if (!t.user() && !search_exception_table(t.regs->eip)) return false;
    down_read(&mm->mmap_sem);
    return true;
}

void do_user_fault(mm_struct* mm, const trap& t) {
    if (!take_mmap_sem(mm, t)) return bad_area_nosemaphore(t, SEGV_MAPERR);
    vm_area_struct* vma = area_of(mm, t);
    if (!vma || !access_allowed(vma, t)) {
        up_read(&mm->mmap_sem);
        return bad_area_nosemaphore(t, vma ? SEGV_ACCERR : SEGV_MAPERR);
    }
    const int result = handle_mm_fault(mm, vma, t.address, t.write());
    up_read(&mm->mmap_sem);
    if (fault_results::is_oom(result)) return out_of_memory(t);
    if (fault_results::is_sigbus(result)) return do_sigbus(t);
    (fault_results::is_major(result) ? current->maj_flt : current->min_flt)++;
}

}  // namespace

void do_page_fault(pt_regs* regs, ulong error_code) {
    const trap t{.regs = regs, .address = read_cr2(), .error_code = error_code};
    if (t.address >= TASK_SIZE) {
        if (fault_rules::eager_directory && add_missing_directory_entry(t.address)) return;
        if (!(error_code & (PF_RSVD | PF_USER | PF_PROT)) && vmalloc_fault(t.address)) return;
        if (spurious_fault(t)) return;
        return bad_area_nosemaphore(t, SEGV_MAPERR);
    }
    if (regs->eflags & X86_EFLAGS_IF) local_irq_enable();
    mm_struct* mm = current->mm;
    if (in_atomic() || !mm) return bad_area_nosemaphore(t, SEGV_MAPERR);
    do_user_fault(mm, t);
}

// SPDX-License-Identifier: GPL-2.0-or-later
// Which address space the processor has loaded, and making its TLB forget (4.25).
#include "arch/ldt.h"
#include "arch/processor.h"
#include "kernel/sched.h"
#include "mm/audit.h"

tlb_state cpu_tlbstate = {&init_mm, TLBSTATE_OK, 0};

namespace {

constexpr unsigned kCpu = 0;  // the only one; cpu_vm_mask is kept as if there were more

void load_cr3(const pgd_t* pgd) {
    cpu_tlbstate.cr3_loads++;
    write_cr3(static_cast<u32>(__pa(pgd)));
}

/// A space that is only borrowed needs no flush: the processor lets go of its page directory.
void leave_mm() {
    BUG_ON(cpu_tlbstate.state == TLBSTATE_OK);
    clear_bit(kCpu, mm_cpumask(cpu_tlbstate.active_mm));
    load_cr3(swapper_pg_dir);
}

}  // namespace

void switch_mm(mm_struct* prev, mm_struct* next, task_struct*) {
    if (prev != next) {
        clear_bit(kCpu, mm_cpumask(prev));
        cpu_tlbstate.active_mm = next;
        cpu_tlbstate.state = TLBSTATE_OK;
        set_bit(kCpu, mm_cpumask(next));
        load_cr3(next->pgd);
        space_context::change(prev, next);
        return;
    }
    BUG_ON(cpu_tlbstate.active_mm != next);
    cpu_tlbstate.state = TLBSTATE_OK;
    // The bit is gone if the space was flushed while it was only borrowed.
    if (test_and_set_bit(kCpu, mm_cpumask(next))) return;
    load_cr3(next->pgd);
    space_context::load(next);
}

void activate_mm(mm_struct* prev, mm_struct* next) {
    switch_mm(prev, next, nullptr);
}

traced void enter_lazy_tlb([[maybe_unused]] mm_struct* mm, [[maybe_unused]] task_struct* task) {
    if (cpu_tlbstate.state == TLBSTATE_OK) cpu_tlbstate.state = TLBSTATE_LAZY;
}

traced void flush_tlb_mm(mm_struct* mm) {
    preempt_disable();
    if (current->active_mm == mm) {
        if (current->mm) {
            load_cr3(mm->pgd);
        } else {
            leave_mm();
        }
    }
    preempt_enable();
}

traced void flush_tlb_page(vm_area_struct* vma, ulong address) {
    preempt_disable();
    if (current->active_mm == vma->vm_mm) {
        if (current->mm) {
            invlpg(address);
        } else {
            leave_mm();
        }
    }
    preempt_enable();
}

/// One reload of CR3 costs less than many INVLPG.
traced void flush_tlb_range(vm_area_struct* vma, ulong, ulong) {
    flush_tlb_mm(vma->vm_mm);
}

/// Kernel pages are not global: loading CR3 forgets them, whoever's directory is loaded.
traced void flush_tlb_kernel_range(ulong, ulong) {
    preempt_disable();
    write_cr3(read_cr3());
    preempt_enable();
}

#ifdef CONFIG_DEBUG_VM
void check_cpu_mask(const mm_struct* mm) {
    preempt_disable();
    const ulong bit = *mm_cpumask(mm) >> kCpu & 1;
    const bool loaded = read_cr3() == static_cast<u32>(__pa(mm->pgd));
    require(!bit || loaded, "INV-25", mm, "cpu_vm_mask of a space that is not loaded", bit, 0);
    require(current->mm != mm || (bit && loaded), "INV-25", mm, "cpu_vm_mask of the running task's mm", bit,
            1);
    preempt_enable();
}
#endif

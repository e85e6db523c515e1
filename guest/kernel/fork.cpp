// SPDX-License-Identifier: GPL-2.0-or-later
// fork, vfork and clone: a new task as a copy of the running one, sharing what the flags say.
#include "arch/tls.h"
#include "arch/uaccess.h"
#include "fs/fs.h"
#include "kernel/errno.h"
#include "kernel/process.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/slab.h"

namespace {

constexpr unsigned STACK_ORDER = 1;
static_assert(PAGE_SIZE << STACK_ORDER == THREAD_SIZE);

/// Namespaces and ptrace inheritance do not exist here; asking for a namespace is refused as Linux does
/// without them.
constexpr ulong CLONE_NAMESPACES = 0x00020000 | 0x7C000000;

kmem_cache* task_struct_cachep;
unsigned max_threads;

/// Flag combinations that have no meaning (clone(2)).
int check_clone_flags(ulong flags) {
    if (flags & CLONE_NAMESPACES) return -EINVAL;
    if ((flags & CLONE_THREAD) && !(flags & CLONE_SIGHAND)) return -EINVAL;
    if ((flags & CLONE_SIGHAND) && !(flags & CLONE_VM)) return -EINVAL;
    return 0;
}

/// RLIMIT_NPROC counts the tasks of a user; the superuser is exempt. The kernel's own limit is nobody's
/// exemption.
int check_task_limits() {
    spin_guard guard(&tasklist_lock);
    if (nr_threads >= max_threads) return -EAGAIN;
    if (current->uid == 0) return 0;
    ulong owned = 0;
    task_struct* leader;
    for_each_process(leader) {
        if (leader->uid == current->uid) owned += static_cast<ulong>(atomic_read(&leader->signal->count));
    }
    return owned >= current->signal->rlim_cur[RLIMIT_NPROC] ? -EAGAIN : 0;
}

task_struct* dup_task_struct(const task_struct* original) {
    auto* task = static_cast<task_struct*>(kmem_cache_alloc(task_struct_cachep, GFP_KERNEL));
    if (!task) return nullptr;
    const ulong stack = __get_free_pages(GFP_KERNEL, STACK_ORDER);
    if (!stack) {
        kmem_cache_free(task_struct_cachep, task);
        return nullptr;
    }
    memcpy(task, original, sizeof(*task));
    task->stack = reinterpret_cast<void*>(stack);
    atomic_set(&task->usage, 2);
    return task;
}

void free_task(task_struct* task) {
    free_pages(reinterpret_cast<ulong>(task->stack), STACK_ORDER);
    kmem_cache_free(task_struct_cachep, task);
}

/// Members that never pass from parent to child.
void init_child(task_struct* child, ulong clone_flags) {
    child->flags &= ~(PF_EXITING | PF_SIGNALED);
    child->flags |= PF_FORKNOEXEC;
    child->state = TASK_RUNNING;
    child->need_resched = false;
    child->exit_state = child->exit_code = 0;
    child->exit_signal = clone_flags & CLONE_THREAD ? -1 : static_cast<int>(clone_flags & CSIGNAL);
    child->utime = child->stime = child->nvcsw = child->nivcsw = 0;
    child->min_flt = child->maj_flt = 0;
    child->start_time = jiffies;
    child->mm = child->active_mm = nullptr;
    child->vfork_done = nullptr;
    child->sigpending_flag = false;
    child->restore_sigmask = false;
    child->awaited = 0;
    child->pending.signal = 0;
    // An alternate stack belongs to one stack pointer: a sharer of the space that is no vfork child starts
    // without.
    if ((clone_flags & (CLONE_VM | CLONE_VFORK)) == CLONE_VM) child->sas_ss_sp = child->sas_ss_size = 0;
    spin_lock_init(&child->alloc_lock);
    init_waitqueue_head(&child->wait_chldexit);
    INIT_LIST_HEAD(&child->pending.list);
    INIT_LIST_HEAD(&child->run_list);
    INIT_LIST_HEAD(&child->tasks);
    INIT_LIST_HEAD(&child->children);
    INIT_LIST_HEAD(&child->sibling);
    INIT_LIST_HEAD(&child->thread_group);
}

/// Puts the finished child among the tasks. A signal that came meanwhile is taken first, and the call starts
/// again: a process that is being killed or changes its handlers never gets a thread that missed it.
int link_child(ulong clone_flags, task_struct* child) {
    spin_guard tasks(&tasklist_lock);
    spin_guard_irq signals(&current->sighand->siglock);
    recalc_sigpending();
    if (signal_pending(current)) return -ERESTARTNOINTR;

    task_struct* leader = current->group_leader;
    child->real_parent = clone_flags & (CLONE_PARENT | CLONE_THREAD) ? leader->real_parent : leader;
    if (clone_flags & CLONE_THREAD) {
        child->tgid = current->tgid;
        child->group_leader = leader;
        atomic_inc(&current->signal->count);
        atomic_inc(&current->signal->live);
        list_add_tail(&child->thread_group, &leader->thread_group);
    } else {
        child->tgid = child->pid;
        child->group_leader = child;
        child->signal->unkillable = child->pid == 1;
        list_add_tail(&child->sibling, &child->real_parent->children);
        list_add_tail(&child->tasks, &init_task.tasks);
    }
    attach_pid(child);
    nr_threads++;
    return 0;
}

/// Shares or copies everything and links the child; on failure gives back what the earlier steps took.
int copy_resources(ulong clone_flags, ulong stack_start, task_struct* child, pt_regs* regs) {
    int error = copy_files(clone_flags, child);
    if (error) return error;
    if ((error = copy_fs(clone_flags, child))) goto drop_files;
    if ((error = copy_sighand(clone_flags, child))) goto drop_fs;
    if ((error = copy_signal(clone_flags, child))) goto drop_sighand;
    if ((error = copy_mm(clone_flags, child))) goto drop_signal;
    if ((error = copy_thread(clone_flags, stack_start, child, regs))) goto drop_mm;
    if (clone_flags & CLONE_SETTLS)
        error = set_tls_area(child, reinterpret_cast<user_desc*>(regs->esi), TlsSlot::MustBeNamed);
    if (error) goto drop_mm;
    if ((error = link_child(clone_flags, child))) goto drop_mm;
    return 0;
drop_mm:
    if (child->mm) mmput(child->mm);
drop_signal:
    drop_signal(clone_flags, child);
drop_sighand:
    put_sighand(child->sighand);
drop_fs:
    exit_fs(child);
drop_files:
    exit_files(child);
    return error;
}

/// A complete, linked child that does not run yet, or ERR_PTR.
task_struct* copy_process(ulong clone_flags, ulong stack_start, pt_regs* regs, int* child_tidptr) {
    int error = check_clone_flags(clone_flags);
    if (!error) error = check_task_limits();
    if (error) return ERR_PTR<task_struct>(error);

    task_struct* child = dup_task_struct(current);
    if (!child) return ERR_PTR<task_struct>(-ENOMEM);
    init_child(child, clone_flags);
    child->set_child_tid = clone_flags & CLONE_CHILD_SETTID ? child_tidptr : nullptr;
    child->clear_child_tid = clone_flags & CLONE_CHILD_CLEARTID ? child_tidptr : nullptr;

    const pid_t pid = alloc_pid();
    if (pid < 0) {
        free_task(child);
        return ERR_PTR<task_struct>(pid);
    }
    child->pid = pid;
    if ((error = copy_resources(clone_flags, stack_start, child, regs))) {
        free_pid(pid);
        free_task(child);
        return ERR_PTR<task_struct>(error);
    }
    return child;
}

}  // namespace

void fork_init() {
    task_struct_cachep =
        kmem_cache_create("task_struct", sizeof(task_struct), 16, SLAB_POISON | SLAB_PANIC, nullptr);
    // At most an eighth of the memory may become kernel stacks, and never so little that nothing runs.
    max_threads = max(20ul, nr_free_pages() / (8 * THREAD_SIZE / PAGE_SIZE));
    signals_init();
    init_task.signal->rlim_cur[RLIMIT_NPROC] = init_task.signal->rlim_max[RLIMIT_NPROC] = max_threads / 2;
}

void put_task_struct(task_struct* task) {
    if (!atomic_dec_and_test(&task->usage)) return;
    BUG_ON(task == current || task->signal);
    free_task(task);
}

void finish_fork() {
    // An address that cannot be written is the caller's loss, as in Linux.
    if (current->set_child_tid) (void)put_user(current->pid, current->set_child_tid);
    current->set_child_tid = nullptr;
}

long do_fork(ulong clone_flags, ulong stack_start, pt_regs* regs, int* parent_tidptr, int* child_tidptr) {
    task_struct* child = copy_process(clone_flags, stack_start, regs, child_tidptr);
    if (IS_ERR(child)) return PTR_ERR(child);

    const pid_t pid = child->pid;  // once it runs, the child may be gone at any moment
    if (clone_flags & CLONE_PARENT_SETTID) (void)put_user(pid, parent_tidptr);
    completion vfork;
    if (clone_flags & CLONE_VFORK) {
        init_completion(&vfork);
        child->vfork_done = &vfork;
    }
    wake_up_new_task(child);
    if (clone_flags & CLONE_VFORK) wait_for_completion(&vfork);
    return pid;
}

long sys_fork(pt_regs* regs) {
    return do_fork(SIGCHLD, regs->esp, regs, nullptr, nullptr);
}

long sys_vfork(pt_regs* regs) {
    return do_fork(CLONE_VFORK | CLONE_VM | SIGCHLD, regs->esp, regs, nullptr, nullptr);
}

/// i386: ebx flags, ecx stack (0: the parent's), edx parent_tidptr, esi TLS descriptor, edi child_tidptr.
long sys_clone(pt_regs* regs) {
    const ulong stack = regs->ecx ? regs->ecx : regs->esp;
    return do_fork(regs->ebx, stack, regs, reinterpret_cast<int*>(regs->edx),
                   reinterpret_cast<int*>(regs->edi));
}

// SPDX-License-Identifier: GPL-2.0-or-later
// /dev/kthread: lets kernel threads do visible things, so that an observer outside sees how they borrow
// address spaces. What is written is a word and a number, the checkpoint that the thread passes:
//
//   run N      the work queue's thread runs next and passes N; the write ends afterwards
//   flush N    the same, after the thread has flushed the address space that it borrows
//   use N      the same, inside the writer's address space (use_mm)
//   last N     the thread passes N when this file is closed for the last time
//   daemon N   a kernel thread is started by the writing process: it passes N as a sharer of its address
//   space,
//              and N + 1 after it has left it (daemonize)
#include "arch/uaccess.h"
#include "drivers/char_devices.h"
#include "kernel/errno.h"
#include "kernel/process.h"
#include "kernel/workqueue.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/slab.h"

namespace {

enum class Way { Run, Flush, Use };

/// A checkpoint that a kernel thread passes.
struct errand {
    work_struct work;
    Way way;
    u32 id;
    mm_struct* mm;     // of the writer
    completion* done;  // whom to tell; null: the errand frees itself
};

void do_errand(work_struct* work) {
    auto* e = container_of(work, errand, work);
    if (e->way == Way::Flush) flush_tlb_mm(current->active_mm);
    if (e->way == Way::Use) use_mm(e->mm);
    pass_checkpoint(e->id);
    if (e->way == Way::Use) unuse_mm(e->mm);
    if (e->done) {
        complete(e->done);
    } else {
        kfree(e);
    }
}

long run_errand(Way way, u32 id) {
    completion done;
    init_completion(&done);
    errand e{.work = {}, .way = way, .id = id, .mm = current->mm, .done = &done};
    init_work(&e.work, do_errand);
    schedule_work(&e.work);
    wait_for_completion(&done);
    return 0;
}

/// The file keeps the errand until it is closed.
long prepare_last(file* filp, u32 id) {
    if (filp->private_data) return -EBUSY;
    auto* e = static_cast<errand*>(kzalloc(sizeof(errand), GFP_KERNEL));
    if (!e) return -ENOMEM;
    init_work(&e->work, do_errand);
    e->id = id;
    filp->private_data = e;
    return 0;
}

/// Woken last by a dying task, the thread is the next to run: it borrows what the dead leaves loaded.
void kthread_release(file* filp) {
    auto* e = static_cast<errand*>(filp->private_data);
    if (e) schedule_work(&e->work);
}

struct daemon {
    u32 id;
    completion done;
};
int daemon_thread(void* argument) {
    auto* d = static_cast<daemon*>(argument);
    pass_checkpoint(d->id);
    daemonize("daemon");
    pass_checkpoint(d->id + 1);
    complete(&d->done);
    return 0;
}

long run_daemon(u32 id) {
    daemon d{.id = id, .done = {}};
    init_completion(&d.done);
    const pid_t pid = kernel_thread(daemon_thread, &d, "daemon");
    if (pid < 0) return pid;
    wait_for_completion(&d.done);
    return 0;
}

bool starts_with(const char* text, const char* word) {
    return memcmp(text, word, strlen(word)) == 0;
}

long obey(file* filp, const char* text) {
    const char* number = strrchr(text, ' ');
    u32 id = 0;
    if (!number || parse_decimal(&(++number), &id)) return -EINVAL;
    if (starts_with(text, "run ")) return run_errand(Way::Run, id);
    if (starts_with(text, "flush ")) return run_errand(Way::Flush, id);
    if (starts_with(text, "use ")) return run_errand(Way::Use, id);
    if (starts_with(text, "last ")) return prepare_last(filp, id);
    if (starts_with(text, "daemon ")) return run_daemon(id);
    return -EINVAL;
}

long kthread_write(file* filp, const char* buffer, size_t count, loff_t*) {
    char text[32] = {};
    if (count == 0 || count >= sizeof text) return -EINVAL;
    if (copy_from_user(text, buffer, count)) return -EFAULT;
    const long result = obey(filp, text);
    return result < 0 ? result : static_cast<long>(count);
}

}  // namespace

const file_operations kthread_operations{
    .release = kthread_release, .write = kthread_write, .llseek = no_llseek};

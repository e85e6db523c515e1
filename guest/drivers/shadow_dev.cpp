// SPDX-License-Identifier: GPL-2.0-or-later
// /dev/shadow: a copy of parts of a process's page table, as a second MMU would keep one. An entry is taken
// over when it is asked for and goes as soon as the page table's own changes: the notifiers of the address
// space tell. Reading the device gives the entries and what was told.
#include "arch/uaccess.h"
#include "drivers/char_devices.h"
#include "kernel/errno.h"
#include "kernel/process.h"
#include "lib/string.h"
#include "mm/internal.h"
#include "mm/mmu_notifier.h"
#include "mm/slab.h"

struct shadow_entry {
    ulong address;
    ulong pte;   // as the page table had it
    bool young;  // used through the shadow since somebody asked for its age
};

/// One open file. The lock is below page_table_lock and the notifiers' own.
struct shadow_mmu {
    static constexpr unsigned kEntries = 256;
    mmu_notifier mn;
    mm_struct* mm;      // whose page table; null: not attached. A reference in mm_count
    mm_struct* pinned;  // null: none. A reference in mm_users
    spinlock_t lock;
    unsigned active_ranges;  // changes that have begun and not ended
    unsigned nr;             // entries in use, in no order
    shadow_entry entries[kEntries];
    unsigned range_starts, range_ends, pages, ages, releases;  // calls
    ulong last_start, last_end;                                // of the last range
};

namespace {

/// PIN keeps a process's memory from ending until the file is closed: as a reader of /proc does, but for
/// longer.
enum : unsigned { SHADOW_ATTACH = 0x5301, SHADOW_FILL = 0x5302, SHADOW_DETACH = 0x5303, SHADOW_PIN = 0x5304 };
struct fill_request {
    ulong address, pages;
};

shadow_mmu* shadow_of(mmu_notifier* mn) {
    return container_of(mn, shadow_mmu, mn);
}

void drop_range(shadow_mmu* shadow, ulong start, ulong end) {
    assert_spin_locked(&shadow->lock);
    for (unsigned i = 0; i < shadow->nr;) {
        const ulong address = shadow->entries[i].address;
        if (address >= start && address < end) {
            shadow->entries[i] = shadow->entries[--shadow->nr];
        } else {
            i++;
        }
    }
}

// What the address space tells ------------------------------------------------------------------------------

void shadow_release(mmu_notifier* mn, mm_struct*) {
    shadow_mmu* shadow = shadow_of(mn);
    spin_guard guard(&shadow->lock);
    shadow->releases++;
    shadow->nr = 0;
}

bool shadow_clear_flush_young(mmu_notifier* mn, mm_struct*, ulong address) {
    shadow_mmu* shadow = shadow_of(mn);
    spin_guard guard(&shadow->lock);
    shadow->ages++;
    for (unsigned i = 0; i < shadow->nr; i++) {
        shadow_entry* entry = &shadow->entries[i];
        if (entry->address != (address & PAGE_MASK)) continue;
        const bool young = entry->young;
        entry->young = false;
        return young;
    }
    return false;
}

void shadow_invalidate_page(mmu_notifier* mn, mm_struct*, ulong address) {
    shadow_mmu* shadow = shadow_of(mn);
    spin_guard guard(&shadow->lock);
    shadow->pages++;
    drop_range(shadow, address & PAGE_MASK, (address & PAGE_MASK) + PAGE_SIZE);
}

void shadow_range_start(mmu_notifier* mn, mm_struct*, ulong start, ulong end) {
    shadow_mmu* shadow = shadow_of(mn);
    spin_guard guard(&shadow->lock);
    shadow->range_starts++;
    shadow->active_ranges++;
    shadow->last_start = start;
    shadow->last_end = end;
    drop_range(shadow, start, end);
}

void shadow_range_end(mmu_notifier* mn, mm_struct*, ulong, ulong) {
    shadow_mmu* shadow = shadow_of(mn);
    spin_guard guard(&shadow->lock);
    shadow->range_ends++;
    shadow->active_ranges--;
}

constexpr mmu_notifier_ops shadow_ops{.release = shadow_release,
                                      .clear_flush_young = shadow_clear_flush_young,
                                      .invalidate_page = shadow_invalidate_page,
                                      .invalidate_range_start = shadow_range_start,
                                      .invalidate_range_end = shadow_range_end};

// What programs ask
// -------------------------------------------------------------------------------------------

/// With a reference in mm_users; or ERR_PTR.
mm_struct* mm_of(pid_t pid) {
    task_struct* task;
    {
        spin_guard guard(&tasklist_lock);
        task = find_task_by_pid(pid);
        if (!task) return ERR_PTR<mm_struct>(-ESRCH);
        get_task_struct(task);
    }
    mm_struct* mm = get_task_mm(task);
    put_task_struct(task);
    return mm ? mm : ERR_PTR<mm_struct>(-EINVAL);
}

long pin(shadow_mmu* shadow, pid_t pid) {
    if (shadow->pinned) return -EBUSY;
    mm_struct* mm = mm_of(pid);
    if (IS_ERR(mm)) return PTR_ERR(mm);
    shadow->pinned = mm;
    return 0;
}

long attach(shadow_mmu* shadow, pid_t pid) {
    if (shadow->mm) return -EBUSY;
    mm_struct* mm = mm_of(pid);
    if (IS_ERR(mm)) return PTR_ERR(mm);
    shadow->mn.ops = &shadow_ops;
    const int error = mmu_notifier_register(&shadow->mn, mm);
    if (!error) shadow->mm = mm;
    mmput(mm);
    return error;
}

long detach(shadow_mmu* shadow) {
    if (!shadow->mm) return -EINVAL;
    mmu_notifier_unregister(&shadow->mn, shadow->mm);
    shadow->mm = nullptr;
    return 0;
}

/// Takes one entry over. True if it is in the shadow now.
bool take_entry(shadow_mmu* shadow, ulong address) {
    spin_guard table(&shadow->mm->page_table_lock);
    const pte_t* pte = find_pte(shadow->mm, address);
    if (!pte || !(pte->pte & _PAGE_PRESENT)) return false;
    spin_guard guard(&shadow->lock);
    if (shadow->active_ranges || shadow->nr == shadow_mmu::kEntries) return false;
    drop_range(shadow, address, address + PAGE_SIZE);
    shadow->entries[shadow->nr++] = {.address = address, .pte = pte->pte, .young = true};
    return true;
}

/// How many entries were taken over.
long fill(shadow_mmu* shadow, const fill_request& wanted) {
    mm_struct* mm = shadow->mm;
    if (!mm) return -EINVAL;
    if (wanted.address >= TASK_SIZE || wanted.pages > (TASK_SIZE - wanted.address) >> PAGE_SHIFT)
        return -EINVAL;
    if (!atomic_inc_not_zero(&mm->mm_users)) return -ESRCH;  // it has ended
    long taken = 0;
    down_read(&mm->mmap_sem);
    for (ulong i = 0; i < wanted.pages; i++) {
        if (take_entry(shadow, (wanted.address & PAGE_MASK) + i * PAGE_SIZE)) taken++;
    }
    up_read(&mm->mmap_sem);
    mmput(mm);
    return taken;
}

int shadow_open(inode*, file* filp) {
    auto* shadow = static_cast<shadow_mmu*>(kzalloc(sizeof(shadow_mmu), GFP_KERNEL));
    if (!shadow) return -ENOMEM;
    spin_lock_init(&shadow->lock);
    filp->private_data = shadow;
    return 0;
}

void shadow_close(file* filp) {
    auto* shadow = static_cast<shadow_mmu*>(filp->private_data);
    if (shadow->mm) detach(shadow);
    if (shadow->pinned) mmput(shadow->pinned);
    kfree(shadow);
}

long shadow_ioctl(file* filp, unsigned command, ulong argument) {
    auto* shadow = static_cast<shadow_mmu*>(filp->private_data);
    fill_request wanted;
    switch (command) {
        case SHADOW_ATTACH:
            return attach(shadow, static_cast<pid_t>(argument));
        case SHADOW_PIN:
            return pin(shadow, static_cast<pid_t>(argument));
        case SHADOW_DETACH:
            return detach(shadow);
        case SHADOW_FILL:
            if (get_user(wanted, reinterpret_cast<const fill_request*>(argument))) return -EFAULT;
            return fill(shadow, wanted);
        default:
            return -ENOTTY;
    }
}

constexpr size_t kTextSize = 8192;

size_t describe(shadow_mmu* shadow, char* text) {
    spin_guard guard(&shadow->lock);
    int length =
        snprintf(text, kTextSize,
                 "at 0x%lx\nentries %u\nrange_starts %u\nrange_ends %u\npages %u\nages %u\nreleases %u\n",
                 reinterpret_cast<ulong>(shadow), shadow->nr, shadow->range_starts, shadow->range_ends,
                 shadow->pages, shadow->ages, shadow->releases);
    for (unsigned i = 0; i < shadow->nr; i++) {
        const auto used = static_cast<size_t>(length);
        const shadow_entry& entry = shadow->entries[i];
        length += snprintf(text + used, kTextSize - used, "%08lx %05lx %c\n", entry.address,
                           entry.pte >> PAGE_SHIFT, entry.pte & _PAGE_RW ? 'w' : 'r');
    }
    return static_cast<size_t>(length);
}

long shadow_read(file* filp, char* to, size_t count, loff_t* position) {
    auto* text = static_cast<char*>(kmalloc(kTextSize, GFP_KERNEL));
    if (!text) return -ENOMEM;
    const size_t length = describe(static_cast<shadow_mmu*>(filp->private_data), text);
    const long result = simple_read_from_buffer(to, count, position, text, length);
    kfree(text);
    return result;
}

}  // namespace

const file_operations shadow_operations{
    .open = shadow_open, .release = shadow_close, .read = shadow_read, .ioctl = shadow_ioctl};

// SPDX-License-Identifier: GPL-2.0-or-later
// Making mappings: do_mmap_pgoff with its order of checks (4.9), and the system calls around it.
#include "arch/uaccess.h"
#include "fs/fs.h"
#include "kernel/errno.h"
#include "kernel/personality.h"
#include "kernel/sched.h"
#include "mm/internal.h"
#include "mm/slab.h"

namespace {

ulong calc_vm_prot_bits(ulong prot) {
    return prot & (PROT_READ | PROT_WRITE | PROT_EXEC);
}
static_assert(+PROT_READ == +VM_READ && +PROT_WRITE == +VM_WRITE && +PROT_EXEC == +VM_EXEC);

ulong calc_vm_flag_bits(ulong flags) {
    ulong bits = flags & (MAP_GROWSDOWN | MAP_DENYWRITE | MAP_EXECUTABLE);
    if (lock_rules::mmap_locks && (flags & MAP_LOCKED)) bits |= VM_LOCKED;
    return bits;
}
static_assert(+MAP_GROWSDOWN == +VM_GROWSDOWN && +MAP_DENYWRITE == +VM_DENYWRITE);
static_assert(+MAP_EXECUTABLE == +VM_EXECUTABLE);

int check_lock(const mm_struct* mm, ulong len, ulong flags, ulong vm_flags) {
    if (lock_rules::mmap_locks && (flags & MAP_LOCKED) && !can_do_mlock()) return -EPERM;
    return vm_flags & VM_LOCKED ? may_lock_pages(mm, len >> PAGE_SHIFT) : 0;
}

/// What the file's open mode allows and adds to the flags. 0 or -errno.
int check_file(const file* filp, ulong prot, ulong flags, ulong* vm_flags) {
    const bool writable = filp->f_mode & FMODE_WRITE;
    switch (flags & MAP_TYPE) {
        case MAP_SHARED:
            if ((prot & PROT_WRITE) && !writable) return -EACCES;
            *vm_flags |= VM_SHARED | VM_MAYSHARE;
            if (!writable) *vm_flags &= ~(VM_MAYWRITE | VM_SHARED);
            break;
        case MAP_PRIVATE:
            break;
        default:
            return -EINVAL;
    }
    if (!(filp->f_mode & FMODE_READ)) return -EACCES;
    return filp->f_op && filp->f_op->mmap ? 0 : -ENODEV;
}

int check_anonymous(ulong addr, ulong flags, ulong* vm_flags, ulong* pgoff) {
    switch (flags & MAP_TYPE) {
        case MAP_SHARED:
            *vm_flags |= VM_SHARED | VM_MAYSHARE;
            *pgoff = 0;
            return 0;
        default:
            if (range_errors::needs_type) return -EINVAL;
            [[fallthrough]];
        case MAP_PRIVATE:
            *pgoff = anonymous_offsets::mapped(addr, *pgoff);
            return 0;
    }
}

/// What of a mapping is being made, until it stands in the address space.
struct new_region {
    mm_struct* mm;
    file* filp;
    ulong addr, len, vm_flags, pgoff;
    vma_slot slot;
    ulong charged;  // pages committed for it
};

/// Memory that only this area will use is committed now; a shared object commits its own.
int charge(new_region* r, ulong flags) {
    if (flags & MAP_NORESERVE) {
        r->vm_flags |= VM_NORESERVE;
        return 0;
    }
    if (r->vm_flags & VM_SHARED) return 0;
    if (!(r->vm_flags & VM_WRITE)) return 0;
    if (vm_enough_memory(r->len >> PAGE_SHIFT)) return -ENOMEM;
    r->charged = r->len >> PAGE_SHIFT;
    r->vm_flags |= VM_ACCOUNT;
    return 0;
}

int deny_write_access(file* filp) {
    atomic_t* writers = &filp->f_mapping->host->i_writecount;
    if (atomic_read(writers) > 0) return -EBUSY;
    atomic_dec(writers);
    return 0;
}
void allow_write_access(file* filp) {
    atomic_inc(&filp->f_mapping->host->i_writecount);
}

/// Asks the file's driver; writers are denied until the area does so itself. On an error the area holds
/// nothing any more. 0 or -errno.
int map_file(new_region* r, vm_area_struct* vma) {
    if (range_errors::files_do_not_grow && (vma->vm_flags & (VM_GROWSDOWN | VM_GROWSUP))) return -EINVAL;
    const bool deny_write = vma->vm_flags & VM_DENYWRITE;
    if (deny_write) {
        if (const int error = deny_write_access(r->filp)) return error;
    }
    vma->vm_file = get_file(r->filp);
    const int error = r->filp->f_op->mmap(r->filp, vma);
    if (error) {
        if (deny_write) allow_write_access(r->filp);
        vma->vm_file = nullptr;
        vma->vm_flags &= ~(VM_ACCOUNT | VM_DENYWRITE);  // the charge is the caller's to give back
        unmap_region(r->mm, vma, r->slot.prev, vma->vm_start, vma->vm_end);
        fput(r->filp);
        return error;
    }
    program_file::area_added(vma);
    if (vma->vm_flags & VM_SPECIAL) vma->vm_flags &= ~VM_LOCKED;  // its frames stay anyway
    return 0;
}

/// The new file mapping continues a neighbour: the structure is not needed.
void drop_redundant(new_region* r, vm_area_struct* vma) {
    program_file::area_removed(vma);
    kmem_cache_free(vm_area_cachep, vma);
    fput(r->filp);
}

/// A structure of its own, linked, or absorbed by a neighbour of the same file. 0 or -errno.
int make_vma(new_region* r) {
    auto* vma = static_cast<vm_area_struct*>(kmem_cache_zalloc(vm_area_cachep, GFP_KERNEL));
    if (!vma) return -ENOMEM;
    vma->vm_mm = r->mm;
    vma->vm_start = r->addr;
    vma->vm_end = r->addr + r->len;
    vma->vm_flags = r->vm_flags;
    vma->vm_page_prot = vm_get_page_prot(r->vm_flags);
    vma->vm_pgoff = r->pgoff;

    file* const denied = r->filp && (r->vm_flags & VM_DENYWRITE) ? r->filp : nullptr;
    int error = 0;
    if (r->filp) {
        error = map_file(r, vma);
    } else if (r->vm_flags & VM_SHARED) {
        // Shared anonymous memory has a file too, and it does not grow downwards in any edition.
        error = vma->vm_flags & (VM_GROWSDOWN | VM_GROWSUP) ? -EINVAL : shmem_zero_setup(vma);
    }
    if (error) {
        kmem_cache_free(vm_area_cachep, vma);
        return error;
    }
    if (vma_wants_writenotify(vma)) vma->vm_page_prot = vm_get_page_prot(vma->vm_flags & ~VM_SHARED);
    r->addr = vma->vm_start;  // a driver may have changed these
    r->pgoff = vma->vm_pgoff;
    r->vm_flags = vma->vm_flags;
    if (r->filp && merge_rules::joins_mapped &&
        vma_merge(r->mm, r->slot.prev, r->addr, vma->vm_end, r->vm_flags, {}, r->filp, r->pgoff)) {
        if (denied) allow_write_access(denied);
        drop_redundant(r, vma);
    } else {
        r->filp = vma->vm_file;
        vma_link(r->mm, vma, r->slot);
        if (denied) allow_write_access(denied);
    }
    return 0;
}

/// Counts the new pages, and touches them if they are to be locked or were asked for at once.
void finish_region(new_region* r, ulong flags) {
    const ulong pages = r->len >> PAGE_SHIFT;
    grow_total_vm(r->mm, pages);
    area_stats::account(r->mm, r->vm_flags, r->filp, static_cast<long>(pages));
    if (r->vm_flags & VM_LOCKED) r->mm->locked_vm += pages;
    const ulong end = r->addr + r->len;
    if (r->vm_flags & VM_LOCKED) {
        make_pages_present(r->addr, end);
    } else if (flags & MAP_POPULATE) {
        area_operations::prefault(r->mm, r->addr, end, (flags & MAP_NONBLOCK) != 0);
    }
}

ulong place_region(new_region* r, ulong flags) {
    if (const int error = munmap_back(r->mm, r->addr, r->len, &r->slot)) return error;
    if (!may_expand_vm(r->mm, r->len >> PAGE_SHIFT)) return -ENOMEM;
    if (const int error = charge(r, flags)) return error;
    const bool private_anonymous = !r->filp && !(r->vm_flags & VM_SHARED);
    const ulong end = r->addr + r->len;
    if (!private_anonymous || !merge_rules::joins_mapped ||
        !vma_merge(r->mm, r->slot.prev, r->addr, end, r->vm_flags, {}, nullptr, r->pgoff)) {
        if (const int error = make_vma(r)) {
            vm_unacct_memory(r->charged);
            return error;
        }
    }
    finish_region(r, flags);
    if (private_anonymous) validate_new_area(r->mm, r->addr, r->len);
    return r->addr;
}

/// Finds the place, works out the flags, makes the mapping: its address, or -errno.
ulong map_at_free_place(mm_struct* mm, file* filp, ulong addr, ulong len, ulong prot, ulong flags,
                        ulong pgoff) {
    addr = get_unmapped_area(filp, addr, len, pgoff, flags);
    if (addr & ~PAGE_MASK) return addr;
    ulong vm_flags = calc_vm_prot_bits(prot) | calc_vm_flag_bits(flags) | mm->def_flags | VM_MAYREAD |
                     VM_MAYWRITE | VM_MAYEXEC;
    if (const int error = check_lock(mm, len, flags, vm_flags)) return error;
    const int error =
        filp ? check_file(filp, prot, flags, &vm_flags) : check_anonymous(addr, flags, &vm_flags, &pgoff);
    if (error) return error;
    return mmap_region(filp, addr, len, flags, vm_flags, pgoff);
}

}  // namespace

ulong get_unmapped_area(file* filp, ulong addr, ulong len, ulong pgoff, ulong flags) {
    addr = area_search::find(current->mm, filp, addr, len, pgoff, flags);
    if (!(flags & MAP_FIXED) && IS_ERR_VALUE(addr)) return addr;
    if (addr > TASK_SIZE - len) return -ENOMEM;
    if (addr & ~PAGE_MASK) return -EINVAL;
    return addr;
}

ulong mmap_region(file* filp, ulong addr, ulong len, ulong flags, ulong vm_flags, ulong pgoff) {
    mm_struct* mm = current->mm;
    assert_held_write(&mm->mmap_sem);
    new_region region{.mm = mm,
                      .filp = filp,
                      .addr = addr,
                      .len = len,
                      .vm_flags = vm_flags,
                      .pgoff = pgoff,
                      .slot = {},
                      .charged = 0};
    return place_region(&region, flags);
}

bool vma_wants_writenotify(const vm_area_struct* vma) {
    constexpr ulong kSharedWritable = VM_WRITE | VM_SHARED;
    if (!shared_writes::noticed || (vma->vm_flags & kSharedWritable) != kSharedWritable) return false;
    if (area_operations::hears_of_writes(vma)) return true;
    if (vma->vm_page_prot.pgprot != vm_get_page_prot(vma->vm_flags).pgprot) return false;  // the driver's own
    if (vma->vm_flags & (VM_PFNMAP | VM_INSERTPAGE)) return false;
    const address_space* mapping = vma->vm_file ? vma->vm_file->f_mapping : nullptr;
    return mapping && mapping->a_ops && mapping->a_ops->writepage;
}

traced ulong do_mmap_pgoff(file* filp, ulong addr, ulong len, ulong prot, ulong flags, ulong pgoff) {
    mm_struct* mm = current->mm;
    assert_held_write(&mm->mmap_sem);
    prot |= implied_exec(prot);
    const early_answer answer = mmap_lengths::check(filp, addr, &len, pgoff);
    if (answer.given) return answer.value;
    if (mm->map_count > sysctl_max_map_count) return -ENOMEM;

    const auto before = area_search::remembered(mm);
    const ulong result = map_at_free_place(mm, filp, addr, len, prot, flags, pgoff);
    if ((result & ~PAGE_MASK) && !(flags & MAP_FIXED)) area_search::restore(mm, before);
    return result;
}

long sys_mmap2(ulong addr, ulong len, ulong prot, ulong flags, ulong fd, ulong pgoff) {
    flags &= ~(MAP_EXECUTABLE | MAP_DENYWRITE);  // for the kernel's own ELF loader only
    file* filp = nullptr;
    if (!(flags & MAP_ANONYMOUS)) {
        filp = fget(static_cast<unsigned>(fd));
        if (!filp) return -EBADF;
    }
    mm_struct* mm = current->mm;
    down_write(&mm->mmap_sem);
    const ulong result = do_mmap_pgoff(filp, addr, len, prot, flags, pgoff);
    validate_mm(mm);
    up_write(&mm->mmap_sem);
    if (filp) fput(filp);
    return static_cast<long>(result);
}

long old_mmap(const void* arguments) {
    struct {
        ulong addr, len, prot, flags, fd, offset;
    } a;
    if (copy_from_user(&a, arguments, sizeof a)) return -EFAULT;
    if (a.offset & ~PAGE_MASK) return -EINVAL;
    return sys_mmap2(a.addr, a.len, a.prot, a.flags, a.fd, a.offset >> PAGE_SHIFT);
}

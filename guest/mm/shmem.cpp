// SPDX-License-Identifier: GPL-2.0-or-later
// Shared anonymous memory: a file without a name in any directory, whose pages exist only in the page cache.
#include "fs/fs.h"
#include "kernel/errno.h"
#include "lib/string.h"
#include "mm/filemap.h"
#include "mm/internal.h"
#include "mm/slab.h"
#include "mm/writeback.h"

extern kmem_cache* filp_cachep;

namespace {

/// What /proc/PID/maps shows for such an area.
constexpr char kName[] = "dev/zero (deleted)";
constexpr u16 SHMEM_DEV = 0x0004;

int shmem_readpage(file*, page* p) {
    clear_page(page_address(p));
    set_bit(PG_uptodate, &p->flags);
    unlock_page(p);
    return 0;
}

constexpr address_space_operations shmem_aops = {.readpage = shmem_readpage,
                                                 .set_page_dirty = __set_page_dirty_no_writeback};

/// The object commits its memory as a whole (i_private: how many pages); the areas that show it do not.
void shmem_release(file* filp) {
    vm_unacct_memory(reinterpret_cast<ulong>(filp->f_mapping->host->i_private));
}

/// Pages come into being when they are touched: nothing is read, so no fault is major.
int shmem_fault(vm_area_struct* vma, vm_fault* vmf) {
    const auto size = static_cast<ulong>(vma->vm_file->f_mapping->host->i_size);
    if (vmf->pgoff >= size >> PAGE_SHIFT) return VM_FAULT_SIGBUS;
    for (;;) {
        bool is_new;
        page* p = read_cache_page(vma->vm_file, vmf->pgoff, &is_new);
        if (!p) return VM_FAULT_OOM;
        lock_page(p);
        if (p->mapping == vma->vm_file->f_mapping) {
            vmf->page = p;
            return VM_FAULT_LOCKED;
        }
        unlock_page(p);  // punched out meanwhile
        put_page(p);
    }
}

struct shmem_area {
    static constexpr auto fault = shmem_fault;
    static constexpr bool any_order = true;
};
vm_operations_struct shmem_vm_ops = area_operations::of<shmem_area>();

constexpr file_operations shmem_file_operations = {.release = shmem_release, .mmap = generic_file_mmap};

inode* shmem_inode(ulong size) {
    static ulong last_ino;
    inode* node = new_inode(S_IFREG | 0777, ++last_ino, SHMEM_DEV);
    if (!node) return nullptr;
    node->i_size = static_cast<loff_t>(size);
    node->i_data.a_ops = &shmem_aops;
    node->i_fop = &shmem_file_operations;
    return node;
}

dentry* shmem_dentry(ulong size) {
    dentry* name = d_alloc(root_dentry, kName, sizeof kName - 1);
    if (!name) return nullptr;
    name->d_inode = shmem_inode(size);
    if (name->d_inode) return name;
    dput(name);
    return nullptr;
}

/// An open file of `size` zero bytes, or null.
file* shmem_file_setup(ulong size) {
    dentry* name = shmem_dentry(size);
    if (!name) return nullptr;
    auto* filp = static_cast<file*>(kmem_cache_zalloc(filp_cachep, GFP_KERNEL));
    if (!filp) {
        dput(name);
        return nullptr;
    }
    filp->f_path.dentry = name;
    filp->f_op = &shmem_file_operations;
    atomic_set(&filp->f_count, 1);
    filp->f_flags = O_RDWR;
    filp->f_mode = FMODE_READ | FMODE_WRITE;
    atomic_inc(&name->d_inode->i_writecount);
    filp->f_mapping = name->d_inode->i_mapping;
    return filp;
}

}  // namespace

bool is_shmem_file(const file* filp) {
    return filp->f_op == &shmem_file_operations;
}

void shmem_truncate_range(const file* filp, pgoff_t first, pgoff_t last) {
    address_space* mapping = filp->f_mapping;
    const loff_t start = static_cast<loff_t>(first) << PAGE_SHIFT;
    unmap_mapping_range(mapping, start, static_cast<loff_t>(last - first + 1) << PAGE_SHIFT, 1);
    truncate_inode_pages_range(mapping, first, last);
}

int shmem_zero_setup(vm_area_struct* vma) {
    const ulong charged = vma->vm_flags & VM_NORESERVE ? 0 : vma_pages(vma);
    if (charged && vm_enough_memory(charged)) return -ENOMEM;
    file* filp = shmem_file_setup(vma->vm_end - vma->vm_start);
    if (!filp) {
        vm_unacct_memory(charged);
        return -ENOMEM;
    }
    filp->f_mapping->host->i_private = reinterpret_cast<void*>(charged);
    vma->vm_file = filp;  // the area's reference is the only one
    vma->vm_ops = &shmem_vm_ops;
    vma->vm_flags |= VM_CAN_NONLINEAR;
    return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
// /dev/mem: a program maps the memory of devices, the VGA's above all, by physical address. RAM is not shown.
#include "drivers/char_devices.h"
#include "kernel/errno.h"
#include "mm/mm.h"

namespace {

/// The hole of the PC's memory map where adapters have theirs.
constexpr ulong DEVICES_START = 0xA0000, DEVICES_END = 0x100000;

struct mem_area {
    static constexpr auto access = generic_access_phys;
};
vm_operations_struct mem_vm_ops = area_operations::of<mem_area>();

int mmap_mem(file*, vm_area_struct* vma) {
    const ulong size = vma->vm_end - vma->vm_start;
    constexpr ulong first = DEVICES_START >> PAGE_SHIFT, last = DEVICES_END >> PAGE_SHIFT;
    if (vma->vm_pgoff < first || vma->vm_pgoff >= last || size >> PAGE_SHIFT > last - vma->vm_pgoff)
        return -EPERM;
    vma->vm_ops = &mem_vm_ops;
    return remap_pfn_range(vma, vma->vm_start, vma->vm_pgoff, size, vma->vm_page_prot);
}

}  // namespace

const file_operations mem_operations{.mmap = mmap_mem};

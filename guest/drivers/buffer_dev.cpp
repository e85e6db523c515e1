// SPDX-License-Identifier: GPL-2.0-or-later
// /dev/buffer: a driver's buffer that programs map, as a sound card's or a frame grabber's would be. Its
// pages come by faults; each mapping has a record of its own in vm_private_data; reading the device gives
// what happened.
#include "arch/uaccess.h"
#include "drivers/char_devices.h"
#include "kernel/errno.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/slab.h"

/// One mmap: the area, and what was split off or copied from it.
struct buffer_mapping {
    unsigned magic;  // for the host that looks at it
    atomic_t areas;
    atomic_t faults, mkwrites;
};

namespace {

constexpr ulong BUFFER_PAGES = 16;
constexpr char MAGIC[8] = "buffer\n";

constexpr unsigned MAPPING_MAGIC = 0xB0FFE12D;

page* buffer[BUFFER_PAGES];
struct {
    atomic_t mappings, opens, closes, faults, mkwrites, accesses;
} totals;

buffer_mapping* mapping_of(const vm_area_struct* vma) {
    return static_cast<buffer_mapping*>(vma->vm_private_data);
}

void buffer_open(vm_area_struct* vma) {
    atomic_inc(&totals.opens);
    atomic_inc(&mapping_of(vma)->areas);
}

void buffer_close(vm_area_struct* vma) {
    atomic_inc(&totals.closes);
    if (atomic_dec_and_test(&mapping_of(vma)->areas)) {
        atomic_dec(&totals.mappings);
        kfree(mapping_of(vma));
    }
}

/// The page of the buffer, made at its first use. Null: out of memory.
page* buffer_page(pgoff_t index) {
    if (page* there = buffer[index]) return there;
    page* fresh = alloc_page(GFP_KERNEL | __GFP_ZERO);
    if (!fresh) return nullptr;
    page* none = nullptr;
    if (!__atomic_compare_exchange_n(&buffer[index], &none, fresh, false, __ATOMIC_SEQ_CST,
                                     __ATOMIC_RELAXED)) {
        put_page(fresh);  // another task was faster
        return none;
    }
    memcpy(page_address(fresh), MAGIC, sizeof MAGIC);
    return fresh;
}

int buffer_fault(vm_area_struct* vma, vm_fault* vmf) {
    if (vmf->pgoff >= BUFFER_PAGES) return VM_FAULT_SIGBUS;
    page* p = buffer_page(vmf->pgoff);
    if (!p) return VM_FAULT_OOM;
    get_page(p);
    vmf->page = p;
    atomic_inc(&totals.faults);
    atomic_inc(&mapping_of(vma)->faults);
    return VM_FAULT_MINOR;
}

/// A program is about to write to a page for the first time. The last page is the device's own: refused.
int buffer_mkwrite(vm_area_struct* vma, page* p) {
    if (p == buffer[BUFFER_PAGES - 1]) return -EACCES;
    atomic_inc(&totals.mkwrites);
    atomic_inc(&mapping_of(vma)->mkwrites);
    return 0;
}

/// For a debugger: areas with VM_IO are not looked at page by page.
int buffer_access(vm_area_struct* vma, ulong addr, void* buf, int len, int write) {
    const pgoff_t index = ((addr - vma->vm_start) >> PAGE_SHIFT) + vma->vm_pgoff;
    if (index >= BUFFER_PAGES) return -EINVAL;
    page* p = buffer_page(index);
    if (!p) return -ENOMEM;
    atomic_inc(&totals.accesses);
    u8* at = static_cast<u8*>(page_address(p)) + (addr & ~PAGE_MASK);
    write ? memcpy(at, buf, static_cast<ulong>(len)) : memcpy(buf, at, static_cast<ulong>(len));
    return len;
}

struct buffer_area {
    static constexpr auto open = buffer_open;
    static constexpr auto close = buffer_close;
    static constexpr auto fault = buffer_fault;
    static constexpr auto page_mkwrite = buffer_mkwrite;
    static constexpr auto access = buffer_access;
};
vm_operations_struct buffer_vm_ops = area_operations::of<buffer_area>();

int buffer_mmap(file*, vm_area_struct* vma) {
    auto* mapping = static_cast<buffer_mapping*>(kzalloc(sizeof(buffer_mapping), GFP_KERNEL));
    if (!mapping) return -ENOMEM;
    mapping->magic = MAPPING_MAGIC;
    atomic_set(&mapping->areas, 1);
    atomic_inc(&totals.mappings);
    vma->vm_ops = &buffer_vm_ops;
    vma->vm_private_data = mapping;
    vma->vm_flags |= VM_IO | VM_DONTEXPAND;
    return 0;
}

long buffer_read(file*, char* to, size_t count, loff_t* position) {
    char text[160];
    const int length =
        snprintf(text, sizeof text, "mappings %d\nopens %d\ncloses %d\nfaults %d\nmkwrites %d\naccesses %d\n",
                 atomic_read(&totals.mappings), atomic_read(&totals.opens), atomic_read(&totals.closes),
                 atomic_read(&totals.faults), atomic_read(&totals.mkwrites), atomic_read(&totals.accesses));
    return simple_read_from_buffer(to, count, position, text, static_cast<size_t>(length));
}

}  // namespace

const file_operations buffer_operations{.read = buffer_read, .mmap = buffer_mmap};

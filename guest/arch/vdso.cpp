// SPDX-License-Identifier: GPL-2.0-or-later
// See vdso.h.
#include "arch/vdso.h"

#include "kernel/cmdline.h"
#include "kernel/printk.h"
#include "lib/string.h"
#include "mm/internal.h"

extern "C" const char vdso_start[], vdso_end[];

page* vdso_page;

namespace {

constexpr ulong VDSO_FLAGS = VM_READ | VM_EXEC | VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC | VM_ALWAYSDUMP;

}  // namespace

void vdso_init() {
    char enabled[2];
    if (get_option("vdso", enabled, sizeof enabled) && enabled[0] == '0') return;
    vdso_page = alloc_page(GFP_KERNEL | __GFP_ZERO);
    if (!vdso_page) panic("vdso_init: no memory");
    const auto size = static_cast<size_t>(vdso_end - vdso_start);
    BUG_ON(size > PAGE_SIZE);
    memcpy(page_address(vdso_page), vdso_start, size);
}

int arch_setup_additional_pages(mm_struct* mm) {
    if (!vdso_page) return 0;
    down_write(&mm->mmap_sem);
    const ulong addr = get_unmapped_area(nullptr, 0, PAGE_SIZE, 0, 0);
    int error = addr & ~PAGE_MASK ? static_cast<int>(addr) : 0;
    if (!error) error = install_special_mapping(mm, addr, VDSO_FLAGS, vdso_page);
    if (!error) mm->context.vdso = reinterpret_cast<void*>(addr);
    up_write(&mm->mmap_sem);
    return error;
}

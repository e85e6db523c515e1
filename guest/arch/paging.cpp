// SPDX-License-Identifier: GPL-2.0-or-later
// The linear map of low memory: the boot code made it as large as it can be, here it gets its true size.
#include "arch/paging.h"

#include "arch/pgtable.h"
#include "arch/processor.h"

void* high_memory;

void paging_init(ulong ram_end) {
    const ulong first_unused = (ram_end + PGDIR_SIZE - 1) >> PGDIR_SHIFT;
    for (ulong i = USER_PTRS_PER_PGD + first_unused; i < PTRS_PER_PGD; i++)
        swapper_pg_dir[i].pgd = 0;
    high_memory = __va(ram_end);
    // Entries of the kernel are global: writing CR3 keeps them, toggling CR4.PGE drops them (SDM vol.
    // 3, 4.10.4.1).
    constexpr u32 CR4_PGE = 1 << 7;
    const u32 cr4 = read_cr4();
    write_cr4(cr4 & ~CR4_PGE);
    write_cr3(read_cr3());
    write_cr4(cr4);
}

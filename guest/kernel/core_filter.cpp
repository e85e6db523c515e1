// SPDX-License-Identifier: GPL-2.0-or-later
// Which areas a core file has, as the core filter of mm->flags wants it (MM_FACTS 4.26, 5.8).
#include "fs/fs.h"
#include "kernel/elf.h"
#include "lib/string.h"
#include "mm/internal.h"

namespace {

bool is_elf_header(const vm_area_struct* vma) {
    u8 magic[sizeof(ELF_MAGIC)];
    return kernel_read(vma->vm_file, 0, magic, sizeof magic) == sizeof magic &&
           memcmp(magic, ELF_MAGIC, sizeof magic) == 0;
}

}  // namespace

ulong filtered_dump::size(const vm_area_struct* vma) {
    const ulong flags = dump_permission::filter(vma->vm_mm);
    const auto wants = [flags](unsigned bit) { return (flags >> bit & 1) != 0; };
    const ulong whole = vma->vm_end - vma->vm_start;
    if (vma->vm_flags & VM_ALWAYSDUMP) return whole;
    if (vma->vm_flags & (VM_IO | VM_RESERVED)) return 0;
    if (vma->vm_flags & VM_SHARED)
        return wants(is_shmem_file(vma->vm_file) ? MMF_DUMP_ANON_SHARED : MMF_DUMP_MAPPED_SHARED) ? whole : 0;
    if (reverse_map::may_have_anonymous(vma) && wants(MMF_DUMP_ANON_PRIVATE)) return whole;
    if (!vma->vm_file) return 0;
    if (wants(MMF_DUMP_MAPPED_PRIVATE)) return whole;
    return wants(MMF_DUMP_ELF_HEADERS) && vma->vm_pgoff == 0 && is_elf_header(vma) ? PAGE_SIZE : 0;
}

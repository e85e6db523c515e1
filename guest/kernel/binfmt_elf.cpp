// SPDX-License-Identifier: GPL-2.0-or-later
// The ELF loader for static programs (ET_EXEC). The file is hostile: all of it that loading depends on is
// checked before the old program is given up.
#include "kernel/binfmt_elf.h"

#include "arch/uaccess.h"
#include "fs/fs.h"
#include "kernel/coredump.h"
#include "kernel/errno.h"
#include "kernel/process.h"
#include "lib/string.h"
#include "mm/internal.h"
#include "mm/slab.h"

namespace {

constexpr unsigned MAX_PROGRAM_HEADERS = 65536 / sizeof(Elf32_Phdr);

ulong page_offset(ulong address) {
    return address & ~PAGE_MASK;
}

/// The program headers, from kmalloc.
struct program_headers {
    Elf32_Phdr* table = nullptr;
    unsigned count = 0;

    program_headers() = default;
    program_headers(const program_headers&) = delete;
    ~program_headers() { kfree(table); }
    const Elf32_Phdr* begin() const { return table; }
    const Elf32_Phdr* end() const { return table + count; }
};

bool is_static_program(const Elf32_Ehdr& header, const file* filp) {
    return memcmp(header.e_ident, ELF_MAGIC, sizeof(ELF_MAGIC)) == 0 &&
           header.e_ident[EI_CLASS] == ELFCLASS32 && header.e_ident[EI_DATA] == ELFDATA2LSB &&
           header.e_type == ET_EXEC && (header.e_machine == EM_386 || header.e_machine == EM_486) &&
           header.e_phentsize == sizeof(Elf32_Phdr) && header.e_phnum >= 1 &&
           header.e_phnum <= MAX_PROGRAM_HEADERS && header.e_entry < TASK_SIZE && filp->f_op &&
           filp->f_op->mmap;
}

/// A segment that lies wholly in user space and in its file, at equal offsets inside a page.
bool is_loadable(const Elf32_Phdr& segment, loff_t file_size) {
    if (segment.p_filesz > segment.p_memsz) return false;
    if (segment.p_memsz > TASK_SIZE || segment.p_vaddr > TASK_SIZE - segment.p_memsz) return false;
    if (page_offset(segment.p_vaddr) != page_offset(segment.p_offset)) return false;
    return static_cast<loff_t>(segment.p_offset) + segment.p_filesz <= file_size;
}

int read_program_headers(const Elf32_Ehdr& header, file* filp, program_headers* headers) {
    const ulong size = header.e_phnum * sizeof(Elf32_Phdr);
    headers->table = static_cast<Elf32_Phdr*>(kmalloc(size, GFP_KERNEL));
    if (!headers->table) return -ENOMEM;
    headers->count = header.e_phnum;
    const long got = kernel_read(filp, header.e_phoff, headers->table, size);
    if (got < 0) return static_cast<int>(got);
    return got == static_cast<long>(size) ? 0 : -ENOEXEC;
}

int check_segments(const program_headers& headers, const file* filp) {
    const loff_t file_size = filp->f_path.dentry->d_inode->i_size;
    bool any = false;
    for (const Elf32_Phdr& segment : headers) {
        if (segment.p_type == PT_INTERP) return -ENOEXEC;
        if (segment.p_type != PT_LOAD) continue;
        if (!is_loadable(segment, file_size)) return -ENOEXEC;
        any = true;
    }
    return any ? 0 : -ENOEXEC;
}

/// Extent of the program while its segments are mapped.
struct image_extent {
    ulong start_code = ~0ul, end_code = 0, start_data = 0, end_data = 0;
    ulong bss = 0;  // end of what comes from the file
    ulong brk = 0;  // end of what must exist
    ulong bss_prot = 0;

    void add(const Elf32_Phdr& segment) {
        const ulong file_end = segment.p_vaddr + segment.p_filesz;
        start_code = min<ulong>(start_code, segment.p_vaddr);
        start_data = max<ulong>(start_data, segment.p_vaddr);
        if (segment.p_flags & PF_X) end_code = max(end_code, file_end);
        end_data = max(end_data, file_end);
        bss = max(bss, file_end);
        brk = max<ulong>(brk, segment.p_vaddr + segment.p_memsz);
    }
};

ulong segment_prot(const Elf32_Phdr& segment) {
    ulong prot = PROT_NONE;
    if (segment.p_flags & PF_R) prot |= PROT_READ;
    if (segment.p_flags & PF_W) prot |= PROT_WRITE;
    if (segment.p_flags & PF_X) prot |= PROT_EXEC;
    return prot;
}

int map_segment(const Elf32_Phdr& segment, file* filp) {
    const ulong inside = page_offset(segment.p_vaddr);
    const ulong size = segment.p_filesz + inside;
    if (size == 0) return 0;  // only bss
    constexpr ulong FLAGS = MAP_PRIVATE | MAP_FIXED | MAP_DENYWRITE | MAP_EXECUTABLE;
    mm_struct* mm = current->mm;
    down_write(&mm->mmap_sem);
    const ulong mapped = do_mmap_pgoff(filp, segment.p_vaddr - inside, PAGE_ALIGN(size),
                                       segment_prot(segment), FLAGS, segment.p_offset >> PAGE_SHIFT);
    up_write(&mm->mmap_sem);
    return IS_ERR_VALUE(mapped) ? static_cast<int>(mapped) : 0;
}

/// Anonymous pages for [bss, brk) behind the last file page, whose rest is zeroed. brk starts behind them.
int map_bss(const image_extent& image) {
    mm_struct* mm = current->mm;
    const ulong start = PAGE_ALIGN(image.bss), end = PAGE_ALIGN(image.brk);
    if (end > start) {
        down_write(&mm->mmap_sem);
        const ulong mapped = do_brk(start, end - start);
        up_write(&mm->mmap_sem);
        if (IS_ERR_VALUE(mapped)) return static_cast<int>(mapped);
    }
    mm->start_brk = mm->brk = heap_start::of(image.brk);
    if (image.brk == image.bss || start == image.bss) return 0;
    const ulong unzeroed = clear_user(reinterpret_cast<void*>(image.bss), start - image.bss);
    // A page that is not writable cannot have a bss of its own: its rest stays what the file has there.
    return unzeroed && (image.bss_prot & PROT_WRITE) ? -EFAULT : 0;
}

/// All segments, in the file's order; a bss between two of them is made before the later one goes on top.
int map_image(const program_headers& headers, file* filp, image_extent* image, ulong* load_addr) {
    bool first = true;
    for (const Elf32_Phdr& segment : headers) {
        if (segment.p_type != PT_LOAD) continue;
        if (image->brk > image->bss) {
            if (const int error = map_bss(*image)) return error;
            image->bss = image->brk;
        }
        if (const int error = map_segment(segment, filp)) return error;
        if (first) *load_addr = segment.p_vaddr - segment.p_offset;
        first = false;
        image->add(segment);
        image->bss_prot = segment_prot(segment);
    }
    return map_bss(*image);
}

void set_extent(mm_struct* mm, const image_extent& image) {
    mm->start_code = image.start_code;
    mm->end_code = max(image.start_code, image.end_code);  // a file without executable segment has no code
    mm->start_data = image.start_data;
    mm->end_data = image.end_data;
}

int load_elf_binary(linux_binprm* bprm, pt_regs* regs) {
    Elf32_Ehdr header;
    memcpy(&header, bprm->buf, sizeof(header));
    if (!is_static_program(header, bprm->filp)) return -ENOEXEC;
    program_headers headers;
    int error = read_program_headers(header, bprm->filp, &headers);
    if (!error) error = check_segments(headers, bprm->filp);
    if (!error) error = flush_old_exec(bprm);
    if (error) return error;

    mm_struct* mm = current->mm;
    exec_space::begin(mm);
    area_search::exec(mm);
    error = setup_arg_pages(bprm, STACK_TOP);
    if (error) return error;
    mm->start_stack = bprm->p;

    image_extent image;
    ulong load_addr = 0;
    error = map_image(headers, bprm->filp, &image, &load_addr);
    if (error) return error;
    set_binfmt(&elf_format);
    error = syscall_page::map(mm);
    if (error) return error;
    error = create_elf_tables(bprm, header, load_addr);
    if (error) return error;
    set_extent(mm, image);
    validate_new_program(mm);
    start_thread(regs, header.e_entry, bprm->p);
    return 0;
}

}  // namespace

linux_binfmt elf_format = {"elf", load_elf_binary, elf_core_dump, PAGE_SIZE, ATOMIC_INIT(0)};

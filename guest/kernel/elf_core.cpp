// SPDX-License-Identifier: GPL-2.0-or-later
// The ELF core file: a header, notes about the process and each of its threads, and a PT_LOAD for each area,
// with as many of its bytes as the edition dumps (MM_FACTS 4.26).
#include "arch/fpu.h"
#include "fs/proc/internal.h"
#include "kernel/binfmt_elf.h"
#include "kernel/coredump.h"
#include "kernel/elf.h"
#include "kernel/process.h"
#include "kernel/sys.h"
#include "lib/string.h"
#include "mm/internal.h"
#include "mm/slab.h"

namespace {

enum : u32 { NT_PRSTATUS = 1, NT_PRFPREG = 2, NT_PRPSINFO = 3, NT_AUXV = 6 };

/// Layouts of the i386 ABI's <sys/procfs.h>, which debuggers read.
struct elf_siginfo {
    int si_signo, si_code, si_errno;
};
struct elf_prstatus {
    elf_siginfo pr_info;
    u16 pr_cursig, padding;
    u32 pr_sigpend, pr_sighold;
    pid_t pr_pid, pr_ppid, pr_pgrp, pr_sid;
    timeval pr_utime, pr_stime, pr_cutime, pr_cstime;
    pt_regs pr_reg;
    int pr_fpvalid;
};
static_assert(sizeof(elf_prstatus) == 144);
struct elf_prpsinfo {
    char pr_state, pr_sname, pr_zomb, pr_nice;
    u32 pr_flag;
    u16 pr_uid, pr_gid;
    pid_t pr_pid, pr_ppid, pr_pgrp, pr_sid;
    char pr_fname[16], pr_psargs[80];
};
static_assert(sizeof(elf_prpsinfo) == 124);

struct elf_note {
    u32 n_namesz, n_descsz, n_type;
    char name[8];
};
constexpr ulong note_size(ulong description) {
    return sizeof(elf_note) + ((description + 3) & ~3ul);
}

bool put_note(core_writer* out, u32 type, const void* description, ulong size) {
    const elf_note head{.n_namesz = 5, .n_descsz = size, .n_type = type, .name = "CORE"};
    const ulong padding = note_size(size) - sizeof head - size;
    return out->write(&head, sizeof head) && out->write(description, size) && out->write("\0\0\0", padding);
}

// Notes ---------------------------------------------------------------------------------------------------

/// The thread that dumps, and those that wait for it in exit_mm: their registers and FPU state stand still.
template <class Visit>
bool for_each_core_thread(const mm_struct* mm, Visit visit) {
    core_dumping::threads list(mm);
    while (task_struct* task = list.next())
        if (!visit(task)) return false;
    return true;
}

ulong notes_size(const mm_struct* mm) {
    ulong size = note_size(sizeof(elf_prpsinfo)) + (aux_vector::kept ? note_size(aux_vector::bytes) : 0);
    for_each_core_thread(mm, [&](const task_struct* task) {
        size += note_size(sizeof(elf_prstatus));
        if (task->thread.used_math) size += note_size(sizeof task->thread.fpu);
        return true;
    });
    return size;
}

pid_t parent_of(const task_struct* task) {
    spin_guard guard(&tasklist_lock);
    return task->group_leader->real_parent ? task->group_leader->real_parent->tgid : 0;
}

bool put_thread(core_writer* out, task_struct* task, int signal, const siginfo_t* info) {
    elf_prstatus status{};
    if (task == current) status.pr_info = {signal, info->si_code, info->si_errno};
    status.pr_cursig = static_cast<u16>(signal);
    status.pr_sigpend = static_cast<u32>(task->pending.signal);
    status.pr_sighold = static_cast<u32>(task->blocked);
    status.pr_pid = task->pid;
    status.pr_ppid = parent_of(task);
    status.pr_pgrp = task->signal->pgrp;
    status.pr_sid = task->signal->session;
    status.pr_utime = ticks_to_timeval(task->utime);
    status.pr_stime = ticks_to_timeval(task->stime);
    status.pr_cutime = ticks_to_timeval(task->signal->cutime);
    status.pr_cstime = ticks_to_timeval(task->signal->cstime);
    status.pr_reg = *task_pt_regs(task);
    status.pr_fpvalid = task->thread.used_math;
    return put_note(out, NT_PRSTATUS, &status, sizeof status);
}

bool put_fpu(core_writer* out, task_struct* task) {
    if (!task->thread.used_math) return true;
    save_fpu(task);
    return put_note(out, NT_PRFPREG, task->thread.fpu, sizeof task->thread.fpu);
}

/// The beginning of the command line, as one line.
void copy_arguments(mm_struct* mm, char* text, ulong size) {
    const ulong length = min(mm->arg_end - mm->arg_start, size - 1);
    const ulong got = access_process_vm(mm, mm->arg_start, text, length);
    for (ulong i = 0; i < got; i++) {
        if (text[i] == '\0') text[i] = ' ';
    }
    text[got] = '\0';
}

elf_prpsinfo process_info(mm_struct* mm) {
    elf_prpsinfo info{};
    info.pr_sname = 'R';
    info.pr_flag = current->flags;
    info.pr_uid = static_cast<u16>(current->uid);
    info.pr_gid = static_cast<u16>(current->gid);
    info.pr_pid = current->tgid;
    info.pr_ppid = parent_of(current);
    info.pr_pgrp = current->signal->pgrp;
    info.pr_sid = current->signal->session;
    strlcpy(info.pr_fname, current->comm, sizeof info.pr_fname);
    copy_arguments(mm, info.pr_psargs, sizeof info.pr_psargs);
    return info;
}

/// The dying thread first, the process behind it, then the other threads: debuggers select the first.
bool put_notes(core_writer* out, mm_struct* mm, const elf_prpsinfo& process, int signal,
               const siginfo_t* info) {
    if (!put_thread(out, current, signal, info) || !put_note(out, NT_PRPSINFO, &process, sizeof process))
        return false;
    if (aux_vector::kept && !put_note(out, NT_AUXV, aux_vector::get(mm), aux_vector::bytes)) return false;
    if (!put_fpu(out, current)) return false;
    return for_each_core_thread(mm, [&](task_struct* task) {
        return task == current || (put_thread(out, task, signal, info) && put_fpu(out, task));
    });
}

// Headers -------------------------------------------------------------------------------------------------

bool put_elf_header(core_writer* out, unsigned segments) {
    Elf32_Ehdr header{};
    memcpy(header.e_ident, ELF_MAGIC, sizeof(ELF_MAGIC));
    header.e_ident[EI_CLASS] = ELFCLASS32;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    header.e_type = ET_CORE;
    header.e_machine = EM_386;
    header.e_version = EV_CURRENT;
    header.e_phoff = sizeof header;
    header.e_ehsize = sizeof header;
    header.e_phentsize = sizeof(Elf32_Phdr);
    header.e_phnum = static_cast<u16>(segments);
    return out->write(&header, sizeof header);
}

bool put_area_header(core_writer* out, const vm_area_struct* vma, ulong offset, ulong size) {
    Elf32_Phdr header{};
    header.p_type = PT_LOAD;
    header.p_offset = offset;
    header.p_vaddr = vma->vm_start;
    header.p_filesz = size;
    header.p_memsz = vma->vm_end - vma->vm_start;
    if (vma->vm_flags & VM_READ) header.p_flags |= PF_R;
    if (vma->vm_flags & VM_WRITE) header.p_flags |= PF_W;
    if (vma->vm_flags & VM_EXEC) header.p_flags |= PF_X;
    header.p_align = PAGE_SIZE;
    return out->write(&header, sizeof header);
}

/// All program headers; *data becomes the file offset of the first area's bytes.
bool put_program_headers(core_writer* out, const mm_struct* mm, ulong* data) {
    const ulong size = notes_size(mm);
    Elf32_Phdr notes{};
    notes.p_type = PT_NOTE;
    notes.p_offset = sizeof(Elf32_Ehdr) + (static_cast<ulong>(mm->map_count) + 1) * sizeof(Elf32_Phdr);
    notes.p_filesz = size;
    ulong offset = *data = PAGE_ALIGN(notes.p_offset + size);
    if (!out->write(&notes, sizeof notes)) return false;
    for (const vm_area_struct* vma = mm->mmap; vma; vma = vma->vm_next) {
        const ulong dumped = dump_choice::size(vma);
        if (!put_area_header(out, vma, offset, dumped)) return false;
        offset += dumped;
    }
    return true;
}

// Memory --------------------------------------------------------------------------------------------------

/// True if nothing was ever put at the address: it reads as zeros without a page table being made for it.
bool never_touched(const vm_area_struct* vma, ulong address) {
    if (area_operations::gives_pages(vma)) return false;
    spin_guard guard(&vma->vm_mm->page_table_lock);
    const pte_t* pte = find_pte(vma->vm_mm, address);
    return !pte || pte_none(*pte);
}

bool put_page_at(core_writer* out, const vm_area_struct* vma, ulong address) {
    if (never_touched(vma, address)) return out->skip(PAGE_SIZE);
    core_dumping::begin_page(vma->vm_mm);
    page* p = get_user_page(vma->vm_mm, address, 0);
    core_dumping::end_page(vma->vm_mm);
    if (IS_ERR(p) || p == empty_zero_page_map) {
        if (!IS_ERR(p)) put_page(p);
        return out->skip(PAGE_SIZE);
    }
    const bool written = out->write(page_address(p), PAGE_SIZE);
    put_page(p);
    return written;
}

bool put_areas(core_writer* out, const mm_struct* mm) {
    for (const vm_area_struct* vma = mm->mmap; vma; vma = vma->vm_next) {
        const ulong end = vma->vm_start + dump_choice::size(vma);
        for (ulong address = vma->vm_start; address < end; address += PAGE_SIZE) {
            if (!put_page_at(out, vma, address)) return false;
        }
    }
    return true;
}

/// Everything, as far as there is room. False: not even a header.
bool put_image(core_writer* out, mm_struct* mm, const elf_prpsinfo& process, int signal,
               const siginfo_t* info) {
    if (mm->map_count >= 0xFFFF) return false;  // e_phnum cannot count them
    if (!put_elf_header(out, static_cast<unsigned>(mm->map_count) + 1)) return false;
    ulong data = 0;
    if (put_program_headers(out, mm, &data) && put_notes(out, mm, process, signal, info) &&
        out->skip(data - static_cast<ulong>(out->position)) && put_areas(out, mm))
        out->finish();
    return true;
}

}  // namespace

bool elf_core_dump(int signal, const siginfo_t* info, pt_regs*, core_writer* out) {
    mm_struct* mm = current->mm;
    const elf_prpsinfo process = process_info(mm);
    core_dumping::begin_areas(mm);
    const bool begun = put_image(out, mm, process, signal, info);
    core_dumping::end_areas(mm);
    return begun;
}

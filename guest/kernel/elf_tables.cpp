// SPDX-License-Identifier: GPL-2.0-or-later
// The initial stack of a program (i386 ABI, figure 3-31; MM_FACTS 5.3), high to low: file name, environment
// and argument strings (already there), platform string, 16 random bytes, auxiliary vector, envp, argv, argc.
// The random bytes and AT_RANDOM came with Linux 2.6.29; the C libraries of today do not start without them.
#include "arch/uaccess.h"
#include "kernel/binfmt_elf.h"
#include "kernel/cred.h"
#include "kernel/errno.h"
#include "kernel/process.h"
#include "lib/string.h"
#include "mm/mm.h"

namespace {

constexpr char PLATFORM[] = "i686";
constexpr ulong MAX_STRING = 128ul << 10;

/// CPUID leaf 1, EDX: the feature bits that AT_HWCAP carries.
ulong cpu_features() {
    u32 eax = 1, ebx, ecx, edx;
    asm volatile("cpuid" : "+a"(eax), "=b"(ebx), "=c"(ecx), "=d"(edx));
    return edx;
}

constexpr ulong RANDOM_SIZE = 16;

/// Unlike each other, but the same in every run of the machine (xorshift, Marsaglia 2003).
void next_random_bytes(u32 (&words)[RANDOM_SIZE / sizeof(u32)]) {
    static u32 state = 0x9E3779B9;
    for (u32& word : words) {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        word = state;
    }
}

/// The auxiliary vector; how many words it has, AT_NULL included.
unsigned fill_auxv(ulong* vector, const linux_binprm* bprm, const Elf32_Ehdr& header, ulong load_addr,
                   ulong platform) {
    unsigned words = 0;
    const auto add = [&](ulong id, ulong value) {
        vector[words++] = id;
        vector[words++] = value;
    };
    if (const ulong code = syscall_page::base(current->mm)) {
        add(AT_SYSINFO, syscall_page::vsyscall(current->mm));
        add(AT_SYSINFO_EHDR, code);
    }
    add(AT_HWCAP, cpu_features());
    add(AT_PAGESZ, PAGE_SIZE);
    add(AT_CLKTCK, HZ);
    add(AT_PHDR, load_addr + header.e_phoff);
    add(AT_PHENT, sizeof(Elf32_Phdr));
    add(AT_PHNUM, header.e_phnum);
    add(AT_BASE, 0);  // no interpreter
    add(AT_FLAGS, 0);
    add(AT_ENTRY, header.e_entry);
    add(AT_UID, current->uid);
    add(AT_EUID, current->euid);
    add(AT_GID, current->gid);
    add(AT_EGID, current->egid);
    add(AT_SECURE, has_foreign_rights());
    add(AT_RANDOM, platform - RANDOM_SIZE);
    add(AT_EXECFN, bprm->exec);
    add(AT_PLATFORM, platform);
    add(AT_NULL, 0);
    return words;
}

/// Writes words upwards from a user address.
struct word_writer {
    ulong* at;
    int put(ulong value) { return put_user(value, at++); }
};

/// Pointers to `count` strings that follow each other from *string on, and a null. *string ends behind the
/// last one.
int put_pointers(word_writer* out, int count, ulong* string) {
    for (int i = 0; i < count; i++) {
        if (out->put(*string)) return -EFAULT;
        const long length = strnlen_user(reinterpret_cast<const char*>(*string), MAX_STRING);
        if (length <= 0 || length > static_cast<long>(MAX_STRING)) return -EFAULT;
        *string += static_cast<ulong>(length);
    }
    return out->put(0);
}

/// The stack area must reach down to the new stack pointer: the tables are written before the program touches
/// it.
int grow_stack_to(mm_struct* mm, ulong sp) {
    down_write(&mm->mmap_sem);
    const vm_area_struct* stack = find_extend_vma(mm, sp);
    up_write(&mm->mmap_sem);
    return stack ? 0 : -EFAULT;
}

int write_tables(mm_struct* mm, linux_binprm* bprm, ulong strings, const ulong* auxv, unsigned auxv_words) {
    word_writer out{reinterpret_cast<ulong*>(bprm->p)};
    if (out.put(static_cast<ulong>(bprm->argc))) return -EFAULT;
    mm->arg_start = mm->arg_end = strings;
    if (put_pointers(&out, bprm->argc, &strings)) return -EFAULT;
    mm->arg_end = mm->env_start = strings;
    if (put_pointers(&out, bprm->envc, &strings)) return -EFAULT;
    mm->env_end = strings;
    return copy_to_user(out.at, auxv, auxv_words * sizeof(ulong)) ? -EFAULT : 0;
}

}  // namespace

int create_elf_tables(linux_binprm* bprm, const Elf32_Ehdr& header, ulong load_addr) {
    mm_struct* mm = current->mm;
    const ulong strings = bprm->p;
    const ulong platform = (strings & ~15ul) - sizeof(PLATFORM);
    if (copy_to_user(reinterpret_cast<void*>(platform), PLATFORM, sizeof(PLATFORM))) return -EFAULT;
    u32 random[RANDOM_SIZE / sizeof(u32)];
    next_random_bytes(random);
    if (copy_to_user(reinterpret_cast<void*>(platform - RANDOM_SIZE), random, RANDOM_SIZE)) return -EFAULT;

    ulong auxv[aux_vector::words];
    const unsigned auxv_words = fill_auxv(auxv, bprm, header, load_addr, platform);
    aux_vector::save(mm, auxv, auxv_words);
    const ulong pointers = static_cast<ulong>(bprm->argc) + 1 + static_cast<ulong>(bprm->envc) + 1;
    bprm->p = (platform - RANDOM_SIZE - (auxv_words + pointers + 1) * sizeof(ulong)) & ~15ul;
    if (const int error = grow_stack_to(mm, bprm->p)) return error;
    // Before env_end, with which exec counts as done for whoever looks from outside.
    mm->start_stack = bprm->p;
    return write_tables(mm, bprm, strings, auxv, auxv_words);
}

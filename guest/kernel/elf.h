// SPDX-License-Identifier: GPL-2.0-or-later
// The parts of an ELF program file that loading needs (System V gABI, chapters 4 and 5; i386 ABI, chapter 5).
#pragma once

#include "lib/types.h"

struct Elf32_Ehdr {
    u8 e_ident[16];
    u16 e_type, e_machine;
    u32 e_version, e_entry, e_phoff, e_shoff, e_flags;
    u16 e_ehsize, e_phentsize, e_phnum, e_shentsize, e_shnum, e_shstrndx;
};
static_assert(sizeof(Elf32_Ehdr) == 52);

struct Elf32_Phdr {
    u32 p_type, p_offset, p_vaddr, p_paddr, p_filesz, p_memsz, p_flags, p_align;
};
static_assert(sizeof(Elf32_Phdr) == 32);

constexpr u8 ELF_MAGIC[4] = {0x7F, 'E', 'L', 'F'};
enum : unsigned {
    EI_CLASS = 4,
    EI_DATA = 5,
    EI_VERSION = 6,
    ELFCLASS32 = 1,
    ELFDATA2LSB = 1,
    EV_CURRENT = 1
};
enum : unsigned { ET_EXEC = 2, ET_CORE = 4, EM_386 = 3, EM_486 = 6 };
enum : unsigned { PT_LOAD = 1, PT_INTERP = 3, PT_NOTE = 4 };
enum : unsigned { PF_X = 1, PF_W = 2, PF_R = 4 };

enum : ulong {
    AT_NULL = 0,
    AT_PHDR = 3,
    AT_PHENT = 4,
    AT_PHNUM = 5,
    AT_PAGESZ = 6,
    AT_BASE = 7,
    AT_FLAGS = 8,
    AT_ENTRY = 9,
    AT_UID = 11,
    AT_EUID = 12,
    AT_GID = 13,
    AT_EGID = 14,
    AT_PLATFORM = 15,
    AT_HWCAP = 16,
    AT_CLKTCK = 17,
    AT_SECURE = 23,
    AT_RANDOM = 25,
    AT_EXECFN = 31,
    AT_SYSINFO = 32,
    AT_SYSINFO_EHDR = 33
};

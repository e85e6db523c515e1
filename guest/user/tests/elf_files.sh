#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Writes the small ELF files of the exec test into a directory: elf_files.sh DIRECTORY. Each is a program of one
# segment that exits with status 77, with one thing wrong (System V gABI, chapters 4 and 5).
set -eu
out=$1
mkdir -p "$out"
rm -f "$out"/*.elf

byte() { printf "\\$(printf %03o $(($1 & 255)))"; }
le16() { byte "$1"; byte $(($1 >> 8)); }
le32() { le16 "$1"; le16 $(($1 >> 16)); }

# The fields of a good file; a case changes some of them.
defaults() {
    magic=0x464C457F class=1 data=1 type=2 machine=3 entry=0x08048054 phoff=52 phentsize=32 phnum=1
    p_type=1 p_offset=0 p_vaddr=0x08048000 p_filesz=98 p_memsz=98 p_flags=5
}
program_header() { # type offset vaddr filesz memsz flags
    le32 "$1"; le32 "$2"; le32 "$3"; le32 "$3"; le32 "$4"; le32 "$5"; le32 "$6"; le32 0x1000
}
contents() {
    le32 "$magic"; byte "$class"; byte "$data"; byte 1; byte 0; le32 0; le32 0
    le16 "$type"; le16 "$machine"; le32 1; le32 "$entry"; le32 "$phoff"; le32 0; le32 0
    le16 52; le16 "$phentsize"; le16 "$phnum"; le16 0; le16 0; le16 0
    program_header "$p_type" "$p_offset" "$p_vaddr" "$p_filesz" "$p_memsz" "$p_flags"
    # at 84: mov $1, %eax; mov $77, %ebx; int $0x80; hlt; nop
    printf '\270\001\000\000\000\273\115\000\000\000\315\200\364\220'
}
# elf NAME [FIELD=VALUE ...]
elf() {
    file=$out/$1.elf
    shift
    defaults
    for change in "$@"; do eval "${change%%=*}=\${change#*=}"; done
    contents > "$file"
}

elf good
elf good_486 machine=6
elf good_bss p_memsz=0x3000 p_flags=7
elf good_readonly_bss p_memsz=0x800

elf bad_magic magic=0x464C457E
elf bad_class class=2
elf bad_byte_order data=2
elf bad_relocatable type=1
elf bad_shared_object type=3
elf bad_core_type type=4
elf bad_machine machine=62
elf bad_phentsize phentsize=33
elf bad_phnum_zero phnum=0
elf bad_phnum_beyond_file phnum=4
elf bad_phnum_huge phnum=65535
elf bad_phoff phoff=0xFFFFFFF0
elf bad_phoff_beyond_file phoff=4096
elf bad_entry_in_kernel entry=0xC0100000
elf bad_interpreter p_type=3
elf bad_no_segment p_type=4
elf bad_filesz_over_memsz p_memsz=50
elf bad_filesz_beyond_file p_filesz=0x2000 p_memsz=0x2000
elf bad_filesz_huge p_filesz=0xFFFFFFFF p_memsz=0xFFFFFFFF
elf bad_offset_beyond_file p_offset=0x10000
elf bad_offset_unaligned p_offset=1
elf bad_vaddr_in_kernel p_vaddr=0xC0000000
elf bad_end_in_kernel p_vaddr=0xBFFFF000 p_memsz=0x1001
elf bad_end_wraps p_vaddr=0xFFFFF000 p_memsz=0x2000
: > "$out/bad_empty.elf"
printf '\177ELF\001\001\001' > "$out/bad_truncated.elf"
printf 'just some text\n' > "$out/bad_text.elf"

elf killed_over_the_stack p_vaddr=0xBFFFF000
elf killed_huge_bss p_memsz=0xA0000000 p_flags=6
elf faults_at_entry entry=0x09000000
elf faults_at_hlt entry=0x08048060

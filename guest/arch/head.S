/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the boot loader to kernel_main: paging on, identity map off, the kernel's own segments and stack
   (Multiboot Specification 0.6.96, sections 3.1 and 3.2; Intel SDM vol. 3, 4.3 and 9.8). */

#define PAGE_OFFSET     0xC0000000
#define PHYS(symbol)    ((symbol) - PAGE_OFFSET)
#define MULTIBOOT_MAGIC 0x1BADB002
#define MULTIBOOT_FLAGS 0x00000003          /* modules on page borders, memory map wanted */

#define LOW_MEMORY_PDES 224                 /* 896 MiB: the most that the linear map shows */
#define PDE_KERNEL_4M   0x0E3               /* present, writable, accessed, dirty, 4 MiB */
#define PDE_GLOBAL      0x100
#define CPUID_PSE       (1 << 3)
#define CPUID_PGE       (1 << 13)
#define CR4_PSE         (1 << 4)
#define CR4_PGE         (1 << 7)
#define CR0_PG_WP       0x80010000
#define KERNEL_CS       0x60
#define KERNEL_DS       0x68

    .section .multiboot, "a"
    .balign 4
    .long MULTIBOOT_MAGIC, MULTIBOOT_FLAGS, -(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)

    .section .head, "ax"
    .globl startup_32
startup_32:
    cli
    cld
    movl %eax, %ebp                         /* EAX: the loader's magic; EBX: its information */
    movl %ebx, %esi

    movl $1, %eax
    cpuid
    testl $CPUID_PSE, %edx
    jz no_large_pages
    movl %edx, %edi

    movl $PDE_KERNEL_4M, %eax
    testl $CPUID_PGE, %edi
    jz 1f
    orl $PDE_GLOBAL, %eax
1:  movl $PHYS(swapper_pg_dir), %edx
    movl $PDE_KERNEL_4M, (%edx)             /* the identity map of this code, until the jump */
    xorl %ecx, %ecx
2:  movl %eax, 768 * 4(%edx, %ecx, 4)
    addl $0x400000, %eax
    incl %ecx
    cmpl $LOW_MEMORY_PDES, %ecx
    jb 2b

    movl %cr4, %eax
    orl $CR4_PSE, %eax
    movl %eax, %cr4
    movl %edx, %cr3
    movl %cr0, %eax
    orl $CR0_PG_WP, %eax
    movl %eax, %cr0
    movl $higher_half, %eax
    jmp *%eax

higher_half:
    movl $0, swapper_pg_dir                 /* nothing of the kernel is below PAGE_OFFSET from here on */
    movl %cr3, %eax
    movl %eax, %cr3
    testl $CPUID_PGE, %edi
    jz 3f
    movl %cr4, %eax
    orl $CR4_PGE, %eax                      /* after CR0.PG (SDM vol. 3, 4.10.2.4) */
    movl %eax, %cr4
3:
    lgdt gdt_descriptor
    ljmp $KERNEL_CS, $4f
4:  movl $KERNEL_DS, %eax
    movl %eax, %ss
    movl %eax, %ds
    movl %eax, %es
    xorl %eax, %eax
    movl %eax, %fs
    movl %eax, %gs
    movl $init_stack + 8192, %esp
    pushl $0
    popfl
    pushl %esi
    pushl %ebp
    xorl %ebp, %ebp                         /* back traces end here */
    call kernel_main
5:  cli
    hlt
    jmp 5b

/* A processor before the Pentium has no 4 MiB pages, and the kernel nothing to print with. 3: panic. */
no_large_pages:
    movl $3, %eax
    outl %eax, $0xF4
    jmp 5b

    .section .bss.page_aligned, "aw", @nobits
    .globl swapper_pg_dir
swapper_pg_dir:
    .skip 4096

    .section .data.init_stack, "aw"
    .globl init_stack
init_stack:
    .long 0x57AC6E9D                        /* STACK_END_MAGIC of arch/processor.h */
    .skip 8188

    .section .note.GNU-stack, "", @progbits

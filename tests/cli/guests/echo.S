/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prints a prompt and sends back in upper case what the serial port receives, until a 'q'. */
        .include "multiboot.inc"
        .set    LINE_STATUS, SERIAL + 5
main:   movl    $prompt, %esi
        call    print
next:   movl    $LINE_STATUS, %edx
1:      inb     %dx, %al
        testb   $1, %al
        jz      1b
        movl    $SERIAL, %edx
        inb     %dx, %al
        cmpb    $'q', %al
        je      done
        cmpb    $'a', %al
        jb      2f
        cmpb    $'z', %al
        ja      2f
        subb    $32, %al
2:      call    put
        jmp     next
done:   xorl    %eax, %eax
        call    exit

        .section .rodata
prompt: .asciz "> "

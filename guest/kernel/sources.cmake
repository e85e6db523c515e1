# SPDX-License-Identifier: GPL-2.0-or-later
# What of guest/kernel is in the kernel. One line a file, so that parts can be added side by side.
set(KERNEL_SOURCES
    main.cpp
    printk.cpp
    panic.cpp
    kallsyms.cpp
    cmdline.cpp
    init_task.cpp
    sched.cpp
    spinlock.cpp
    semaphore.cpp
    wait.cpp
    time.cpp
    selftest.cpp
    fork.cpp
    pid.cpp
    sighand.cpp
    signal.cpp
    signal_deliver.cpp
    sigframe.cpp
)

// SPDX-License-Identifier: GPL-2.0-or-later
// The memory descriptors: what every edition has in common here, the structures themselves in the edition's
// own header (mm/editions/VERSION/descriptors.h).
#pragma once

#include "arch/pgtable.h"
#include "kernel/semaphore.h"
#include "kernel/spinlock.h"
#include "lib/atomic.h"
#include "lib/list.h"
#include "lib/rbtree.h"

struct file;
struct page;
struct task_struct;
struct mm_struct;
struct vm_area_struct;
struct vm_operations_struct;
struct linux_binfmt;

/// A set of processors; there is one.
struct cpumask_t {
    ulong bits[1];
};

#include "mm/vm_operations.h"

/// Why a part of an area gets other flags.
enum class range_change { protection, locking, advice };

#include "mm/edition.h"

// SPDX-License-Identifier: GPL-2.0-or-later
// The members that the audit reads, resolved once. What a kernel lacks is an absent Field or a null address.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "introspect/kernel_image.h"
#include "introspect/layout.h"
#include "introspect/slab_caches.h"

namespace mmscope {

struct AuditLayouts {
    struct Task {
        StructLayout layout;
        Field pid, state, exit_state, flags, preempt_count, mm, active_mm, stack, start_time, files,
            group_leader;
        std::array<Field, 4> links;  // tasks, sibling, children, thread_group: their `next`
    } task;
    struct Mm {
        StructLayout layout;
        Field mmap, mmap_avl, rb_node, mmap_cache, get_unmapped_area, unmap_area, mmap_base, task_size,
            cached_hole_size, free_area_cache, pgd, mm_users, mm_count, map_count, sem_count, sem_writer,
            sem_waiters, sem_acquisitions, lock_serving, lock_next, mmlist_next, mmlist_prev, rss, file_rss,
            anon_rss, hiwater_rss, hiwater_vm, total_vm, locked_vm, shared_vm, exec_vm, stack_vm, reserved_vm,
            nr_ptes, start_code, end_code, start_data, end_data, start_brk, brk, start_stack, arg_start,
            arg_end, env_start, env_end, cpu_vm_mask, ldt, ldt_size, flags, core_state, core_waiters,
            ioctx_first, default_kioctx_mm, reqs_active, active_reqs, swap_address, segments, owner, exe_file,
            num_exe_file_vmas, mmu_notifier_mm;
        MemberPlace saved_auxv, default_kioctx;  // reqs_active and active_reqs are the latter's
    } mm;
    struct Vma {
        StructLayout layout;
        Field vm_mm, vm_start, vm_end, vm_next, vm_page_prot, vm_flags, rb_parent_color, rb_parent, rb_color,
            rb_left, rb_right, vm_pgoff, vm_file, anon_vma, anon_node_next, anon_node_prev, set_parent,
            set_head, next_share, pprev_share, avl_height, avl_left, avl_right, prio_left, prio_right,
            prio_parent;
        uint32_t vm_rb = 0, anon_node = 0, prio_node = 0;
    } vma;
    struct Page {
        StructLayout layout;
        Field flags, count, mapcount, mapping, index, private_, lru_next, lru_prev;
        uint32_t lru = 0;
        int bit_reserved = -1, bit_slab = -1, bit_buddy = -1, bit_swapcache = -1,
            bit_lru = -1;  // -1: there is none
    } page;
    std::optional<SlabLayouts> slabs;
    struct Mapping {  // struct address_space
        StructLayout layout;
        Field host, nrpages, tree_height, tree_root, prio_root;
    } mapping;
    struct Node {  // struct page_tree_node
        uint32_t size = 0, slots = 0, count = 0;
    } node;
    struct File {
        StructLayout layout;
        Field f_mode, f_mapping;
    } file;
    struct Inode {
        StructLayout layout;
        Field i_mode, i_writecount;
    } inode;
    struct AnonVma {
        StructLayout layout;
        Field head_next;
        uint32_t head = 0;
    } anon_vma;
    struct SwapArea {  // struct swap_info_struct
        StructLayout layout;
        Field flags, max, swap_map;
        uint32_t size = 0, count = 0, map_width = 0;
    } swap;
    struct Kioctx {
        StructLayout layout;
        Field mm, users, dead, next, ring_pages, nr_ring_pages;
        uint32_t link = 0;
    } kioctx;
    struct Kiocb {
        StructLayout layout;
        Field ki_ctx, next;  // next: behind it in its context's active_reqs
    } kiocb;
    struct Notifier {
        StructLayout holder, entry;
        Field first, next;
        uint32_t link = 0;
    } notifier;
    struct Core {
        StructLayout layout;
        Field dumper_task;
    } core;

    /// Addresses of symbols; 0: there is none.
    LinearAddr init_mm, init_task, current_task, mem_map, max_mapnr, swapper_pg_dir, high_memory, mm_cachep,
        filp_cachep, swap_info, swap_token_mm, bottom_up, top_down, bottom_up_unmap, top_down_unmap;

    /// Error: the first structure or member that every audit needs and this kernel lacks.
    static Result<AuditLayouts> resolve(const KernelImage& image);
};

}  // namespace mmscope

// SPDX-License-Identifier: GPL-2.0-or-later
// The ring of events: ordinary anonymous memory of the program, whose frames the kernel keeps.
#include "fs/aio_internal.h"
#include "kernel/errno.h"
#include "kernel/sched.h"
#include "mm/internal.h"
#include "mm/slab.h"

namespace {

aio_ring* ring_of(const aio_ring_info* info) {
    return static_cast<aio_ring*>(page_address(info->ring_pages[0]));
}

/// A place of the ring, in the frame that has it. None crosses a page: 32 divides them all.
io_event* event_at(const aio_ring_info* info, unsigned place) {
    const ulong offset = sizeof(aio_ring) + place * sizeof(io_event);
    char* frame = static_cast<char*>(page_address(info->ring_pages[offset >> PAGE_SHIFT]));
    return reinterpret_cast<io_event*>(frame + (offset & ~PAGE_MASK));
}

void put_pages(aio_ring_info* info) {
    while (info->nr_pages)
        put_page(info->ring_pages[--info->nr_pages]);
    if (info->ring_pages != info->internal_pages) kfree(info->ring_pages);
    info->ring_pages = nullptr;
}

/// mmap_sem held for writing.
int pin_pages(mm_struct* mm, aio_ring_info* info, unsigned wanted) {
    while (info->nr_pages < wanted) {
        page* p = get_user_page(mm, info->mmap_base + info->nr_pages * PAGE_SIZE, 1);
        if (IS_ERR(p)) return static_cast<int>(PTR_ERR(p));
        info->ring_pages[info->nr_pages++] = p;
    }
    return 0;
}

int map_ring(mm_struct* mm, aio_ring_info* info, unsigned pages) {
    assert_held_write(&mm->mmap_sem);
    const ulong base =
        do_mmap_pgoff(nullptr, 0, pages * PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_PRIVATE, 0);
    if (IS_ERR_VALUE(base)) return static_cast<int>(base);
    info->mmap_base = base;
    info->mmap_size = pages * PAGE_SIZE;
    const int error = pin_pages(mm, info, pages);
    if (error) do_munmap(mm, base, info->mmap_size);
    return error;
}

}  // namespace

int aio_setup_ring(kioctx* ctx) {
    aio_ring_info* info = &ctx->ring_info;
    // One place stays free to tell full from empty, and one lets a program take while the kernel puts.
    const ulong bytes = sizeof(aio_ring) + (ctx->max_reqs + 2) * sizeof(io_event);
    const auto pages = static_cast<unsigned>(PAGE_ALIGN(bytes) >> PAGE_SHIFT);
    mutex_init(&info->lock);
    info->ring_pages = info->internal_pages;
    if (pages > AIO_RING_PAGES) {
        info->ring_pages = static_cast<page**>(kzalloc(pages * sizeof(page*), GFP_KERNEL));
        if (!info->ring_pages) return -ENOMEM;
    }
    down_write(&ctx->mm->mmap_sem);
    const int error = map_ring(ctx->mm, info, pages);
    up_write(&ctx->mm->mmap_sem);
    if (error) {
        put_pages(info);
        return error;
    }
    info->nr = static_cast<unsigned>((pages * PAGE_SIZE - sizeof(aio_ring)) / sizeof(io_event));
    ctx->user_id = info->mmap_base;
    *ring_of(info) = {.id = ctx->user_id,
                      .nr = info->nr,
                      .head = 0,
                      .tail = 0,
                      .magic = AIO_RING_MAGIC,
                      .compat_features = 1,
                      .incompat_features = 0,
                      .header_length = sizeof(aio_ring)};
    return 0;
}

void aio_free_ring(kioctx* ctx) {
    aio_ring_info* info = &ctx->ring_info;
    put_pages(info);
    down_write(&ctx->mm->mmap_sem);
    do_munmap(ctx->mm, info->mmap_base, info->mmap_size);
    up_write(&ctx->mm->mmap_sem);
}

unsigned aio_ring_free_places(const kioctx* ctx) {
    assert_spin_locked(&ctx->ctx_lock);
    const aio_ring_info* info = &ctx->ring_info;
    const unsigned head = ring_of(info)->head % info->nr;  // the program may have written anything
    const unsigned places = (head + info->nr - 1 - info->tail) % info->nr;
    return places > ctx->reqs_active ? places - ctx->reqs_active : 0;
}

void aio_put_event(kioctx* ctx, const io_event& event) {
    assert_spin_locked(&ctx->ctx_lock);
    aio_ring_info* info = &ctx->ring_info;
    *event_at(info, info->tail) = event;
    info->tail = (info->tail + 1) % info->nr;
    __atomic_store_n(&ring_of(info)->tail, info->tail, __ATOMIC_RELEASE);  // the program looks without a call
}

bool aio_has_event(const kioctx* ctx) {
    const aio_ring_info* info = &ctx->ring_info;
    return ring_of(info)->head % info->nr != __atomic_load_n(&info->tail, __ATOMIC_ACQUIRE);
}

bool aio_read_evt(kioctx* ctx, io_event* event) {
    aio_ring_info* info = &ctx->ring_info;
    mutex_guard guard(&info->lock);
    aio_ring* ring = ring_of(info);
    const unsigned head = ring->head % info->nr;
    if (head == __atomic_load_n(&info->tail, __ATOMIC_ACQUIRE)) return false;
    *event = *event_at(info, head);
    ring->head = (head + 1) % info->nr;
    return true;
}

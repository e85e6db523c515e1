// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel around guest/fs: memory that counts and can run out, locks that count, one task, messages that
// are kept.
#include "services.h"

#include "arch/uaccess.h"
#include "fs/super.h"
#include "kernel/errno.h"
#include "kernel/printk.h"
#include "kernel/sched.h"
#include "kernel/semaphore.h"
#include "kernel/time.h"
#include "kernel/wait.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "mm/writeback.h"

extern "C" {
void* malloc(size_t size);
void* aligned_alloc(size_t alignment, size_t size);
void free(void* block);
[[noreturn]] void abort();
long write(int fd, const void* bytes, size_t count);
}

page* mem_map;
ulong linear_map_base;
task_struct init_task;
task_struct* current_task;
spinlock_t tasklist_lock;

namespace services {
char log[1 << 16];
size_t log_length;
long allowed = -1;
int held;
signal_struct signals;

namespace {
/// Everything that is allocated, so that reset() can free what a kernel keeps for good.
void* blocks[4096];
long block_count;
}  // namespace

long live() {
    return block_count;
}

/// Notes a block that was just made; null if no more allocations are allowed.
void* allocate(void* (*make)(size_t alignment, size_t size), size_t alignment, size_t size) {
    if (allowed == 0) return nullptr;
    if (allowed > 0) allowed--;
    BUG_ON(block_count == 4096);
    return blocks[block_count++] = make(alignment, size);
}

void release(const void* block) {
    if (!block) return;
    long at = block_count;
    while (at > 0 && blocks[at - 1] != block)
        at--;
    BUG_ON(at == 0);  // never allocated, or freed already
    blocks[at - 1] = blocks[--block_count];
    free(const_cast<void*>(block));
}

void reset() {
    while (block_count > 0)
        free(blocks[--block_count]);
    log_length = 0;
    log[0] = '\0';
    allowed = -1;
    signals = signal_struct{};
    signals.rlim_cur[RLIMIT_NOFILE] = NR_OPEN;
    init_task = task_struct{};
    init_task.signal = &signals;
    current_task = &init_task;
}
}  // namespace services

struct kmem_cache {
    size_t size;
};

kmem_cache* kmem_cache_create(const char*, size_t size, size_t, ulong, void (*)(void*)) {
    static kmem_cache caches[16];
    for (kmem_cache& cache : caches) {
        if (cache.size == 0 || cache.size == size) {
            cache.size = size;
            return &cache;
        }
    }
    return nullptr;
}
void* kmalloc(size_t size, gfp_t) {
    return services::allocate([](size_t, size_t bytes) { return malloc(bytes); }, 0, size);
}
void* kzalloc(size_t size, gfp_t gfp) {
    void* block = kmalloc(size, gfp);
    return block ? memset(block, 0, size) : nullptr;
}
void kfree(const void* block) {
    services::release(block);
}
void* kmem_cache_alloc(kmem_cache* cache, gfp_t gfp) {
    return kmalloc(cache->size, gfp);
}
void* kmem_cache_zalloc(kmem_cache* cache, gfp_t gfp) {
    return kzalloc(cache->size, gfp);
}
void kmem_cache_free(kmem_cache*, void* object) {
    kfree(object);
}
ulong __get_free_pages(gfp_t, unsigned order) {
    return reinterpret_cast<ulong>(services::allocate(aligned_alloc, PAGE_SIZE, PAGE_SIZE << order));
}
void free_pages(ulong address, unsigned) {
    kfree(reinterpret_cast<void*>(address));
}

void spin_lock(spinlock_t* lock) {
    BUG_ON(lock->owner);
    lock->owner = current_task;
    services::held++;
}
void spin_unlock(spinlock_t* lock) {
    BUG_ON(!lock->owner);
    lock->owner = nullptr;
    services::held--;
}
void mutex_init(mutex* m) {
    *m = mutex{};
}
void mutex_lock(mutex* m) {
    BUG_ON(m->owner);
    m->owner = current_task;
    services::held++;
}
void mutex_unlock(mutex* m) {
    m->owner = nullptr;
    services::held--;
}

void printk(const char* format, ...) {
    va_list args;
    va_start(args, format);
    const size_t room = sizeof(services::log) - services::log_length;
    const size_t length =
        static_cast<size_t>(vsnprintf(services::log + services::log_length, room, format, args));
    services::log_length += min(length, room - 1);
    va_end(args);
}
void panic(const char* format, ...) {
    va_list args;
    char text[256];
    va_start(args, format);
    write(2, text, static_cast<size_t>(vsnprintf(text, sizeof(text), format, args)));
    va_end(args);
    abort();
}
void bug(const char* condition, const char* file, int line) {
    panic("%s at %s:%d\n", condition, file, line);
}

bool access_ok(const void*, ulong) {
    return true;
}
ulong copy_to_user(void* to, const void* from, ulong count) {
    memcpy(to, from, count);
    return 0;
}
ulong copy_from_user(void* to, const void* from, ulong count) {
    memcpy(to, from, count);
    return 0;
}
long strncpy_from_user(char* to, const char* from, ulong size) {
    const size_t length = strnlen(from, size);
    memcpy(to, from, length);
    if (length < size) to[length] = '\0';
    return static_cast<long>(length);
}
size_t strnlen(const char* s, size_t limit) {
    size_t length = 0;
    while (length < limit && s[length])
        length++;
    return length;
}

void unlock_page(page* p) {
    clear_bit(PG_locked, &p->flags);
}
page* read_cache_page(file*, pgoff_t, bool*) {
    return nullptr;
}
void put_page(page*) {}
void truncate_inode_pages_range(address_space*, pgoff_t, pgoff_t) {}
int filemap_write_and_wait(address_space*) {
    return 0;
}
int filemap_write_and_keep_errors(address_space*) {
    return 0;
}
bool mapping_has_dirty_pages(address_space*) {
    return false;
}
// No file system of these tests can be written, and nobody ever waits.
int get_write_access(inode*) {
    return -EROFS;
}
int do_truncate(inode*, loff_t) {
    return -EROFS;
}
void init_waitqueue_head(wait_queue_head_t*) {}
void prepare_to_wait(wait_queue_head_t*, wait_queue_t*, long) {}
void finish_wait(wait_queue_head_t*, wait_queue_t*) {}
void wake_up_all(wait_queue_head_t*) {}
void schedule() {
    abort();
}
long schedule_timeout(long) {
    abort();
}
timespec wall_time() {
    return {};
}
long generic_file_read(file*, char*, size_t, loff_t*) {
    return -1;
}
int generic_file_mmap(file*, vm_area_struct*) {
    return -1;
}

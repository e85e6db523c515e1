// SPDX-License-Identifier: GPL-2.0-or-later
// Text that is made when it is read.
#include "fs/seq_file.h"

#include "arch/uaccess.h"
#include "kernel/errno.h"
#include "lib/string.h"
#include "mm/slab.h"

namespace {
constexpr size_t FIRST_SIZE = PAGE_SIZE, LARGEST_SIZE = 128 * 1024;

int grow_buffer(seq_file* m) {
    const size_t size = m->buf ? m->size * 2 : FIRST_SIZE;
    if (size > LARGEST_SIZE) return -ENOMEM;
    kfree(m->buf);
    m->size = 0;
    m->buf = static_cast<char*>(kmalloc(size, GFP_KERNEL));
    if (!m->buf) return -ENOMEM;
    m->size = size;
    return 0;
}

/// Fills the buffer from record m->index on. 0 (also at the end, with count 0), -errno, or 1: the first
/// record did not fit.
int fill_once(seq_file* m) {
    m->from = m->count = 0;
    void* record = m->op->start(m, &m->index);
    int result = 0;
    while (record && !IS_ERR(record)) {
        const size_t before = m->count;
        result = m->op->show(m, record);
        if (result < 0 || seq_full(m)) {
            m->count = before;
            if (result == 0 && before == 0) result = 1;
            break;
        }
        record = m->op->next(m, record, &m->index);
    }
    if (IS_ERR(record)) result = static_cast<int>(PTR_ERR(record));
    m->op->stop(m, IS_ERR(record) ? nullptr : record);
    return result;
}

int fill(seq_file* m) {
    if (!m->buf) {
        if (const int error = grow_buffer(m)) return error;
    }
    for (;;) {
        const int result = fill_once(m);
        if (result <= 0) return result;
        if (const int error = grow_buffer(m)) return error;
    }
}

/// Goes to a file position: from the start, throwing text away.
int traverse(seq_file* m, loff_t position) {
    m->index = m->read_pos = 0;
    m->from = m->count = 0;
    while (m->read_pos < position) {
        if (m->from == m->count) {
            if (const int error = fill(m)) return error;
            if (m->count == 0) return 0;
        }
        const size_t piece =
            static_cast<size_t>(min<u64>(m->count - m->from, static_cast<u64>(position - m->read_pos)));
        m->from += piece;
        m->read_pos += static_cast<loff_t>(piece);
    }
    return 0;
}

long read_locked(seq_file* m, char* buffer, size_t size, loff_t position) {
    if (position != m->read_pos) {
        if (const int error = traverse(m, position)) return error;
        if (position != m->read_pos) return 0;
    }
    size_t done = 0;
    while (done < size) {
        if (m->from == m->count) {
            const int error = fill(m);
            if (error) return done ? static_cast<long>(done) : error;
            if (m->count == 0) break;
        }
        const size_t piece = min(m->count - m->from, size - done);
        const size_t copied = piece - copy_to_user(buffer + done, m->buf + m->from, piece);
        m->from += copied;
        m->read_pos += static_cast<loff_t>(copied);
        done += copied;
        if (copied < piece) return done ? static_cast<long>(done) : -EFAULT;
    }
    return static_cast<long>(done);
}
}  // namespace

int seq_open(inode* node, file* filp, const seq_operations* op, void* private_data) {
    seq_file* m = static_cast<seq_file*>(kzalloc(sizeof(seq_file), GFP_KERNEL));
    if (!m) return -ENOMEM;
    mutex_init(&m->lock);
    m->op = op;
    m->private_data = private_data;
    m->node = node;
    filp->private_data = m;
    return 0;
}

long seq_read(file* filp, char* buffer, size_t size, loff_t* position) {
    seq_file* m = static_cast<seq_file*>(filp->private_data);
    mutex_lock(&m->lock);
    const long result = read_locked(m, buffer, size, *position);
    mutex_unlock(&m->lock);
    if (result > 0) *position += result;
    return result;
}

loff_t seq_llseek(file* filp, loff_t offset, int whence) {
    return whence == SEEK_END ? -EINVAL : generic_file_llseek(filp, offset, whence);
}

void seq_release(file* filp) {
    seq_file* m = static_cast<seq_file*>(filp->private_data);
    kfree(m->buf);
    kfree(m);
}

namespace {
void* single_start(seq_file* m, loff_t* position) {
    return *position == 0 ? m : nullptr;
}
void* single_next(seq_file*, void*, loff_t* position) {
    return ++*position, nullptr;
}
void single_stop(seq_file*, void*) {}
}  // namespace

int single_open(inode* node, file* filp, int (*show)(seq_file* m, void* record), void* private_data) {
    seq_operations* op = static_cast<seq_operations*>(kmalloc(sizeof(seq_operations), GFP_KERNEL));
    if (!op) return -ENOMEM;
    *op = {single_start, single_next, single_stop, show};
    const int error = seq_open(node, filp, op, private_data);
    if (error) kfree(op);
    return error;
}

void single_release(file* filp) {
    const seq_operations* op = static_cast<seq_file*>(filp->private_data)->op;
    seq_release(filp);
    kfree(op);
}

void seq_printf(seq_file* m, const char* format, ...) {
    if (seq_full(m)) return;
    va_list args;
    va_start(args, format);
    const int length = vsnprintf(m->buf + m->count, m->size - m->count, format, args);
    va_end(args);
    m->count =
        static_cast<size_t>(length) < m->size - m->count ? m->count + static_cast<size_t>(length) : m->size;
}

void seq_write(seq_file* m, const void* bytes, size_t count) {
    if (count >= m->size - m->count) {
        m->count = m->size;
        return;
    }
    memcpy(m->buf + m->count, bytes, count);
    m->count += count;
}

void seq_puts(seq_file* m, const char* text) {
    seq_write(m, text, strlen(text));
}
void seq_putc(seq_file* m, char c) {
    seq_write(m, &c, 1);
}

void seq_path(seq_file* m, const dentry* d) {
    char* buffer = reinterpret_cast<char*>(__get_free_pages(GFP_KERNEL, 0));
    const char* path = buffer ? d_path(d, buffer, PATH_MAX) : ERR_PTR<char>(-ENOMEM);
    for (const char* p = IS_ERR(path) ? "?" : path; *p; p++) {
        if (*p == '\n') {
            seq_puts(m, "\\012");
        } else {
            seq_putc(m, *p);
        }
    }
    if (buffer) free_page(reinterpret_cast<ulong>(buffer));
}

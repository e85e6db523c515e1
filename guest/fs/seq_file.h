// SPDX-License-Identifier: GPL-2.0-or-later
// Files whose text is made when it is read: records one after another into a buffer that grows until one
// fits.
#pragma once

#include "fs/fs.h"
#include "kernel/semaphore.h"

struct seq_file {
    char* buf;
    size_t size;      // of buf
    size_t from;      // first byte in buf that was not yet read
    size_t count;     // bytes in buf
    loff_t index;     // the next record, as start() and next() count
    loff_t read_pos;  // file position that belongs to `from`
    mutex lock;
    const struct seq_operations* op;
    void* private_data;
    inode* node;  // of the file
};
/// One pass over the records: start, then show and next as long as the buffer takes more, then stop. start()
/// and next() give the record at `*position` or null at the end (or ERR_PTR); next() moves `*position` on.
/// What start() takes (locks, references) stop() gives back; stop() gets the last record or null.
struct seq_operations {
    void* (*start)(seq_file* m, loff_t* position) = nullptr;
    void* (*next)(seq_file* m, void* record, loff_t* position) = nullptr;
    void (*stop)(seq_file* m, void* record) = nullptr;
    int (*show)(seq_file* m, void* record) = nullptr;  // 0 or -errno
};

/// For file_operations: `open` calls seq_open or single_open; the rest are these.
int seq_open(inode* node, file* filp, const seq_operations* op, void* private_data);
/// One record only, made by `show`, which finds `private_data` in the seq_file.
int single_open(inode* node, file* filp, int (*show)(seq_file* m, void* record), void* private_data);
long seq_read(file* filp, char* buffer, size_t size, loff_t* position);
loff_t seq_llseek(file* filp, loff_t offset, int whence);
void seq_release(file* filp);
void single_release(file* filp);

/// Append to the buffer. What does not fit marks the buffer full; the record is made again in a larger one.
void seq_printf(seq_file* m, const char* format, ...) __attribute__((format(printf, 2, 3)));
void seq_puts(seq_file* m, const char* text);
void seq_putc(seq_file* m, char c);
void seq_write(seq_file* m, const void* bytes, size_t count);
/// A path, with newlines as \012.
void seq_path(seq_file* m, const dentry* d);
inline bool seq_full(const seq_file* m) {
    return m->count == m->size;
}

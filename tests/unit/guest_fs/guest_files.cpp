// SPDX-License-Identifier: GPL-2.0-or-later
// The bridge between the tests and the guest's sources.
#include "guest_files.h"

#include "fs/seq_file.h"
#include "kernel/errno.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "services.h"

namespace {
constexpr file_operations device_operations{};
}

/// The devices of the host build: all alike, nothing behind them.
const file_operations* find_device(u16) {
    return &device_operations;
}
void devices_init(dentry* root) {
    dentry* dev = rootfs_add(root, "dev", 3, rootfs_directory_inode(0755));
    rootfs_add(dev, "null", 4, rootfs_device_inode(0666, make_dev(1, 3)));
}

namespace guest_files {
namespace {
Found describe(const char* path, unsigned flags) {
    dentry* place = nullptr;
    const int error = path_lookup(path, flags, &place);
    if (error) return {error, 0, 0, 0};
    const inode* node = place->d_inode;
    const Found found{0, node->i_mode, node->i_size, node->i_ino};
    dput(place);
    return found;
}

/// Memory for one page descriptor and its page.
alignas(4096) char one_page[4096];
page one_descriptor;

long read_pages(inode* node, char* buffer, size_t size) {
    mem_map = &one_descriptor;
    linear_map_base = reinterpret_cast<ulong>(one_page);
    file filp{};
    filp.f_mapping = node->i_mapping;
    long done = 0;
    for (pgoff_t index = 0; done < node->i_size; index++) {
        one_descriptor = page{};
        set_bit(PG_locked, &one_descriptor.flags);
        one_descriptor.index = index;
        const int error = node->i_mapping->a_ops->readpage(&filp, &one_descriptor);
        if (error) return error;
        const size_t piece = static_cast<size_t>(min<loff_t>(4096, node->i_size - done));
        for (size_t i = piece; i < 4096; i++)
            BUG_ON(one_page[i] != 0);
        BUG_ON(!test_bit(PG_uptodate, &one_descriptor.flags) || test_bit(PG_locked, &one_descriptor.flags));
        if (static_cast<size_t>(done) + piece > size) return -EFBIG;
        memcpy(buffer + done, one_page, piece);
        done += static_cast<long>(piece);
    }
    return done;
}

struct name_list {
    char* at;
    char* end;
    int count;
};
int add_name(void* context, const char* name, unsigned length, loff_t, ulong, unsigned) {
    name_list* list = static_cast<name_list*>(context);
    if (list->at + length + 2 > list->end) return 1;
    memcpy(list->at, name, length);
    list->at += length;
    *list->at++ = '\n';
    *list->at = '\0';
    list->count++;
    return 0;
}
}  // namespace

void boot() {
    services::reset();
    vfs_init();
    BUG_ON(copy_fs(0, &init_task) || copy_files(0, &init_task));
}
int populate(const void* archive, size_t size) {
    return populate_rootfs(archive, size);
}
const char* messages() {
    return services::log;
}
Found find(const char* path) {
    return describe(path, LOOKUP_FOLLOW);
}
Found find_link(const char* path) {
    return describe(path, 0);
}

long read(const char* path, char* buffer, size_t size) {
    dentry* place = nullptr;
    const int error = path_lookup(path, LOOKUP_FOLLOW, &place);
    if (error) return error;
    const long length = place->d_inode->i_mapping->a_ops ? read_pages(place->d_inode, buffer, size) : -EINVAL;
    dput(place);
    return length;
}

long path_of(const char* path, char* buffer, size_t size) {
    dentry* place = nullptr;
    const int error = path_lookup(path, LOOKUP_FOLLOW, &place);
    if (error) return error;
    const char* text = d_path(place, buffer, size);
    dput(place);
    if (IS_ERR(text)) return PTR_ERR(text);
    const size_t length = strlen(text);
    memmove(buffer, text, length + 1);
    return static_cast<long>(length);
}

int list(const char* path, char* names, size_t size) {
    dentry* place = nullptr;
    const int error = path_lookup(path, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &place);
    if (error) return error;
    name_list list{names, names + size, 0};
    file filp{};
    filp.f_path.dentry = place;
    const int full = place->d_inode->i_fop->readdir(&filp, &list, add_name);
    dput(place);
    return full ? -EFBIG : list.count;
}

int change_directory(const char* path) {
    return static_cast<int>(sys_chdir(path));
}
int open(const char* path, unsigned flags) {
    return static_cast<int>(sys_open(path, static_cast<int>(flags), 0));
}
int close(unsigned fd) {
    return static_cast<int>(sys_close(fd));
}
long allocated() {
    return services::live();
}
void allow_allocations(long count) {
    services::allowed = count;
}
int held_locks() {
    return services::held;
}

// Records
// --------------------------------------------------------------------------------------------------------

namespace {
struct record_source {
    long count, width;
};

void* start(seq_file* m, loff_t* position) {
    const record_source* source = static_cast<record_source*>(m->private_data);
    return *position < source->count ? position : nullptr;
}
void* next(seq_file* m, void*, loff_t* position) {
    ++*position;
    return start(m, position);
}
void stop(seq_file*, void*) {}
int show(seq_file* m, void* record) {
    const record_source* source = static_cast<record_source*>(m->private_data);
    const long number = static_cast<long>(*static_cast<loff_t*>(record));
    seq_printf(m, "[%ld]", number);
    for (long i = 0; i < number * source->width; i++)
        seq_putc(m, '.');
    return 0;
}
constexpr seq_operations operations{start, next, stop, show};
}  // namespace

Records::Records(int records, int width) {
    file* filp = new file{};
    file_ = filp;
    BUG_ON(seq_open(nullptr, filp, &operations, new record_source{records, width}));
}
Records::~Records() {
    file* filp = static_cast<file*>(file_);
    delete static_cast<record_source*>(static_cast<seq_file*>(filp->private_data)->private_data);
    seq_release(filp);
    delete filp;
}
long Records::read(char* buffer, size_t size) {
    file* filp = static_cast<file*>(file_);
    return seq_read(filp, buffer, size, &filp->f_pos);
}
long long Records::seek(long long offset) {
    return static_cast<file*>(file_)->f_pos = offset;
}

}  // namespace guest_files

// SPDX-License-Identifier: GPL-2.0-or-later
// Files as the rest of the kernel sees them: inodes, names, open files.
#pragma once

#include "kernel/semaphore.h"
#include "lib/atomic.h"
#include "lib/list.h"
#include "mm/filemap.h"

struct file;
struct dentry;
struct inode;
struct task_struct;

enum : unsigned { S_IFMT = 0170000, S_IFCHR = 0020000, S_IFDIR = 0040000, S_IFREG = 0100000, S_IFLNK = 0120000 };
enum : unsigned { O_RDONLY = 0, O_WRONLY = 1, O_RDWR = 2, O_ACCMODE = 3, O_CREAT = 0100, O_EXCL = 0200, O_TRUNC = 01000, O_APPEND = 02000, O_NONBLOCK = 04000, O_DIRECTORY = 0200000, O_CLOEXEC = 02000000 };
enum : unsigned { FMODE_READ = 1, FMODE_WRITE = 2, FMODE_EXEC = 4 };

struct inode_operations {
    /// Fills `child` (whose name is set) with its inode. 0 or -ENOENT.
    int (*lookup)(inode* dir, dentry* child);
};
struct file_operations {
    int (*open)(inode* inode, file* filp);
    void (*release)(file* filp);
    long (*read)(file* filp, char* user_buffer, size_t count, loff_t* position);
    long (*write)(file* filp, const char* user_buffer, size_t count, loff_t* position);
    int (*mmap)(file* filp, vm_area_struct* vma);
    int (*readdir)(file* filp, void* context, int (*fill)(void* context, const char* name, unsigned length, loff_t offset, ulong ino, unsigned type));
    long (*ioctl)(file* filp, unsigned command, ulong argument);
};
struct inode {
    ulong i_ino;
    unsigned i_mode;
    u16 i_rdev, i_dev;          // major << 8 | minor
    loff_t i_size;
    atomic_t i_count;
    atomic_t i_writecount;      // writers, minus mappings with VM_DENYWRITE
    const inode_operations* i_op;
    const file_operations* i_fop;
    address_space* i_mapping;   // = &i_data
    address_space i_data;
    void* i_private;            // the file system's
};
struct qstr {
    unsigned len;
    const char* name;  // NUL-ended
};
/// A name in a directory. Dentries of memory file systems are never dropped; those of /proc are counted.
struct dentry {
    atomic_t d_count;
    dentry* d_parent;  // the root is its own parent
    qstr d_name;
    inode* d_inode;
    list_head d_child;    // in the parent's d_subdirs
    list_head d_subdirs;
};
struct path {
    struct dentry* dentry;
};
struct file {
    path f_path;
    const file_operations* f_op;
    atomic_t f_count;
    unsigned f_flags;  // O_*
    unsigned f_mode;   // FMODE_*
    loff_t f_pos;
    address_space* f_mapping;
    void* private_data;
};

constexpr unsigned NR_OPEN = 64;
struct files_struct {
    atomic_t count;
    spinlock_t file_lock;
    file* fd_array[NR_OPEN];
    u64 close_on_exec;
};
struct fs_struct {
    atomic_t count;
    dentry *root, *pwd;
};

inline file* get_file(file* filp) { atomic_inc(&filp->f_count); return filp; }
/// Drops a reference; the last one releases the file.
void fput(file* filp);
/// The open file of a descriptor of current, with a reference, or null.
file* fget(unsigned fd);
/// Opens by path (kernel string). An open file or ERR_PTR.
file* filp_open(const char* path, unsigned flags, unsigned mode);
/// Opens a program: readable, regular, and nobody may write it while it runs. An open file or ERR_PTR.
file* open_exec(const char* path);
/// Reads into kernel memory at a file offset. Bytes or -errno.
long kernel_read(file* filp, loff_t offset, void* buffer, size_t count);
/// The absolute path of a dentry, built from the end of `buffer`; a pointer into it, or ERR_PTR(-ENAMETOOLONG).
char* d_path(const dentry* d, char* buffer, size_t size);

/// The parts of fork, exec and exit that concern files. 0 or -ENOMEM.
int copy_files(ulong clone_flags, task_struct* child);
int copy_fs(ulong clone_flags, task_struct* child);
void exit_files(task_struct* task);
void exit_fs(task_struct* task);
/// exec: closes the descriptors marked close-on-exec.
void flush_old_files(files_struct* files);

/// Boot: the root file system from a cpio "newc" archive in memory. Returns the number of files; damage is
/// reported with the offset and -EINVAL is returned.
int populate_rootfs(const void* archive, ulong size);
void vfs_init();
void proc_init();

long sys_read(unsigned fd, char* buffer, size_t count);
long sys_write(unsigned fd, const char* buffer, size_t count);
long sys_open(const char* path, int flags, int mode);
long sys_close(unsigned fd);

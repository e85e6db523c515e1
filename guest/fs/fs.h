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

enum : unsigned {
    S_IFMT = 0170000,
    S_IFCHR = 0020000,
    S_IFDIR = 0040000,
    S_IFBLK = 0060000,
    S_IFREG = 0100000,
    S_IFLNK = 0120000
};
enum : unsigned {
    O_RDONLY = 0,
    O_WRONLY = 1,
    O_RDWR = 2,
    O_ACCMODE = 3,
    O_CREAT = 0100,
    O_EXCL = 0200,
    O_TRUNC = 01000,
    O_APPEND = 02000,
    O_NONBLOCK = 04000,
    O_DIRECTORY = 0200000,
    O_NOFOLLOW = 0400000,
    O_CLOEXEC = 02000000
};
enum : int { SEEK_SET = 0, SEEK_CUR = 1, SEEK_END = 2 };
enum : unsigned {
    F_DUPFD = 0,
    F_GETFD = 1,
    F_SETFD = 2,
    F_GETFL = 3,
    F_SETFL = 4,
    F_DUPFD_CLOEXEC = 1030,
    FD_CLOEXEC = 1
};
constexpr size_t PATH_MAX = 4096, NAME_MAX = 255;
enum : unsigned { FMODE_READ = 1, FMODE_WRITE = 2, FMODE_EXEC = 4 };

struct inode_operations {
    /// Fills `child` (whose name is set) with its inode. 0 or -ENOENT.
    int (*lookup)(inode* dir, dentry* child) = nullptr;
    /// The target of a symbolic link into a kernel buffer, without NUL. Its length or -errno.
    long (*readlink)(inode* link, char* buffer, size_t size) = nullptr;
};
struct file_operations {
    int (*open)(inode* inode, file* filp) = nullptr;
    void (*release)(file* filp) = nullptr;
    long (*read)(file* filp, char* user_buffer, size_t count, loff_t* position) = nullptr;
    long (*write)(file* filp, const char* user_buffer, size_t count, loff_t* position) = nullptr;
    int (*mmap)(file* filp, vm_area_struct* vma) = nullptr;
    int (*readdir)(file* filp, void* context,
                   int (*fill)(void* context, const char* name, unsigned length, loff_t offset, ulong ino,
                               unsigned type)) = nullptr;
    long (*ioctl)(file* filp, unsigned command, ulong argument) = nullptr;
    /// The new position or -errno. Null: generic_file_llseek.
    loff_t (*llseek)(file* filp, loff_t offset, int whence) = nullptr;
};
struct inode {
    ulong i_ino;
    unsigned i_mode;
    u16 i_rdev, i_dev;  // major << 8 | minor
    loff_t i_size;
    atomic_t i_count;
    atomic_t i_writecount;  // writers, minus mappings with VM_DENYWRITE
    const inode_operations* i_op;
    const file_operations* i_fop;
    address_space* i_mapping;  // = &i_data
    address_space i_data;
    void* i_private;   // the file system's
    u64 i_generation;  // the file system's: tells reuses of i_private apart
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
    list_head d_child;  // in the parent's d_subdirs
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
    spinlock_t lock;  // root and pwd
    dentry *root, *pwd;
};

inline file* get_file(file* filp) {
    atomic_inc(&filp->f_count);
    return filp;
}
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
/// The absolute path of a dentry, built from the end of `buffer`; a pointer into it, or
/// ERR_PTR(-ENAMETOOLONG).
char* d_path(const dentry* d, char* buffer, size_t size);

// Names and inodes: fs/dcache.cpp ----------------------------------------------------------------
/// A new name below `parent` (which gets a reference), without inode, not yet in the parent's list. Null: no
/// memory.
dentry* d_alloc(dentry* parent, const char* name, unsigned length);
inline dentry* dget(dentry* d) {
    atomic_inc(&d->d_count);
    return d;
}
void dput(dentry* d);
/// Enters a name for good: its inode is `node`, and the tree keeps the one reference it was made with.
void d_add(dentry* d, inode* node);
/// A fresh inode with i_count 1 and an empty page cache. Null: no memory.
inode* new_inode(unsigned mode, ulong ino, u16 device);
void iput(inode* node);
extern dentry* root_dentry;

// Walking paths: fs/namei.cpp --------------------------------------------------------------------
enum : unsigned { LOOKUP_FOLLOW = 1, LOOKUP_DIRECTORY = 2 };
constexpr int AT_FDCWD = -100;
enum : unsigned { AT_SYMLINK_NOFOLLOW = 0x100, AT_EMPTY_PATH = 0x1000 };
/// The dentry of a path (kernel string), with a reference. A relative path begins at the directory that is
/// open as `dfd`, or at the working directory with AT_FDCWD. 0 or -errno.
int path_lookup_at(int dfd, const char* path, unsigned flags, dentry** found);
inline int path_lookup(const char* path, unsigned flags, dentry** found) {
    return path_lookup_at(AT_FDCWD, path, flags, found);
}
/// The same for a user's string.
int user_path_at(int dfd, const char* path, unsigned flags, dentry** found);
inline int user_path(const char* path, unsigned flags, dentry** found) {
    return user_path_at(AT_FDCWD, path, flags, found);
}
/// A user's path in a buffer of PATH_MAX bytes that putname() frees; or ERR_PTR.
char* getname(const char* path);
void putname(char* name);

// Open files: fs/open.cpp, fs/file_table.cpp ------------------------------------------------------
/// A free descriptor of current for `filp`, whose reference goes into the table. The descriptor or -EMFILE.
int fd_install_new(file* filp, unsigned lowest, bool close_on_exec);
/// Opens /dev/console as descriptors 0, 1 and 2 of current (pid 1, before it executes /init). 0 or -errno.
int open_standard_files();
loff_t generic_file_llseek(file* filp, loff_t offset, int whence);
loff_t no_llseek(file* filp, loff_t offset, int whence);  // -ESPIPE

/// The parts of fork, exec and exit that concern files. 0 or -ENOMEM.
int copy_files(ulong clone_flags, task_struct* child);
int copy_fs(ulong clone_flags, task_struct* child);
void exit_files(task_struct* task);
void exit_fs(task_struct* task);
/// exec: current's descriptor table becomes its own, if it was shared. 0 or -ENOMEM.
int unshare_files();
/// exec: closes the descriptors marked close-on-exec.
void flush_old_files(files_struct* files);

/// Boot: the root file system from a cpio "newc" archive in memory, whose frames stay in use: the files'
/// pages are read from there. Returns the number of files; damage is reported with the offset and -EINVAL is
/// returned.
int populate_rootfs(const void* archive, ulong size);
/// The root directory, /dev and its devices.
void vfs_init();
/// /proc. After vfs_init.
void proc_init();

// System calls: arguments as the i386 ABI of Linux has them -----------------------------------------
struct stat64;
struct iovec32;
long sys_read(unsigned fd, char* buffer, size_t count);
long sys_write(unsigned fd, const char* buffer, size_t count);
long sys_readv(unsigned fd, const iovec32* vector, ulong count);
long sys_writev(unsigned fd, const iovec32* vector, ulong count);
long sys_pread64(unsigned fd, char* buffer, size_t count, u32 offset_low, u32 offset_high);
long sys_open(const char* path, int flags, int mode);
long sys_close(unsigned fd);
long sys_lseek(unsigned fd, long offset, unsigned whence);
long sys_llseek(unsigned fd, ulong offset_high, ulong offset_low, loff_t* result, unsigned whence);
long sys_dup(unsigned fd);
long sys_dup2(unsigned fd, unsigned wanted);
long sys_fcntl64(unsigned fd, unsigned command, ulong argument);  // also fcntl (55)
long sys_ioctl(unsigned fd, unsigned command, ulong argument);
long sys_fsync(unsigned fd);  // also fdatasync (148)
long sys_stat64(const char* path, struct stat64* status);
long sys_lstat64(const char* path, struct stat64* status);
long sys_fstat64(unsigned fd, struct stat64* status);
struct stat32;
long sys_newstat(const char* path, struct stat32* status);   // 106
long sys_newlstat(const char* path, struct stat32* status);  // 107
long sys_newfstat(unsigned fd, struct stat32* status);       // 108
long sys_access(const char* path, int mode);
long sys_readlink(const char* path, char* buffer, int size);
long sys_getdents(unsigned fd, void* entries, unsigned size);    // 141
long sys_getdents64(unsigned fd, void* entries, unsigned size);  // 220
long sys_chdir(const char* path);
long sys_fchdir(unsigned fd);  // 133
long sys_getcwd(char* buffer, ulong size);
long sys_openat(int dfd, const char* path, int flags, int mode);                       // 295
long sys_fstatat64(int dfd, const char* path, struct stat64* status, unsigned flags);  // 300
long sys_readlinkat(int dfd, const char* path, char* buffer, int size);                // 305
long sys_faccessat(int dfd, const char* path, int mode);                               // 307

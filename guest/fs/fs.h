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
struct super_block;

enum : unsigned {
    S_IFMT = 0170000,
    S_IFCHR = 0020000,
    S_IFDIR = 0040000,
    S_IFBLK = 0060000,
    S_IFREG = 0100000,
    S_IFLNK = 0120000,
    S_ISUID = 04000,
    S_ISGID = 02000,
    S_IXGRP = 0010
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
    O_SYNC = 010000,
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
constexpr loff_t MAX_LFS_FILESIZE = 0x7FFFFFFFFFFll;  // 2^31 pages: what a page offset of 32 bits reaches
enum : unsigned { FMODE_READ = 1, FMODE_WRITE = 2, FMODE_EXEC = 4 };

struct inode_operations {
    /// Fills `child` (whose name is set) with its inode. 0 or -ENOENT.
    int (*lookup)(inode* dir, dentry* child) = nullptr;
    /// The target of a symbolic link into a kernel buffer, without NUL. Its length or -errno.
    long (*readlink)(inode* link, char* buffer, size_t size) = nullptr;

    // Changes of directories, with i_mutex of the directories held. `child` is a new name without inode that
    // the operation completes with d_add, or an existing one that stays valid until the caller drops it. 0 or
    // -errno (then nothing has changed).
    int (*create)(inode* dir, dentry* child, unsigned mode) = nullptr;
    int (*link)(dentry* old, inode* dir, dentry* child) = nullptr;
    int (*unlink)(inode* dir, dentry* child) = nullptr;
    int (*symlink)(inode* dir, dentry* child, const char* target, size_t length) = nullptr;
    int (*mkdir)(inode* dir, dentry* child, unsigned mode) = nullptr;
    /// -ENOTEMPTY if there is more than "." and "..".
    int (*rmdir)(inode* dir, dentry* child) = nullptr;
    /// `old` becomes `name` in `new_dir` in place of `replaced` (may be null; of the same kind). The caller
    /// moves the dentry.
    int (*rename)(inode* old_dir, dentry* old, inode* new_dir, const struct qstr* name,
                  dentry* replaced) = nullptr;
    /// Frees what lies behind i_size, which has been lowered. The file's i_mutex is held.
    void (*truncate)(inode* node) = nullptr;
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
    /// Everything written to the file is on the disk when this returns 0. Null: nothing is ever dirty.
    int (*fsync)(file* filp) = nullptr;
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

    super_block* i_sb;  // null: files of the kernel's own that nobody can change
    mutex i_mutex;      // size, contents (for writers), and the names in a directory
    unsigned i_nlink;
    uid_t i_uid;
    gid_t i_gid;
    u32 i_atime, i_mtime, i_ctime;  // seconds since 1970
    u64 i_blocks;                   // in units of 512 bytes
    ulong i_state;                  // I_*. inode_lock
    hlist_node i_hash;              // by i_sb and i_ino. inode_lock
    list_head i_sb_list;            // in i_sb->s_inodes. inode_lock
    list_head i_lru;                // in the list of unused inodes. inode_lock
};
struct qstr {
    unsigned len;
    const char* name;  // NUL-ended
};
enum : unsigned { DCACHE_DELETED = 1 };
/// A name in a directory. It lives while it is referenced; memory file systems keep a reference of their own
/// for each name. dcache_lock guards names, parents, lists and flags.
struct dentry {
    atomic_t d_count;
    dentry* d_parent;  // the root is its own parent; the root of a mounted file system has the mount point's
    qstr d_name;       // of a deleted name: with " (deleted)" behind it
    inode* d_inode;
    list_head d_child;      // in the parent's d_subdirs
    list_head d_subdirs;    // in the order of d_position
    ulong d_position;       // in the parent, for readdir
    ulong d_next_position;  // for the next entry of this directory
    unsigned d_flags;       // DCACHE_*
    dentry* d_mounted;      // the root of what is mounted here
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
    unsigned umask;
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
/// Enters a name in its directory: its inode is `node`, whose reference it takes over.
void d_add(dentry* d, inode* node);
/// The entry `name` of a directory if it is in memory, with a reference, or null.
dentry* d_lookup(dentry* dir, const char* name, unsigned length);
/// The name leaves its directory; `text` (kmalloc, taken over) becomes its name: see deleted_name().
void d_drop(dentry* d, char* text);
/// "NAME (deleted)" for d_drop. Null: no memory.
char* deleted_name(const dentry* d);
/// The name moves to `parent` as `text` (kmalloc, taken over) of `length` characters.
void d_move(dentry* d, dentry* parent, char* text, unsigned length);
inline bool d_deleted(const dentry* d) {
    return d->d_flags & DCACHE_DELETED;
}
/// A fresh inode with i_count 1 and an empty page cache. Null: no memory.
inode* new_inode(unsigned mode, ulong ino, u16 device);
void iput(inode* node);
extern dentry* root_dentry;

// Walking paths: fs/namei.cpp --------------------------------------------------------------------
enum : unsigned { LOOKUP_FOLLOW = 1, LOOKUP_DIRECTORY = 2, LOOKUP_PARENT = 4 };
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
/// The directory in which a path's last name stands or would stand.
struct last_name {
    dentry* dir;  // with a reference
    char name[NAME_MAX + 1];
    unsigned length;       // 0: the path is only slashes
    bool wants_directory;  // a slash follows
    [[nodiscard]] bool is_dots() const {
        return length == 0 || (name[0] == '.' && (length == 1 || (length == 2 && name[1] == '.')));
    }
};
/// With LOOKUP_FOLLOW a last name that is a link is followed. 0 or -errno.
int path_parent_at(int dfd, const char* path, unsigned flags, last_name* last);
/// The entry `name` of `dir`, whose i_mutex is held; with a reference, or ERR_PTR (-ENOENT: no such name).
dentry* lookup_locked(dentry* dir, const char* name, unsigned length);
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
/// A part of a program's memory, as readv, writev and requests take it.
struct iovec32 {
    char* base;
    size_t length;
};
constexpr ulong UIO_MAXIOV = 1024;  // of one call
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

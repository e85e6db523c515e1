// SPDX-License-Identifier: GPL-2.0-or-later
// Mounting and unmounting. The root of a mounted file system takes over name and parent of the directory that
// it hides, so that walking upwards and spelling paths need to know nothing of mounts.
#include "fs/super.h"

#include "block/block.h"
#include "fs/buffer.h"
#include "fs/internal.h"
#include "kernel/errno.h"
#include "kernel/printk.h"
#include "kernel/sched.h"
#include "lib/string.h"
#include "mm/slab.h"

extern const file_system_type ramfs_type, ext2_type;

namespace {
constexpr const file_system_type* kTypes[] = {&ramfs_type, &ext2_type};
constexpr u16 FIRST_UNNAMED_DEV = make_dev(0, 16);  // of file systems without a device

list_head super_blocks = LIST_HEAD_INIT(super_blocks);  // in the order of mounting
mutex mount_mutex;                                      // the list, and who mounts or unmounts
u16 next_unnamed_dev = FIRST_UNNAMED_DEV;

const file_system_type* find_type(const char* name) {
    for (const file_system_type* type : kTypes) {
        if (strcmp(type->name, name) == 0) return type;
    }
    return nullptr;
}

/// A super block without contents, or ERR_PTR.
super_block* alloc_super(const file_system_type* type, const char* source, ulong flags) {
    auto* sb = static_cast<super_block*>(kzalloc(sizeof(super_block), GFP_KERNEL));
    if (!sb) return ERR_PTR<super_block>(-ENOMEM);
    sb->s_type = type->name;
    sb->s_flags = flags & MS_RDONLY;
    sb->s_maxbytes = MAX_LFS_FILESIZE;
    INIT_LIST_HEAD(&sb->s_inodes);
    strlcpy(sb->s_source, source, sizeof sb->s_source);
    sb->s_dev = next_unnamed_dev++;
    return sb;
}

/// The device that `source` names, "/dev/hda" or "hda", if it is not mounted. Or ERR_PTR. mount_mutex held.
block_device* find_source(const char* source) {
    constexpr char kDev[] = "/dev/";
    constexpr size_t kLength = sizeof kDev - 1;
    block_device* device = find_block_device(strncmp(source, kDev, kLength) == 0 ? source + kLength : source);
    if (!device) return ERR_PTR<block_device>(-ENOTBLK);
    const super_block* sb = nullptr;
    list_for_each_entry(sb, &super_blocks, s_list) {
        if (sb->s_bdev == device) return ERR_PTR<block_device>(-EBUSY);
    }
    return device;
}

/// A new file system's root takes its place in the tree. 0 or -ENOMEM.
int attach(super_block* sb, dentry* place) {
    const unsigned length = place->d_name.len;
    char* name = static_cast<char*>(kmalloc(length + 1, GFP_KERNEL));
    if (!name) return -ENOMEM;
    memcpy(name, place->d_name.name, length + 1);
    kfree(sb->s_root->d_name.name);
    sb->s_root->d_name = {length, name};
    sb->s_root->d_parent = dget(place->d_parent);
    sb->s_mountpoint = dget(place);
    d_set_mounted(place, sb->s_root);
    return 0;
}

/// Ends a file system whose root nobody uses.
void kill_super(super_block* sb) {
    if (sb->s_op->drop_names) sb->s_op->drop_names(sb);
    dput(sb->s_root);
    BUG_ON(invalidate_inodes(sb) != 0);
    if (sb->s_op->put_super) sb->s_op->put_super(sb);
    kfree(sb);
}

/// mount_mutex held. 0 or -errno.
int mount_locked(const char* source, dentry* place, const file_system_type* type, ulong flags) {
    if (place->d_parent == place) return -EBUSY;  // the root itself
    block_device* device = type->wants_device ? find_source(source) : nullptr;
    if (IS_ERR(device)) return static_cast<int>(PTR_ERR(device));
    super_block* sb = alloc_super(type, source, flags);
    if (IS_ERR(sb)) return static_cast<int>(PTR_ERR(sb));
    sb->s_bdev = device;
    if (const int error = type->fill_super(sb)) {
        kfree(sb);
        return error;
    }
    if (const int error = attach(sb, place)) {
        sb->s_root->d_parent = dget(place->d_parent);  // a root that is its own parent cannot be put
        kill_super(sb);
        return error;
    }
    sb->s_flags |= MS_ACTIVE;
    list_add_tail(&sb->s_list, &super_blocks);
    return 0;
}

int sync_one(super_block* sb, void* context) {
    int* result = static_cast<int*>(context);
    int error = sync_inodes(sb);
    if (!error && sb->s_op->sync_fs) error = sb->s_op->sync_fs(sb);
    if (!*result) *result = error;
    return 0;
}

/// Is the root's only reference the mount's own?
bool is_unused(super_block* sb) {
    return sb->s_op->names_in_use ? !sb->s_op->names_in_use(sb) : atomic_read(&sb->s_root->d_count) == 1;
}
}  // namespace

int make_root(super_block* sb, inode* node) {
    sb->s_root = d_alloc(nullptr, "/", 1);
    if (!sb->s_root) {
        iput(node);
        return -ENOMEM;
    }
    d_add(sb->s_root, node);
    return 0;
}

int do_mount(const char* source, dentry* place, const char* type_name, ulong flags) {
    const file_system_type* type = find_type(type_name);
    if (!type) return -ENODEV;
    if (!is_directory(place->d_inode)) return -ENOTDIR;
    mutex_lock(&mount_mutex);
    const int error = mount_locked(source, place, type, flags);
    mutex_unlock(&mount_mutex);
    return error;
}

int do_remount(dentry* root, ulong flags) {
    super_block* sb = root->d_inode->i_sb;
    if (!sb || sb->s_root != root) return -EINVAL;
    mutex_lock(&mount_mutex);
    int error = 0;
    if ((flags ^ sb->s_flags) & MS_RDONLY) {
        sync_one(sb, &error);
        if (!error) error = sb->s_op->remount ? sb->s_op->remount(sb, flags) : -EINVAL;
        if (!error) sb->s_flags = (sb->s_flags & ~MS_RDONLY) | (flags & MS_RDONLY);
    }
    mutex_unlock(&mount_mutex);
    return error;
}

/// Takes over the reference to `root`.
int do_umount(dentry* root) {
    super_block* sb = root->d_inode->i_sb;
    const bool is_mounted = sb && sb->s_root == root;
    dput(root);
    if (!is_mounted) return -EINVAL;
    mutex_lock(&mount_mutex);
    int error = 0;
    sync_one(sb, &error);
    if (!is_unused(sb)) error = -EBUSY;
    if (error != -EBUSY) {  // what cannot be written is lost, but unmounting tells
        list_del(&sb->s_list);
        d_set_mounted(sb->s_mountpoint, nullptr);
        dput(sb->s_mountpoint);
        kill_super(sb);
    }
    mutex_unlock(&mount_mutex);
    return error;
}

int for_each_super(int (*visit)(super_block* sb, void* context), void* context) {
    mutex_lock(&mount_mutex);
    int error = 0;
    super_block* sb = nullptr;
    list_for_each_entry(sb, &super_blocks, s_list) {
        error = visit(sb, context);
        if (error) break;
    }
    mutex_unlock(&mount_mutex);
    return error;
}

int sync_filesystems() {
    int error = 0;
    for_each_super(sync_one, &error);
    return error;
}

void shut_down_filesystems() {
    sync_filesystems();
    for_each_super(
        [](super_block* sb, void*) {
            if (!(sb->s_flags & MS_RDONLY) && sb->s_op->remount && sb->s_op->remount(sb, MS_RDONLY) == 0)
                sb->s_flags |= MS_RDONLY;
            return 0;
        },
        nullptr);
}

static dentry* standard_place(const char* name) {
    dentry* place = find_child(root_dentry, name, static_cast<unsigned>(strlen(name)));
    if (place) return place;
    inode* node = rootfs_directory_inode(0755);
    place = node ? rootfs_add(root_dentry, name, static_cast<unsigned>(strlen(name)), node) : nullptr;
    if (!place) panic("mount_standard_places: no memory for /%s", name);
    return place;
}

void mount_standard_places() {
    mutex_init(&mount_mutex);
    buffer_init();
    dentry* mnt = standard_place("mnt");
    if (const int error = do_mount("tmpfs", standard_place("tmp"), "ramfs", 0))
        panic("mount_standard_places: /tmp: error %d", -error);
    if (find_block_device("hda") && do_mount("/dev/hda", mnt, "ext2", 0) == 0)
        printk("hda: ext2, mounted at /mnt\n");
}

// SPDX-License-Identifier: GPL-2.0-or-later
// /dev: the console, the two classics, and the checkpoint through which a program calls the observer outside.
#include "arch/processor.h"
#include "arch/uaccess.h"
#include "drivers/serial.h"
#include "fs/internal.h"
#include "kernel/errno.h"
#include "kernel/printk.h"
#include "lib/string.h"
#include "mm/mm.h"

namespace {
constexpr u16 CHECKPOINT_PORT = 0xF8;

long read_null(file*, char*, size_t, loff_t*) {
    return 0;
}
long write_null(file*, const char*, size_t count, loff_t*) {
    return static_cast<long>(count);
}

long read_zero(file*, char* buffer, size_t count, loff_t*) {
    const size_t left = clear_user(buffer, count);
    return left == count && count > 0 ? -EFAULT : static_cast<long>(count - left);
}

/// A private mapping of /dev/zero is anonymous memory. Shared ones would need shared anonymous memory.
int mmap_zero(file*, vm_area_struct* vma) {
    return vma->vm_flags & VM_SHARED ? -ENODEV : 0;
}

loff_t null_llseek(file* filp, loff_t, int) {
    return filp->f_pos = 0;
}

/// A decimal number, perhaps with a newline: the checkpoint's id goes out through the port.
long write_checkpoint(file*, const char* buffer, size_t count, loff_t*) {
    char text[16] = {};
    if (count == 0 || count >= sizeof(text)) return -EINVAL;
    if (copy_from_user(text, buffer, count)) return -EFAULT;
    u32 id = 0;
    size_t digits = 0;
    for (; digits < 9 && text[digits] >= '0' && text[digits] <= '9'; digits++) {
        id = id * 10 + static_cast<u32>(text[digits] - '0');
    }
    const bool ends = digits == count || (digits + 1 == count && text[digits] == '\n');
    if (digits == 0 || !ends) return -EINVAL;
    serial_wait_until_sent();  // whoever watches has seen all that was printed before
    outl(id, CHECKPOINT_PORT);
    return static_cast<long>(count);
}

constexpr file_operations null_operations{.read = read_null, .write = write_null, .llseek = null_llseek};
constexpr file_operations zero_operations{
    .read = read_zero, .write = write_null, .mmap = mmap_zero, .llseek = null_llseek};
constexpr file_operations checkpoint_operations{.write = write_checkpoint, .llseek = no_llseek};

struct device {
    const char* name;
    u16 number;
    unsigned mode;
    const file_operations* operations;
};
/// Numbers as Linux has them; the checkpoint has one of those kept for local use.
constexpr device devices[] = {
    {"checkpoint", make_dev(240, 0), 0222, &checkpoint_operations},
    {"console", make_dev(5, 1), 0600, &console_operations},
    {"null", make_dev(1, 3), 0666, &null_operations},
    {"tty", make_dev(5, 0), 0666, &console_operations},
    {"zero", make_dev(1, 5), 0666, &zero_operations},
};
}  // namespace

const file_operations* find_device(u16 number) {
    for (const device& d : devices) {
        if (d.number == number) return d.operations;
    }
    return nullptr;
}

void devices_init(dentry* root) {
    inode* directory = rootfs_directory_inode(0755);
    dentry* dev = directory ? rootfs_add(root, "dev", 3, directory) : nullptr;
    if (!dev) panic("devices_init: no memory for /dev");
    for (const device& d : devices) {
        inode* node = rootfs_device_inode(d.mode, d.number);
        if (!node || !rootfs_add(dev, d.name, static_cast<unsigned>(strlen(d.name)), node)) {
            panic("devices_init: no memory for /dev/%s", d.name);
        }
    }
}

// SPDX-License-Identifier: GPL-2.0-or-later
// /dev: the console, the two classics, and the checkpoint through which a program calls the observer outside.
#include "arch/processor.h"
#include "arch/uaccess.h"
#include "drivers/char_devices.h"
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
    const char* end = text;
    u32 id = 0;
    if (parse_decimal(&end, &id)) return -EINVAL;
    if (*end == '\n') end++;
    if (end != text + count) return -EINVAL;
    pass_checkpoint(id);
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
/// Numbers as Linux has them; those of major 240 are kept for local use.
constexpr device devices[] = {
    {"buffer", make_dev(240, 1), 0666, &buffer_operations},
    {"checkpoint", make_dev(240, 0), 0222, &checkpoint_operations},
    {"console", make_dev(5, 1), 0600, &console_operations},
    {"kthread", make_dev(240, 2), 0222, &kthread_operations},
    {"mem", make_dev(1, 1), 0600, &mem_operations},
    {"null", make_dev(1, 3), 0666, &null_operations},
    {"shadow", make_dev(240, 4), 0666, &shadow_operations},
    {"tty", make_dev(5, 0), 0666, &console_operations},
    {"vmalloc", make_dev(240, 3), 0600, &vmalloc_probe_operations},
    {"zero", make_dev(1, 5), 0666, &zero_operations},
};
}  // namespace

int parse_decimal(const char** text, u32* value) {
    const char* digit = *text;
    for (*value = 0; digit - *text < 9 && *digit >= '0' && *digit <= '9'; digit++)
        *value = *value * 10 + static_cast<u32>(*digit - '0');
    if (digit == *text) return -EINVAL;
    *text = digit;
    return 0;
}

void pass_checkpoint(u32 id) {
    serial_wait_until_sent();  // whoever watches has seen all that was printed before
    outl(id, CHECKPOINT_PORT);
}

long simple_read_from_buffer(char* to, size_t count, loff_t* position, const char* text, size_t length) {
    if (*position < 0) return -EINVAL;
    if (*position >= static_cast<loff_t>(length)) return 0;
    const size_t part = min(count, length - static_cast<size_t>(*position));
    if (copy_to_user(to, text + *position, part)) return -EFAULT;
    *position += static_cast<loff_t>(part);
    return static_cast<long>(part);
}

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

// SPDX-License-Identifier: GPL-2.0-or-later
// Rows O: the owner of an address space, its program file, its listeners, its AIO contexts.
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rows/row.h"

namespace {

constexpr int kReadWrite = PROT_READ | PROT_WRITE;
enum : unsigned long {
    SHADOW_ATTACH = 0x5301,
    SHADOW_FILL = 0x5302,
    SHADOW_DETACH = 0x5303,
    SHADOW_PIN = 0x5304
};

void tell_self() {
    tell("self", static_cast<unsigned long>(getpid()));
}
void tell_child(pid_t child) {
    tell("child", static_cast<unsigned long>(child));
}

int open_shadow() {
    const int device = open("/dev/shadow", O_RDONLY);
    CHECK(device >= 0);
    return device;
}
/// Where the kernel has the shadow, and one of its counts.
unsigned long shadow_says(int device, const char* name) {
    static char text[8192];
    lseek(device, 0, SEEK_SET);
    text[0] = '\n';
    const long length = read(device, text + 1, sizeof text - 2);
    text[length > 0 ? length + 1 : 0] = '\0';
    const char* at = strstr(text, name);
    CHECK(at != nullptr);
    return at ? strtoul(at + strlen(name), nullptr, 0) : 0;
}
void fill(int device, volatile char* at, size_t pages, int wanted) {
    const unsigned long request[2] = {reinterpret_cast<unsigned long>(at), pages};
    CHECK_EQ(ioctl(device, SHADOW_FILL, request), wanted);
}

unsigned long new_context(unsigned events) {
    unsigned long handle = 0;
    CHECK_EQ(syscall(__NR_io_setup, events, &handle), 0);
    return handle;
}

/// Code that needs nothing of the program's file: it unmaps [EBX, EBX + ECX) and sleeps.
asm(R"(
    .globl leave_program, leave_program_end
leave_program:
    movl $91, %eax
    int $0x80
1:  movl $29, %eax
    int $0x80
    jmp 1b
leave_program_end:
)");
extern "C" const char leave_program[], leave_program_end[];
extern "C" char _start[];

}  // namespace

ROW(O01_a_program_owns_its_space_and_a_child_its_own) {
    tell_self();
    if (argument_count == 0) {
        const pid_t child = child_that([] {});
        tell_child(child);
        checkpoint(1);
        finish(child);
        exec_row("again");
    }
    checkpoint(2);
}

ROW(O02_another_user_inherits_the_space) {
    const pid_t child = fork_or_fail();
    if (child == 0) {
        const pid_t heir = sharer();
        tell_self();
        tell("heir", static_cast<unsigned long>(heir));
        checkpoint(1);
        leave(0);
    }
    wait_for(child);
    checkpoint(2);
    kill(-1, SIGKILL);  // the heir has become our child
    wait(nullptr);
}

ROW(O03_a_space_that_is_only_pinned_has_no_owner) {
    const int device = open_shadow();
    const pid_t child = child_that([] {});
    tell_child(child);
    CHECK_EQ(ioctl(device, SHADOW_PIN, child), 0);
    checkpoint(1);
    finish(child);
    checkpoint(2);
    close(device);
    checkpoint(3);
}

ROW(O04_who_is_not_the_owner_leaves_it_alone) {
    tell_self();
    const pid_t other = sharer();
    checkpoint(1);
    finish(other);
    checkpoint(2);
}

ROW(O05_exec_names_the_program_file) {
    tell_self();
    checkpoint(1);
}

ROW(O06_the_program_file_goes_with_its_last_area) {
    tell_self();
    char* const text = reinterpret_cast<char*>(reinterpret_cast<unsigned long>(_start) & ~(kPage - 1));
    checkpoint(1);
    CHECK_EQ(mprotect(text, kPage, PROT_READ | PROT_WRITE | PROT_EXEC), 0);  // splits
    checkpoint(2);
    auto* code = const_cast<char*>(map(1, PROT_READ | PROT_WRITE | PROT_EXEC));
    memcpy(code, leave_program, static_cast<size_t>(leave_program_end - leave_program));
    const pid_t child = fork_or_fail();
    if (child == 0) {
        asm volatile("jmp *%0" : : "a"(code), "b"(0x08000000), "c"(0x01000000));
    }
    tell_child(child);
    usleep(50000);
    checkpoint(3);
    char path[32], target[64];
    snprintf(path, sizeof path, "/proc/%d/exe", child);
    CHECK_FAILS(readlink(path, target, sizeof target), ENOENT);
    finish(child);
}

ROW(O07_fork_takes_a_reference_to_the_program_file) {
    tell_self();
    checkpoint(1);
    const pid_t child = child_that([] {});
    tell_child(child);
    checkpoint(2);
    finish(child);
}

ROW(O08_the_first_listener_makes_the_list) {
    tell_self();
    const int device = open_shadow();
    checkpoint(1);
    CHECK_EQ(ioctl(device, SHADOW_ATTACH, getpid()), 0);
    checkpoint(2);
    close(device);
    checkpoint(3);
}

ROW(O09_listeners_hear_of_every_change) {
    tell_self();
    const int device = open_shadow();
    CHECK_EQ(ioctl(device, SHADOW_ATTACH, getpid()), 0);
    tell("shadow", shadow_says(device, "at "));
    volatile char* area = map(16, kReadWrite);
    touch(area, 16);
    fill(device, area, 16, 16);
    checkpoint(1);
    unmap(area + 14 * kPage, 2);
    checkpoint(2);
    CHECK_EQ(mprotect(const_cast<char*>(area), 2 * kPage, PROT_READ), 0);
    checkpoint(3);
    const pid_t child = child_that([] {});
    checkpoint(4);
    fill(device, area, 14, 14);
    area[4 * kPage] = 99;  // the child has the page, too
    checkpoint(5);
    finish(child);
    CHECK_EQ(ioctl(device, SHADOW_DETACH, 0), 0);
    checkpoint(6);
    close(device);
}

/// Before a page goes to the swap area, listeners are asked whether they used it, and told that it goes.
ROW(O09_listeners_hear_of_pages_that_are_swapped_out) {
    constexpr size_t kPages = 8, kPressure = (12u << 20) / kPage;  // more than the machine has
    CHECK_EQ(swapon("/dev/hda", 0), 0);
    tell_self();
    const int device = open_shadow();
    CHECK_EQ(ioctl(device, SHADOW_ATTACH, getpid()), 0);
    tell("shadow", shadow_says(device, "at "));
    volatile char* area = map(kPages, kReadWrite);
    touch(area, kPages);
    tell("at", area);
    fill(device, area, kPages, kPages);
    checkpoint(1);
    CHECK_EQ(fate_of([] { touch(map(kPressure, kReadWrite), kPressure); }), 0);
    checkpoint(2);
    CHECK_EQ(look(area, kPages), 36);
    close(device);
}

ROW(O10_the_last_listener_frees_a_dead_space) {
    const pid_t child = child_that([] {});
    tell_child(child);
    const int device = open_shadow();
    CHECK_EQ(ioctl(device, SHADOW_ATTACH, child), 0);
    checkpoint(1);
    finish(child);
    CHECK_EQ(shadow_says(device, "releases "), 1);
    checkpoint(2);
    close(device);
    checkpoint(3);
}

ROW(O11_contexts_stand_in_the_list_newest_first) {
    tell_self();
    checkpoint(1);
    tell("first", new_context(10));
    tell("second", new_context(1000));
    checkpoint(2);
}

ROW(O12_contexts_go_with_io_destroy_and_with_the_process) {
    const pid_t child = fork_or_fail();
    if (child == 0) {
        const int device = open("/dev/kthread", O_WRONLY);
        CHECK(dprintf(device, "last 3") > 0);
        const unsigned long first = new_context(10);
        tell("second", new_context(10));
        tell_self();
        checkpoint(1);
        CHECK_EQ(syscall(__NR_io_destroy, first), 0);
        checkpoint(2);
        leave(0);
    }
    wait_for(child);
}

ROW(O12_a_read_that_is_waited_for_stands_in_the_built_in_context) {
    tell_self();
    const int fd = open("/share/pages.txt", O_RDONLY);
    static char bytes[10];
    tell("bytes", bytes);
    checkpoint(1);
    CHECK_EQ(read(fd, bytes, sizeof bytes), sizeof bytes);
    checkpoint(2);
}

/// The thread that serves requests has not run between the two calls.
ROW(O12_a_request_that_has_not_begun_is_taken_back) {
    tell_self();
    const unsigned long context = new_context(10);
    static char byte[2];
    static iocb requests[2];
    const int fd = open("/share/pages.txt", O_RDONLY);
    iocb* list[2];
    for (int i = 0; i < 2; i++) {
        requests[i].aio_data = 70ull + static_cast<unsigned>(i);
        requests[i].aio_fildes = static_cast<unsigned>(fd);
        requests[i].aio_buf = reinterpret_cast<unsigned long>(byte + i);
        requests[i].aio_nbytes = 1;
        list[i] = &requests[i];
    }
    io_event event = {};
    CHECK_EQ(syscall(__NR_io_submit, context, 2, list), 2);
    CHECK_EQ(syscall(__NR_io_cancel, context, list[1], &event), 0);
    CHECK_EQ(event.data, 71);
    CHECK_EQ(event.obj, reinterpret_cast<unsigned long>(list[1]));
    CHECK_EQ(event.res, -EINTR);
    CHECK_FAILS(syscall(__NR_io_cancel, context, list[1], &event), EINVAL);
    checkpoint(1);
    CHECK_EQ(syscall(__NR_io_getevents, context, 1, 1, &event, nullptr), 1);
    CHECK_EQ(event.data, 70);
    CHECK_EQ(event.res, 1);
    CHECK(byte[0] != 0);
    CHECK_EQ(byte[1], 0);
    checkpoint(2);
}

ROW(O13_a_child_has_no_contexts) {
    tell_self();
    new_context(10);
    const pid_t child = child_that([] {});
    tell_child(child);
    checkpoint(1);
    finish(child);
}

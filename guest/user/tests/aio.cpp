// SPDX-License-Identifier: GPL-2.0-or-later
// Asynchronous input and output: contexts, requests, the ring of events, and their end with the process. Also
// runs on a Linux host.
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/check.h"
#include "tests/edition.h"

namespace {

struct ring {
    unsigned id, nr, head, tail, magic, compat, incompat, header_length;
};

long setup(unsigned events, unsigned long* handle) {
    return syscall(__NR_io_setup, events, handle);
}
long destroy(unsigned long handle) {
    return syscall(__NR_io_destroy, handle);
}
long submit(unsigned long handle, long count, iocb** requests) {
    return syscall(__NR_io_submit, handle, count, requests);
}
long get_events(unsigned long handle, long least, long most, io_event* events,
                const timespec* time = nullptr) {
    return syscall(__NR_io_getevents, handle, least, most, events, time);
}

/// This program's own file, whose first bytes everybody knows.
int open_self() {
    const int fd = open("/proc/self/exe", O_RDONLY);
    CHECK(fd >= 0);
    return fd;
}
iocb read_request(int fd, void* to, unsigned bytes, long long offset, unsigned data) {
    iocb request = {};
    request.aio_data = data;
    request.aio_lio_opcode = IOCB_CMD_PREAD;
    request.aio_fildes = static_cast<unsigned>(fd);
    request.aio_buf = reinterpret_cast<unsigned long>(to);
    request.aio_nbytes = bytes;
    request.aio_offset = offset;
    return request;
}
int status_of(int (*function)()) {
    const pid_t pid = fork();
    if (pid == 0) _exit(function());
    int status = -1;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    return status;
}

void wrong_setups_are_refused() {
    unsigned long handle = 0, used = 1;
    CHECK_FAILS(setup(0, &handle), EINVAL);
    CHECK_FAILS(setup(8, &used), EINVAL);
    CHECK_FAILS(setup(8, nullptr), EFAULT);
    CHECK_FAILS(setup(0x20000, &handle), EAGAIN);
    CHECK_EQ(handle, 0);
    CHECK_FAILS(destroy(0x12340), EINVAL);
    CHECK_FAILS(submit(0x12340, 1, nullptr), EINVAL);
    CHECK_FAILS(get_events(0x12340, 0, 1, nullptr), EINVAL);
}

void requests_are_served() {
    unsigned long handle = 0;
    CHECK_EQ(setup(4, &handle), 0);
    const int fd = open_self();
    char head[4] = {}, tail[8] = {}, behind[4] = {};
    iocb requests[3] = {read_request(fd, head, 4, 0, 11), read_request(fd, tail, 8, 4, 22),
                        read_request(fd, behind, 4, 1 << 30, 33)};
    iocb* list[3] = {&requests[0], &requests[1], &requests[2]};
    CHECK_EQ(submit(handle, 3, list), 3);
    io_event events[4] = {};
    CHECK_EQ(get_events(handle, 3, 4, events), 3);
    long long sum = 0;
    for (int i = 0; i < 3; i++) {
        const io_event& e = events[i];
        sum += static_cast<long long>(e.data);
        CHECK_EQ(e.obj, reinterpret_cast<unsigned long>(&requests[e.data / 11 - 1]));
        CHECK_EQ(e.res, e.data == 11 ? 4 : e.data == 22 ? 8 : 0);
        CHECK_EQ(e.res2, 0);
    }
    CHECK_EQ(sum, 66);
    CHECK_EQ(memcmp(head, "\177ELF", 4), 0);
    CHECK_EQ(tail[0], 1);  // 32 bits
    const timespec soon = {0, 20000000};
    CHECK_EQ(get_events(handle, 1, 1, events, &soon), 0);  // nothing comes any more
    CHECK_EQ(lseek(fd, 0, SEEK_CUR), 0);                   // requests have positions of their own
    close(fd);
    CHECK_EQ(destroy(handle), 0);
    CHECK_FAILS(destroy(handle), EINVAL);
}

void wrong_requests_are_refused() {
    unsigned long handle = 0;
    CHECK_EQ(setup(4, &handle), 0);
    const int fd = open_self();
    char byte;
    iocb good = read_request(fd, &byte, 1, 0, 1);
    iocb* list[2] = {&good, nullptr};
    CHECK_FAILS(submit(handle, -1, list), EINVAL);
    CHECK_EQ(submit(handle, 0, list), 0);
    CHECK_FAILS(submit(handle, 1, reinterpret_cast<iocb**>(16)), EFAULT);
    iocb bad = good;
    list[0] = &bad;
    bad.aio_fildes = 77;
    CHECK_FAILS(submit(handle, 1, list), EBADF);
    bad = good;
    bad.aio_lio_opcode = 99;
    CHECK_FAILS(submit(handle, 1, list), EINVAL);
    bad = good;
    bad.aio_lio_opcode = IOCB_CMD_PWRITE;
    CHECK_FAILS(submit(handle, 1, list), EBADF);  // open for reading
    bad = good;
    bad.aio_reserved2 = 1;
    CHECK_FAILS(submit(handle, 1, list), EINVAL);
    iocb* two[2] = {&good, &bad};
    CHECK_EQ(submit(handle, 2, two), 1);  // as far as it goes
    io_event event;
    CHECK_EQ(get_events(handle, 1, 1, &event), 1);
    CHECK_FAILS(get_events(handle, 2, 1, &event), EINVAL);
    CHECK_FAILS(get_events(handle, -1, 1, &event), EINVAL);
    CHECK_FAILS(syscall(__NR_io_cancel, handle, &good, &event), EINVAL);  // it is done
    close(fd);
    CHECK_EQ(destroy(handle), 0);
}

/// One request that reads or writes several parts.
iocb vector_request(int fd, bool writes, const iovec* parts, unsigned count, long long offset) {
    iocb request = read_request(fd, const_cast<iovec*>(parts), count, offset, 7);
    request.aio_lio_opcode = writes ? IOCB_CMD_PWRITEV : IOCB_CMD_PREADV;
    return request;
}

/// Submits it alone, and waits for it: what its event says.
long long result_of(unsigned long handle, iocb request) {
    iocb* list[1] = {&request};
    CHECK_EQ(submit(handle, 1, list), 1);
    io_event event = {};
    CHECK_EQ(get_events(handle, 1, 1, &event), 1);
    CHECK_EQ(event.data, 7);
    return event.res;
}

void requests_may_have_several_parts() {
    unsigned long handle = 0;
    CHECK_EQ(setup(4, &handle), 0);
    const int fd = open("/tmp/mmscope_aio", O_RDWR | O_CREAT | O_TRUNC, 0600);
    CHECK(fd >= 0);
    char first[] = "one", second[] = "second", read_a[5] = {}, read_b[8] = {};
    const iovec out[3] = {{first, 3}, {first, 0}, {second, 6}};
    CHECK_EQ(result_of(handle, vector_request(fd, true, out, 3, 2)), 9);
    const iovec in[2] = {{read_a, 4}, {read_b, 8}};
    CHECK_EQ(result_of(handle, vector_request(fd, false, in, 2, 1)), 10);
    CHECK_EQ(memcmp(read_a, "\0one", 5), 0);
    CHECK_EQ(memcmp(read_b, "second\0", 8), 0);
    CHECK_EQ(result_of(handle, vector_request(fd, false, in, 1, 2)), 4);
    CHECK_EQ(memcmp(read_a, "ones", 5), 0);
    CHECK_EQ(result_of(handle, vector_request(fd, false, in, 2, 11)), 0);  // the end of the file
    CHECK_EQ(result_of(handle, vector_request(fd, false, in, 0, 0)), 0);
    const iovec half_bad[2] = {{read_a, 2}, {reinterpret_cast<void*>(16), 4}};
    CHECK_EQ(result_of(handle, vector_request(fd, false, half_bad, 2, 2)), 2);
    CHECK_EQ(result_of(handle, vector_request(fd, false, half_bad + 1, 1, 2)), -EFAULT);
    close(fd);
    CHECK_EQ(unlink("/tmp/mmscope_aio"), 0);
    CHECK_EQ(destroy(handle), 0);
}

void wrong_vectors_are_refused() {
    unsigned long handle = 0;
    CHECK_EQ(setup(4, &handle), 0);
    const int fd = open_self();
    char byte;
    const iovec negative[2] = {{&byte, 1}, {&byte, 1u << 31}}, good[1] = {{&byte, 1}};
    iocb request = vector_request(fd, false, negative, 2, 0);
    iocb* list[1] = {&request};
    CHECK_FAILS(submit(handle, 1, list), EINVAL);
    request = vector_request(fd, false, good, 1025, 0);
    CHECK_FAILS(submit(handle, 1, list), EINVAL);
    request = vector_request(fd, false, reinterpret_cast<iovec*>(16), 2, 0);
    CHECK_FAILS(submit(handle, 1, list), EFAULT);
    request = vector_request(fd, true, good, 1, 0);
    CHECK_FAILS(submit(handle, 1, list), EBADF);  // open for reading
    request = vector_request(fd, false, good, 1, -1);
    CHECK_FAILS(submit(handle, 1, list), EINVAL);
    close(fd);
    CHECK_EQ(destroy(handle), 0);
}

/// A bad buffer is the request's own error, told by its event.
void a_bad_buffer_comes_back_in_the_event() {
    unsigned long handle = 0;
    CHECK_EQ(setup(1, &handle), 0);
    const int fd = open_self();
    iocb request = read_request(fd, reinterpret_cast<void*>(16), 4, 0, 5);
    iocb* list[1] = {&request};
    CHECK_EQ(submit(handle, 1, list), 1);
    io_event event = {};
    CHECK_EQ(get_events(handle, 1, 1, &event), 1);
    CHECK_EQ(event.res, -EFAULT);
    close(fd);
    CHECK_EQ(destroy(handle), 0);
}

/// The ring stands in the program's memory; a program may take events without a call.
void the_ring_is_shared() {
    unsigned long handle = 0;
    CHECK_EQ(setup(3, &handle), 0);
    auto* shared = reinterpret_cast<volatile ring*>(handle);
    CHECK_EQ(shared->magic, 0xA10A10A1);
    CHECK_EQ(shared->header_length, 32);
    CHECK_EQ(shared->head, 0);
    CHECK_EQ(shared->tail, 0);
    CHECK(shared->nr >= 4);
    const int fd = open_self();
    char byte = 0;
    iocb request = read_request(fd, &byte, 1, 1, 9);
    iocb* list[1] = {&request};
    CHECK_EQ(submit(handle, 1, list), 1);
    for (int i = 0; i < 1000 && shared->tail == 0; i++)
        usleep(1000);
    CHECK_EQ(shared->tail, 1);
    CHECK_EQ(byte, 'E');
    const auto* event = reinterpret_cast<const io_event*>(handle + 32);
    CHECK_EQ(event->data, 9);
    CHECK_EQ(event->res, 1);
    shared->head = 1;
    const timespec at_once = {0, 0};
    io_event none;
    CHECK_EQ(get_events(handle, 1, 1, &none, &at_once), 0);
    shared->head = 0xFFFFFFFF;  // whatever stands there, the kernel survives it
    CHECK(submit(handle, 1, list) >= -1);
    usleep(20000);
    close(fd);
    CHECK_EQ(destroy(handle), 0);
}

/// More requests than the ring has places: the rest has to wait.
void a_full_ring_takes_no_more() {
    unsigned long handle = 0;
    CHECK_EQ(setup(1, &handle), 0);
    const unsigned places = reinterpret_cast<volatile ring*>(handle)->nr - 1;
    const int fd = open_self();
    static char bytes[4096];
    static iocb request;
    request = read_request(fd, bytes, 1, 0, 1);
    iocb* list[1] = {&request};
    unsigned taken = 0;
    for (; taken < 1000 && submit(handle, 1, list) == 1; taken++) {
    }
    CHECK_EQ(errno, EAGAIN);
    CHECK(taken <= places && taken >= 1);
    static io_event events[1000];
    CHECK_EQ(get_events(handle, taken, 1000, events), taken);
    CHECK_EQ(submit(handle, 1, list), 1);
    CHECK_EQ(get_events(handle, 1, 1, events), 1);
    close(fd);
    CHECK_EQ(destroy(handle), 0);
}

unsigned long inherited;
int use_parents_handle() {
    iocb** nothing = nullptr;
    return submit(inherited, 0, nothing) == -1 && errno == EINVAL ? 0 : 1;
}
void a_child_has_no_contexts() {
    CHECK_EQ(setup(4, &inherited), 0);
    CHECK_EQ(status_of(use_parents_handle), 0);
    CHECK_EQ(submit(inherited, 0, nullptr), 0);
    CHECK_EQ(destroy(inherited), 0);
}

int exit_with_requests() {
    unsigned long handle = 0, other = 0;
    if (setup(64, &handle) || setup(64, &other)) return 1;
    const int fd = open("/proc/self/exe", O_RDONLY);
    static char buffer[16384];
    static iocb request;
    request = read_request(fd, buffer, sizeof buffer, 0, 1);
    iocb* list[1] = {&request};
    for (int i = 0; i < 20; i++)
        if (submit(handle, 1, list) != 1) return 2;
    return 0;
}
int killed_while_waiting() {
    unsigned long handle = 0;
    if (setup(1, &handle)) return 1;
    io_event event;
    get_events(handle, 1, 1, &event);
    return 2;
}
void contexts_end_with_the_process() {
    for (int i = 0; i < 5; i++)
        CHECK_EQ(status_of(exit_with_requests), 0);
    const pid_t pid = fork();
    if (pid == 0) _exit(killed_while_waiting());
    usleep(20000);
    kill(pid, SIGKILL);
    int status = -1;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(status, SIGKILL);
}

}  // namespace

int main() {
    if (is_2_4()) {  // there is none
        unsigned long handle = 0;
        CHECK_FAILS(setup(8, &handle), ENOSYS);
        return verdict("aio");
    }
    wrong_setups_are_refused();
    requests_are_served();
    wrong_requests_are_refused();
    requests_may_have_several_parts();
    wrong_vectors_are_refused();
    a_bad_buffer_comes_back_in_the_event();
    the_ring_is_shared();
    a_full_ring_takes_no_more();
    a_child_has_no_contexts();
    contexts_end_with_the_process();
    return verdict("aio");
}

// SPDX-License-Identifier: GPL-2.0-or-later
// fork and the pages: who shares, who copies, who keeps the last reference; shared memory; what the child
// inherits.
#include <sched.h>
#include <sys/wait.h>

#include "tests/mm_probe.h"

namespace {

using namespace probe;

/// Runs `function` in a child and waits for it; its checks count.
template <class Function>
void in_child(Function function) {
    const pid_t pid = fork();
    if (pid == 0) {
        failed_checks = 0;
        function();
        _exit(failed_checks);
    }
    int status = -1;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(status, 0);
}

void the_first_writer_copies_and_the_last_reuses() {
    volatile char* at = map(6, PROT_READ | PROT_WRITE);
    touch(at, 6);
    in_child([&] {
        const counts c = during([&] { touch(at, 6); });
        CHECK_EQ(c.minor, 6);
        CHECK_EQ(c.copied, 6);
        CHECK_EQ(c.reused, 0);
        CHECK_EQ(c.rss, 0);  // six frames for six
    });
    const counts c = during([&] { touch(at, 6); });
    CHECK_EQ(c.minor, 6);
    CHECK_EQ(c.reused, 6);
    CHECK_EQ(c.copied, 0);
    unmap(at, 6);
}

void while_both_live_both_see_their_own() {
    volatile char* at = map(2, PROT_READ | PROT_WRITE);
    at[0] = 'p';
    in_child([&] {
        CHECK_EQ(at[0], 'p');
        at[0] = 'c';
        CHECK_EQ(at[0], 'c');
    });
    CHECK_EQ(at[0], 'p');
    unmap(at, 2);
}

void the_childs_end_without_writing_leaves_the_parent_alone() {
    volatile char* at = map(3, PROT_READ | PROT_WRITE);
    touch(at, 3);
    in_child([&] { CHECK_EQ(look(at, 3), 6); });
    const counts c = during([&] { touch(at, 3); });
    CHECK_EQ(c.reused, 3);
    unmap(at, 3);
}

/// Pages of files that were never written need no entries in the child: its own faults find them in the
/// cache.
void pages_that_can_be_found_again_are_not_copied() {
    const int fd = open("/share/pages.txt", O_RDONLY);
    volatile char* file = map(2, PROT_READ, MAP_PRIVATE, fd);
    volatile char* zeros = map(2, PROT_READ | PROT_WRITE);
    look(file, 2);
    look(zeros, 2);
    in_child([&] {
        const counts c = during([&] {
            look(file, 2);
            look(zeros, 2);
        });
        CHECK_EQ(c.minor, since_2_6_28() ? 4 : 0);  // before, fork copied everything
        CHECK_EQ(c.major, 0);
        CHECK_EQ(c.files, since_2_6_28() ? 2 : 0);
        CHECK_EQ(c.zero_mapped, since_2_6_28() ? 2 : 0);
    });
    unmap(file, 2);
    unmap(zeros, 2);
    close(fd);
}

void shared_memory_is_one_for_both() {
    volatile char* at = map(3, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS);
    const counts c = during([&] { at[0] = 'p'; });
    CHECK_EQ(c.minor, is_2_4() ? 0 : 1);  // its file is in memory, but a file
    CHECK_EQ(c.major, is_2_4() ? 1 : 0);
    in_child([&] {
        CHECK_EQ(at[0], 'p');
        at[0] = 'c';
        at[2 * kPage] = 'd';  // a page that the parent has not touched
    });
    CHECK_EQ(at[0], 'c');
    CHECK_EQ(at[2 * kPage], 'd');
    load("/proc/self/maps");
    CHECK(strstr(text, "/dev/zero (deleted)") != nullptr);
    unmap(at, 3);
}

void the_children_of_children_share_as_well() {
    volatile char* at = map(1, PROT_READ | PROT_WRITE);
    at[0] = 1;
    in_child([&] {
        in_child([&] {
            CHECK_EQ(during([&] { at[0] = 3; }).copied, 1);
            CHECK_EQ(at[0], 3);
        });
        CHECK_EQ(at[0], 1);
        CHECK_EQ(during([&] { at[0] = 2; }).copied, 1);  // the first process still has it
    });
    CHECK_EQ(at[0], 1);
    CHECK_EQ(during([&] { at[0] = 4; }).reused, 1);
    unmap(at, 1);
}

/// A read-only area is written by nobody, but it may become writable: then the copy is due.
void a_page_that_becomes_writable_after_the_fork_is_copied() {
    volatile char* at = map(1, PROT_READ | PROT_WRITE);
    at[0] = 7;
    mprotect(const_cast<char*>(at), kPage, PROT_READ);
    in_child([&] {
        mprotect(const_cast<char*>(at), kPage, PROT_READ | PROT_WRITE);
        const counts c = during([&] { at[0] = 8; });
        CHECK_EQ(c.copied, 1);
    });
    CHECK_EQ(at[0], 7);
    unmap(at, 1);
}

void sizes_are_inherited_and_faults_begin_at_zero() {
    settle();
    const counts parent = now();
    in_child([&] {
        const counts child = now();
        CHECK_EQ(child.size, parent.size);
        CHECK(child.minor < parent.minor);
        CHECK(child.rss <= parent.rss);
        CHECK_EQ(child.major, 0);
    });
}

/// Threads fault into one space: a page that one has brought in costs the others nothing.
void a_thread_finds_what_another_has_touched() {
    static volatile char* at;
    static char stack[16384];
    static int done;
    at = map(4, PROT_READ | PROT_WRITE);
    const auto body = [](void*) {
        touch(at, 4);
        __atomic_store_n(&done, 1, __ATOMIC_SEQ_CST);
        return 0;
    };
    const long flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;
    CHECK(clone(body, stack + sizeof stack, static_cast<int>(flags), nullptr, nullptr, nullptr, nullptr) > 0);
    while (!__atomic_load_n(&done, __ATOMIC_SEQ_CST))
        sched_yield();
    int sum = 0;
    const counts c = during([&] { sum = look(at, 4); });
    CHECK_EQ(sum, 10);
    CHECK_EQ(c.minor, 0);
    unmap(at, 4);
}

}  // namespace

int main() {
    the_first_writer_copies_and_the_last_reuses();
    while_both_live_both_see_their_own();
    the_childs_end_without_writing_leaves_the_parent_alone();
    pages_that_can_be_found_again_are_not_copied();
    shared_memory_is_one_for_both();
    the_children_of_children_share_as_well();
    a_page_that_becomes_writable_after_the_fork_is_copied();
    sizes_are_inherited_and_faults_begin_at_zero();
    a_thread_finds_what_another_has_touched();
    return verdict("mm_fork");
}

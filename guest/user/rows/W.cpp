// SPDX-License-Identifier: GPL-2.0-or-later
// Rows W, M04, M07, N10, G14: swapping, on a machine with little memory and a swap area on the first disk.
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/swap.h>
#include <unistd.h>

#include "rows/row.h"
#include "tests/edition.h"

namespace {

constexpr size_t kOut = 8;                         // pages that each row looks at
constexpr size_t kPressure = (12u << 20) / kPage;  // more than the machine has

volatile char* fresh(size_t pages) {
    return map(pages, PROT_READ | PROT_WRITE);
}

/// Everything that nobody uses meanwhile goes out: another process wants more than there is, and ends.
void push_out() {
    CHECK_EQ(fate_of([] { touch(map(kPressure, PROT_READ | PROT_WRITE), kPressure); }), 0);
}

void begin() {
    CHECK_EQ(swapon("/dev/hda", 0), 0);
    tell("self", static_cast<unsigned long>(getpid()));
}

/// Pages of its own that have been swapped out.
volatile char* swapped_pages() {
    volatile char* at = fresh(kOut);
    touch(at, kOut);
    push_out();
    tell("at", at);
    return at;
}

}  // namespace

ROW(W07_a_swapped_page_leaves_its_slot_in_the_entry_and_comes_back) {
    begin();
    volatile char* at = fresh(kOut);
    touch(at, kOut);
    tell("at", at);
    checkpoint(1);
    push_out();
    checkpoint(2);
    CHECK_EQ(at[0], 1);
    checkpoint(3);
    for (size_t i = 1; i < kOut; i++)
        CHECK_EQ(at[i * kPage], static_cast<char>(i + 1));
    unmap(at, kOut);
    checkpoint(4);
}

ROW(W08_a_locked_page_is_never_swapped) {
    begin();
    volatile char* at = fresh(kOut);
    touch(at, kOut);
    CHECK_EQ(mlock(const_cast<char*>(at), kOut * kPage), 0);
    tell("at", at);
    push_out();
    checkpoint(1);
}

ROW(W09_a_page_that_was_used_is_looked_at_twice) {
    begin();
    volatile char* at = fresh(kOut);
    touch(at, kOut);
    tell("at", at);
    checkpoint(1);
    push_out();
    checkpoint(2);
}

ROW(W10_fork_with_a_swapped_page_counts_its_slot_twice) {
    begin();
    volatile char* at = swapped_pages();
    checkpoint(1);
    const pid_t child = child_that([] {});
    tell("child", static_cast<unsigned long>(child));
    checkpoint(2);
    finish(child);
    checkpoint(3);
    const pid_t reader = child_that([at] { CHECK_EQ(at[0], 1); });
    tell("child", static_cast<unsigned long>(reader));
    checkpoint(4);
    CHECK_EQ(at[0], 1);
    finish(reader);
    unmap(at, kOut);
    checkpoint(5);
}

ROW(W11_the_swap_token_goes_to_whom_it_is_worth_most) {
    begin();
    volatile char* at = swapped_pages();
    checkpoint(1);
    CHECK_EQ(at[0], 1);
    checkpoint(2);
    CHECK_EQ(at[kPage], 2);
    checkpoint(3);
}

namespace {

/// Whose turn it is: 0 nobody's. In memory that all share and none can lose.
volatile int* turn;

void take_turn(int who) {
    while (*turn != who)
        usleep(1000);
}
/// Lets a process that is in one_page_a_turn fetch its next page.
void give_turn(int who, int times = 1) {
    for (int i = 0; i < times; i++) {
        *turn = who;
        take_turn(0);
    }
}
/// Owns pages, sleeps until a signal comes, and then looks at the next page whenever it has the turn.
pid_t one_page_a_turn(int who, size_t pages) {
    const pid_t pid = fork_or_fail();
    if (pid) return pid;
    signal(SIGUSR1, [](int) {});
    volatile char* at = fresh(pages);
    touch(at, pages);
    *turn = 0;
    pause();
    for (size_t i = 0;; i++) {
        take_turn(who);
        look(at + i * kPage, 1);
        *turn = 0;
    }
}

}  // namespace

/// The climber faults at ever shorter intervals, for the other faults ever less often between. Each time its
/// claim grows by one, until it is greater than the holder's.
ROW(W11_a_claim_that_grows_takes_the_token_over) {
    constexpr int kClimber = 1, kOther = 2, kLongest = 20;
    begin();
    volatile char* shared = map(1, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS);
    CHECK_EQ(mlock(const_cast<char*>(shared), kPage), 0);
    turn = reinterpret_cast<volatile int*>(shared);
    *turn = kClimber;
    const pid_t climber = one_page_a_turn(kClimber, kLongest);
    take_turn(0);
    *turn = kOther;
    const pid_t other = one_page_a_turn(kOther, kLongest * (kLongest + 1) / 2);
    take_turn(0);
    volatile char* own = swapped_pages();
    CHECK_EQ(own[0], 1);  // the first claim of all that are left
    tell("climber", static_cast<unsigned long>(climber));
    tell("other", static_cast<unsigned long>(other));
    checkpoint(1);
    CHECK_EQ(kill(climber, SIGUSR1), 0);
    CHECK_EQ(kill(other, SIGUSR1), 0);
    for (int others = kLongest; others > 0; others--) {
        give_turn(kOther, others);
        give_turn(kClimber);
    }
    checkpoint(2);
    finish(climber);
    finish(other);
}

namespace {

/// 2.6.11 asks for the token at most every two seconds.
void wait_for_the_next_question() {
    usleep(2'100'000);
}
void set_token_timeout(const char* seconds) {
    const int fd = open("/proc/sys/vm/swap_token_timeout", O_RDWR);
    CHECK_EQ(write(fd, seconds, strlen(seconds)), static_cast<long>(strlen(seconds)));
    char text[8] = {};
    CHECK(read(fd, text, sizeof text - 1) > 0);
    CHECK_TEXT(text, seconds);
    CHECK_FAILS(write(fd, "never", 5), EINVAL);
    close(fd);
}
/// Another process that wants pages, and pages of this one, all of which are out; nobody is asked at once.
volatile char* rivals(int who, size_t pages, pid_t* other) {
    begin();
    volatile char* shared = map(1, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS);
    CHECK_EQ(mlock(const_cast<char*>(shared), kPage), 0);
    turn = reinterpret_cast<volatile int*>(shared);
    *turn = who;
    *other = one_page_a_turn(who, pages);
    take_turn(0);
    tell("other", static_cast<unsigned long>(*other));
    volatile char* at = swapped_pages();
    CHECK_EQ(kill(*other, SIGUSR1), 0);
    wait_for_the_next_question();
    return at;
}

}  // namespace

ROW(W11_the_swap_token_is_asked_for_every_two_seconds) {
    constexpr int kOther = 1;
    pid_t other;
    volatile char* at = rivals(kOther, 4, &other);
    set_token_timeout("60\n");
    CHECK_EQ(at[0], 1);
    checkpoint(1);
    CHECK_EQ(at[kPage], 2);
    checkpoint(2);
    give_turn(kOther);  // too early
    checkpoint(3);
    wait_for_the_next_question();
    give_turn(kOther);  // the holder has needed it meanwhile
    checkpoint(4);
    wait_for_the_next_question();
    give_turn(kOther);
    checkpoint(5);
    finish(other);
}

ROW(W11_a_holder_that_has_had_his_time_gives_the_token_up) {
    constexpr int kOther = 1;
    pid_t other;
    volatile char* at = rivals(kOther, 4, &other);
    set_token_timeout("5\n");
    CHECK_EQ(at[0], 1);
    for (size_t round = 1; round < 4; round++) {
        CHECK_EQ(at[round * kPage], static_cast<char>(round + 1));
        wait_for_the_next_question();
        give_turn(kOther);
        if (round == 2) checkpoint(1);
    }
    checkpoint(2);
    finish(other);
}

ROW(P07_swapped_pages_move_with_their_entries) {
    begin();
    volatile char* at = swapped_pages();
    checkpoint(1);
    void* const target = reinterpret_cast<void*>(0x20000000);
    constexpr int kHow = MREMAP_MAYMOVE | MREMAP_FIXED;
    CHECK(mremap(const_cast<char*>(at), kOut * kPage, kOut * kPage, kHow, target) == target);
    tell("moved", target);
    checkpoint(2);
    CHECK_EQ(look(static_cast<char*>(target), kOut), 36);
}

ROW(P09_locked_pages_stay_until_they_are_unlocked) {
    begin();
    volatile char* at = fresh(kOut);
    touch(at, kOut);
    tell("at", at);
    char* const locked = const_cast<char*>(at) + 2 * kPage;
    CHECK_EQ(mlock(locked, 4 * kPage), 0);
    push_out();
    checkpoint(1);
    CHECK_EQ(munlock(locked, 4 * kPage), 0);
    push_out();
    checkpoint(2);
    CHECK_EQ(look(at, kOut), 36);
}

ROW(W12_a_holder_that_exits_leaves_the_token_to_nobody) {
    begin();
    const pid_t child = child_that([] {
        volatile char* at = fresh(kOut);
        touch(at, kOut);
        push_out();
        if (!since_2_6_28()) wait_for_the_next_question();
        CHECK_EQ(look(at, kOut), 36);  // each of the pages is a claim
    });
    tell("child", static_cast<unsigned long>(child));
    checkpoint(1);
    finish(child);
    checkpoint(2);
}

ROW(W13_a_child_begins_without_a_claim_to_the_token) {
    begin();
    volatile char* at = swapped_pages();
    CHECK_EQ(at[0], 1);
    CHECK_EQ(at[kPage], 2);
    const pid_t child = child_that([] {});
    tell("child", static_cast<unsigned long>(child));
    checkpoint(1);
    finish(child);
}

ROW(M07_a_space_joins_the_list_with_its_first_swapped_page) {
    begin();
    volatile char* at = fresh(kOut);
    touch(at, kOut);
    checkpoint(1);
    push_out();
    checkpoint(2);
    const pid_t child = child_that([] {});
    tell("child", static_cast<unsigned long>(child));
    checkpoint(3);
    finish(child);
    CHECK_EQ(at[0], 1);
}

ROW(M04_a_space_that_ends_leaves_the_list) {
    begin();
    touch(fresh(kOut), kOut);
    push_out();
    const pid_t first = child_that([] {}), second = child_that([] {});
    tell("first", static_cast<unsigned long>(first));
    tell("second", static_cast<unsigned long>(second));
    checkpoint(1);
    finish(second);
    checkpoint(2);
    finish(first);
    checkpoint(3);
}

ROW(N10_reclaim_takes_a_page_from_all_who_map_it) {
    begin();
    volatile char* at = fresh(kOut);
    touch(at, kOut);
    tell("at", at);
    const pid_t child = child_that([] {});
    tell("child", static_cast<unsigned long>(child));
    checkpoint(1);
    push_out();
    checkpoint(2);
    finish(child);
    CHECK_EQ(at[0], 1);
}

ROW(G14_pid_1_when_nothing_is_left) {
    CHECK_EQ(getpid(), 1);
    printf("it takes what there is\n");
    for (;;)
        touch(map(256, PROT_READ | PROT_WRITE, 0x4022), 256);
}

ROW(G14_without_memory_a_user_process_is_ended_and_pid_1_goes_on) {
    tell("self", static_cast<unsigned long>(getpid()));
    CHECK_EQ(getpid(), 1);
    CHECK_EQ(fate_of([] {
                 for (;;)
                     touch(map(256, PROT_READ | PROT_WRITE, 0x4022), 256);
             }),
             SIGKILL);
    volatile char* at = fresh(kOut);
    touch(at, kOut);
    CHECK_EQ(at[kPage], 2);
    checkpoint(1);
}

// SPDX-License-Identifier: GPL-2.0-or-later
// What every test program needs: checks that print what differed, and the verdict line at the end.
#pragma once

#include <errno.h>
#include <stdio.h>
#include <string.h>

inline int failed_checks;

inline void check_equal(long long got, long long wanted, const char* what, int line) {
    if (got == wanted) return;
    failed_checks++;
    printf("  line %d: %s is %lld, wanted %lld\n", line, what, got, wanted);
}
inline void check_text(const char* got, const char* wanted, const char* what, int line) {
    if (got && strcmp(got, wanted) == 0) return;
    failed_checks++;
    printf("  line %d: %s is \"%s\", wanted \"%s\"\n", line, what, got ? got : "(null)", wanted);
}
/// For calls that must fail: -1 and this errno.
inline void check_error(long long got, int error, const char* what, int line) {
    if (got == -1 && errno == error) return;
    failed_checks++;
    printf("  line %d: %s gave %lld (%s), wanted -1 (%s)\n", line, what, got, strerror(errno),
           strerror(error));
}
#define CHECK(condition) check_equal((condition) ? 1 : 0, 1, #condition, __LINE__)
#define CHECK_EQ(got, wanted) \
    check_equal(static_cast<long long>(got), static_cast<long long>(wanted), #got, __LINE__)
#define CHECK_TEXT(got, wanted) check_text(got, wanted, #got, __LINE__)
#define CHECK_FAILS(call, error)                                           \
    do {                                                                   \
        errno = 0;                                                         \
        check_error(static_cast<long long>(call), error, #call, __LINE__); \
    } while (0)

/// "ok NAME" and 0, or "FAILED NAME: n checks" and 1.
inline int verdict(const char* name) {
    if (failed_checks == 0) {
        printf("ok %s\n", name);
        return 0;
    }
    printf("FAILED %s: %d checks\n", name, failed_checks);
    return 1;
}

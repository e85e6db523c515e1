// SPDX-License-Identifier: GPL-2.0-or-later
// atomic_t and atomic bit operations: one read-modify-write each, indivisible on every processor.
#pragma once

#include "lib/types.h"

struct atomic_t {
    int counter;
};
#define ATOMIC_INIT(value) \
    { value }

inline int atomic_read(const atomic_t* v) {
    return __atomic_load_n(&v->counter, __ATOMIC_RELAXED);
}
inline void atomic_set(atomic_t* v, int value) {
    __atomic_store_n(&v->counter, value, __ATOMIC_RELAXED);
}
inline void atomic_add(int delta, atomic_t* v) {
    __atomic_fetch_add(&v->counter, delta, __ATOMIC_SEQ_CST);
}
inline void atomic_sub(int delta, atomic_t* v) {
    __atomic_fetch_sub(&v->counter, delta, __ATOMIC_SEQ_CST);
}
inline void atomic_inc(atomic_t* v) {
    atomic_add(1, v);
}
inline void atomic_dec(atomic_t* v) {
    atomic_sub(1, v);
}
inline int atomic_add_return(int delta, atomic_t* v) {
    return __atomic_add_fetch(&v->counter, delta, __ATOMIC_SEQ_CST);
}
/// True if the new value is zero.
inline bool atomic_dec_and_test(atomic_t* v) {
    return atomic_add_return(-1, v) == 0;
}
inline bool atomic_inc_and_test(atomic_t* v) {
    return atomic_add_return(1, v) == 0;
}
/// Adds one unless the value is zero; true if it did.
inline bool atomic_inc_not_zero(atomic_t* v) {
    int seen = atomic_read(v);
    while (seen != 0) {
        if (__atomic_compare_exchange_n(&v->counter, &seen, seen + 1, false, __ATOMIC_SEQ_CST,
                                        __ATOMIC_RELAXED))
            return true;
    }
    return false;
}

inline void set_bit(unsigned bit, ulong* word) {
    __atomic_fetch_or(word, 1ul << bit, __ATOMIC_SEQ_CST);
}
inline void clear_bit(unsigned bit, ulong* word) {
    __atomic_fetch_and(word, ~(1ul << bit), __ATOMIC_SEQ_CST);
}
inline bool test_bit(unsigned bit, const ulong* word) {
    return (__atomic_load_n(word, __ATOMIC_RELAXED) >> bit) & 1;
}
/// Sets the bit; true if it was set before.
inline bool test_and_set_bit(unsigned bit, ulong* word) {
    return (__atomic_fetch_or(word, 1ul << bit, __ATOMIC_SEQ_CST) >> bit) & 1;
}
inline bool test_and_clear_bit(unsigned bit, ulong* word) {
    return (__atomic_fetch_and(word, ~(1ul << bit), __ATOMIC_SEQ_CST) >> bit) & 1;
}

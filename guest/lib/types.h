// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel's basic types and the few helpers that everything uses.
#pragma once

#include <stddef.h>
#include <stdint.h>

using u8 = uint8_t;
using u16 = uint16_t;
using u32 = uint32_t;
using u64 = uint64_t;
using s64 = int64_t;
using ulong = unsigned long;

typedef int pid_t;
typedef unsigned int uid_t;
typedef unsigned int gid_t;
typedef long long loff_t;
typedef unsigned long pgoff_t;  // an offset in pages
typedef unsigned int gfp_t;     // how an allocation may behave: GFP_* in mm/gfp.h

/// A function that an observer outside the machine may watch: it stays one, with the arguments that its
/// declaration names (GCC manual, "Common Function Attributes", noipa).
#define traced [[gnu::noipa]]

/// The object of type `type` whose member `member` stands at `pointer`.
#define container_of(pointer, type, member) \
    (reinterpret_cast<type*>(reinterpret_cast<char*>(pointer) - offsetof(type, member)))

template <class T>
constexpr T min(T a, T b) {
    return b < a ? b : a;
}
template <class T>
constexpr T max(T a, T b) {
    return a < b ? b : a;
}

/// Errors inside pointers: the last 4095 values of the address space are negative errnos.
constexpr ulong MAX_ERRNO = 4095;
inline bool IS_ERR_VALUE(ulong value) {
    return value >= static_cast<ulong>(-static_cast<long>(MAX_ERRNO));
}
template <class T = void>
T* ERR_PTR(long error) {
    return reinterpret_cast<T*>(error);
}
inline long PTR_ERR(const void* pointer) {
    return reinterpret_cast<long>(pointer);
}
inline bool IS_ERR(const void* pointer) {
    return IS_ERR_VALUE(reinterpret_cast<ulong>(pointer));
}

/// Stops the kernel with the place and the condition: an invariant of ours does not hold.
[[noreturn]] void bug(const char* condition, const char* file, int line);
#define BUG() bug("BUG", __FILE__, __LINE__)
#define BUG_ON(condition) \
    (__builtin_expect(static_cast<bool>(condition), 0) ? bug(#condition, __FILE__, __LINE__) : void())

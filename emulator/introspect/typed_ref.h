// SPDX-License-Identifier: GPL-2.0-or-later
// A typed reference into guest memory: type, address, and how one got there. For questions, not for inner
// loops.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/address.h"
#include "base/error.h"
#include "introspect/guest_memory.h"
#include "introspect/kernel_image.h"
#include "introspect/type.h"
#include "introspect/value.h"
#include "introspect/walk_path.h"

namespace mmscope {

/// Names an object of the guest without reading it. Every read returns a Result whose error names type,
/// member, address and path. The image and the memory must outlive it.
class TypedRef {
  public:
    TypedRef(const Type& type, LinearAddr at, const GuestMemory& memory, WalkPath path);
    /// A global variable. Error: no such symbol or type.
    static Result<TypedRef> variable(const KernelImage& image, std::string_view name,
                                     const GuestMemory& memory);

    [[nodiscard]] const Type& type() const { return *type_; }
    [[nodiscard]] LinearAddr address() const { return at_; }
    [[nodiscard]] const WalkPath& path() const { return path_; }

    /// Error: this is no struct or union, or it has no such member. Reads nothing.
    [[nodiscard]] Result<TypedRef> member(std::string_view name) const;
    /// Several steps at once: "mm.mmap.vm_next.vm_start", "saved_auxv[3]"; a pointer before a '.' is
    /// followed. Error: as of the step that fails, or a path that cannot be read.
    [[nodiscard]] Result<TypedRef> follow(std::string_view steps) const;
    /// What a pointer points to. Error: no pointer, not mapped, or null.
    [[nodiscard]] Result<TypedRef> deref() const;
    /// The i-th item of an array; of a pointer, the i-th object behind it. Error: out of the array's bounds.
    [[nodiscard]] Result<TypedRef> item(uint32_t index) const;
    /// The structure this object is the member `member` of: container_of.
    [[nodiscard]] Result<TypedRef> container(const Type& outer, std::string_view member) const;

    /// Scalars of at most 4 bytes (bit fields and single-member structures too). Error: not mapped, not a
    /// scalar.
    [[nodiscard]] Result<uint32_t> u32() const;
    [[nodiscard]] Result<uint64_t> u64() const;
    /// An array of char up to its NUL.
    [[nodiscard]] Result<std::string> text() const;
    /// The whole object. Error: not mapped, or larger than 1 MiB.
    [[nodiscard]] Result<Value> value(const SymbolTable& symbols) const;

  private:
    [[nodiscard]] Error damage(std::string_view what) const;

    const Type* type_;
    LinearAddr at_;
    const GuestMemory* memory_;
    WalkPath path_;
    std::string name_;  // "vm_area_struct.vm_next": how errors call this object
    uint32_t bit_offset_ = 0, bit_size_ = 0;
};

}  // namespace mmscope

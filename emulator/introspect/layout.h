// SPDX-License-Identifier: GPL-2.0-or-later
// Members resolved once, then read from a whole structure's bytes: what makes walking a thousand VMAs cheap.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/error.h"
#include "introspect/guest_memory.h"
#include "introspect/type.h"

namespace mmscope {

/// The little-endian number in at most 8 bytes; if `bit_size` is not 0 only those bits from `bit_offset` up.
/// Sign-extended to 64 bits on demand.
uint64_t read_scalar(std::span<const std::byte> bytes, uint32_t bit_offset, uint32_t bit_size,
                     bool is_signed);

/// A scalar member whose place is known. Default-constructed: the structure has no such member.
struct Field {
    uint32_t offset = 0;
    uint32_t size = 0;  // bytes, 1 to 8; 0: absent
    uint32_t bit_offset = 0;
    uint32_t bit_size = 0;
    bool is_signed = false;

    [[nodiscard]] explicit operator bool() const { return size != 0; }
};

/// The bytes of one structure of the guest, read in one go. Reuse one object for a whole walk.
class Record {
  public:
    [[nodiscard]] LinearAddr at() const { return at_; }
    /// The value, sign-extended if the member is signed; 0 for an absent member.
    [[nodiscard]] uint64_t get(const Field& field) const;
    [[nodiscard]] uint32_t u32(const Field& field) const { return static_cast<uint32_t>(get(field)); }
    [[nodiscard]] int32_t i32(const Field& field) const { return static_cast<int32_t>(get(field)); }
    [[nodiscard]] LinearAddr pointer(const Field& field) const { return LinearAddr(u32(field)); }
    /// Where the member itself stands: for embedded lists and tree nodes.
    [[nodiscard]] LinearAddr address_of(const Field& field) const { return at_ + field.offset; }
    /// From the first byte that any field of the layout needs to the last.
    [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }
    /// `length` bytes at `offset` of the structure, as text up to a NUL, unprintable bytes as '?'.
    [[nodiscard]] std::string text(uint32_t offset, uint32_t length) const;

  private:
    friend class StructLayout;
    LinearAddr at_;
    uint32_t first_ = 0;
    std::vector<std::byte> bytes_;
};

/// A structure and the part of it that its fields cover.
class StructLayout {
  public:
    /// Of a type without members, to be assigned later.
    StructLayout();
    explicit StructLayout(const Type& type) : type_(&type) {}

    /// A scalar member by path ("mmap", "mmap_sem.count"). Error: "struct X has no member Y", or it is no
    /// scalar.
    Result<Field> require(std::string_view path);
    /// The same, but an absent member is a Field that converts to false.
    Field find(std::string_view path);
    /// Any member, scalar or not, for its offset and size. Error: no such member.
    Result<MemberPlace> require_place(std::string_view path);
    /// Makes read() fetch the whole structure.
    void cover_all();

    /// None on success, else the first address that could not be read.
    [[nodiscard]] std::optional<LinearAddr> read(const GuestMemory& memory, LinearAddr at,
                                                 Record& into) const;
    [[nodiscard]] const Type& type() const { return *type_; }

  private:
    void cover(uint32_t offset, uint32_t size);
    const Type* type_;
    uint32_t first_ = UINT32_MAX, end_ = 0;  // [first_, end_)
};

}  // namespace mmscope

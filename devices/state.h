// SPDX-License-Identifier: GPL-2.0-or-later
// Saving and loading a device through one function: the same list of fields serves both ways.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>
#include <type_traits>
#include <vector>

namespace mmscope {

/// Walks named fields of a device in a fixed order. A saver reads them, a loader writes them.
class StateVisitor {
  public:
    virtual ~StateVisitor() = default;

    template <class T>
        requires std::integral<T> || std::is_enum_v<T>
    void field(std::string_view name, T& value) {
        auto raw = static_cast<uint64_t>(value);
        word(name, sizeof(T), raw);
        value = static_cast<T>(raw);
    }
    template <class T, size_t N>
    void field(std::string_view name, std::array<T, N>& values) {
        for (T& value : values) field(name, value);
    }
    /// Length first, then the elements.
    template <class T>
    void field(std::string_view name, std::deque<T>& values) {
        uint64_t length = values.size();
        word(name, sizeof(uint32_t), length);
        values.resize(length);
        for (T& value : values) field(name, value);
    }

  protected:
    /// `size` bytes of `raw`, little-endian. A loader replaces `raw`.
    virtual void word(std::string_view name, size_t size, uint64_t& raw) = 0;
};

/// Appends to a vector of bytes, and hashes the list of names and sizes (FNV-1a, 64 bits).
class StateSaver final : public StateVisitor {
  public:
    [[nodiscard]] const std::vector<uint8_t>& bytes() const { return bytes_; }
    [[nodiscard]] uint64_t layout_hash() const { return hash_; }

  private:
    void word(std::string_view name, size_t size, uint64_t& raw) override;
    std::vector<uint8_t> bytes_;
    uint64_t hash_ = 0xcbf29ce484222325u;
};

/// Reads what a StateSaver wrote. Past the end it yields zeros and remembers the failure.
class StateLoader final : public StateVisitor {
  public:
    explicit StateLoader(const std::vector<uint8_t>& bytes) : bytes_(bytes) {}
    [[nodiscard]] bool failed() const { return failed_; }
    [[nodiscard]] bool at_end() const { return next_ == bytes_.size(); }

  private:
    void word(std::string_view name, size_t size, uint64_t& raw) override;
    const std::vector<uint8_t>& bytes_;
    size_t next_ = 0;
    bool failed_ = false;
};

}  // namespace mmscope

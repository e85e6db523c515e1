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

/// Grows whenever the list of fields of any device changes; a test holds the two together.
inline constexpr uint32_t kDeviceStateVersion = 2;

/// A FIFO, a text, bytes: numbers one behind the other, as many as there are.
template <class List>
concept StateList = requires(List list) {
    list.resize(list.size());
    requires std::integral<typename List::value_type> || std::is_enum_v<typename List::value_type>;
    requires std::same_as<typename List::reference, typename List::value_type&>;
};

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
        for (T& value : values)
            field(name, value);
    }
    /// Length first (32 bits), then the elements. A loader refuses a length that its input cannot hold,
    /// so that a hostile file cannot ask for memory.
    template <StateList List>
    void field(std::string_view name, List& values) {
        using T = List::value_type;
        uint64_t length = values.size();
        list(name, sizeof(T), length);
        values.resize(length);
        for (T& value : values) {
            auto raw = static_cast<uint64_t>(value);
            element(sizeof(T), raw);
            value = static_cast<T>(raw);
        }
    }

  protected:
    /// `size` bytes of `raw`, little-endian. A loader replaces `raw`.
    virtual void word(std::string_view name, size_t size, uint64_t& raw) = 0;
    /// The head of a list of `length` elements of `element_size` bytes. A loader replaces `length`.
    virtual void list(std::string_view name, size_t element_size, uint64_t& length) = 0;
    /// One element of the list; not part of the layout, which does not depend on what a device holds.
    virtual void element(size_t size, uint64_t& raw) = 0;
};

/// Appends to a vector of bytes, and hashes the list of names and sizes (FNV-1a, 64 bits).
class StateSaver final : public StateVisitor {
  public:
    [[nodiscard]] const std::vector<uint8_t>& bytes() const { return bytes_; }
    [[nodiscard]] uint64_t layout_hash() const { return hash_; }

  private:
    void word(std::string_view name, size_t size, uint64_t& raw) override;
    void list(std::string_view name, size_t element_size, uint64_t& length) override;
    void element(size_t size, uint64_t& raw) override;
    void mix(std::string_view kind, std::string_view name, size_t size);
    std::vector<uint8_t> bytes_;
    uint64_t hash_ = 0xcbf29ce484222325u;
};

/// Reads what a StateSaver wrote. Past the end it yields zeros and remembers the failure.
class StateLoader final : public StateVisitor {
  public:
    explicit StateLoader(const std::vector<uint8_t>& bytes) : bytes_(bytes) {}
    [[nodiscard]] bool failed() const { return failed_; }
    [[nodiscard]] bool at_end() const { return left() == 0; }
    [[nodiscard]] size_t left() const { return bytes_.size() - next_; }

  private:
    void word(std::string_view name, size_t size, uint64_t& raw) override;
    void list(std::string_view name, size_t element_size, uint64_t& length) override;
    void element(size_t size, uint64_t& raw) override;
    const std::vector<uint8_t>& bytes_;
    size_t next_ = 0;
    bool failed_ = false;
};

}  // namespace mmscope

// SPDX-License-Identifier: GPL-2.0-or-later
// The way by which a walker came to an address, kept cheap until an error has to tell it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/address.h"
#include "base/error.h"

namespace mmscope {

/// "task 3 -> mm -> mmap -> vm_next x2". A value that shares its beginning with the paths it came from.
class WalkPath {
  public:
    WalkPath() = default;
    explicit WalkPath(std::string_view root);

    /// The path one step on; the same step again makes "x2".
    [[nodiscard]] WalkPath then(std::string_view step, uint32_t times = 1) const;
    [[nodiscard]] std::string text() const;

  private:
    struct Node;
    std::shared_ptr<const Node> last_;
};

/// "vm_area_struct.vm_next @c0123400: not mapped (task 3 -> mm -> mmap -> vm_next x2)"
std::string describe_damage(std::string_view where, LinearAddr at, std::string_view what,
                            const WalkPath& path);
Error decode_error(std::string_view where, LinearAddr at, std::string_view what, const WalkPath& path);

}  // namespace mmscope

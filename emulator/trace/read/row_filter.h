// SPDX-License-Identifier: GPL-2.0-or-later
// --where: which rows of a trace are wanted.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "trace/read/trace_row.h"

namespace mmscope {

/// "kind=cow_* and pid=9 and cr2>=0xb0000000": conditions KEY OP VALUE that must all hold. Operators: = and
/// != (words, which may end in *, or numbers), <, <=, >, >= (numbers), ~ (the value contains the word). A row
/// without the key fulfils only !=.
class RowFilter {
  public:
    /// Error: what is wrong with which condition.
    static Result<RowFilter> parse(std::string_view text);
    [[nodiscard]] bool fits(const TraceRow& row) const;

  private:
    enum class Operator : uint8_t { Equal, Unequal, Less, AtMost, Greater, AtLeast, Contains };
    struct Condition {
        std::string key, value;
        Operator how = Operator::Equal;
        [[nodiscard]] bool holds(std::string_view found) const;
    };
    static Result<Condition> parse_condition(std::string_view text);

    std::vector<Condition> conditions_;
};

}  // namespace mmscope

// SPDX-License-Identifier: GPL-2.0-or-later
// A number in the guest that was named once and is read many times: "vma->vm_start", "start+len".
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "introspect/function.h"
#include "introspect/guest_memory.h"

namespace mmscope {

/// A call of a function. The words are those of its entry: it may use their place for something else.
struct CallMoment {
    static constexpr size_t kWords = 10;
    std::array<uint32_t, kWords> stack{};  // return address, then arguments (i386 ABI 2.2.3)
    uint32_t result = 0;                   // EAX, if it has returned
};

class GuestValue {
  public:
    /// `text` is a sum of terms: "result" or a parameter of the function, followed by any number of
    /// "->member". Error: which name there is not, and of what.
    static Result<GuestValue> compile(const FunctionModel& function, std::string_view text);
    /// Its low 32 bits. None: a pointer on the way leads nowhere.
    [[nodiscard]] std::optional<uint32_t> read(const GuestMemory& memory, const CallMoment& call) const;

  private:
    struct Step {
        uint32_t offset = 0;
        uint32_t size = 4;  // bytes that count
    };
    struct Term {
        bool of_result = false;
        uint32_t argument = 0;  // index into CallMoment::stack
        std::vector<Step> steps;
    };
    static Result<Term> compile_term(const FunctionModel& function, std::string_view text);
    static std::optional<uint32_t> read_term(const Term& term, const GuestMemory& memory,
                                             const CallMoment& call);

    std::vector<Term> terms_;
};

}  // namespace mmscope

// SPDX-License-Identifier: GPL-2.0-or-later
// Names become offsets by the debug information, so that each edition's own layout counts.
#include "trace/guest_value.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "introspect/layout.h"
#include "introspect/type.h"

namespace mmscope {

namespace {

constexpr std::string_view kReturned = "result", kArrow = "->";

/// The structure that a pointer of this type leads to; null: it is no pointer to one.
const Type* pointed_structure(const Type* type) {
    if (type == nullptr) return nullptr;
    const Type& pointer = type->resolved();
    if (pointer.kind != TypeKind::Pointer || pointer.target == nullptr) return nullptr;
    const Type& target = pointer.target->resolved();
    return target.kind == TypeKind::Struct || target.kind == TypeKind::Union ? &target : nullptr;
}

/// Up to `separator`, which is taken away too.
std::string_view take_until(std::string_view& text, std::string_view separator) {
    const size_t at = text.find(separator);
    const std::string_view head = text.substr(0, at);
    text = at == std::string_view::npos ? std::string_view() : text.substr(at + separator.size());
    return head;
}

}  // namespace

Result<GuestValue::Term> GuestValue::compile_term(const FunctionModel& function, std::string_view text) {
    const std::string_view whole = text;
    const std::string_view root = take_until(text, kArrow);
    Term term;
    const Type* structure = nullptr;
    if (root == kReturned) {
        term.of_result = true;
        structure = pointed_structure(function.result);
    } else {
        const FunctionParameter* parameter = function.find(root);
        if (parameter == nullptr) return fail(fmt::format("{} has no parameter {}", function.name, root));
        term.argument = parameter->offset / sizeof(uint32_t);
        if (term.argument >= CallMoment::kWords)
            return fail(fmt::format("{}: parameter {} is too far up the stack", function.name, root));
        structure = pointed_structure(parameter->type);
    }
    while (!text.empty()) {
        const std::string_view name = take_until(text, kArrow);
        auto place = structure != nullptr ? find_member(*structure, name) : std::nullopt;
        if (place) place = find_scalar(*place);
        if (!place) return fail(fmt::format("{}: {}: there is no member {}", function.name, whole, name));
        term.steps.push_back({place->offset, std::min(place->type->resolved().size, 4u)});
        structure = pointed_structure(place->type);
    }
    return term;
}

Result<GuestValue> GuestValue::compile(const FunctionModel& function, std::string_view text) {
    GuestValue value;
    while (!text.empty()) {
        auto term = compile_term(function, take_until(text, "+"));
        if (!term) return std::unexpected(term.error());
        value.terms_.push_back(std::move(*term));
    }
    return value;
}

std::optional<uint32_t> GuestValue::read_term(const Term& term, const GuestMemory& memory,
                                              const CallMoment& call) {
    std::optional<uint32_t> word = term.of_result ? call.result : call.stack[term.argument];
    for (const Step& step : term.steps) {
        if (!word) return std::nullopt;
        std::array<std::byte, 4> bytes{};
        if (memory.read(LinearAddr(*word) + step.offset, std::span(bytes).first(step.size)))
            return std::nullopt;
        word = static_cast<uint32_t>(read_scalar(std::span(bytes).first(step.size), 0, 0, false));
    }
    return word;
}

std::optional<uint32_t> GuestValue::read(const GuestMemory& memory, const CallMoment& call) const {
    uint32_t sum = 0;
    for (const Term& term : terms_) {
        const auto word = read_term(term, memory, call);
        if (!word) return std::nullopt;
        sum += *word;
    }
    return sum;
}

}  // namespace mmscope

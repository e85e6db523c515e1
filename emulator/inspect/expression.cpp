// SPDX-License-Identifier: GPL-2.0-or-later
// Recursive descent; depth is bounded, as lines come from files and from other programs.
#include "inspect/expression.h"

#include <fmt/format.h>

#include <cctype>

namespace mmscope {

namespace {

constexpr int kDeepest = 32, kMostNames = 1 << 14;

bool is_name_character(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

std::string tag_of(const Type& type) {
    const std::string& name = type.resolved().name;
    for (const std::string_view prefix : {"struct ", "union "}) {
        if (name.starts_with(prefix)) return name.substr(prefix.size());
    }
    return name;
}

/// Of unnamed members, too; `left` is how many may be looked at: damaged types lie inside each other.
void add_member_names(const Type& type, std::vector<std::string_view>& names, int depth, int& left) {
    for (const Member& member : type.resolved().members) {
        if (--left < 0) return;
        if (!member.name.empty()) names.push_back(member.name);
        if (member.name.empty() && depth < kDeepest) add_member_names(*member.type, names, depth + 1, left);
    }
}

class ExpressionReader {
  public:
    ExpressionReader(const Objects& objects, std::string_view text) : objects_(objects), text_(text) {}

    Result<Evaluated> read() {
        auto value = unary(0);
        if (value && !rest().empty()) return wrong("what follows is no part of an expression");
        return value;
    }

  private:
    std::string_view rest() {
        while (at_ < text_.size() && text_[at_] == ' ')
            ++at_;
        return text_.substr(at_);
    }
    bool take(std::string_view token) {
        if (!rest().starts_with(token)) return false;
        at_ += token.size();
        return true;
    }
    std::string_view take_name() {
        rest();
        const size_t start = at_;
        while (at_ < text_.size() && (is_name_character(text_[at_]) || text_.substr(at_).starts_with("::")))
            at_ += text_[at_] == ':' ? 2 : 1;
        return text_.substr(start, at_ - start);
    }
    std::unexpected<Error> wrong(std::string_view what) {
        return fail(fmt::format("'{}', character {}: {}", text_, at_ + 1, what));
    }

    Result<Evaluated> unary(int depth) {
        if (depth > kDeepest) return wrong("nested too deeply");
        if (take("*")) {
            auto value = unary(depth + 1);
            return value ? pointed_to(std::move(*value)) : value;
        }
        if (take("&")) {
            auto value = unary(depth + 1);
            if (value && value->address_of) return wrong("an address has no address");
            if (value) value->address_of = true;
            return value;
        }
        return postfix(depth);
    }

    Result<Evaluated> postfix(int depth) {
        auto value = primary(depth);
        for (int steps = 0; value; ++steps) {
            if (steps > 4096) return wrong("too many steps");
            if (take("->")) {
                value = pointed_to(std::move(*value));
                if (value) value = member(std::move(*value));
            } else if (take(".")) {
                const bool pointer =
                    value->address_of || value->object.type().resolved().kind == TypeKind::Pointer;
                if (pointer) value = pointed_to(std::move(*value));
                if (value) value = member(std::move(*value));
            } else if (take("[")) {
                value = item(std::move(*value));
            } else {
                break;
            }
        }
        return value;
    }

    Result<Evaluated> primary(int depth) {
        if (take("(")) {
            auto value = unary(depth + 1);
            if (value && !take(")")) return wrong("expected ')'");
            return value;
        }
        const std::string_view name = take_name();
        if (name.empty()) return wrong("expected a name, task(PID), '*', '&' or '('");
        if (name == "task" && take("(")) return task();
        return variable(name);
    }

    Result<Evaluated> task() {
        const auto pid = parse_pid(take_name());
        if (!pid) return std::unexpected(pid.error());
        if (!take(")")) return wrong("expected ')'");
        auto object = objects_.task(*pid);
        if (!object) return std::unexpected(object.error());
        // A pointer, as the kernel's functions have it: task(3)->mm. A '.' does as well.
        return Evaluated{std::move(*object), true, {}, {}};
    }

    Result<Evaluated> variable(std::string_view name) {
        auto object = objects_.variable(name);
        if (object) return Evaluated{std::move(*object), false, {}, {}};
        const SymbolTable& symbols = objects_.kernel().kernel->symbols();
        if (const Symbol* symbol = symbols.find(name); symbol != nullptr && symbol->is_function) {
            return fail(fmt::format("{} is a function at 0x{:08x}; 'dis {}' shows it", name,
                                    symbol->address.value, name));
        } else if (symbol != nullptr) {
            return fail(fmt::format("{} stands at 0x{:08x}, but the debug information has no type for it",
                                    name, symbol->address.value));
        }
        std::vector<std::string_view> names;
        for (const Symbol& symbol : symbols.all()) {
            if (!symbol.is_function) names.push_back(symbol.name);
        }
        const std::string near = nearest_name(name, names);
        return fail(fmt::format("the kernel has no variable '{}'{}", name,
                                near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
    }

    Result<Evaluated> pointed_to(Evaluated value) {
        if (value.address_of) {
            value.address_of = false;
            return value;
        }
        if (value.object.type().resolved().kind != TypeKind::Pointer)
            return wrong(fmt::format("{} is no pointer", value.object.type().name));
        auto object = value.object.deref();
        if (!object) return std::unexpected(object.error());
        const TypeKind kind = object->type().resolved().kind;
        if (kind == TypeKind::Void || kind == TypeKind::Function || kind == TypeKind::Opaque)
            return wrong(fmt::format("a {} shows nothing that could be printed", value.object.type().name));
        return Evaluated{std::move(*object), false, {}, {}};
    }

    Result<Evaluated> member(Evaluated value) {
        const std::string_view name = take_name();
        if (name.empty()) return wrong("expected the name of a member");
        const Type& type = value.object.type();
        auto object = value.object.member(name);
        if (object) return Evaluated{std::move(*object), false, tag_of(type), std::string(name)};
        std::vector<std::string_view> names;
        int left = kMostNames;
        add_member_names(type, names, 0, left);
        const std::string near = nearest_name(name, names);
        return fail(object.error().message + (near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
    }

    Result<Evaluated> item(Evaluated value) {
        const auto index = parse_number(take_name(), "index");
        if (!index) return std::unexpected(index.error());
        if (!take("]")) return wrong("expected ']'");
        if (value.address_of) return wrong("an address has no items");
        auto object = value.object.item(*index);
        if (!object) return std::unexpected(object.error());
        return Evaluated{std::move(*object), false, value.owner, value.member};
    }

    const Objects& objects_;
    std::string_view text_;
    size_t at_ = 0;
};

/// "do_page_fault+0x10"; none: not of this form.
std::optional<LinearAddr> find_code(const SymbolTable& symbols, std::string_view word) {
    const size_t plus = word.find('+');
    const Symbol* symbol = symbols.find(word.substr(0, plus));
    if (symbol == nullptr)
        symbol = symbols.find(fmt::format("(anonymous namespace)::{}", word.substr(0, plus)));
    if (symbol == nullptr) return std::nullopt;
    if (plus == std::string_view::npos) return symbol->address;
    const auto offset = parse_number(word.substr(plus + 1), "offset");
    return offset ? std::optional(symbol->address + *offset) : std::nullopt;
}

Result<Place> place_in_process(const CommandCall& call, const Objects& objects, std::string_view word,
                               size_t colon) {
    const auto pid = parse_pid(word.substr(0, colon));
    if (!pid) return std::unexpected(pid.error());
    const auto address = parse_address(word.substr(colon + 1));
    if (!address) return std::unexpected(address.error());
    const auto task = get_user_task(call.inspector(), *pid);
    if (!task) return std::unexpected(task.error());
    const auto mm = objects.object("mm_struct", task->mm);
    if (!mm) return std::unexpected(mm.error());
    const auto pgd = mm->follow("pgd");
    const auto linear = pgd ? pgd->u32() : std::unexpected(pgd.error());
    if (!linear) return std::unexpected(linear.error());
    const Walk directory = objects.kernel().memory.walk(LinearAddr(*linear));
    if (!directory.present) return fail(fmt::format("mm_struct.pgd @{:08x}: not mapped", *linear));
    return Place{objects.kernel().memory.through(directory.physical), *address};
}

}  // namespace

Result<Evaluated> evaluate(const Objects& objects, std::string_view text) {
    return ExpressionReader(objects, text).read();
}

Result<Place> parse_place(const CommandCall& call, const Objects& objects, std::string_view word) {
    const GuestMemory& memory = objects.kernel().memory;
    if (const size_t colon = word.find(':');
        colon != std::string_view::npos && !word.substr(colon).starts_with("::"))
        return place_in_process(call, objects, word, colon);
    if (looks_like_address(word)) {
        const auto address = parse_address(word);
        if (!address) return std::unexpected(address.error());
        return Place{memory, *address};
    }
    if (const auto code = find_code(objects.kernel().kernel->symbols(), word)) return Place{memory, *code};
    if (const auto address = parse_address(word)) return Place{memory, *address};
    const auto value = evaluate(objects, word);
    if (!value) return std::unexpected(value.error());
    if (value->address_of || value->object.type().resolved().kind != TypeKind::Pointer)
        return Place{memory, value->object.address()};
    const auto target = value->object.u32();
    if (!target) return std::unexpected(target.error());
    return Place{memory, LinearAddr(*target)};
}

}  // namespace mmscope

// SPDX-License-Identifier: GPL-2.0-or-later
// print: an expression's value, structures a member a line, flags and functions by name.
#include <fmt/format.h>

#include "inspect/command_call.h"
#include "inspect/expression.h"
#include "inspect/inspect_json.h"
#include "inspect/names.h"
#include "introspect/value_json.h"

namespace mmscope {

namespace {

/// The number in a value; also of a structure around one number, as pgprot_t is.
std::optional<uint32_t> number_of(const Value& value) {
    if (const auto* u = std::get_if<uint64_t>(&value.data)) return static_cast<uint32_t>(*u);
    if (const auto* i = std::get_if<int64_t>(&value.data)) return static_cast<uint32_t>(*i);
    const auto* inner = std::get_if<StructValue>(&value.data);
    return inner && inner->fields.size() == 1 ? number_of(inner->fields[0].value) : std::nullopt;
}

struct PrintedValue {
    std::string expression, type;
    LinearAddr at;
    std::string tag;  // of a structure
    Value value;
    std::optional<BitNames> names;
};

std::string tag_in(const std::string& type_name) {
    const size_t space = type_name.find(' ');
    return type_name.starts_with("struct ") ? type_name.substr(space + 1) : type_name;
}

Result<PrintedValue> read_value(const Objects& objects, std::string_view expression) {
    const auto evaluated = evaluate(objects, expression);
    if (!evaluated) return std::unexpected(evaluated.error());
    const SymbolTable& symbols = objects.kernel().kernel->symbols();
    const TypedRef& object = evaluated->object;
    PrintedValue printed{.expression = std::string(expression),
                         .type = object.type().name,
                         .at = object.address(),
                         .tag = tag_in(object.type().resolved().name),
                         .value = {},
                         .names = {}};
    if (evaluated->address_of) {
        printed.type += " *";
        printed.value = {PointerValue{object.address().value, symbols.describe(object.address())}};
        return printed;
    }
    auto value = object.value(symbols);
    if (!value) return std::unexpected(value.error());
    printed.value = std::move(*value);
    const TypeTable& types = objects.kernel().kernel->image().types();
    if (const auto number = number_of(printed.value)) {
        printed.names = flag_names(types, evaluated->owner, evaluated->member, *number);
        if (!printed.names) printed.names = flag_names(types, printed.tag, "", *number);
    }
    return printed;
}

std::string member_line(const TypeTable& types, const std::string& tag, const FieldValue& field) {
    const std::string place = field.bit_size
                                  ? fmt::format("+{}:{}/{}", field.offset, field.bit_offset, field.bit_size)
                                  : fmt::format("+{}", field.offset);
    std::string line = fmt::format("  {:<6} {:<18} = {}", place, field.name, to_text(field.value));
    if (const auto number = number_of(field.value)) {
        if (const auto names = flag_names(types, tag, field.name, *number)) line += "  " + join_names(*names);
    }
    return line + '\n';
}

std::string value_text(const PrintedValue& printed, const TypeTable& types) {
    const auto* members = std::get_if<StructValue>(&printed.value.data);
    if (members == nullptr || printed.names || members->fields.size() <= 1) {
        std::string out = fmt::format("{} = {}", printed.expression, to_text(printed.value));
        if (printed.names) {
            if (const auto number = number_of(printed.value); number && *number < 0x10000 && *number > 9)
                out += fmt::format(" 0x{:x}", *number);
            out += "  " + join_names(*printed.names);
        }
        return out + '\n';
    }
    std::string out = fmt::format("{} = {} @{:08x}\n", printed.expression, printed.type, printed.at.value);
    for (const FieldValue& field : members->fields)
        out += member_line(types, printed.tag, field);
    return out;
}

std::string printed_json(const PrintedValue& printed, const MachineMoment& moment) {
    InspectJson json = inspect_document("print", moment);
    json["expression"] = printed.expression;
    json["type"] = printed.type;
    json["at"] = hex_word(printed.at);
    json["value"] = value_json(printed.value);
    if (printed.names) json["names"] = *printed.names;
    return json_line(json);
}

}  // namespace

Result<std::string> run_print(const CommandCall& call) {
    const auto objects = Objects::at(call.inspector());
    if (!objects) return std::unexpected(objects.error());
    const std::string expression = fmt::format("{}", fmt::join(call.arguments, " "));
    const auto printed = read_value(*objects, expression);
    if (!printed) return std::unexpected(printed.error());
    const Kernel& kernel = call.inspector().kernel();
    return call.json ? printed_json(*printed, objects->kernel().moment)
                     : value_text(*printed, kernel.image().types());
}

}  // namespace mmscope

// SPDX-License-Identifier: GPL-2.0-or-later
// Typed values as JSON.
#include "introspect/value_json.h"

#include <fmt/format.h>

#include <type_traits>

namespace mmscope {

namespace {

using Json = nlohmann::ordered_json;

std::string address_text(uint32_t value) {
    return fmt::format("0x{:08x}", value);
}

/// Anonymous structs and unions lend their members to the structure around them, as in C.
void add_members(Json& object, const std::vector<FieldValue>& fields) {
    for (const FieldValue& field : fields) {
        const auto* inner = std::get_if<StructValue>(&field.value.data);
        if (field.name.empty() && inner) {
            add_members(object, inner->fields);
        } else {
            object[field.name] = value_json(field.value);
        }
    }
}

}  // namespace

Json value_json(const Value& value) {
    return std::visit(
        [](const auto& v) -> Json {
            using T = std::decay_t<decltype(v)>;
            if constexpr (std::is_same_v<T, PointerValue>) {
                Json pointer{{"address", address_text(v.address)}};
                if (!v.symbol.empty()) pointer["symbol"] = v.symbol;
                return pointer;
            } else if constexpr (std::is_same_v<T, EnumValue>) {
                Json number{{"number", v.number}};
                if (!v.name.empty()) number["name"] = v.name;
                return number;
            } else if constexpr (std::is_same_v<T, StructValue>) {
                Json object = Json::object();
                add_members(object, v.fields);
                return object;
            } else if constexpr (std::is_same_v<T, ArrayValue>) {
                Json array = Json::array();
                for (const Value& item : v.items)
                    array.push_back(value_json(item));
                return array;
            } else if constexpr (std::is_same_v<T, BytesValue>) {
                return Json{{"bytes", v.hex}};
            } else {
                return Json(v);
            }
        },
        value.data);
}

Json field_json(const FieldValue& field) {
    Json json{{"name", field.name}, {"type", field.type}, {"offset", field.offset}};
    if (field.bit_size) {
        json["bit_offset"] = field.bit_offset;
        json["bit_size"] = field.bit_size;
    }
    json["value"] = value_json(field.value);
    return json;
}

}  // namespace mmscope

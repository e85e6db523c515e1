// SPDX-License-Identifier: GPL-2.0-or-later
// Typed values as JSON, for the views: pointers {"address", "symbol"}, enums {"number", "name"}, structures
// as objects into which anonymous members are merged.
#pragma once

#include <nlohmann/json.hpp>

#include "introspect/value.h"

namespace mmscope {

nlohmann::ordered_json value_json(const Value& value);
/// {"name", "type", "offset", "value"}, with "bit_offset" and "bit_size" for a bit field.
nlohmann::ordered_json field_json(const FieldValue& field);

}  // namespace mmscope

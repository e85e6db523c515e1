// SPDX-License-Identifier: GPL-2.0-or-later
// What the states of both tracers are made of.
#pragma once

#include <optional>
#include <string_view>

#include "devices/state.h"
#include "trace/fault_record.h"

namespace mmscope {

template <class Value, class Visit>
void visit_optional(StateVisitor& visitor, std::string_view name, std::optional<Value>& value, Visit visit) {
    bool there = value.has_value();
    visitor.field(name, there);
    if (!there) return value.reset();
    if (!value) value.emplace();
    visit(*value);
}

inline void visit_state(StateVisitor& visitor, FaultTask& task) {
    visitor.field("task", task.at.value);
    visitor.field("pid", task.pid);
    visitor.field("tgid", task.tgid);
    visitor.field("comm", task.comm);
    visitor.field("task_mm", task.mm.value);
}

}  // namespace mmscope

// SPDX-License-Identifier: GPL-2.0-or-later
// The machine of the audit's lab, asked by inspection commands.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "inspect/commands.h"
#include "tests/audit/lab.h"

namespace mmscope::test {

/// The tour after its fork: parent and child share what neither has written to. Booted once.
Lab& inspected_lab();

/// The answer, or "error: " and the message.
std::string inspect(std::string_view line);
/// The answer to `line --json`.
nlohmann::json inspect_as_json(std::string_view line);

/// The same of another lab's machine.
std::string inspect(const Lab& lab, std::string_view line);
nlohmann::json inspect_as_json(const Lab& lab, std::string_view line);

/// The pid of the lab's subject.
uint32_t subject_pid();
uint32_t subject_pid(const Lab& lab);

}  // namespace mmscope::test

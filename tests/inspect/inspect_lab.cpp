// SPDX-License-Identifier: GPL-2.0-or-later
// One lab for all tests: each undoes its damage.
#include "tests/inspect/inspect_lab.h"

#include <gtest/gtest.h>

namespace mmscope::test {

Lab& inspected_lab() {
    static Lab lab(2);
    return lab;
}

std::string inspect(const Lab& lab, std::string_view line) {
    const auto output = run_command({.inspector = lab.inspector(), .place = AuditPlace::AtRest}, line);
    return output ? output->text : "error: " + output.error().message;
}

nlohmann::json inspect_as_json(const Lab& lab, std::string_view line) {
    const std::string text = inspect(lab, std::string(line) + " --json");
    auto json = nlohmann::json::parse(text, nullptr, false);
    EXPECT_FALSE(json.is_discarded()) << text;
    return json;
}

std::string inspect(std::string_view line) {
    return inspect(inspected_lab(), line);
}

nlohmann::json inspect_as_json(std::string_view line) {
    return inspect_as_json(inspected_lab(), line);
}

uint32_t subject_pid(const Lab& lab) {
    return lab.get(lab.task(), "task_struct", "pid");
}

uint32_t subject_pid() {
    return subject_pid(inspected_lab());
}

}  // namespace mmscope::test

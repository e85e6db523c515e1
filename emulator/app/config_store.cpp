// SPDX-License-Identifier: GPL-2.0-or-later
// Checks that more than one key needs.
#include "app/config_store.h"

namespace mmscope {

ConfigCheck wrong_value(const ConfigValue& value, std::string_view what) {
    return ConfigProblem{value.at, fmt::format("found {}, expected {}", value.described, what)};
}

std::filesystem::path resolve_path(std::string text, const PathContext& paths) {
    constexpr std::string_view kExeDir = "${exe_dir}";
    if (text.empty()) return {};
    if (text.starts_with(kExeDir)) text.replace(0, kExeDir.size(), paths.exe_dir.string());
    return (paths.folder / text).lexically_normal();
}

ConfigCheck store_text(const ConfigValue& value, std::string_view what, std::string& out) {
    const auto* text = std::get_if<std::string>(&value.data);
    if (text == nullptr) return wrong_value(value, what);
    if (text->find('\0') != std::string::npos) return wrong_value(value, "a string without NUL bytes");
    out = *text;
    return std::nullopt;
}

ConfigCheck store_path(const ConfigValue& value, const PathContext& paths, std::filesystem::path& out) {
    std::string text;
    if (auto problem = store_text(value, "a path in quotes", text)) return problem;
    out = resolve_path(std::move(text), paths);
    return std::nullopt;
}

ConfigCheck store_flag(const ConfigValue& value, bool& out) {
    const auto* flag = std::get_if<bool>(&value.data);
    if (flag == nullptr) return wrong_value(value, "true or false");
    out = *flag;
    return std::nullopt;
}

ConfigCheck store_patterns(const ConfigValue& value, std::string_view what,
                           bool (*any_fits)(std::string_view), std::vector<std::string>& out) {
    const auto read = [&](const ConfigValue& item) -> Result<std::string> {
        const auto* text = std::get_if<std::string>(&item.data);
        if (text != nullptr && any_fits(*text)) return *text;
        return fail(fmt::format("found {}, expected {}", item.described, what));
    };
    return store_list(value, what, out, read);
}

}  // namespace mmscope

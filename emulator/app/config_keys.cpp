// SPDX-License-Identifier: GPL-2.0-or-later
// All keys together, and what somebody who mistyped one may have meant.
#include "app/config_keys.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace mmscope {
namespace {

/// Levenshtein's distance, one row at a time.
size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<size_t> row(b.size() + 1);
    for (size_t j = 0; j <= b.size(); ++j)
        row[j] = j;
    for (size_t i = 1; i <= a.size(); ++i) {
        size_t diagonal = std::exchange(row[0], i);
        for (size_t j = 1; j <= b.size(); ++j) {
            const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
        }
    }
    return row.back();
}

std::string_view last_part(std::string_view path) {
    return path.substr(path.rfind('.') + 1);
}

}  // namespace

std::span<const ConfigKey> config_keys() {
    static const std::vector<ConfigKey> kKeys = [] {
        std::vector<ConfigKey> keys;
        for (const auto section : {machine_keys(), run_keys()})
            keys.insert(keys.end(), section.begin(), section.end());
        return keys;
    }();
    return kKeys;
}

std::string nearest_config_key(std::string_view path) {
    constexpr size_t kLongest = 80;  // a longer name resembles nothing, and costs its square
    path = path.substr(0, kLongest);
    for (const ConfigKey& key : config_keys()) {
        if (last_part(key.path) == last_part(path)) return std::string(key.path);
    }
    const bool section = path.find('.') == std::string_view::npos;
    const auto candidate = [section](const ConfigKey& key) {
        return section ? key.path.substr(0, key.path.find('.')) : key.path;
    };
    const auto& best = *std::ranges::min_element(
        config_keys(), {}, [&](const ConfigKey& key) { return edit_distance(path, candidate(key)); });
    return std::string(candidate(best));
}

}  // namespace mmscope

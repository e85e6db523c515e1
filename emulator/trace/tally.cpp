// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace/tally.h"

#include <fmt/format.h>

#include <algorithm>

namespace mmscope {

void Tally::add(const std::string& name, uint64_t ns) {
    Count& count = counts_[name];
    ++count.count;
    count.ns += ns;
}

std::vector<Tally::Row> Tally::rows() const {
    std::vector<Row> rows;
    for (const auto& [name, count] : counts_)
        rows.push_back({name, count.count, count.ns});
    std::ranges::sort(rows, [](const Row& a, const Row& b) {
        return a.count != b.count ? a.count > b.count : a.name < b.name;
    });
    return rows;
}

std::string Tally::table(const char* title, const char* unit, size_t limit) const {
    std::string out = fmt::format("  {:<40} {:>9} {:>14}\n", title, unit, "virtual us");
    const std::vector<Row> all = rows();
    Row rest;
    for (size_t i = 0; i < all.size(); ++i) {
        if (i < limit) {
            out += fmt::format("    {:<38} {:>9} {:>14.1f}\n", all[i].name, all[i].count,
                               static_cast<double>(all[i].ns) / 1000);
        } else {
            rest.count += all[i].count;
            rest.ns += all[i].ns;
        }
    }
    if (rest.count != 0) {
        out += fmt::format("    {:<38} {:>9} {:>14.1f}\n", fmt::format("({} more)", all.size() - limit),
                           rest.count, static_cast<double>(rest.ns) / 1000);
    }
    return out;
}

}  // namespace mmscope

// SPDX-License-Identifier: GPL-2.0-or-later
// From words to numbers, addresses and tasks, with errors that name the nearest thing there is.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <numeric>
#include <optional>

#include "inspect/command_call.h"

namespace mmscope {

namespace {

constexpr size_t kListedPids = 12;

std::optional<uint32_t> number_in(std::string_view digits, int base) {
    uint32_t value = 0;
    const char* const end = digits.data() + digits.size();
    const auto [stop, status] = std::from_chars(digits.data(), end, value, base);
    if (status != std::errc{} || stop != end) return std::nullopt;
    return value;
}

bool has_hex_prefix(std::string_view word) {
    return word.starts_with("0x") || word.starts_with("0X");
}

/// Levenshtein's distance: insertions, deletions and replacements from one word to the other.
size_t distance(std::string_view from, std::string_view to) {
    std::vector<size_t> row(to.size() + 1);
    std::iota(row.begin(), row.end(), size_t{0});
    for (size_t i = 1; i <= from.size(); ++i) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= to.size(); ++j) {
            const size_t replaced = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
        }
    }
    return row.back();
}

}  // namespace

Result<uint32_t> parse_number(std::string_view word, std::string_view what) {
    const auto value = has_hex_prefix(word) ? number_in(word.substr(2), 16) : number_in(word, 10);
    if (!value) return fail(fmt::format("'{}' is no {}: expected a number below 2^32", word, what));
    return *value;
}

Result<uint32_t> parse_pid(std::string_view word) {
    const auto value = number_in(word, 10);
    if (!value) return fail(fmt::format("'{}' is no pid: expected a decimal number", word));
    return *value;
}

Result<LinearAddr> parse_address(std::string_view word) {
    const auto value = number_in(has_hex_prefix(word) ? word.substr(2) : word, 16);
    if (!value) return fail(fmt::format("'{}' is no address: expected up to 8 hexadecimal digits", word));
    return LinearAddr(*value);
}

bool looks_like_address(std::string_view word) {
    return has_hex_prefix(word);
}

Result<TaskModel> get_task(const Inspector& inspector, uint32_t pid) {
    const auto list = inspector.tasks();
    if (!list) return std::unexpected(list.error());
    std::string others;
    size_t count = 0;
    for (const TaskModel& task : list->tasks) {
        if (task.pid == pid) return task;
        if (count++ < kListedPids) others += fmt::format("{}{}", others.empty() ? "" : ", ", task.pid);
    }
    if (count > kListedPids) others += ", ...";
    return fail(fmt::format("no task has pid {}; there are: {}", pid, others));
}

Result<TaskModel> get_user_task(const Inspector& inspector, uint32_t pid) {
    auto task = get_task(inspector, pid);
    if (task && task->is_kernel_thread()) {
        return fail(fmt::format("task {} ({}) has no address space: it is a kernel thread or has exited", pid,
                                task->comm));
    }
    return task;
}

Result<uint32_t> read_word(const TypedRef& object, std::string_view path) {
    const auto member = object.follow(path);
    return member ? member->u32() : std::unexpected(member.error());
}

std::string nearest_name(std::string_view word, std::span<const std::string_view> names) {
    constexpr size_t kLongestWord = 64;  // longer ones are no typing mistakes
    std::string_view best;
    size_t least = std::min(word.size(), size_t{4}) / 2 + 1;  // a distance that still looks like a mistake
    if (word.empty() || word.size() > kLongestWord) return {};
    for (const std::string_view name : names) {
        if (name.size() > kLongestWord) continue;
        const size_t away = distance(word, name);
        if (away < least) {
            least = away;
            best = name;
        }
    }
    return std::string(best);
}

}  // namespace mmscope

// SPDX-License-Identifier: GPL-2.0-or-later
// RFC 4180, a record a line; what only some events have is key=value in the last column.
#include <fmt/format.h>

#include <sstream>
#include <utility>

#include "trace/read/readers.h"

namespace mmscope {

namespace {

/// False: a quote is not closed.
bool split_columns(std::string_view line, std::vector<std::string>& columns) {
    columns.assign(1, {});
    bool quoted = false;
    for (size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (c == '"' && quoted && line.substr(i + 1).starts_with('"')) {
            columns.back() += line[++i];
        } else if (c == '"') {
            quoted = !quoted;
        } else if (c == ',' && !quoted) {
            columns.emplace_back();
        } else {
            columns.back() += c;
        }
    }
    return !quoted;
}

/// The value of "key=value" among the words of a comment.
std::string word_after(const std::string& line, std::string_view key) {
    std::istringstream words(line);
    for (std::string word; words >> word;) {
        if (word.starts_with(key)) return word.substr(key.size());
    }
    return {};
}

class CsvReader final : public TraceReader {
  public:
    explicit CsvReader(LineSource lines) : lines_(std::move(lines)) {}

    Result<void> begin() {
        std::string_view line;
        if (const auto more = lines_.next(line); !more) return std::unexpected(more.error());
        const std::string header(line);
        std::istringstream words(header);
        std::string hash, schema;
        words >> hash >> schema;
        const auto version = parse_number(word_after(header, "version="));
        const std::string wrong = check_header(hash == "#" ? schema : "", version.value_or(0));
        if (!wrong.empty()) return lines_.wrong(wrong);
        if (const auto more = lines_.next(line); !more) return std::unexpected(more.error());
        if (!split_columns(line, names_) || names_.front() != "event" || names_.back() != "details")
            return lines_.wrong("not the names of a trace's columns");
        return {};
    }

    Result<bool> next(TraceRow& row) override {
        row.values.clear();
        std::string_view line;
        const auto more = lines_.next(line);
        if (!more || !*more) return more;
        if (line.starts_with("# end ")) {
            complete_ = true;
            return false;
        }
        if (!split_columns(line, columns_)) return lines_.wrong("a quote is not closed");
        if (columns_.size() != names_.size())
            return lines_.wrong(fmt::format("{} columns, expected {}", columns_.size(), names_.size()));
        describe(row);
        return true;
    }
    [[nodiscard]] bool complete() const override { return complete_; }
    [[nodiscard]] double progress() const override { return lines_.progress(); }

  private:
    /// An event has `start` and `end` in the columns of a fault's area.
    void describe(TraceRow& row) const {
        const bool fault = columns_.front() == "fault";
        for (size_t i = 0; i + 1 < names_.size(); ++i) {
            const bool range = !fault && (names_[i] == "vma_start" || names_[i] == "vma_end");
            row.add(range ? names_[i].substr(4) : names_[i], columns_[i]);
        }
        for (std::string_view rest = columns_.back(); !rest.empty();)
            add_detail(rest, row);
        row.arrange();
    }

    /// Takes one key=value, or key="several words", off `rest`.
    static void add_detail(std::string_view& rest, TraceRow& row) {
        const size_t sign = std::min(rest.find('='), rest.size());
        const bool quoted = rest.substr(sign).starts_with("=\"");
        const size_t begin = std::min(sign + (quoted ? 2 : 1), rest.size());
        const size_t end = std::min(rest.find(quoted ? '"' : ' ', begin), rest.size());
        if (begin > sign)
            row.add(std::string(rest.substr(0, sign)), std::string(rest.substr(begin, end - begin)));
        const size_t next = std::min(rest.find_first_not_of(quoted ? "\" " : " ", end), rest.size());
        rest.remove_prefix(next);
    }

    LineSource lines_;
    std::vector<std::string> names_, columns_;
    bool complete_ = false;
};

}  // namespace

Result<std::unique_ptr<TraceReader>> read_csv(LineSource lines) {
    auto reader = std::make_unique<CsvReader>(std::move(lines));
    if (const auto ok = reader->begin(); !ok) return std::unexpected(ok.error());
    return reader;
}

}  // namespace mmscope

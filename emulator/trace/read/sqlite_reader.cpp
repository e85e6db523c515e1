// SPDX-License-Identifier: GPL-2.0-or-later
// Rows of two tables, merged by the number of their record.
#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "trace/append.h"
#include "trace/read/json_words.h"
#include "trace/read/readers.h"

namespace mmscope {

namespace {

constexpr std::array<std::string_view, 10> kAddresses = {
    "mm", "cr2", "eip", "vma_start", "vma_end", "pte_before", "pte_after", "frame", "start", "end"};

constexpr int kLongestValue = 1 << 16, kMostColumns = 64;

struct CloseReadDatabase {
    void operator()(sqlite3* database) const { sqlite3_close(database); }
};
struct FinishReadStatement {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

class SqliteReader final : public TraceReader {
  public:
    explicit SqliteReader(std::string path) : path_(std::move(path)) {}

    Result<void> begin() {
        sqlite3* database = nullptr;
        const int code = sqlite3_open_v2(path_.c_str(), &database, SQLITE_OPEN_READONLY, nullptr);
        database_.reset(database);
        if (code != SQLITE_OK) return fail(fmt::format("{}: {}", path_, sqlite3_errstr(code)));
        distrust(database);
        Cursor header;
        if (auto ok = open(header, "SELECT schema, version, records FROM trace"); !ok) return ok;
        if (!header.has_row) return fail(path_ + ": not a trace of emu");
        const std::string wrong = check_header(
            text(header, 0), static_cast<uint64_t>(sqlite3_column_int64(header.statement.get(), 1)));
        if (!wrong.empty()) return fail(fmt::format("{}: {}", path_, wrong));
        complete_ = sqlite3_column_type(header.statement.get(), 2) != SQLITE_NULL;
        total_ = std::max<sqlite3_int64>(sqlite3_column_int64(header.statement.get(), 2), 1);
        if (auto ok = open(faults_, "SELECT *, 'fault' AS event FROM faults ORDER BY record"); !ok) return ok;
        return open(events_, "SELECT * FROM events ORDER BY record");
    }

    Result<bool> next(TraceRow& row) override {
        row.values.clear();
        Cursor& first = record_of(faults_) <= record_of(events_) ? faults_ : events_;
        if (!first.has_row) return false;
        ++done_;
        describe(first, row);
        if (auto ok = step(first); !ok) return std::unexpected(ok.error());
        return true;
    }
    [[nodiscard]] bool complete() const override { return complete_; }
    [[nodiscard]] double progress() const override {
        return std::min(1.0, static_cast<double>(done_) / static_cast<double>(total_));
    }

  private:
    /// A database brings its own SQL along: views could compute for ever, columns make a value of any size.
    static void distrust(sqlite3* database) {
        sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
        sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
        sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
        sqlite3_limit(database, SQLITE_LIMIT_LENGTH, kLongestValue);
        sqlite3_limit(database, SQLITE_LIMIT_COLUMN, kMostColumns);
    }

    struct Cursor {
        std::unique_ptr<sqlite3_stmt, FinishReadStatement> statement;
        bool has_row = false;
    };

    Result<void> open(Cursor& cursor, const char* sql) {
        sqlite3_stmt* statement = nullptr;
        if (sqlite3_prepare_v2(database_.get(), sql, -1, &statement, nullptr) != SQLITE_OK) return failed();
        cursor.statement.reset(statement);
        return step(cursor);
    }
    Result<void> step(Cursor& cursor) {
        const int code = sqlite3_step(cursor.statement.get());
        cursor.has_row = code == SQLITE_ROW;
        return cursor.has_row || code == SQLITE_DONE ? Result<void>{} : failed();
    }
    [[nodiscard]] std::unexpected<Error> failed() const {
        return fail(fmt::format("{}: {}", path_, sqlite3_errmsg(database_.get())));
    }

    static std::string text(const Cursor& cursor, int column) {
        const auto* bytes = sqlite3_column_text(cursor.statement.get(), column);
        const int size = sqlite3_column_bytes(cursor.statement.get(), column);
        return bytes == nullptr
                   ? std::string()
                   : std::string(reinterpret_cast<const char*>(bytes), static_cast<size_t>(size));
    }
    /// The first column of both tables.
    static sqlite3_int64 record_of(const Cursor& cursor) {
        return cursor.has_row ? sqlite3_column_int64(cursor.statement.get(), 0)
                              : std::numeric_limits<sqlite3_int64>::max();
    }

    static void describe(const Cursor& cursor, TraceRow& row) {
        sqlite3_stmt* statement = cursor.statement.get();
        for (int column = 1; column < sqlite3_column_count(statement); ++column) {
            const std::string name = sqlite3_column_name(statement, column);
            if (name == "details") {
                add_details(text(cursor, column), row);
            } else if (sqlite3_column_type(statement, column) == SQLITE_INTEGER &&
                       std::ranges::find(kAddresses, name) != kAddresses.end()) {
                std::string address;
                add_hex(address, static_cast<uint32_t>(sqlite3_column_int64(statement, column)));
                row.add(name, std::move(address));
            } else {
                row.add(name, text(cursor, column));
            }
        }
        row.arrange();
    }
    static void add_details(const std::string& details, TraceRow& row) {
        const auto object = parse_shallow(details);
        if (!object.is_object()) return;
        for (const auto& [key, value] : object.items())
            row.add(key, words_of(value));
    }

    std::string path_;
    std::unique_ptr<sqlite3, CloseReadDatabase> database_;
    Cursor faults_, events_;
    bool complete_ = false;
    sqlite3_int64 done_ = 0, total_ = 1;
};

}  // namespace

Result<std::unique_ptr<TraceReader>> read_sqlite(const std::filesystem::path& path) {
    auto reader = std::make_unique<SqliteReader>(path.string());
    if (const auto ok = reader->begin(); !ok) return std::unexpected(ok.error());
    return reader;
}

}  // namespace mmscope

// SPDX-License-Identifier: GPL-2.0-or-later
// A database: `faults` and `events`, a row a record, and `trace`, one row with header and end. Addresses are
// integers; what only some events have is JSON in `details`.
#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "base/zstd.h"
#include "trace/append_json.h"
#include "trace/sinks.h"
#include "trace/trace_formats.h"

namespace mmscope {

namespace {

constexpr uint64_t kRowsPerTransaction = 8192;

constexpr const char* kSchemaSql = R"(
    PRAGMA synchronous = OFF;
    CREATE TABLE trace (schema TEXT, version INTEGER, kernel TEXT, edition TEXT,
                        records INTEGER, time_ns INTEGER, instructions INTEGER);
    CREATE TABLE faults (record INTEGER PRIMARY KEY, sequence INTEGER, time_ns INTEGER, instructions INTEGER, pid INTEGER,
                         tgid INTEGER, comm TEXT, mm INTEGER, cr2 INTEGER, eip INTEGER, cpl INTEGER,
                         instruction TEXT, symbol TEXT, access TEXT, error_code INTEGER, error TEXT,
                         vma_start INTEGER, vma_end INTEGER, vma_flags TEXT, vma_name TEXT, file TEXT,
                         offset INTEGER, kind TEXT, outcome TEXT, pte_before INTEGER, pte_after INTEGER,
                         frame INTEGER, duration_ns INTEGER, note TEXT);
    CREATE TABLE events (record INTEGER PRIMARY KEY, time_ns INTEGER, instructions INTEGER, event TEXT, pid INTEGER,
                         tgid INTEGER, comm TEXT, mm INTEGER, function TEXT, start INTEGER, end INTEGER,
                         duration_ns INTEGER, details TEXT);
    BEGIN)";
constexpr const char* kInsertSql =
    "INSERT INTO faults VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";
constexpr const char* kInsertEventSql = "INSERT INTO events VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)";
constexpr const char* kIndexSql =
    "CREATE INDEX events_by_name ON events (event, pid);"
    "CREATE INDEX events_by_mm ON events (mm);"
    "CREATE INDEX faults_by_task ON faults (pid, kind);"
    "CREATE INDEX faults_by_kind ON faults (kind);"
    "CREATE INDEX faults_by_address ON faults (cr2);"
    "COMMIT";

struct CloseDatabase {
    void operator()(sqlite3* database) const { sqlite3_close(database); }
};
struct FinishStatement {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;
using Statement = std::unique_ptr<sqlite3_stmt, FinishStatement>;

/// Where the database is made: beside a compressed file, which it becomes when it is closed.
std::string plain_path(const std::string& path) {
    return path.ends_with(kCompressed) ? path + ".tmp" : path;
}

/// Binds the parameters of a statement one after the other. Text is not copied: it lives until the step.
class Binder {
  public:
    explicit Binder(sqlite3_stmt* statement) : statement_(statement) {}

    Binder& number(uint64_t value) {
        sqlite3_bind_int64(statement_, ++at_, static_cast<sqlite3_int64>(value));
        return *this;
    }
    Binder& text(std::string_view value) {
        sqlite3_bind_text(statement_, ++at_, value.data(), static_cast<int>(value.size()), SQLITE_STATIC);
        return *this;
    }
    Binder& null(int columns = 1) {
        for (; columns > 0; --columns)
            sqlite3_bind_null(statement_, ++at_);
        return *this;
    }

  private:
    sqlite3_stmt* statement_;
    int at_ = 0;
};

class SqliteSink final : public TraceSink {
  public:
    SqliteSink(Database database, std::string path)
        : database_(std::move(database)), path_(std::move(path)) {}

    Result<void> begin(const TraceHeader& header) {
        if (auto ok = execute(kSchemaSql); !ok) return ok;
        const Statement row = prepare("INSERT INTO trace VALUES (?,?,?,?,NULL,NULL,NULL)");
        if (row)
            Binder(row.get())
                .text(kTraceSchema)
                .number(kTraceVersion)
                .text(header.kernel)
                .text(header.edition);
        if (auto ok = step(row.get()); !ok) return ok;
        insert_ = prepare(kInsertSql);
        insert_event_ = prepare(kInsertEventSql);
        return flush();
    }

    Result<void> write(const FaultRecord& r) override {
        if (!error_.empty()) return fail(error_);
        const std::string error = error_code_in_words(r.begin.error_code);
        const std::string flags = r.vma ? vm_flags_in_words(r.vma->flags) : std::string();
        bind(r, error, flags);
        return insert(insert_.get());
    }

    Result<void> write(const EventRecord& r) override {
        if (!error_.empty()) return fail(error_);
        Binder row(insert_event_.get());
        row.number(rows_).number(r.time.ns).number(r.instructions).text(r.event);
        row.number(r.task.pid).number(r.task.tgid).text(r.task.comm).number(r.task.mm.value).text(r.function);
        if (r.range) {
            row.number(r.range->start.value).number(r.range->end.value);
        } else {
            row.null(2);
        }
        r.duration_ns ? row.number(*r.duration_ns) : row.null();
        std::string details;
        for (const EventField& field : r.fields)
            json_field(details, field);  // each begins with a comma
        details = '{' + (details.empty() ? details : details.substr(1)) + '}';
        row.text(details);
        return insert(insert_event_.get());
    }

    Result<void> flush() override { return execute("COMMIT; BEGIN"); }

    Result<void> close(const TraceEnd& end) override {
        {
            const Statement row = prepare("UPDATE trace SET records = ?, time_ns = ?, instructions = ?");
            if (row) Binder(row.get()).number(end.records).number(end.time.ns).number(end.instructions);
            if (auto ok = step(row.get()); !ok) return ok;
        }
        if (auto ok = execute(kIndexSql); !ok) return ok;
        insert_.reset();
        insert_event_.reset();
        database_.reset();
        return path_.ends_with(kCompressed) ? compress() : Result<void>{};
    }

  private:
    Result<void> compress() {
        const std::string plain = plain_path(path_);
        std::ifstream in(plain, std::ios::binary);
        std::ofstream out(path_, std::ios::binary);
        std::string part(size_t{4} << 20, '\0');
        while (in && out) {
            in.read(part.data(), static_cast<std::streamsize>(part.size()));
            const std::string frame = compress_frame(std::span(part).first(static_cast<size_t>(in.gcount())));
            out.write(frame.data(), static_cast<std::streamsize>(frame.size()));
        }
        out.close();
        if (in.bad() || !out) return fail(fmt::format("{}: cannot be written; {} is whole", path_, plain));
        ::unlink(plain.c_str());
        return {};
    }

    Result<void> insert(sqlite3_stmt* statement) {
        if (auto ok = step(statement); !ok) return ok;
        return ++rows_ % kRowsPerTransaction == 0 ? flush() : Result<void>{};
    }

    void bind(const FaultRecord& r, std::string_view error, std::string_view flags) {
        const PageFault& f = r.begin;
        Binder row(insert_.get());
        row.number(rows_).number(f.sequence).number(f.time.ns).number(f.instructions);
        row.number(r.task.pid).number(r.task.tgid).text(r.task.comm).number(r.task.mm.value);
        row.number(f.cr2.value).number(f.eip.value).number(f.cpl).text(r.instruction).text(r.symbol);
        row.text(access_word(f.access)).number(f.error_code).text(error);
        bind_area(row, r.vma ? &*r.vma : nullptr, flags);
        row.text(to_string(r.kind)).text(to_string(r.outcome)).number(r.entry_before);
        r.entry_after ? row.number(*r.entry_after) : row.null();
        r.frame ? row.number(r.frame->value) : row.null();
        r.duration_ns ? row.number(*r.duration_ns) : row.null();
        row.text(r.note);
    }

    static void bind_area(Binder& row, const VmaModel* vma, std::string_view flags) {
        if (vma == nullptr) {
            row.null(6);
            return;
        }
        row.number(vma->start.value).number(vma->end.value).text(flags).text(vma->name);
        if (vma->file) {
            row.text(vma->file->path).number(uint64_t{vma->pgoff} << kPageShift);
        } else {
            row.null(2);
        }
    }

    Statement prepare(const char* sql) {
        sqlite3_stmt* statement = nullptr;
        if (error_.empty()) sqlite3_prepare_v2(database_.get(), sql, -1, &statement, nullptr);
        return Statement(statement);
    }

    Result<void> execute(const char* sql) {
        if (!error_.empty()) return fail(error_);
        return sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr) == SQLITE_OK ? Result<void>{}
                                                                                          : failed();
    }

    Result<void> step(sqlite3_stmt* statement) {
        if (!error_.empty()) return fail(error_);
        if (statement == nullptr || sqlite3_step(statement) != SQLITE_DONE) return failed();
        sqlite3_reset(statement);
        return {};
    }

    /// What was committed stays; the rest of the transaction is taken back by the journal.
    Result<void> failed() {
        error_ = fmt::format("{}: writing failed: {}; the database ends with its last whole transaction",
                             path_, sqlite3_errmsg(database_.get()));
        insert_.reset();
        insert_event_.reset();
        database_.reset();
        return fail(error_);
    }

    Database database_;
    Statement insert_, insert_event_;
    std::string path_;
    std::string error_;
    uint64_t rows_ = 0;
};

/// An old file is emptied first, with the same complaint as any other trace's.
Result<Database> create_database(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor < 0) return fail(fmt::format("{}: cannot be written: {}", path, std::strerror(errno)));
    ::close(descriptor);
    sqlite3* database = nullptr;
    const int code = sqlite3_open_v2(path.c_str(), &database, SQLITE_OPEN_READWRITE, nullptr);
    Database owner(database);
    if (code != SQLITE_OK) return fail(fmt::format("{}: cannot be opened: {}", path, sqlite3_errstr(code)));
    return owner;
}

}  // namespace

Result<std::unique_ptr<TraceSink>> make_sqlite_sink(const std::string& path, const TraceHeader& header) {
    auto database = create_database(plain_path(path));
    if (!database) return std::unexpected(database.error());
    auto sink = std::make_unique<SqliteSink>(std::move(*database), path);
    if (auto ok = sink->begin(header); !ok) return std::unexpected(ok.error());
    return sink;
}

}  // namespace mmscope

// SPDX-License-Identifier: GPL-2.0-or-later
// Comma-separated values as in RFC 4180; header and end are comment lines that begin with '#'.
#include <fmt/format.h>

#include <iterator>
#include <string_view>
#include <utility>

#include "trace/append.h"
#include "trace/sinks.h"

namespace mmscope {

namespace {

constexpr std::string_view kColumns =
    "event,sequence,time_ns,instructions,pid,tgid,comm,mm,cr2,eip,cpl,instruction,symbol,access,error_code,"
    "error,"
    "vma_start,vma_end,vma_flags,vma_name,file,offset,kind,outcome,pte_before,pte_after,frame,duration_ns,"
    "note,details\n";

/// Quoted where the format asks for it; line ends become spaces, so that a record is a line.
void add_text(std::string& out, std::string_view text) {
    if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
        out += text;
        return;
    }
    out += '"';
    for (const char c : text) {
        if (c == '"') out += '"';
        out += c == '\n' || c == '\r' ? ' ' : c;
    }
    out += '"';
}

void begin_columns(std::string& out, const FaultRecord& r) {
    const PageFault& f = r.begin;
    add(out, "fault,{},{},{},{},{},", f.sequence, f.time.ns, f.instructions, r.task.pid, r.task.tgid);
    add_text(out, r.task.comm);
    add(out, ",0x{:08x},0x{:08x},0x{:08x},{},", r.task.mm.value, f.cr2.value, f.eip.value, f.cpl);
    add_text(out, r.instruction);
    out += ',';
    add_text(out, r.symbol);
    add(out, ",{},{},{},", access_word(f.access), f.error_code, error_code_in_words(f.error_code));
}

void vma_columns(std::string& out, const FaultRecord& r) {
    if (!r.vma) {
        out += ",,,,,,";
        return;
    }
    const VmaModel& vma = *r.vma;
    add(out, "0x{:08x},0x{:08x},{},", vma.start.value, vma.end.value, vm_flags_in_words(vma.flags));
    add_text(out, vma.name);
    out += ',';
    if (vma.file) {
        add_text(out, vma.file->path);
        add(out, ",{},", uint64_t{vma.pgoff} << kPageShift);
    } else {
        out += ",,";
    }
}

void result_columns(std::string& out, const FaultRecord& r) {
    add(out, "{},{},0x{:08x},", to_string(r.kind), to_string(r.outcome), r.entry_before);
    if (r.entry_after) add(out, "0x{:08x}", *r.entry_after);
    out += ',';
    if (r.frame) add(out, "0x{:08x}", r.frame->value);
    out += ',';
    if (r.duration_ns) add(out, "{}", *r.duration_ns);
    out += ',';
    add_text(out, r.note);
    out += ",\n";
}

/// Several words stand in quotes, which the words themselves cannot have then.
void add_detail(std::string& out, std::string_view text) {
    const bool quoted = text.find_first_of(" \"") != std::string_view::npos;
    if (quoted) out += '"';
    for (const char c : text)
        out += c == '"' ? '\'' : c;
    if (quoted) out += '"';
}

/// What only this kind of event has, as key=value.
std::string details_of(const EventRecord& r) {
    // Names of C++ have blanks, but no quotes.
    std::string details = fmt::format("function=\"{}\"", r.function);
    for (const EventField& field : r.fields) {
        add(details, " {}=", field.key);
        if (field.show == Show::Number) {
            add_number(details, field.value);
        } else {
            add_detail(details, field.text);
        }
    }
    return details;
}

class CsvSink final : public TraceSink {
  public:
    explicit CsvSink(TraceFile file) : file_(std::move(file)) {}

    Result<void> begin(const TraceHeader& header) {
        add(file_.buffer(), "# {} version={} kernel={} edition={}\n", kTraceSchema, kTraceVersion,
            header.kernel, header.edition);
        file_.buffer() += kColumns;
        return file_.flush();
    }

    Result<void> write(const FaultRecord& record) override {
        std::string& out = file_.buffer();
        begin_columns(out, record);
        vma_columns(out, record);
        result_columns(out, record);
        return file_.commit();
    }

    /// Columns that only a fault has are empty.
    Result<void> write(const EventRecord& r) override {
        std::string& out = file_.buffer();
        add(out, "{},,{},{},{},{},", r.event, r.time.ns, r.instructions, r.task.pid, r.task.tgid);
        add_text(out, r.task.comm);
        add(out, ",0x{:08x},,,,,,,,,", r.task.mm.value);
        if (r.range) add(out, "0x{:08x},0x{:08x}", r.range->start.value, r.range->end.value);
        out += r.range ? "," : ",,";
        out += ",,,,,,,,,";
        if (r.duration_ns) add_number(out, *r.duration_ns);
        out += ",,";
        add_text(out, details_of(r));
        out += '\n';
        return file_.commit();
    }

    Result<void> flush() override { return file_.flush(); }

    Result<void> close(const TraceEnd& end) override {
        add(file_.buffer(), "# end records={} time_ns={} instructions={}\n", end.records, end.time.ns,
            end.instructions);
        return file_.close();
    }

  private:
    TraceFile file_;
};

}  // namespace

Result<std::unique_ptr<TraceSink>> make_csv_sink(TraceFile file, const TraceHeader& header) {
    auto sink = std::make_unique<CsvSink>(std::move(file));
    if (auto ok = sink->begin(header); !ok) return std::unexpected(ok.error());
    return sink;
}

}  // namespace mmscope

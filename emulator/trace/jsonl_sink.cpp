// SPDX-License-Identifier: GPL-2.0-or-later
// One JSON object a line: a header, the records, an end. Formatted by hand: this is a hot path.
#include <fmt/format.h>

#include <iterator>
#include <string_view>
#include <utility>

#include "trace/append.h"
#include "trace/sinks.h"

namespace mmscope {

namespace {

/// Bytes that are not printable ASCII become \u00XX: the line is valid JSON whatever the guest called its
/// files.
void add_string(std::string& out, std::string_view text) {
    out += '"';
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20 || byte >= 0x7f) {
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", byte);
        } else {
            out += c;
        }
    }
    out += '"';
}

void add_task(std::string& out, const FaultRecord& r) {
    add(out, ",\"pid\":{},\"tgid\":{},\"comm\":", r.task.pid, r.task.tgid);
    add_string(out, r.task.comm);
    add(out, ",\"mm\":\"0x{:08x}\"", r.task.mm.value);
}

void add_access(std::string& out, const FaultRecord& r) {
    const PageFault& f = r.begin;
    add(out, ",\"cr2\":\"0x{:08x}\",\"eip\":\"0x{:08x}\",\"cpl\":{},\"instruction\":", f.cr2.value,
        f.eip.value, f.cpl);
    add_string(out, r.instruction);
    if (!r.symbol.empty()) {
        out += ",\"symbol\":";
        add_string(out, r.symbol);
    }
    add(out, ",\"access\":\"{}\",\"error_code\":{},\"error\":\"{}\"", access_word(f.access), f.error_code,
        error_code_in_words(f.error_code));
}

void add_vma(std::string& out, const FaultRecord& r) {
    if (!r.vma) {
        out += ",\"vma\":null";
        return;
    }
    const VmaModel& vma = *r.vma;
    add(out,
        ",\"vma\":{{\"start\":\"0x{:08x}\",\"end\":\"0x{:08x}\",\"flags\":\"{}\",\"name\":", vma.start.value,
        vma.end.value, vm_flags_in_words(vma.flags));
    add_string(out, vma.name);
    if (vma.file) {
        out += ",\"file\":";
        add_string(out, vma.file->path);
        add(out, ",\"offset\":{}", uint64_t{vma.pgoff} << kPageShift);
    }
    out += '}';
}

void add_result(std::string& out, const FaultRecord& r) {
    add(out, ",\"kind\":\"{}\",\"outcome\":\"{}\",\"pte_before\":\"0x{:08x}\"", to_string(r.kind),
        to_string(r.outcome), r.entry_before);
    r.entry_after ? add(out, ",\"pte_after\":\"0x{:08x}\"", *r.entry_after) : add(out, ",\"pte_after\":null");
    r.frame ? add(out, ",\"frame\":\"0x{:08x}\"", r.frame->value) : add(out, ",\"frame\":null");
    r.duration_ns ? add(out, ",\"duration_ns\":{}", *r.duration_ns) : add(out, ",\"duration_ns\":null");
    if (!r.note.empty()) {
        out += ",\"note\":";
        add_string(out, r.note);
    }
}

class JsonlSink final : public TraceSink {
  public:
    explicit JsonlSink(TraceFile file) : file_(std::move(file)) {}

    Result<void> begin(const TraceHeader& header) {
        add(file_.buffer(),
            "{{\"event\":\"header\",\"schema\":\"{}\",\"version\":{},\"kernel\":\"{}\",\"edition\":\"{}\"}}"
            "\n",
            kTraceSchema, kTraceVersion, header.kernel, header.edition);
        return file_.flush();
    }

    Result<void> write(const FaultRecord& r) override {
        std::string& out = file_.buffer();
        add(out, "{{\"event\":\"fault\",\"sequence\":{},\"time_ns\":{},\"instructions\":{}", r.begin.sequence,
            r.begin.time.ns, r.begin.instructions);
        add_task(out, r);
        add_access(out, r);
        add_vma(out, r);
        add_result(out, r);
        out += "}\n";
        return file_.commit();
    }

    Result<void> flush() override { return file_.flush(); }

    Result<void> close(const TraceEnd& end) override {
        add(file_.buffer(), "{{\"event\":\"end\",\"records\":{},\"time_ns\":{},\"instructions\":{}}}\n",
            end.records, end.time.ns, end.instructions);
        return file_.close();
    }

  private:
    TraceFile file_;
};

}  // namespace

Result<std::unique_ptr<TraceSink>> make_jsonl_sink(TraceFile file, const TraceHeader& header) {
    auto sink = std::make_unique<JsonlSink>(std::move(file));
    if (auto ok = sink->begin(header); !ok) return std::unexpected(ok.error());
    return sink;
}

}  // namespace mmscope

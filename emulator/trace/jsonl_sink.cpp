// SPDX-License-Identifier: GPL-2.0-or-later
// One JSON object a line: a header, the records, an end. Formatted by hand: this is a hot path.
#include <fmt/format.h>

#include <cstdint>
#include <string_view>
#include <utility>

#include "trace/append_json.h"
#include "trace/sinks.h"

namespace mmscope {

namespace {

void add_task(std::string& out, const FaultTask& task) {
    add(out, ",\"pid\":{},\"tgid\":{}", task.pid, task.tgid);
    json_string(out, ",\"comm\":", task.comm);
    json_hex(out, ",\"mm\":", task.mm.value);
}

void add_access(std::string& out, const FaultRecord& r) {
    const PageFault& f = r.begin;
    json_hex(out, ",\"cr2\":", f.cr2.value);
    json_hex(out, ",\"eip\":", f.eip.value);
    json_number(out, ",\"cpl\":", f.cpl);
    json_string(out, ",\"instruction\":", r.instruction);
    if (!r.symbol.empty()) json_string(out, ",\"symbol\":", r.symbol);
    json_string(out, ",\"access\":", access_word(f.access));
    json_number(out, ",\"error_code\":", f.error_code);
    json_string(out, ",\"error\":", error_code_in_words(f.error_code));
}

void add_vma(std::string& out, const FaultRecord& r) {
    if (!r.vma) return json_null(out, ",\"vma\":");
    const VmaModel& vma = *r.vma;
    json_hex(out, ",\"vma\":{\"start\":", vma.start.value);
    json_hex(out, ",\"end\":", vma.end.value);
    json_string(out, ",\"flags\":", vm_flags_in_words(vma.flags));
    json_string(out, ",\"name\":", vma.name);
    if (vma.file) {
        json_string(out, ",\"file\":", vma.file->path);
        json_number(out, ",\"offset\":", uint64_t{vma.pgoff} << kPageShift);
    }
    out += '}';
}

void add_result(std::string& out, const FaultRecord& r) {
    json_string(out, ",\"kind\":", to_string(r.kind));
    json_string(out, ",\"outcome\":", to_string(r.outcome));
    json_hex(out, ",\"pte_before\":", r.entry_before);
    r.entry_after ? json_hex(out, ",\"pte_after\":", *r.entry_after) : json_null(out, ",\"pte_after\":");
    r.frame ? json_hex(out, ",\"frame\":", r.frame->value) : json_null(out, ",\"frame\":");
    r.duration_ns ? json_number(out, ",\"duration_ns\":", *r.duration_ns)
                  : json_null(out, ",\"duration_ns\":");
    if (!r.note.empty()) json_string(out, ",\"note\":", r.note);
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
        json_number(out, "{\"event\":\"fault\",\"sequence\":", r.begin.sequence);
        json_number(out, ",\"time_ns\":", r.begin.time.ns);
        json_number(out, ",\"instructions\":", r.begin.instructions);
        add_task(out, r.task);
        add_access(out, r);
        add_vma(out, r);
        add_result(out, r);
        out += "}\n";
        return file_.commit();
    }

    Result<void> write(const EventRecord& r) override {
        std::string& out = file_.buffer();
        json_string(out, "{\"event\":", r.event);
        json_number(out, ",\"time_ns\":", r.time.ns);
        json_number(out, ",\"instructions\":", r.instructions);
        add_task(out, r.task);
        json_string(out, ",\"function\":", r.function);
        if (r.range) {
            json_hex(out, ",\"start\":", r.range->start.value);
            json_hex(out, ",\"end\":", r.range->end.value);
        }
        for (const EventField& field : r.fields)
            json_field(out, field);
        r.duration_ns ? json_number(out, ",\"duration_ns\":", *r.duration_ns)
                      : json_null(out, ",\"duration_ns\":");
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

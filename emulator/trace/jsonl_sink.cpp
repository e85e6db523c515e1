// SPDX-License-Identifier: GPL-2.0-or-later
// One JSON object a line: a header, the records, an end. Formatted by hand: this is a hot path.
#include <fmt/format.h>

#include <cstdint>
#include <string_view>
#include <utility>

#include "trace/append.h"
#include "trace/sinks.h"

namespace mmscope {

namespace {

bool is_plain(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte < 0x7f && c != '"' && c != '\\';
}

/// Bytes that are not printable ASCII become \u00XX: the line is valid JSON whatever the guest called its
/// files.
void add_escaped(std::string& out, char c) {
    if (c == '"' || c == '\\') {
        out += '\\';
        out += c;
    } else {
        add(out, "\\u{:04x}", static_cast<unsigned char>(c));
    }
}

// A key is given with all that stands before its value: ,"key":
void string(std::string& out, std::string_view key, std::string_view text) {
    out += key;
    out += '"';
    for (size_t at = 0; at < text.size();) {
        size_t end = at;
        while (end < text.size() && is_plain(text[end]))
            ++end;
        out += text.substr(at, end - at);
        if (end < text.size()) add_escaped(out, text[end++]);
        at = end;
    }
    out += '"';
}

void number(std::string& out, std::string_view key, uint64_t value) {
    out += key;
    add_number(out, value);
}

void hex(std::string& out, std::string_view key, uint32_t value) {
    out += key;
    out += '"';
    add_hex(out, value);
    out += '"';
}

void null(std::string& out, std::string_view key) {
    out += key;
    out += "null";
}

void add_task(std::string& out, const FaultRecord& r) {
    add(out, ",\"pid\":{},\"tgid\":{}", r.task.pid, r.task.tgid);
    string(out, ",\"comm\":", r.task.comm);
    hex(out, ",\"mm\":", r.task.mm.value);
}

void add_access(std::string& out, const FaultRecord& r) {
    const PageFault& f = r.begin;
    hex(out, ",\"cr2\":", f.cr2.value);
    hex(out, ",\"eip\":", f.eip.value);
    number(out, ",\"cpl\":", f.cpl);
    string(out, ",\"instruction\":", r.instruction);
    if (!r.symbol.empty()) string(out, ",\"symbol\":", r.symbol);
    string(out, ",\"access\":", access_word(f.access));
    number(out, ",\"error_code\":", f.error_code);
    string(out, ",\"error\":", error_code_in_words(f.error_code));
}

void add_vma(std::string& out, const FaultRecord& r) {
    if (!r.vma) return null(out, ",\"vma\":");
    const VmaModel& vma = *r.vma;
    hex(out, ",\"vma\":{\"start\":", vma.start.value);
    hex(out, ",\"end\":", vma.end.value);
    string(out, ",\"flags\":", vm_flags_in_words(vma.flags));
    string(out, ",\"name\":", vma.name);
    if (vma.file) {
        string(out, ",\"file\":", vma.file->path);
        number(out, ",\"offset\":", uint64_t{vma.pgoff} << kPageShift);
    }
    out += '}';
}

void add_result(std::string& out, const FaultRecord& r) {
    string(out, ",\"kind\":", to_string(r.kind));
    string(out, ",\"outcome\":", to_string(r.outcome));
    hex(out, ",\"pte_before\":", r.entry_before);
    r.entry_after ? hex(out, ",\"pte_after\":", *r.entry_after) : null(out, ",\"pte_after\":");
    r.frame ? hex(out, ",\"frame\":", r.frame->value) : null(out, ",\"frame\":");
    r.duration_ns ? number(out, ",\"duration_ns\":", *r.duration_ns) : null(out, ",\"duration_ns\":");
    if (!r.note.empty()) string(out, ",\"note\":", r.note);
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
        number(out, "{\"event\":\"fault\",\"sequence\":", r.begin.sequence);
        number(out, ",\"time_ns\":", r.begin.time.ns);
        number(out, ",\"instructions\":", r.begin.instructions);
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

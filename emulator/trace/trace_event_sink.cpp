// SPDX-License-Identifier: GPL-2.0-or-later
// Trace Event format, which Perfetto's viewer opens: a track a process, page faults as slices on its threads'
// lines, rss and total_vm as counters. Times are microseconds of virtual time.
#include <map>
#include <string_view>
#include <utility>

#include "trace/append_json.h"
#include "trace/sinks.h"

namespace mmscope {

namespace {

/// Nanoseconds as microseconds with three digits behind the point: no digit is lost.
void add_microseconds(std::string& out, std::string_view key, uint64_t ns) {
    json_number(out, key, ns / 1000);
    const auto rest = static_cast<unsigned>(ns % 1000);
    out += '.';
    for (const unsigned digit : {rest / 100, rest / 10 % 10, rest % 10})
        out += static_cast<char>('0' + digit);
}

void add_arguments(std::string& out, const FaultRecord& r) {
    json_number(out, ",\"args\":{\"sequence\":", r.begin.sequence);
    json_hex(out, ",\"cr2\":", r.begin.cr2.value);
    json_hex(out, ",\"eip\":", r.begin.eip.value);
    json_string(out, ",\"instruction\":", r.instruction);
    json_string(out, ",\"error\":", error_code_in_words(r.begin.error_code));
    json_string(out, ",\"area\":", r.vma ? std::string_view(r.vma->name) : std::string_view("none"));
    json_string(out, ",\"outcome\":", to_string(r.outcome));
    json_hex(out, ",\"pte_before\":", r.entry_before);
    if (r.entry_after) json_hex(out, ",\"pte_after\":", *r.entry_after);
    if (r.frame) json_hex(out, ",\"frame\":", r.frame->value);
    out += '}';
}

class TraceEventSink final : public TraceSink {
  public:
    explicit TraceEventSink(TraceFile file) : file_(std::move(file)) {}

    [[nodiscard]] bool wants_pages() const override { return true; }

    /// The first event is one without a comma in front: a name for what belongs to no process.
    Result<void> begin(const TraceHeader& header) {
        std::string& out = file_.buffer();
        json_string(out, "{\"displayTimeUnit\":\"ns\",\"otherData\":{\"schema\":", kTraceSchema);
        json_number(out, ",\"version\":", kTraceVersion);
        json_string(out, ",\"kernel\":", header.kernel);
        json_string(out, ",\"edition\":", header.edition);
        out +=
            "},\"traceEvents\":[\n{\"ph\":\"M\",\"name\":\"process_name\",\"pid\":0,\"args\":{\"name\":"
            "\"kernel\"}}\n";
        return file_.flush();
    }

    Result<void> write(const FaultRecord& r) override {
        name_process(r.task);
        add_slice(r);
        if (r.pages) add_counters(r);
        return file_.commit();
    }

    /// A slice of the thread that called; a family of events is a category.
    Result<void> write(const EventRecord& r) override {
        name_process(r.task);
        std::string& out = file_.buffer();
        json_string(out, ",{\"ph\":\"X\",\"cat\":", r.event.substr(0, r.event.find('.')));
        json_string(out, ",\"name\":", r.event);
        json_number(out, ",\"pid\":", r.task.tgid);
        json_number(out, ",\"tid\":", r.task.pid);
        add_microseconds(out, ",\"ts\":", r.time.ns);
        add_microseconds(out, ",\"dur\":", r.duration_ns.value_or(0));
        json_string(out, ",\"args\":{\"function\":", r.function);
        if (r.range) {
            json_hex(out, ",\"start\":", r.range->start.value);
            json_hex(out, ",\"end\":", r.range->end.value);
        }
        for (const EventField& field : r.fields)
            json_field(out, field);
        out += "}}\n";
        return file_.commit();
    }

    Result<void> flush() override { return file_.flush(); }

    Result<void> close(const TraceEnd& end) override {
        std::string& out = file_.buffer();
        json_number(out, "],\"end\":{\"records\":", end.records);
        json_number(out, ",\"time_ns\":", end.time.ns);
        json_number(out, ",\"instructions\":", end.instructions);
        out += "}}\n";
        return file_.close();
    }

  private:
    struct Process {
        std::string name;
        MmPages pages;
    };

    /// execve gives a process another name: the viewer shows the last one.
    void name_process(const FaultTask& task) {
        Process& process = processes_[task.tgid];
        if (process.name == task.comm) return;
        process.name = task.comm;
        std::string& out = file_.buffer();
        json_number(out, ",{\"ph\":\"M\",\"name\":\"process_name\",\"pid\":", task.tgid);
        json_string(out, ",\"args\":{\"name\":", task.comm);
        out += "}}\n";
    }

    void add_slice(const FaultRecord& r) {
        std::string& out = file_.buffer();
        json_string(out, ",{\"ph\":\"X\",\"cat\":\"fault\",\"name\":", to_string(r.kind));
        json_number(out, ",\"pid\":", r.task.tgid);
        json_number(out, ",\"tid\":", r.task.pid);
        add_microseconds(out, ",\"ts\":", r.begin.time.ns);
        add_microseconds(out, ",\"dur\":", r.duration_ns.value_or(0));
        add_arguments(out, r);
        out += "}\n";
    }

    void add_counters(const FaultRecord& r) {
        MmPages& last = processes_[r.task.tgid].pages;
        const uint64_t at = r.begin.time.ns + r.duration_ns.value_or(0);
        if (last.rss != r.pages->rss) add_counter(r.task.tgid, at, "rss", r.pages->rss);
        if (last.total_vm != r.pages->total_vm) add_counter(r.task.tgid, at, "total_vm", r.pages->total_vm);
        last = *r.pages;
    }

    void add_counter(uint32_t pid, uint64_t at, std::string_view name, uint32_t pages) {
        std::string& out = file_.buffer();
        json_string(out, ",{\"ph\":\"C\",\"name\":", name);
        json_number(out, ",\"pid\":", pid);
        add_microseconds(out, ",\"ts\":", at);
        json_number(out, ",\"args\":{\"pages\":", pages);
        out += "}}\n";
    }

    TraceFile file_;
    std::map<uint32_t, Process> processes_;  // by tgid
};

}  // namespace

Result<std::unique_ptr<TraceSink>> make_trace_event_sink(TraceFile file, const TraceHeader& header) {
    auto sink = std::make_unique<TraceEventSink>(std::move(file));
    if (auto ok = sink->begin(header); !ok) return std::unexpected(ok.error());
    return sink;
}

}  // namespace mmscope

// SPDX-License-Identifier: GPL-2.0-or-later
// .jsonl, and .json as our own sink writes it: an event a line.
#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "trace/read/json_words.h"
#include "trace/read/readers.h"

namespace mmscope {

namespace {

using nlohmann::ordered_json;

std::string text_at(const ordered_json& object, const char* key) {
    const auto it = object.find(key);
    return it == object.end() ? std::string() : words_of(*it);
}

/// "vma":{"start":...} becomes vma_start; the rest of it has the same names in all formats.
void add_area(const ordered_json& area, TraceRow& row) {
    for (const auto& [key, value] : area.items()) {
        const bool own = key == "start" || key == "end" || key == "flags" || key == "name";
        row.add(own ? "vma_" + key : key, words_of(value));
    }
}

class JsonlReader final : public TraceReader {
  public:
    explicit JsonlReader(LineSource lines) : lines_(std::move(lines)) {}

    Result<void> begin() {
        ordered_json header;
        if (const auto read = read_object(header); !read) return std::unexpected(read.error());
        const auto version = parse_number(text_at(header, "version"));
        const std::string wrong = check_header(text_at(header, "schema"), version.value_or(0));
        return wrong.empty() ? Result<void>{} : lines_.wrong(wrong);
    }

    Result<bool> next(TraceRow& row) override {
        row.values.clear();
        ordered_json object;
        const auto more = read_object(object);
        if (!more || !*more) return more;
        if (text_at(object, "event") == "end") {
            complete_ = true;
            return false;
        }
        for (const auto& [key, value] : object.items()) {
            if (key == "vma" && value.is_object()) {
                add_area(value, row);
            } else {
                row.add(key, words_of(value));
            }
        }
        row.arrange();
        return true;
    }
    [[nodiscard]] bool complete() const override { return complete_; }
    [[nodiscard]] double progress() const override { return lines_.progress(); }

  private:
    Result<bool> read_object(ordered_json& object) {
        std::string_view line;
        const auto more = lines_.next(line);
        if (!more || !*more) return more;
        object = parse_shallow(line);
        if (!object.is_object()) return lines_.wrong("not a JSON object");
        return true;
    }

    LineSource lines_;
    bool complete_ = false;
};

class TraceEventReader final : public TraceReader {
  public:
    explicit TraceEventReader(LineSource lines) : lines_(std::move(lines)) {}

    Result<void> begin() {
        std::string_view line;
        if (const auto more = lines_.next(line); !more) return std::unexpected(more.error());
        constexpr std::string_view kOpen = "\"traceEvents\":[";
        if (!line.ends_with(kOpen)) return lines_.wrong("not a trace of emu");
        const auto header = parse_shallow(std::string(line) + "]}");
        if (!header.is_object() || !header.contains("otherData") || !header["otherData"].is_object())
            return lines_.wrong("not a trace of emu");
        const ordered_json& other = header["otherData"];
        const auto version = parse_number(text_at(other, "version"));
        const std::string wrong = check_header(text_at(other, "schema"), version.value_or(0));
        return wrong.empty() ? Result<void>{} : lines_.wrong(wrong);
    }

    /// Names of processes and counters are passed over: the first are put into the rows.
    Result<bool> next(TraceRow& row) override {
        row.values.clear();
        for (std::string_view line;;) {
            const auto more = lines_.next(line);
            if (!more || !*more) return more;
            if (line.starts_with("]")) {
                complete_ = true;
                return false;
            }
            if (line.starts_with(",")) line.remove_prefix(1);
            const auto event = parse_shallow(line);
            if (!event.is_object() || !event.contains("args") || !event["args"].is_object())
                return lines_.wrong("not an event");
            if (text_at(event, "ph") == "M") names_[text_at(event, "pid")] = text_at(event["args"], "name");
            if (text_at(event, "ph") != "X") continue;
            describe(event, row);
            return true;
        }
    }
    [[nodiscard]] bool complete() const override { return complete_; }
    [[nodiscard]] double progress() const override { return lines_.progress(); }

  private:
    static std::string nanoseconds(const ordered_json& event, const char* key) {
        const auto it = event.find(key);
        if (it == event.end() || !it->is_number() || it->get<double>() < 0 || it->get<double>() > 1e15)
            return {};
        return fmt::format("{:.0f}", it->get<double>() * 1000);
    }

    void describe(const ordered_json& event, TraceRow& row) const {
        const bool fault = text_at(event, "cat") == "fault";
        row.add("event", fault ? "fault" : text_at(event, "name"));
        row.add("time_ns", nanoseconds(event, "ts"));
        row.add("pid", text_at(event, "tid"));
        row.add("tgid", text_at(event, "pid"));
        const auto name = names_.find(text_at(event, "pid"));
        if (name != names_.end()) row.add("comm", name->second);
        for (const auto& [key, value] : event["args"].items())
            row.add(key == "area" ? "vma_name" : key, words_of(value));
        if (fault) row.add("kind", text_at(event, "name"));
        row.add("duration_ns", nanoseconds(event, "dur"));
        row.arrange();
    }

    LineSource lines_;
    std::map<std::string, std::string> names_;  // by tgid
    bool complete_ = false;
};

template <class Reader>
Result<std::unique_ptr<TraceReader>> begun(LineSource lines) {
    auto reader = std::make_unique<Reader>(std::move(lines));
    if (const auto ok = reader->begin(); !ok) return std::unexpected(ok.error());
    return reader;
}

}  // namespace

Result<std::unique_ptr<TraceReader>> read_jsonl(LineSource lines) {
    return begun<JsonlReader>(std::move(lines));
}

Result<std::unique_ptr<TraceReader>> read_trace_events(LineSource lines) {
    return begun<TraceEventReader>(std::move(lines));
}

}  // namespace mmscope

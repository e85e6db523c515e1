// SPDX-License-Identifier: GPL-2.0-or-later
// The keys of what is seen and kept of a run: trace, audit, snapshot, limits.
#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "app/config_store.h"
#include "trace/event_names.h"
#include "trace/trace_formats.h"

namespace mmscope {
namespace {

ConfigCheck store_trace_file(const ConfigValue& value, const PathContext& paths, Config& config) {
    std::filesystem::path file;
    if (auto problem = store_path(value, paths, file)) return problem;
    if (!file.empty() && trace_format_of(file.string()).empty()) {
        return wrong_value(
            value, fmt::format("a path that ends in {}, or \"\" for no trace", trace_formats_in_words()));
    }
    config.trace.file = std::move(file);
    return std::nullopt;
}

constexpr std::string_view kEventsInWords =
    "names of events such as [\"fault\", \"vma.*\", \"mm.*\", \"sched.switch\", \"swap.*\", \"syscall\", "
    "\"signal.*\"]";

ConfigCheck store_events(const ConfigValue& value, const PathContext&, Config& config) {
    std::vector<std::string> events;
    if (auto problem = store_patterns(value, kEventsInWords, chooses_any_event, events)) return problem;
    if (events.empty()) return wrong_value(value, "[\"fault\"] (to trace nothing, leave trace.file empty)");
    config.trace.events = std::move(events);
    return std::nullopt;
}

ConfigCheck store_kinds(const ConfigValue& value, const PathContext&, Config& config) {
    return store_patterns(value, "names of kinds of page faults, such as [\"cow_*\"]", chooses_any_kind,
                          config.trace.kinds);
}

ConfigCheck store_pids(const ConfigValue& value, const PathContext&, Config& config) {
    return store_list(value, "an array of process ids such as [1, 7]", config.trace.pids,
                      [](const ConfigValue& item) -> Result<uint32_t> {
                          const auto* pid = std::get_if<int64_t>(&item.data);
                          if (pid == nullptr || *pid < 0 || *pid > std::numeric_limits<int32_t>::max()) {
                              return fail(fmt::format("found {}, expected a process id from 0 to 2147483647",
                                                      item.described));
                          }
                          return static_cast<uint32_t>(*pid);
                      });
}

ConfigCheck store_addresses(const ConfigValue& value, const PathContext&, Config& config) {
    return store_list(
        value, "an array of ranges such as [\"0x8048000-0x804a000\"]", config.trace.addresses,
        [](const ConfigValue& item) -> Result<AddressRange> {
            const auto* text = std::get_if<std::string>(&item.data);
            if (text != nullptr) return parse_address_range(*text);
            return fail(fmt::format("found {}, expected a range \"FIRST-END\"", item.described));
        });
}

ConfigCheck store_audit_when(const ConfigValue& value, const PathContext&, Config& config) {
    constexpr std::string_view kWhat =
        "\"never\", \"exit\", \"checkpoint\", \"every-return\", \"every:N\" or \"random:N\", N from 1 to "
        "1000000";
    constexpr std::array<std::pair<std::string_view, AuditWhen>, 4> kWords = {
        {{"never", AuditWhen::Never},
         {"exit", AuditWhen::Exit},
         {"checkpoint", AuditWhen::Checkpoint},
         {"every-return", AuditWhen::EveryReturn}}};
    constexpr std::array<std::pair<std::string_view, AuditWhen>, 2> kPeriods = {
        {{"every:", AuditWhen::Every}, {"random:", AuditWhen::Random}}};
    const auto* text = std::get_if<std::string>(&value.data);
    if (text == nullptr) return wrong_value(value, kWhat);
    for (const auto& [word, when] : kWords) {
        if (*text == word) return config.audit.when = when, std::nullopt;
    }
    for (const auto& [word, when] : kPeriods) {
        if (!text->starts_with(word)) continue;
        const char* const end = text->data() + text->size();
        uint32_t period = 0;
        const auto [stop, status] = std::from_chars(text->data() + word.size(), end, period);
        if (status != std::errc{} || stop != end || period == 0 || period > 1'000'000) break;
        config.audit.when = when;
        config.audit.period = period;
        return std::nullopt;
    }
    return wrong_value(value, kWhat);
}

ConfigCheck store_audit_fail(const ConfigValue& value, const PathContext&, Config& config) {
    return store_flag(value, config.audit.fail);
}

ConfigCheck store_increments(const ConfigValue& value, const PathContext&, Config& config) {
    const auto* increments = std::get_if<bool>(&value.data);
    if (increments == nullptr) return wrong_value(value, "true or false");
    config.snapshot.increments = *increments;
    return std::nullopt;
}

ConfigCheck store_every(const ConfigValue& value, const PathContext&, Config& config) {
    constexpr uint64_t kShortest = 1000;
    const auto* text = std::get_if<std::string>(&value.data);
    if (text == nullptr) return wrong_value(value, "a time such as \"10ms\", or \"never\"");
    if (*text == "never") return config.snapshot.every.reset(), std::nullopt;
    const auto time = parse_duration(*text);
    if (!time) return ConfigProblem{value.at, time.error().message + ", or \"never\""};
    if (*time < kShortest) return wrong_value(value, "at least \"1us\", or \"never\"");
    config.snapshot.every = *time;
    return std::nullopt;
}

ConfigCheck store_keep(const ConfigValue& value, const PathContext&, Config& config) {
    const auto* text = std::get_if<std::string>(&value.data);
    if (text == nullptr) return wrong_value(value, "a size such as \"256MiB\"");
    const auto size = parse_size(*text);
    if (!size) return ConfigProblem{value.at, size.error().message};
    config.snapshot.keep = *size;
    return std::nullopt;
}

ConfigCheck store_snapshot_at(const ConfigValue& value, const PathContext&, Config& config) {
    const auto read = [](const ConfigValue& item) -> Result<SnapshotMoment> {
        const auto* text = std::get_if<std::string>(&item.data);
        if (text != nullptr) return parse_snapshot_moment(*text);
        return fail(fmt::format("found {}, expected a moment such as \"exit\"", item.described));
    };
    std::vector<SnapshotMoment> moments;
    constexpr std::string_view kWhat = "an array of moments such as [\"exit\", \"checkpoint:3\"]";
    if (auto problem = store_list(value, kWhat, moments, read)) return problem;
    for (size_t i = 0; i < moments.size(); ++i) {
        if (std::ranges::count(moments, moments[i]) == 1) continue;
        return ConfigProblem{value.at, fmt::format("\"{}\" comes twice", moments[i].text)};
    }
    if (moments.empty())
        return wrong_value(value, "at least one moment (for none, leave snapshot.file empty)");
    config.snapshot.at = std::move(moments);
    return std::nullopt;
}

ConfigCheck store_snapshot_file(const ConfigValue& value, const PathContext& paths, Config& config) {
    if (auto problem = store_path(value, paths, config.snapshot.file)) return problem;
    if (config.snapshot.file.empty() || config.snapshot.file.has_filename()) return std::nullopt;
    return wrong_value(value, "the path of a file, or \"\" for no snapshot");
}

ConfigCheck store_restore(const ConfigValue& value, const PathContext& paths, Config& config) {
    return store_path(value, paths, config.snapshot.restore);
}

ConfigCheck store_audit_tlb(const ConfigValue& value, const PathContext&, Config& config) {
    return store_flag(value, config.audit.tlb);
}

ConfigCheck store_until(const ConfigValue& value, const PathContext&, Config& config) {
    const auto* text = std::get_if<std::string>(&value.data);
    if (text == nullptr) return wrong_value(value, "a time such as \"250ms\", or \"never\"");
    if (*text == "never") return config.limits.until.reset(), std::nullopt;
    const auto time = parse_duration(*text);
    if (!time) return ConfigProblem{value.at, time.error().message + ", or \"never\""};
    config.limits.until = VirtualTime{*time};
    return std::nullopt;
}

constexpr std::array kRunKeys = {
    ConfigKey{"trace.file", "path ending in .jsonl, .csv, .sqlite or .json, also with .zst, or \"\"", "\"\"",
              "page-fault trace; empty: none", store_trace_file},
    ConfigKey{"trace.events", "array of names, such as [\"fault\", \"vma.*\", \"mm.*\"]", "[\"fault\"]",
              "which events are written", store_events},
    ConfigKey{"trace.kinds", "array of names, such as [\"cow_*\"]", "[]",
              "write only page faults of these kinds; empty: all", store_kinds},
    ConfigKey{"trace.pids", "array of process ids", "[]", "write only events of these processes; empty: all",
              store_pids},
    ConfigKey{"trace.addresses", "array of \"FIRST-END\", hexadecimal", "[]",
              "write only faults whose address lies in one of these; empty: all", store_addresses},
    ConfigKey{
        "audit.when", "\"never\", \"exit\", \"checkpoint\", \"every-return\", \"every:N\" or \"random:N\"",
        "\"never\"",
        "when the descriptors are audited: every return to user mode, before every Nth page fault, or at "
        "pseudo-random moments N ms apart on average",
        store_audit_when},
    ConfigKey{"audit.fail", "true or false", "true", "a violation ends the run with status 4",
              store_audit_fail},
    ConfigKey{"audit.tlb", "true or false", "false",
              "at each return to user mode, look for translations that outlived their entries",
              store_audit_tlb},
    ConfigKey{"snapshot.at", "array of \"exit\", \"panic\", \"checkpoint:N\" or \"time:TIME\"", "[\"exit\"]",
              "when the machine is saved; panic: at the end, if the guest panicked or the machine shut down",
              store_snapshot_at},
    ConfigKey{
        "snapshot.file", "path, or \"\" for none", "\"\"",
        "ELF core that gets the machine, compressed if it ends in .zst; with several moments their names go "
        "before the extension",
        store_snapshot_file},
    ConfigKey{"snapshot.increments", "true or false", "false",
              "each file after the first holds only what was written since the one before, and needs it",
              store_increments},
    ConfigKey{"snapshot.restore", "path, or \"\" for none", "\"\"",
              "snapshot in which the run begins; RAM, MMU and clock are those of its machine", store_restore},
    ConfigKey{"snapshot.every", "time (ns, us, ms, s, min), or \"never\"", "\"never\"",
              "virtual time between two checkpoints in memory, to which the monitor's back returns",
              store_every},
    ConfigKey{"snapshot.keep", "size", "\"256MiB\"",
              "memory for checkpoints; what is more is dropped, the first and the last never", store_keep},
    ConfigKey{"limits.until", "time (ns, us, ms, s, min), or \"never\"", "\"never\"",
              "virtual time after which the machine is stopped with status 124", store_until},
};

}  // namespace

std::span<const ConfigKey> run_keys() {
    return kRunKeys;
}

}  // namespace mmscope

// SPDX-License-Identifier: GPL-2.0-or-later
// The table of configuration keys and the checks of their values.
#include "app/config_keys.h"

#include "app/bad_sectors.h"
#include "trace/event_names.h"
#include "trace/trace_formats.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <initializer_list>
#include <limits>
#include <type_traits>
#include <utility>

namespace mmscope {
namespace {

using Problem = std::optional<ConfigProblem>;

Problem expected(const ConfigValue& value, std::string_view what) {
    return ConfigProblem{value.at, fmt::format("found {}, expected {}", value.described, what)};
}

std::filesystem::path resolve(std::string text, const PathContext& paths) {
    constexpr std::string_view kExeDir = "${exe_dir}";
    if (text.empty()) return {};
    if (text.starts_with(kExeDir)) text.replace(0, kExeDir.size(), paths.exe_dir.string());
    return (paths.folder / text).lexically_normal();
}

Problem store_text(const ConfigValue& value, std::string_view what, std::string& out) {
    const auto* text = std::get_if<std::string>(&value.data);
    if (text == nullptr) return expected(value, what);
    if (text->find('\0') != std::string::npos) return expected(value, "a string without NUL bytes");
    out = *text;
    return std::nullopt;
}

Problem store_path(const ConfigValue& value, const PathContext& paths, std::filesystem::path& out) {
    std::string text;
    if (auto problem = store_text(value, "a path in quotes", text)) return problem;
    out = resolve(std::move(text), paths);
    return std::nullopt;
}

template <class Choice>
using Choices = std::initializer_list<std::pair<std::string_view, std::type_identity_t<Choice>>>;

template <class Choice>
Problem store_choice(const ConfigValue& value, Choices<Choice> choices, Choice& out) {
    const auto* text = std::get_if<std::string>(&value.data);
    std::string names;
    for (const auto& [name, choice] : choices) {
        if (text != nullptr && *text == name) return out = choice, std::nullopt;
        names += fmt::format("{}\"{}\"", names.empty() ? "" : " or ", name);
    }
    return expected(value, names);
}

/// Stores each item of an array; a problem points at the item.
template <class Item, class Convert>
Problem store_list(const ConfigValue& value, std::string_view what, std::vector<Item>& out, Convert convert) {
    const auto* items = std::get_if<std::vector<ConfigValue>>(&value.data);
    if (items == nullptr) return expected(value, what);
    std::vector<Item> converted;
    for (const ConfigValue& item : *items) {
        const Result<Item> one = convert(item);
        if (!one) return ConfigProblem{item.at, one.error().message};
        converted.push_back(*one);
    }
    out = std::move(converted);
    return std::nullopt;
}

Problem store_ram(const ConfigValue& value, const PathContext&, Config& config) {
    constexpr uint64_t kMiB = 1 << 20;
    constexpr std::string_view kWhat = "a size such as \"64MiB\", a multiple of 1MiB from 1MiB to 3GiB";
    const auto* text = std::get_if<std::string>(&value.data);
    if (text == nullptr) return expected(value, kWhat);
    const auto size = parse_size(*text);
    if (!size) return ConfigProblem{value.at, size.error().message};
    if (*size < kMiB || *size > 3072 * kMiB || *size % kMiB != 0) return expected(value, kWhat);
    config.machine.ram = static_cast<uint32_t>(*size);
    return std::nullopt;
}

Problem store_clock(const ConfigValue& value, const PathContext&, Config& config) {
    return store_choice<ClockMode>(
        value, {{"virtual", ClockMode::Virtual}, {"realtime", ClockMode::Realtime}}, config.machine.clock);
}

Problem store_rtc(const ConfigValue& value, const PathContext&, Config& config) {
    constexpr int64_t kFirst = 315532800, kEnd = 4102444800;  // 1980-01-01 and 2100-01-01
    const auto* moment = std::get_if<TimeStamp>(&value.data);
    if (moment == nullptr || moment->seconds < kFirst || moment->seconds >= kEnd) {
        return expected(value, "a date and time with offset from 1980 to 2099, such as 2008-12-24T23:26:37Z");
    }
    config.machine.rtc = moment->seconds;
    return std::nullopt;
}

Problem store_mmu(const ConfigValue& value, const PathContext&, Config& config) {
    return store_choice<MmuKind>(value, {{"own", MmuKind::Own}, {"unicorn", MmuKind::Unicorn}},
                                 config.cpu.mmu);
}

Problem store_kernel(const ConfigValue& value, const PathContext& paths, Config& config) {
    if (auto problem = store_path(value, paths, config.boot.kernel)) return problem;
    if (config.boot.kernel.empty()) return expected(value, "the path of a Multiboot ELF kernel");
    return std::nullopt;
}

Problem store_cmdline(const ConfigValue& value, const PathContext&, Config& config) {
    return store_text(value, "the kernel's command line in quotes", config.boot.cmdline);
}

Problem store_initramfs(const ConfigValue& value, const PathContext& paths, Config& config) {
    return store_path(value, paths, config.boot.initramfs);
}

Problem store_display(const ConfigValue& value, const PathContext&, Config& config) {
    return store_choice<DisplayMode>(
        value, {{"auto", DisplayMode::Auto}, {"sdl", DisplayMode::Sdl}, {"none", DisplayMode::None}},
        config.display.mode);
}

Problem store_serial(const ConfigValue& value, const PathContext& paths, Config& config) {
    constexpr std::string_view kFile = "file:";
    constexpr std::string_view kWhat = "\"stdio\" or \"pty\" or \"file:PATH\"";
    std::string text;
    if (auto problem = store_text(value, kWhat, text)) return problem;
    if (text == "stdio" || text == "pty") {
        config.serial.kind = text == "pty" ? SerialKind::Pty : SerialKind::Stdio;
        config.serial.file.clear();
        return std::nullopt;
    }
    if (!text.starts_with(kFile) || text.size() == kFile.size()) return expected(value, kWhat);
    config.serial.kind = SerialKind::File;
    config.serial.file = resolve(text.substr(kFile.size()), paths);
    return std::nullopt;
}

Problem store_trace_file(const ConfigValue& value, const PathContext& paths, Config& config) {
    std::filesystem::path file;
    if (auto problem = store_path(value, paths, file)) return problem;
    if (!file.empty() && trace_format_of(file.string()).empty()) {
        return expected(
            value, fmt::format("a path that ends in {}, or \"\" for no trace", trace_formats_in_words()));
    }
    config.trace.file = std::move(file);
    return std::nullopt;
}

constexpr std::string_view kEventsInWords =
    "names of events such as [\"fault\", \"vma.*\", \"mm.*\", \"sched.switch\", \"swap.*\", \"syscall\", "
    "\"signal.*\"]";

/// Patterns are names that may end in '*'. `any_fits` knows whether one of them can ever fit.
Problem store_patterns(const ConfigValue& value, std::string_view what, bool (*any_fits)(std::string_view),
                       std::vector<std::string>& into) {
    const auto read = [&](const ConfigValue& item) -> Result<std::string> {
        const auto* text = std::get_if<std::string>(&item.data);
        if (text != nullptr && any_fits(*text)) return *text;
        return fail(fmt::format("found {}, expected {}", item.described, what));
    };
    return store_list(value, what, into, read);
}

Problem store_events(const ConfigValue& value, const PathContext&, Config& config) {
    std::vector<std::string> events;
    if (auto problem = store_patterns(value, kEventsInWords, chooses_any_event, events)) return problem;
    if (events.empty()) return expected(value, "[\"fault\"] (to trace nothing, leave trace.file empty)");
    config.trace.events = std::move(events);
    return std::nullopt;
}

Problem store_kinds(const ConfigValue& value, const PathContext&, Config& config) {
    return store_patterns(value, "names of kinds of page faults, such as [\"cow_*\"]", chooses_any_kind,
                          config.trace.kinds);
}

Problem store_pids(const ConfigValue& value, const PathContext&, Config& config) {
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

Problem store_addresses(const ConfigValue& value, const PathContext&, Config& config) {
    return store_list(
        value, "an array of ranges such as [\"0x8048000-0x804a000\"]", config.trace.addresses,
        [](const ConfigValue& item) -> Result<AddressRange> {
            const auto* text = std::get_if<std::string>(&item.data);
            if (text != nullptr) return parse_address_range(*text);
            return fail(fmt::format("found {}, expected a range \"FIRST-END\"", item.described));
        });
}

Problem store_audit_when(const ConfigValue& value, const PathContext&, Config& config) {
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
    if (text == nullptr) return expected(value, kWhat);
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
    return expected(value, kWhat);
}

Problem store_audit_fail(const ConfigValue& value, const PathContext&, Config& config) {
    const auto* fail = std::get_if<bool>(&value.data);
    if (fail == nullptr) return expected(value, "true or false");
    config.audit.fail = *fail;
    return std::nullopt;
}

Problem store_snapshot_at(const ConfigValue& value, const PathContext&, Config& config) {
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
    if (moments.empty()) return expected(value, "at least one moment (for none, leave snapshot.file empty)");
    config.snapshot.at = std::move(moments);
    return std::nullopt;
}

Problem store_snapshot_file(const ConfigValue& value, const PathContext& paths, Config& config) {
    if (auto problem = store_path(value, paths, config.snapshot.file)) return problem;
    if (config.snapshot.file.empty() || config.snapshot.file.has_filename()) return std::nullopt;
    return expected(value, "the path of a file, or \"\" for no snapshot");
}

Problem store_restore(const ConfigValue& value, const PathContext& paths, Config& config) {
    return store_path(value, paths, config.snapshot.restore);
}

Problem store_audit_tlb(const ConfigValue& value, const PathContext&, Config& config) {
    const auto* tlb = std::get_if<bool>(&value.data);
    if (tlb == nullptr) return expected(value, "true or false");
    config.audit.tlb = *tlb;
    return std::nullopt;
}

Problem store_until(const ConfigValue& value, const PathContext&, Config& config) {
    const auto* text = std::get_if<std::string>(&value.data);
    if (text == nullptr) return expected(value, "a time such as \"250ms\", or \"never\"");
    if (*text == "never") return config.limits.until.reset(), std::nullopt;
    const auto time = parse_duration(*text);
    if (!time) return ConfigProblem{value.at, time.error().message + ", or \"never\""};
    config.limits.until = VirtualTime{*time};
    return std::nullopt;
}

Problem store_hda(const ConfigValue& value, const PathContext& paths, Config& config) {
    return store_path(value, paths, config.disk.hda.image);
}
Problem store_hdb(const ConfigValue& value, const PathContext& paths, Config& config) {
    return store_path(value, paths, config.disk.hdb.image);
}
Problem store_save_hda(const ConfigValue& value, const PathContext& paths, Config& config) {
    return store_path(value, paths, config.disk.hda.save);
}
Problem store_save_hdb(const ConfigValue& value, const PathContext& paths, Config& config) {
    return store_path(value, paths, config.disk.hdb.save);
}

Problem store_overlay(const ConfigValue& value, const PathContext&, Config& config) {
    const auto* overlay = std::get_if<bool>(&value.data);
    if (overlay == nullptr) return expected(value, "true or false");
    config.disk.writes = *overlay ? DiskWrites::Overlay : DiskWrites::Through;
    return std::nullopt;
}

Problem store_bad_sectors(const ConfigValue& value, const PathContext&, Config& config) {
    std::vector<BadRange> ranges;
    const auto read = [](const ConfigValue& item) -> Result<BadRange> {
        const auto* text = std::get_if<std::string>(&item.data);
        if (text != nullptr) return parse_bad_range(*text);
        return fail(fmt::format("found {}, expected \"DISK:ACCESS:SECTORS\"", item.described));
    };
    if (auto problem = store_list(value, "an array such as [\"hda:write:1200-1300\"]", ranges, read))
        return problem;
    config.disk.hda.bad.clear();
    config.disk.hdb.bad.clear();
    for (const BadRange& range : ranges)
        (range.unit == 0 ? config.disk.hda : config.disk.hdb).bad.push_back(range.sectors);
    return std::nullopt;
}

constexpr std::array kKeys = {
    ConfigKey{"machine.ram", "size, 1MiB to 3GiB in steps of 1MiB", "\"64MiB\"", "RAM of the machine",
              store_ram},
    ConfigKey{"machine.clock", "\"virtual\" or \"realtime\"", "\"virtual\"",
              "virtual: as fast as the host can; realtime: virtual time keeps pace with the wall clock",
              store_clock},
    ConfigKey{"machine.rtc", "date and time with offset, 1980 to 2099", "2008-12-24T23:26:37Z",
              "what the CMOS clock shows at power-on; it then follows virtual time", store_rtc},
    ConfigKey{"cpu.mmu", "\"own\" or \"unicorn\"", "\"own\"",
              "who walks the page tables; the guest behaves the same, only \"own\" counts TLB fills",
              store_mmu},
    ConfigKey{"boot.kernel", "path", "\"${exe_dir}/guest/kernel-2.6.28.elf\"", "Multiboot 1 ELF image",
              store_kernel},
    ConfigKey{"boot.cmdline", "string", "\"\"", "the kernel's command line", store_cmdline},
    ConfigKey{"boot.initramfs", "path, or \"\" for none", "\"${exe_dir}/guest/initramfs.cpio\"",
              "cpio archive (newc), passed as the first boot module", store_initramfs},
    ConfigKey{"display.mode", "\"auto\", \"sdl\" or \"none\"", "\"auto\"",
              "auto: a window if there is a display; sdl: a window or an error; none: no window",
              store_display},
    ConfigKey{"serial.port", "\"stdio\", \"pty\" or \"file:PATH\"", "\"stdio\"",
              "where the first serial port leads; a file takes output only", store_serial},
    ConfigKey{"disk.hda", "path, or \"\" for none", "\"\"",
              "raw image of the first ATA disk, whole sectors of 512 bytes", store_hda},
    ConfigKey{"disk.hdb", "path, or \"\" for none", "\"\"", "the same for the second disk", store_hdb},
    ConfigKey{"disk.overlay", "true or false", "true",
              "true: what the guest writes stays in memory, no image changes; false: it goes to the images",
              store_overlay},
    ConfigKey{"disk.save_hda", "path, or \"\"", "\"\"",
              "at the end of the run this file gets the first disk as the guest left it, whole or not at all",
              store_save_hda},
    ConfigKey{"disk.save_hdb", "path, or \"\"", "\"\"", "the same for the second disk", store_save_hdb},
    ConfigKey{"disk.fail", "array of \"[DISK:]ACCESS:FIRST[-LAST]\"", "[]",
              "sectors that give an I/O error, such as [\"write:1200-1300\", \"hdb:read:5\"]",
              store_bad_sectors},
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
    ConfigKey{"snapshot.file", "path, or \"\" for none", "\"\"",
              "ELF core that gets the machine; with several moments their names go before the extension",
              store_snapshot_file},
    ConfigKey{"snapshot.restore", "path, or \"\" for none", "\"\"",
              "snapshot in which the run begins; RAM, MMU and clock are those of its machine", store_restore},
    ConfigKey{"limits.until", "time (ns, us, ms, s, min), or \"never\"", "\"never\"",
              "virtual time after which the machine is stopped with status 124", store_until},
};

/// Levenshtein's distance, one row at a time.
size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<size_t> row(b.size() + 1);
    for (size_t j = 0; j <= b.size(); ++j)
        row[j] = j;
    for (size_t i = 1; i <= a.size(); ++i) {
        size_t diagonal = std::exchange(row[0], i);
        for (size_t j = 1; j <= b.size(); ++j) {
            const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
        }
    }
    return row.back();
}

std::string_view last_part(std::string_view path) {
    return path.substr(path.rfind('.') + 1);
}

}  // namespace

std::span<const ConfigKey> config_keys() {
    return kKeys;
}

std::string nearest_config_key(std::string_view path) {
    constexpr size_t kLongest = 80;  // a longer name resembles nothing, and costs its square
    path = path.substr(0, kLongest);
    for (const ConfigKey& key : kKeys) {
        if (last_part(key.path) == last_part(path)) return std::string(key.path);
    }
    const bool section = path.find('.') == std::string_view::npos;
    const auto candidate = [section](const ConfigKey& key) {
        return section ? key.path.substr(0, key.path.find('.')) : key.path;
    };
    const auto& best = *std::ranges::min_element(
        kKeys, {}, [&](const ConfigKey& key) { return edit_distance(path, candidate(key)); });
    return std::string(candidate(best));
}

}  // namespace mmscope

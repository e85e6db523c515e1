// SPDX-License-Identifier: GPL-2.0-or-later
// ldt: the descriptors of a process's local table (SDM vol. 3, 3.4.5).
#include <fmt/format.h>

#include <span>

#include "inspect/command_call.h"
#include "inspect/inspect_json.h"

namespace mmscope {

namespace {

constexpr uint32_t kMostDescriptors = 8192;

struct DescriptorModel {
    uint32_t index, low, high;

    [[nodiscard]] uint32_t base() const { return low >> 16 | (high & 0xff) << 16 | (high & 0xff000000); }
    /// The last byte that may be reached, of a segment that grows up.
    [[nodiscard]] uint32_t limit() const {
        const uint32_t units = (low & 0xffff) | (high & 0xf0000);
        return (high & 1u << 23) != 0 ? units << 12 | 0xfff : units;
    }
    [[nodiscard]] uint32_t dpl() const { return high >> 13 & 3; }
    [[nodiscard]] uint32_t selector() const { return index << 3 | 4 | dpl(); }
    [[nodiscard]] bool present() const { return (high & 1u << 15) != 0; }
    [[nodiscard]] std::string kind() const {
        if ((high & 1u << 12) == 0) return fmt::format("system descriptor of type {}", high >> 8 & 0xf);
        const bool second = (high & 1u << 10) != 0, first = (high & 1u << 9) != 0;
        if ((high & 1u << 11) != 0)
            return fmt::format("code, {}{}", first ? "execute and read" : "execute only",
                               second ? ", conforming" : "");
        return fmt::format("data, {}{}", first ? "read and write" : "read only",
                           second ? ", expands down" : "");
    }
    [[nodiscard]] std::string_view width() const { return (high & 1u << 22) != 0 ? "32 bits" : "16 bits"; }
};

struct LdtModel {
    TaskModel task;
    MachineMoment moment;
    LinearAddr at;
    uint32_t size = 0;  // entries
    std::vector<DescriptorModel> used;
};

Result<LdtModel> read_ldt(const CommandCall& call) {
    const auto pid = parse_pid(call.arguments[0]);
    if (!pid) return std::unexpected(pid.error());
    const auto task = get_user_task(call.inspector(), *pid);
    if (!task) return std::unexpected(task.error());
    const auto objects = Objects::at(call.inspector());
    if (!objects) return std::unexpected(objects.error());
    const auto mm = objects->object("mm_struct", task->mm);
    if (!mm) return std::unexpected(mm.error());
    const auto at = read_word(*mm, "context.ldt"), size = read_word(*mm, "context.size");
    if (!at) return std::unexpected(at.error());
    if (!size) return std::unexpected(size.error());
    const WalkPath path = WalkPath(fmt::format("task {}", *pid)).then("mm").then("context");
    if (*size > kMostDescriptors)
        return std::unexpected(
            decode_error("mm_context_t.size", task->mm,
                         fmt::format("{}, at most {} are possible", *size, kMostDescriptors), path));
    LdtModel model{
        .task = *task, .moment = objects->kernel().moment, .at = LinearAddr(*at), .size = *size, .used = {}};
    std::vector<uint32_t> words(size_t{2} * *size);
    if (!words.empty() && objects->kernel().memory.read(model.at, std::as_writable_bytes(std::span(words))))
        return std::unexpected(decode_error("mm_context_t.ldt", model.at, "not mapped", path.then("ldt")));
    for (uint32_t i = 0; i < *size; ++i) {
        if ((words[2 * i] | words[2 * i + 1]) != 0) model.used.push_back({i, words[2 * i], words[2 * i + 1]});
    }
    return model;
}

std::string ldt_text(const LdtModel& model) {
    std::string out = fmt::format("ldt of {} ({}): ", model.task.pid, model.task.comm);
    if (model.size == 0) return out + "none\n";
    out += fmt::format("{} entries at 0x{:08x}, {} in use\n", model.size, model.at.value, model.used.size());
    for (const DescriptorModel& entry : model.used) {
        out += fmt::format("  [{:>4}] selector 0x{:04x} base 0x{:08x} limit 0x{:08x} {}, {}, DPL {}{}\n",
                           entry.index, entry.selector(), entry.base(), entry.limit(), entry.kind(),
                           entry.width(), entry.dpl(), entry.present() ? "" : ", not present");
    }
    return out;
}

std::string ldt_json(const LdtModel& model) {
    InspectJson json = inspect_document("ldt", model.moment);
    json["pid"] = model.task.pid;
    json["at"] = hex_word(model.at);
    json["size"] = model.size;
    json["entries"] = InspectJson::array();
    for (const DescriptorModel& entry : model.used) {
        json["entries"].push_back({{"index", entry.index},
                                   {"selector", entry.selector()},
                                   {"base", hex_word(entry.base())},
                                   {"limit", hex_word(entry.limit())},
                                   {"kind", entry.kind()},
                                   {"width", entry.width()},
                                   {"dpl", entry.dpl()},
                                   {"present", entry.present()}});
    }
    return json_line(json);
}

}  // namespace

Result<std::string> run_ldt(const CommandCall& call) {
    const auto model = read_ldt(call);
    if (!model) return std::unexpected(model.error());
    return call.json ? ldt_json(*model) : ldt_text(*model);
}

}  // namespace mmscope

// SPDX-License-Identifier: GPL-2.0-or-later
// bt and log: how a task got where it is, and what the kernel said.
#include <fmt/format.h>

#include <algorithm>

#include "inspect/command_call.h"
#include "inspect/inspect_json.h"
#include "introspect/walkers.h"

namespace mmscope {

namespace {

constexpr uint32_t kStackBytes = 8192, kMostFrames = 64;
constexpr uint32_t kSavedRegisters = 16;  // EDI, ESI, EBX, EBP below the return address of a switch

struct Backtrace {
    TaskModel task;
    MachineMoment moment;
    bool running = false;
    std::vector<LinearAddr> frames;  // the place itself, then return addresses
    std::string end;                 // why the chain ends, if not at its bottom
};

/// A frame is (caller's EBP, return address); the chain stays on the stack and only goes up.
void follow_frames(const GuestMemory& memory, LinearAddr stack, uint32_t ebp, Backtrace& trace) {
    uint32_t floor = stack.value;
    while (trace.frames.size() < kMostFrames) {
        if (ebp == 0) return;  // the first frame of all
        if (ebp < floor || ebp - stack.value > kStackBytes - 8 || ebp % 4 != 0) {
            // Code that came from user mode has the program's EBP.
            if (ebp >= kPageOffset)
                trace.end = fmt::format("the frame pointer 0x{:08x} leaves the stack", ebp);
            return;
        }
        const auto next = memory.read_u32(LinearAddr(ebp)), back = memory.read_u32(LinearAddr(ebp + 4));
        if (!next || !back) {
            trace.end = fmt::format("the frame at 0x{:08x} is not mapped", ebp);
            return;
        }
        if (*back == 0) return;
        trace.frames.emplace_back(*back);
        floor = ebp + 4;
        ebp = *next;
    }
    trace.end = fmt::format("more than {} frames", kMostFrames);
}

/// A task that was switched away: what switch_stacks left on its stack, or nothing yet if it never ran.
Result<void> trace_sleeper(const Objects& objects, const TypedRef& task, LinearAddr stack, Backtrace& trace) {
    const auto esp = read_word(task, "thread.esp"), eip = read_word(task, "thread.eip");
    if (!esp) return std::unexpected(esp.error());
    if (!eip) return std::unexpected(eip.error());
    trace.frames.emplace_back(*eip);
    const GuestMemory& memory = objects.kernel().memory;
    const std::string name = objects.kernel().kernel->symbols().describe(LinearAddr(*eip));
    if (name.starts_with("ret_from_")) return {};
    if (*esp < stack.value || *esp - stack.value > kStackBytes - kSavedRegisters - 4) {
        return std::unexpected(
            decode_error("thread_struct.esp", LinearAddr(*esp), "not on the task's stack",
                         WalkPath(fmt::format("task {}", trace.task.pid)).then("thread").then("esp")));
    }
    const auto ebp = memory.read_u32(LinearAddr(*esp + kSavedRegisters - 4));
    const auto back = memory.read_u32(LinearAddr(*esp + kSavedRegisters));
    if (!ebp || !back) return fail(fmt::format("the stack at 0x{:08x} is not mapped", *esp));
    trace.frames.emplace_back(*back);
    follow_frames(memory, stack, *ebp, trace);
    return {};
}

Result<Backtrace> read_backtrace(const CommandCall& call) {
    const auto pid = parse_pid(call.arguments[0]);
    if (!pid) return std::unexpected(pid.error());
    const auto model = get_task(call.inspector(), *pid);
    if (!model) return std::unexpected(model.error());
    const auto objects = Objects::at(call.inspector());
    if (!objects) return std::unexpected(objects.error());
    const auto task = objects->task(*pid);
    if (!task) return std::unexpected(task.error());
    const auto stack = read_word(*task, "stack");
    if (!stack) return std::unexpected(stack.error());
    const auto current = objects->kernel().memory.read_u32(objects->kernel().kernel->layouts().current_task);
    Backtrace trace{.task = *model,
                    .moment = objects->kernel().moment,
                    .running = current == model->at.value,
                    .frames = {},
                    .end = {}};
    if (!trace.running) {
        if (const auto done = trace_sleeper(*objects, *task, LinearAddr(*stack), trace); !done)
            return std::unexpected(done.error());
        return trace;
    }
    const auto& registers = call.inspection.registers;
    if (!registers)
        return fail(fmt::format("task {} is running, and its registers are not known here", *pid));
    trace.frames.emplace_back(registers->eip);
    if (registers->cpl == 0)
        follow_frames(objects->kernel().memory, LinearAddr(*stack), registers->ebp, trace);
    return trace;
}

/// A return address stands behind its call, which may have been its function's last instruction.
std::string frame_name(const SymbolTable& symbols, LinearAddr at, bool is_return) {
    if (at.value < kPageOffset) return "(user)";
    const Symbol* symbol = symbols.find(is_return ? at - 1 : at);
    return symbol == nullptr ? "?" : fmt::format("{}+0x{:x}", symbol->name, at - symbol->address);
}

std::string printable(std::string_view text) {
    std::string out;
    for (const char c : text)
        out += c == '\n' || c == '\t' || (c >= 0x20 && c < 0x7f) ? c : '?';
    return out;
}

/// The ring's characters, oldest first.
Result<std::string> read_log(const Objects& objects) {
    const auto ring = objects.variable("log_buf");
    if (!ring) return std::unexpected(ring.error());
    const auto end = objects.variable("log_end");
    const auto written = end ? end->u32() : std::unexpected(end.error());
    if (!written) return std::unexpected(written.error());
    const uint32_t size = ring->type().resolved().size;
    if (size == 0 || size > (16u << 20)) return fail(fmt::format("log_buf has {} bytes", size));
    std::string bytes(size, '\0');
    if (objects.kernel().memory.read(ring->address(), std::as_writable_bytes(std::span(bytes))))
        return fail(fmt::format("log_buf @{:08x}: not mapped", ring->address().value));
    if (*written <= size) return bytes.substr(0, *written);
    std::ranges::rotate(bytes, bytes.begin() + *written % size);
    return bytes;
}

}  // namespace

Result<std::string> run_bt(const CommandCall& call) {
    const auto trace = read_backtrace(call);
    if (!trace) return std::unexpected(trace.error());
    const SymbolTable& symbols = call.inspector().kernel().symbols();
    InspectJson json = inspect_document("bt", trace->moment);
    json["pid"] = trace->task.pid;
    json["running"] = trace->running;
    json["frames"] = InspectJson::array();
    std::string out =
        fmt::format("{} ({}){}\n", trace->task.pid, trace->task.comm, trace->running ? ", running" : "");
    for (size_t i = 0; i < trace->frames.size(); ++i) {
        const std::string name = frame_name(symbols, trace->frames[i], i > 0);
        json["frames"].push_back({{"at", hex_word(trace->frames[i])}, {"symbol", name}});
        out += fmt::format("  #{:<2} [<{:08x}>] {}\n", i, trace->frames[i].value, name);
    }
    if (!trace->end.empty()) {
        json["end"] = trace->end;
        out += "! " + trace->end + '\n';
    }
    return call.json ? json_line(json) : out;
}

Result<std::string> run_log(const CommandCall& call) {
    const auto objects = Objects::at(call.inspector());
    if (!objects) return std::unexpected(objects.error());
    const auto log = read_log(*objects);
    if (!log) return std::unexpected(log.error());
    std::string text = printable(*log);
    if (!text.empty() && text.back() != '\n') text += '\n';
    if (!call.json) return text;
    InspectJson json = inspect_document("log", objects->kernel().moment);
    json["lines"] = InspectJson::array();
    for (size_t start = 0; start < text.size();) {
        const size_t end = text.find('\n', start);
        json["lines"].push_back(text.substr(start, end - start));
        start = end + 1;
    }
    return json_line(json);
}

}  // namespace mmscope

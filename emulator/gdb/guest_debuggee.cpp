// SPDX-License-Identifier: GPL-2.0-or-later
// Threads, registers and memory for gdb, decoded from the guest as the inspection commands do.
#include "gdb/guest_debuggee.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "cpu/cpu_snapshot.h"
#include "inspect/commands.h"
#include "introspect/objects.h"

namespace mmscope {
namespace {

uint32_t pid_of(uint32_t thread) {
    return thread == GuestDebuggee::kIdleThread ? 0 : thread;
}

uint32_t thread_of(uint32_t pid) {
    return pid == 0 ? GuestDebuggee::kIdleThread : pid;
}

void put_general(const CpuRegisters& r, GdbRegisterFile& file) {
    const std::array<uint32_t, 16> words = {r.eax, r.ecx,    r.edx, r.ebx, r.esp, r.ebp, r.esi, r.edi,
                                            r.eip, r.eflags, r.cs,  r.ss,  r.ds,  r.es,  r.fs,  r.gs};
    for (size_t number = 0; number < words.size(); ++number)
        file.set(number, words[number]);
    file.set(kGdbCr0, r.cr0);
    file.set(kGdbCr2, r.cr2);
    file.set(kGdbCr3, r.cr3);
    file.set(kGdbCr4, r.cr4);
}

void put_floats(const FloatState& floats, GdbRegisterFile& file) {
    const unsigned top = floats.status >> 11 & 7;
    for (unsigned i = 0; i < 8; ++i) {
        const auto& bytes = floats.registers[(top + i) & 7];
        file.set_bytes(kGdbSt0 + i, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    }
    file.set(kGdbFctrl, floats.control);
    file.set(kGdbFstat, floats.status);
    file.set(kGdbFtag, floats.tag);
    file.set(kGdbFiseg, floats.code_selector);
    file.set(kGdbFioff, floats.code_offset);
    file.set(kGdbFoseg, floats.data_selector);
    file.set(kGdbFooff, floats.data_offset);
    file.set(kGdbFop, floats.opcode);
}

std::string_view state_name(const TaskModel& task, bool running) {
    if (running) return "running";
    if (task.exit_state != 0) return "dead";
    return task.state == 0 ? "runnable" : "sleeping";
}

/// The word that stands at a member of a task. Error: as Objects has them.
Result<uint32_t> member(const TypedRef& task, std::string_view path) {
    const auto found = task.follow(path);
    return found ? found->u32() : std::unexpected(found.error());
}

}  // namespace

uint32_t GuestDebuggee::current_thread() const {
    const auto kernel = inspector_.memory();
    if (!kernel) return kIdleThread;
    const auto at = kernel->memory.read_u32(kernel->kernel->layouts().current_task);
    const auto tasks = inspector_.tasks();
    if (!at || !tasks) return kIdleThread;
    for (const TaskModel& task : tasks->tasks) {
        if (task.at.value == *at) return thread_of(task.pid);
    }
    return kIdleThread;
}

std::vector<GdbThread> GuestDebuggee::threads() const {
    std::vector<GdbThread> out;
    const uint32_t current = current_thread();
    if (const auto tasks = inspector_.tasks()) {
        for (const TaskModel& task : tasks->tasks) {
            const uint32_t id = thread_of(task.pid);
            out.push_back({.id = id,
                           .name = task.comm,
                           .detail = fmt::format("pid {}, {}", task.pid, state_name(task, id == current))});
        }
    }
    if (out.empty()) out.push_back({.id = kIdleThread, .name = "boot", .detail = "no tasks yet"});
    return out;
}

bool GuestDebuggee::has_thread(uint32_t thread) const {
    const std::vector<GdbThread> all = threads();
    return std::ranges::find(all, thread, &GdbThread::id) != all.end();
}

GdbRegisterFile GuestDebuggee::registers(uint32_t thread) const {
    if (thread != current_thread()) return saved_registers(pid_of(thread));
    GdbRegisterFile file;
    const CpuSnapshot now = machine_.cpu().snapshot();
    put_general(machine_.cpu().registers(), file);
    put_floats(now.floats, file);
    return file;
}

/// From the top of the stack up: EDI, ESI, EBX, EBP and the address at which switch_stacks was called. What
/// gdb is shown is the moment after its return.
GdbRegisterFile GuestDebuggee::saved_registers(uint32_t pid) const {
    GdbRegisterFile file;
    const auto objects = Objects::at(inspector_);
    if (!objects) return file;
    const auto task = objects->task(pid);
    if (!task) return file;
    const auto esp = member(*task, "thread.esp"), eip = member(*task, "thread.eip");
    if (!esp || !eip) return file;
    const GuestMemory& memory = objects->kernel().memory;
    const std::string place = objects->kernel().kernel->symbols().describe(LinearAddr(*eip));
    if (place.starts_with("ret_from_")) {  // it never ran: nothing has been pushed yet
        file.set(kGdbEip, *eip);
        file.set(kGdbEsp, *esp);
        file.set(kGdbEbp, 0);
        return file;
    }
    constexpr std::array<size_t, 5> kPushed = {kGdbEdi, kGdbEsi, kGdbEbx, kGdbEbp, kGdbEip};
    for (uint32_t i = 0; i < kPushed.size(); ++i) {
        if (const auto word = memory.read_u32(LinearAddr(*esp + 4 * i))) file.set(kPushed[i], *word);
    }
    file.set(kGdbEsp, *esp + 4 * kPushed.size());
    return file;
}

bool GuestDebuggee::set_registers(uint32_t thread, const GdbRegisterFile& wanted) {
    if (thread != current_thread()) return false;
    const GdbRegisterFile now = registers(thread);
    for (size_t number = kGdbCs; number < kGdbRegisters; ++number) {
        if (wanted.bytes(number) != now.bytes(number)) return false;
    }
    CpuRegisters r = machine_.cpu().registers();
    const std::array<uint32_t*, 10> words = {&r.eax, &r.ecx, &r.edx, &r.ebx, &r.esp,
                                             &r.ebp, &r.esi, &r.edi, &r.eip, &r.eflags};
    for (size_t number = 0; number < words.size(); ++number)
        *words[number] = wanted.word(number).value_or(*words[number]);
    machine_.cpu().set_registers(r);
    return true;
}

std::optional<PhysAddr> GuestDebuggee::directory_of(uint32_t pid) const {
    const auto objects = Objects::at(inspector_);
    if (!objects) return std::nullopt;
    const auto task = objects->task(pid);
    if (!task) return std::nullopt;
    const GuestMemory& memory = objects->kernel().memory;
    const auto mm = member(*task, "mm");
    if (!mm || *mm == 0) return memory.mode().directory;
    const auto pgd = memory.read_u32(LinearAddr(*mm) + objects->kernel().kernel->layouts().mm.pgd.offset);
    if (!pgd) return std::nullopt;
    const Walk walk = memory.walk(LinearAddr(*pgd));
    if (!walk.present) return std::nullopt;
    return walk.physical;
}

PagingMode GuestDebuggee::paging_of(uint32_t thread) const {
    PagingMode mode = machine_.cpu().paging();
    if (!mode.paging) return mode;
    if (space_) {
        mode.directory = directory_of(*space_).value_or(mode.directory);
    } else if (thread != current_thread()) {
        mode.directory = directory_of(pid_of(thread)).value_or(mode.directory);
    }
    return mode;
}

size_t GuestDebuggee::read_memory(uint32_t thread, LinearAddr at, std::span<std::byte> out) const {
    const GuestMemory memory(machine_.memory(), paging_of(thread));
    size_t done = 0;
    while (done < out.size()) {
        const LinearAddr from = at + static_cast<uint32_t>(done);
        const size_t size = std::min<size_t>(out.size() - done, kPageSize - from.page_offset());
        if (memory.read(from, out.subspan(done, size))) break;
        done += size;
    }
    return done;
}

bool GuestDebuggee::write_memory(uint32_t thread, LinearAddr at, std::span<const std::byte> in) {
    const PagingMode mode = paging_of(thread);
    struct Piece {
        PhysAddr at;
        std::span<const std::byte> bytes;
    };
    std::vector<Piece> pieces;
    for (size_t done = 0; done < in.size();) {
        const LinearAddr to = at + static_cast<uint32_t>(done);
        const size_t size = std::min<size_t>(in.size() - done, kPageSize - to.page_offset());
        const Walk walk = walk_page(machine_.memory(), mode, to);
        if (!walk.present || !machine_.memory().contains(walk.physical, static_cast<uint32_t>(size)))
            return false;
        pieces.push_back({walk.physical, in.subspan(done, size)});
        done += size;
    }
    for (const Piece& piece : pieces)
        machine_.cpu().write_memory(piece.at, piece.bytes);
    return true;
}

void GuestDebuggee::set_breakpoints(std::span<const LinearAddr> addresses) {
    machine_.cpu().set_breakpoints(addresses);
}

bool GuestDebuggee::set_watchpoints(std::span<const GdbWatch> watched) {
    static_assert(GdbWatch::kLargest == Watchpoint::kLargest);
    std::vector<Watchpoint> all;
    for (const GdbWatch& watch : watched) {
        Watchpoint::Use use = Watchpoint::Use::Change;
        if (watch.use == GdbWatch::Use::Read) use = Watchpoint::Use::Read;
        if (watch.use == GdbWatch::Use::Access) use = Watchpoint::Use::Access;
        all.push_back({.at = watch.at, .size = watch.size, .use = use});
    }
    return machine_.cpu().set_watchpoints(all);
}

Result<std::string> GuestDebuggee::choose_space(std::string_view word) {
    if (word == "current") {
        space_.reset();
        return "addresses are those of the thread that gdb has selected\n";
    }
    uint32_t pid = 0;
    const char* const end = word.data() + word.size();
    const auto [stop, status] = std::from_chars(word.data(), end, pid);
    if (word.empty() || status != std::errc{} || stop != end)
        return fail(fmt::format("space: found '{}', expected a pid or current", word));
    if (!directory_of(pid)) return fail(fmt::format("space: there is no task {}", pid));
    space_ = pid;
    return fmt::format("addresses are those of task {}\n", pid);
}

std::string GuestDebuggee::monitor(std::string_view line) {
    constexpr std::string_view kSpace = "space";
    Result<std::string> answer = "";
    if (line == kSpace || line.starts_with("space ")) {
        const size_t word = line.find_first_not_of(' ', kSpace.size());
        answer = choose_space(word == std::string_view::npos ? "" : line.substr(word));
    } else {
        const CpuRegisters registers = machine_.cpu().registers();
        const Inspection inspection{.inspector = inspector_,
                                    .tlb = &machine_.cpu().tlb(),
                                    .registers = registers,
                                    .place = registers.cpl == 3 ? AuditPlace::AtRest : AuditPlace::Anywhere};
        auto output = run_command(inspection, line);
        answer = output ? Result<std::string>(std::move(output->text)) : std::unexpected(output.error());
        if (line == "help") *answer += "space PID|current    whose memory gdb's addresses mean\n";
    }
    return answer ? *answer : answer.error().message + '\n';
}

}  // namespace mmscope

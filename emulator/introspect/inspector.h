// SPDX-License-Identifier: GPL-2.0-or-later
// The decoder's front door: opens a kernel image once, then answers questions about the guest that runs it.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "introspect/kernel.h"
#include "introspect/models.h"
#include "machine/physical_memory.h"

namespace mmscope {

enum class DumpWhat : uint8_t { Tasks, Mm, Maps };
enum class DumpFormat : uint8_t { Text, Json };

/// "tasks", "mm" or "maps". Error: says which words there are.
Result<DumpWhat> parse_dump_what(std::string_view word);

/// Decodes live memory between two blocks, a snapshot, or the fake of a test. Writes nothing, ever.
class Inspector {
  public:
    /// Asked before each answer: the machine's time and its processor's paging mode (Cpu::paging()).
    using MomentSource = std::function<MachineMoment()>;

    /// `kernel_path` is the ELF the guest was booted from. `memory` must outlive the inspector.
    /// Error: the file cannot be read, is no i386 ELF executable, is truncated, has no symbol table or no
    /// debug information, or lacks a structure or member that the walkers need (which one, and of what).
    static Result<std::unique_ptr<Inspector>> open(const std::string& kernel_path,
                                                   const PhysicalReader& memory, MomentSource now);
    /// The same from bytes; `name` is what errors call them.
    static Result<std::unique_ptr<Inspector>> from_bytes(std::span<const std::byte> elf,
                                                         std::string_view name, const PhysicalReader& memory,
                                                         MomentSource now);

    /// What `--dump-at` prints, with a newline at its end. Text of maps: for each process with an address
    /// space a line "PID (comm)" and then exactly the lines of its /proc/PID/maps, indented by nothing.
    /// Error: paging is off, or the anchors (init_task) cannot be read. Damage further on is printed, not an
    /// error.
    [[nodiscard]] Result<std::string> render(DumpWhat what, DumpFormat format) const;

    /// All tasks from init_task on, threads after their leader.
    [[nodiscard]] Result<TaskListModel> tasks() const;
    /// The address space of the process or thread `pid`. Error: no such task, or a kernel thread.
    [[nodiscard]] Result<MmModel> mm_of(uint32_t pid) const;
    /// The address space whose mm_struct stands at `mm`.
    [[nodiscard]] Result<MmModel> mm_at(LinearAddr mm) const;
    /// Exactly what the guest prints from /proc/`pid`/maps: lines that end in '\n'. Error: as mm_of, or the
    /// list is broken (then the first problem).
    [[nodiscard]] Result<std::string> maps_of(uint32_t pid) const;

    [[nodiscard]] const Kernel& kernel() const { return kernel_; }
    [[nodiscard]] const PhysicalReader& physical() const { return memory_; }
    /// The kernel's memory at this moment, through its own page directory. Error: paging is off.
    [[nodiscard]] Result<KernelMemory> memory() const;

  private:
    Inspector(Kernel kernel, const PhysicalReader& memory, MomentSource now);

    Kernel kernel_;
    const PhysicalReader& memory_;
    MomentSource now_;
};

}  // namespace mmscope

// SPDX-License-Identifier: GPL-2.0-or-later
// One page fault from the moment the processor raised it to its outcome, as the host worked it out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/address.h"
#include "introspect/models.h"
#include "mmu/page_fault.h"

namespace mmscope {

/// What a fault turned out to be, decided from the VMA, the entries before and after, the error code and the
/// frame; the guest is never asked.
enum class FaultKind : uint8_t {
    DemandZero,  // nothing mapped, anonymous: a new zeroed frame
    ZeroPage,    // nothing mapped, anonymous, read: the shared frame of zeroes
    FileRead,    // nothing mapped, file: the frame of the page cache
    CowCopy,   // private write: the mapping now has another frame (also a first write to a private file page)
    CowReuse,  // write to a read-only entry: same frame, now writable
    StackGrowth,  // no VMA at first; the VMA above grew down to it
    SwapIn,       // the entry named a swap slot
    VmallocSync,  // kernel address whose directory entry was copied from the master directory
    KernelFixup,  // the kernel's own access failed and its exception table knew where to go on
    SegvMap,      // no VMA at the address
    SegvAccess,   // the VMA does not allow the access
    BusError,     // behind the end of the mapped file
    OutOfMemory,  // allowed, inside the file, and still the task was killed or signalled
    Spurious,     // the entries already allowed the access: a stale translation
    KernelOops,   // the kernel's own access failed, and it had no way to go on
    Unresolved,   // returned to the same instruction with the access still refused
    Unfinished,   // the run ended while it was being handled
};
std::string_view to_string(FaultKind kind);  // "demand_zero", "cow_copy", ...
inline constexpr int kFaultKinds = static_cast<int>(FaultKind::Unfinished) + 1;

enum class FaultOutcome : uint8_t {
    Retried,     // back to the instruction that faulted
    FixedUp,     // kernel mode went on elsewhere
    Signal,      // user mode went on elsewhere: a handler
    Killed,      // the task never came back
    Unfinished,  // the run ended first
};
std::string_view to_string(FaultOutcome outcome);

/// Who faulted, read from current_task at the fault. All zero and comm "?" if it could not be read.
struct FaultTask {
    LinearAddr at;
    uint32_t pid = 0, tgid = 0;
    std::string comm = "?";
    LinearAddr mm;  // 0: kernel thread
};

/// Of the faulting task's mm when the fault was over, in pages.
struct MmPages {
    uint32_t rss = 0, total_vm = 0;
};

struct FaultRecord {
    PageFault begin;
    FaultTask task;
    std::optional<VmaModel> vma;  // as it stood at the fault; for StackGrowth as it stands afterwards
    FaultKind kind = FaultKind::Unfinished;
    FaultOutcome outcome = FaultOutcome::Unfinished;
    uint32_t entry_before = 0;            // PTE, or the PDE of a 4 MiB page; 0: no table
    std::optional<uint32_t> entry_after;  // none: the task is gone, or the run ended
    std::optional<PhysAddr> frame;        // what the address is mapped to afterwards
    std::optional<uint64_t> duration_ns;  // virtual; none: the end was not seen
    std::optional<MmPages> pages;         // only for sinks that want them
    std::string instruction;              // "mov dword ptr [eax], ecx"; empty: its bytes could not be read
    std::string symbol;                   // kernel code: "function+0x12"; user code: empty
    std::string note;                     // what could not be decoded, and why
};

/// VM_* flags in words: "read|write|mayread|maywrite|mayexec|account".
std::string vm_flags_in_words(uint32_t flags);

}  // namespace mmscope

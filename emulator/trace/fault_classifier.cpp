// SPDX-License-Identifier: GPL-2.0-or-later
// The decision tree from evidence to kind and outcome.
#include "trace/fault_classifier.h"

#include "introspect/vm_flags.h"

namespace mmscope {

namespace {

// Software bits of an entry that is not present (the kernel's, not the processor's).
constexpr uint32_t kFileEntry = 0x040;      // a page of a nonlinear file mapping
constexpr uint32_t kProtNoneEntry = 0x080;  // mapped, but PROT_NONE

constexpr uint32_t kPageOffset = 0xC0000000;

bool is_write(const FaultEvidence& e) {
    return e.error_code & kFaultWrite;
}
bool is_user(const FaultEvidence& e) {
    return e.error_code & kFaultUser;
}

bool allowed(const FaultEvidence& e, const Walk& walk) {
    const Privilege privilege = is_user(e) ? Privilege::User : Privilege::Supervisor;
    return !find_violation(walk, e.mode, e.access, privilege);
}

uint32_t entry_of(const Walk& walk) {
    return walk.large ? walk.pde.value_or(0) : walk.pte.value_or(0);
}

/// Nothing was mapped before: file, zero page or a fresh frame.
FaultKind kind_of_first_touch(const FaultEvidence& e) {
    const VmaModel* vma = e.vma_before;
    if (vma && vma->file) {
        // A private file page that is written at once is copied without the cache's frame ever being mapped.
        const bool copied = is_write(e) && !(vma->flags & kVmShared);
        return copied ? FaultKind::CowCopy : FaultKind::FileRead;
    }
    const bool zero = e.zero_page && e.after.physical.page() == e.zero_page->page();
    return zero ? FaultKind::ZeroPage : FaultKind::DemandZero;
}

bool shows_zero_page(const FaultEvidence& e) {
    return e.zero_page && (entry_of(e.before) & kPageMask) == e.zero_page->page().value;
}

/// The access is allowed now.
FaultKind kind_of_success(const FaultEvidence& e) {
    if (allowed(e, e.before)) return FaultKind::Spurious;
    if (e.address.value >= kPageOffset) return FaultKind::VmallocSync;
    if (!e.vma_before && e.vma_after) return FaultKind::StackGrowth;
    const uint32_t entry = entry_of(e.before);
    const bool same_frame = (entry & kPageMask) == e.after.physical.page().value;
    if (entry & kPresent) {
        if (same_frame) return FaultKind::CowReuse;
        return shows_zero_page(e) ? FaultKind::DemandZero : FaultKind::CowCopy;
    }
    if (entry & kProtNoneEntry) return same_frame ? FaultKind::Spurious : FaultKind::CowCopy;
    if (entry & kFileEntry) return FaultKind::FileRead;
    return entry ? FaultKind::SwapIn : kind_of_first_touch(e);
}

/// The rights of the area, as the kernel's fault handler asks them.
bool area_allows(const FaultEvidence& e) {
    if (is_write(e)) return e.vma_before->flags & kVmWrite;
    if (e.error_code & kFaultProtection) return false;
    return e.vma_before->flags & (kVmRead | kVmExec | (e.write_lets_read ? kVmWrite : 0));
}

bool behind_end_of_file(const VmaModel& vma, LinearAddr address) {
    if (!vma.file) return false;
    const uint64_t page = uint64_t{vma.pgoff} + ((address - vma.start) >> kPageShift);
    return page << kPageShift >= vma.file->size;
}

/// The access is refused for good. Why is told by the area alone; a task that somebody else killed while it
/// slept in an allowed fault cannot be told from one that memory ran out for.
FaultKind kind_of_failure(const FaultEvidence& e) {
    if (!is_user(e)) return FaultKind::KernelOops;
    if (!e.vma_before || e.address.value >= kPageOffset) return FaultKind::SegvMap;
    if (!area_allows(e)) return FaultKind::SegvAccess;
    return behind_end_of_file(*e.vma_before, e.address) ? FaultKind::BusError : FaultKind::OutOfMemory;
}

/// A page was mapped, but by the time the task runs again another thread's fork or mprotect took the right
/// away.
bool mapped_meanwhile(const FaultEvidence& e) {
    return !e.before.present && e.after.present && (e.after.user || !is_user(e));
}

}  // namespace

FaultVerdict classify_fault(const FaultEvidence& e) {
    switch (e.exit) {
        case FaultExit::RunEnded:
            return {FaultKind::Unfinished, FaultOutcome::Unfinished};
        case FaultExit::NeverReturned:
            return {kind_of_failure(e), FaultOutcome::Killed};
        case FaultExit::ElsewhereInKernel:
            return {FaultKind::KernelFixup, FaultOutcome::FixedUp};
        case FaultExit::ElsewhereInUser:
            // A signal may also have come in between; then the page is there.
            return {allowed(e, e.after) ? kind_of_success(e) : kind_of_failure(e), FaultOutcome::Signal};
        case FaultExit::SameInstruction:
            break;
    }
    const bool resolved = allowed(e, e.after) || mapped_meanwhile(e);
    return {resolved ? kind_of_success(e) : FaultKind::Unresolved, FaultOutcome::Retried};
}

}  // namespace mmscope

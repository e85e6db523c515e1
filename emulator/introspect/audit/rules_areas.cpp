// SPDX-License-Identifier: GPL-2.0-or-later
// Rules about the list of areas and what it adds up to: INV-01, 02, 07, 08, 09, 22, 23, 35, 41, 49.
#include "introspect/audit/rules.h"

namespace mmscope {

namespace {

/// MM_FACTS 5.5, index vm_flags & 15.
constexpr uint32_t kProtectionMap[16] = {0xA0, 0x25, 0x25, 0x25, 0x25, 0x25, 0x25, 0x25,
                                         0xA0, 0x25, 0x27, 0x27, 0x25, 0x25, 0x27, 0x27};

template <class Takes>
uint64_t pages_where(const AuditMm& mm, Takes takes) {
    uint64_t pages = 0;
    for (const AuditVma& vma : mm.vmas)
        if (takes(vma)) pages += vma.pages();
    return pages;
}

}  // namespace

void audit_list(const AuditState&, const AuditMm& mm, AuditSink& sink) {
    if (!mm.list_problem.empty()) {
        sink.wrong(&mm, mm.list_problem_at, "the list from mmap through vm_next", mm.list_problem,
                   "a list that ends in NULL");
    }
    LinearAddr end;
    for (const AuditVma& vma : mm.vmas) {
        sink.require(vma.start < vma.end && vma.end.value <= kPageOffset, &mm, &vma, "vm_end", vma.end.value,
                     fmt::format("above vm_start 0x{:08x}, at most 0xc0000000", vma.start.value));
        sink.require(vma.start.page_offset() == 0 && vma.end.page_offset() == 0, &mm, &vma,
                     "vm_start or vm_end", vma.start.value | vma.end.page_offset(), "multiples of 4096");
        sink.require(vma.mm == mm.at, &mm, &vma, "vm_mm", vma.mm.value, fmt::format("0x{:08x}", mm.at.value));
        sink.require(vma.start >= end, &mm, &vma, "vm_start", vma.start.value,
                     fmt::format("at least 0x{:08x}, the end of the area before", end.value));
        end = vma.end;
    }
}

void audit_count(const AuditState& state, const AuditMm& mm, AuditSink& sink) {
    if (mm.list_problem.empty())
        sink.equal(&mm, "map_count", mm.u32(state.layouts.mm.map_count), mm.vmas.size());
}

void audit_mergeable(const AuditState&, const AuditMm& mm, AuditSink& sink) {
    const AuditVma* before = nullptr;
    for (const AuditVma& vma : mm.vmas) {
        const bool touching = before && before->end == vma.start && before->flags == vma.flags;
        const bool private_anon =
            touching && !vma.file.value && !before->file.value && !(vma.flags & kVmShared);
        const bool offsets = private_anon && before->pgoff + before->pages() == vma.pgoff;
        const bool rmap =
            offsets && (before->anon_vma == vma.anon_vma || !before->anon_vma.value || !vma.anon_vma.value);
        sink.require(!rmap, &mm, &vma, "vm_start, where an equal area ends", vma.start.value,
                     "one merged area");
        before = &vma;
    }
}

void audit_total_vm(const AuditState& state, const AuditMm& mm, AuditSink& sink) {
    if (!mm.list_problem.empty()) return;
    const uint64_t pages = pages_where(mm, [](const AuditVma&) { return true; });
    const uint32_t total = mm.u32(state.layouts.mm.total_vm);
    if (state.meaning().exact_total_vm || total < pages) sink.equal(&mm, "total_vm", total, pages);
}

void audit_locked_vm(const AuditState& state, const AuditMm& mm, AuditSink& sink) {
    if (!mm.list_problem.empty()) return;
    const auto locked = [](const AuditVma& vma) { return (vma.flags & kVmLocked) != 0; };
    sink.equal(&mm, "locked_vm", mm.u32(state.layouts.mm.locked_vm), pages_where(mm, locked));
    for (const AuditVma& vma : mm.vmas) {
        const bool raw = (vma.flags & (kVmIo | kVmPfnMap | kVmReserved)) != 0;
        sink.require(!raw || !locked(vma), &mm, &vma, "vm_flags of a special area", vma.flags,
                     "no VM_LOCKED");
    }
}

/// Shared file mappings that track their first write have the private row; a driver may change caching.
void audit_protection(const AuditState&, const AuditMm& mm, AuditSink& sink) {
    constexpr uint32_t kCaching = kWriteThrough | kCacheDisable;
    for (const AuditVma& vma : mm.vmas) {
        const uint32_t row = kProtectionMap[vma.flags & 15], tracked = kProtectionMap[vma.flags & 7];
        const bool driver = (vma.flags & (kVmIo | kVmPfnMap)) != 0;
        const uint32_t prot = driver ? vma.page_prot & ~kCaching : vma.page_prot;
        const bool holds = prot == row || ((vma.flags & kVmShared) != 0 && prot == tracked);
        sink.require(holds, &mm, &vma, "vm_page_prot", vma.page_prot,
                     fmt::format("0x{:08x}, of vm_flags 0x{:08x}", row, vma.flags));
    }
}

void audit_flags(const AuditState& state, const AuditMm& mm, AuditSink& sink) {
    for (const AuditVma& vma : mm.vmas) {
        const uint32_t granted = vma.flags & (kVmRead | kVmWrite | kVmExec);
        sink.require((granted & ~(vma.flags >> 4)) == 0, &mm, &vma, "vm_flags", vma.flags,
                     "VM_MAYREAD, VM_MAYWRITE, VM_MAYEXEC for what is granted");
        sink.require(!(vma.flags & kVmShared) || (vma.flags & kVmMayShare), &mm, &vma, "vm_flags", vma.flags,
                     "VM_MAYSHARE with VM_SHARED");
        const bool may_grow = vma.file.value == 0 || state.meaning().files_may_grow;
        sink.require(!(vma.flags & kVmGrowsDown) || may_grow, &mm, &vma, "vm_file of a stack", vma.file.value,
                     "NULL");
    }
}

void audit_vm_stats(const AuditState& state, const AuditMm& mm, AuditSink& sink) {
    if (!mm.list_problem.empty()) return;
    const AuditLayouts::Mm& layout = state.layouts.mm;
    sink.equal(&mm, "shared_vm", mm.u32(layout.shared_vm),
               pages_where(mm, [](const AuditVma& vma) { return vma.file.value != 0; }));
    sink.equal(&mm, "exec_vm", mm.u32(layout.exec_vm), pages_where(mm, [](const AuditVma& vma) {
        return vma.file.value != 0 && (vma.flags & (kVmExec | kVmWrite)) == kVmExec;
    }));
    sink.equal(&mm, "stack_vm", mm.u32(layout.stack_vm), pages_where(mm, [](const AuditVma& vma) {
        return vma.file.value == 0 && (vma.flags & kVmGrowsDown) != 0;
    }));
    sink.equal(&mm, "reserved_vm", mm.u32(layout.reserved_vm),
               pages_where(mm, [](const AuditVma& vma) { return (vma.flags & (kVmReserved | kVmIo)) != 0; }));
}

/// Between set_mm_exe_file and the first mapping of the program both are 0. (A child whose parent kept an
/// executable area from it by MADV_DONTFORK counts too much; that is told, too.)
void audit_exe_file(const AuditState& state, const AuditMm& mm, AuditSink& sink) {
    if (!mm.list_problem.empty() || mm.pointer(state.layouts.mm.exe_file).value == 0) return;
    uint32_t areas = 0;
    for (const AuditVma& vma : mm.vmas)
        areas += vma.file.value != 0 && (vma.flags & kVmExecutable) != 0;
    sink.equal(&mm, "num_exe_file_vmas", mm.u32(state.layouts.mm.num_exe_file_vmas), areas);
}

/// What lies behind the file's last possible page cannot be mapped; neighbours of one split go on.
void audit_pgoff(const AuditState&, const AuditMm& mm, AuditSink& sink) {
    for (const AuditVma& vma : mm.vmas) {
        if (vma.file.value == 0 || (vma.flags & kVmPfnMap) != 0) continue;
        sink.require(uint64_t{vma.pgoff} + vma.pages() <= uint64_t{1} << 32, &mm, &vma, "vm_pgoff", vma.pgoff,
                     "vm_pgoff + pages within 2^32 pages");
    }
}

}  // namespace mmscope

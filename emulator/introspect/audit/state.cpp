// SPDX-License-Identifier: GPL-2.0-or-later
// Puts the parts of a moment together and answers the questions the rules ask of it.
#include "introspect/audit/state.h"

#include <algorithm>

namespace mmscope {

const AuditMm* AuditState::find_mm(LinearAddr at) const {
    if (at == init_mm.at) return &init_mm;
    const auto found = std::ranges::lower_bound(mms, at, {}, &AuditMm::at);
    return found != mms.end() && found->at == at ? &*found : nullptr;
}

const AuditTask* AuditState::find_task(LinearAddr at) const {
    const auto found = std::ranges::find(tasks, at, &AuditTask::at);
    return found != tasks.end() ? &*found : nullptr;
}

const AuditPage* AuditState::normal_page(AuditPte pte, uint32_t flags) const {
    if (!pte.present() || pte.pfn() >= pages.size()) return nullptr;
    const AuditPage& page = pages[pte.pfn()];
    const bool raw = meaning().special_entries ? (pte.value & kPteSpecial) != 0 || (flags & kVmPfnMap) != 0
                                               : has_bit(page, layouts.page.bit_reserved);
    return raw ? nullptr : &page;
}

const AuditVma* vma_of(const AuditMm& mm, LinearAddr address) {
    const auto above = std::ranges::upper_bound(mm.vmas, address, {}, &AuditVma::end);
    return above != mm.vmas.end() && above->start <= address ? &*above : nullptr;
}

AuditState read_audit_state(const KernelMemory& kernel, const AuditLayouts& layouts, AuditPlace place) {
    AuditState state(kernel, layouts, place);
    read_audit_tasks(state);
    // The map of frames first: the slab of mm_struct is found through it.
    read_audit_frames(state);
    read_audit_spaces(state);
    return state;
}

}  // namespace mmscope

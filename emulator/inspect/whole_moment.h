// SPDX-License-Identifier: GPL-2.0-or-later
// One moment of the guest read as a whole, by the audit's reader: tasks, spaces with areas and entries,
// frames.
#pragma once

#include <memory>

#include "base/error.h"
#include "inspect/commands.h"
#include "introspect/audit/state.h"

namespace mmscope {

class WholeMoment {
  public:
    /// Error: paging is off, or the debug information lacks what every reader needs.
    static Result<std::unique_ptr<WholeMoment>> read(const Inspection& inspection);
    WholeMoment(const WholeMoment&) = delete;
    WholeMoment& operator=(const WholeMoment&) = delete;

    [[nodiscard]] const AuditState& state() const { return *state_; }
    [[nodiscard]] const AuditLayouts& layouts() const { return layouts_; }
    [[nodiscard]] const KernelMemory& kernel() const { return kernel_; }
    [[nodiscard]] const MachineMoment& moment() const { return kernel_.moment; }
    /// The frame's struct page as the kernel names it; 0: the map of frames is not there.
    [[nodiscard]] LinearAddr page_at(uint32_t pfn) const;
    /// comm of the task that a space is known by; "-" for none.
    [[nodiscard]] std::string comm_of(uint32_t pid) const;

  private:
    WholeMoment(KernelMemory kernel, AuditLayouts layouts);

    KernelMemory kernel_;
    AuditLayouts layouts_;
    std::unique_ptr<AuditState> state_;  // refers to the two above
    TaskListModel tasks_;
};

}  // namespace mmscope

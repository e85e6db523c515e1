// SPDX-License-Identifier: GPL-2.0-or-later
// Layouts are resolved for each question: commands are asked by people.
#include "inspect/whole_moment.h"

#include <utility>

namespace mmscope {

WholeMoment::WholeMoment(KernelMemory kernel, AuditLayouts layouts) : kernel_(kernel), layouts_(layouts) {}

Result<std::unique_ptr<WholeMoment>> WholeMoment::read(const Inspection& inspection) {
    const Inspector& inspector = inspection.inspector;
    const auto kernel = inspector.memory();
    if (!kernel) return std::unexpected(kernel.error());
    auto layouts = AuditLayouts::resolve(inspector.kernel().image());
    if (!layouts) return std::unexpected(layouts.error());
    std::unique_ptr<WholeMoment> whole(new WholeMoment(*kernel, *layouts));
    if (auto tasks = inspector.tasks()) whole->tasks_ = std::move(*tasks);
    whole->state_ =
        std::make_unique<AuditState>(read_audit_state(whole->kernel_, whole->layouts_, inspection.place));
    return whole;
}

LinearAddr WholeMoment::page_at(uint32_t pfn) const {
    const auto map = kernel_.memory.read_u32(layouts_.mem_map);
    if (!map || *map == 0) return {};
    return LinearAddr(*map) + pfn * layouts_.page.layout.type().size;
}

std::string WholeMoment::comm_of(uint32_t pid) const {
    for (const TaskModel& task : tasks_.tasks) {
        if (task.pid == pid) return task.comm;
    }
    return "-";
}

}  // namespace mmscope

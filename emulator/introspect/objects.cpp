// SPDX-License-Identifier: GPL-2.0-or-later
// Looks names up in the kernel's debug information, and frames and entries where the kernel keeps them.
#include "introspect/objects.h"

#include <fmt/format.h>

namespace mmscope {

Result<Objects> Objects::at(const Inspector& inspector) {
    const auto memory = inspector.memory();
    if (!memory) return std::unexpected(memory.error());
    return Objects(inspector, *memory);
}

Result<TypedRef> Objects::variable(std::string_view name) const {
    return TypedRef::variable(kernel_.kernel->image(), name, kernel_.memory);
}

Result<TypedRef> Objects::object(std::string_view type, LinearAddr address) const {
    const TypeTable& types = kernel_.kernel->image().types();
    const Type* found = types.find_tag(type);
    if (found == nullptr) found = types.find_name(type);
    if (found == nullptr) return fail(fmt::format("the kernel knows no type {}", type));
    return TypedRef(*found, address, kernel_.memory, WalkPath(type));
}

Result<TypedRef> Objects::task(uint32_t pid) const {
    const auto list = inspector_->tasks();
    if (!list) return std::unexpected(list.error());
    for (const TaskModel& task : list->tasks) {
        if (task.pid == pid) return object("task_struct", task.at);
    }
    return fail(fmt::format("no task has pid {}", pid));
}

Result<TypedRef> Objects::page(uint32_t pfn) const {
    const auto frames = variable("max_mapnr");
    if (!frames) return std::unexpected(frames.error());
    const auto count = frames->u32();
    if (!count) return std::unexpected(count.error());
    if (pfn >= *count) return fail(fmt::format("frame {} is none of the kernel's {}", pfn, *count));
    const auto map = variable("mem_map");
    if (!map) return std::unexpected(map.error());
    return map->item(pfn);
}

Result<Walk> Objects::walk(const TypedRef& mm, LinearAddr address) const {
    const auto pgd = mm.follow("pgd");
    if (!pgd) return std::unexpected(pgd.error());
    const auto linear = pgd->u32();
    if (!linear) return std::unexpected(linear.error());
    const Walk directory = kernel_.memory.walk(LinearAddr(*linear));
    if (!directory.present) return fail(fmt::format("mm_struct.pgd @{:08x}: not mapped", *linear));
    return kernel_.memory.through(directory.physical).walk(address);
}

}  // namespace mmscope

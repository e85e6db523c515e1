// SPDX-License-Identifier: GPL-2.0-or-later
// Address spaces, their members and their areas, before and after.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "inspect/diff.h"
#include "inspect/names.h"

namespace mmscope {

namespace {

/// A space and whom it is known by; an mm_struct at the same address may be another one's later.
using SpaceKey = std::pair<LinearAddr, uint32_t>;

std::map<SpaceKey, const AuditMm*> spaces_of(const WholeMoment& whole) {
    std::map<SpaceKey, const AuditMm*> spaces;
    for (const AuditMm& mm : whole.state().mms)
        spaces[{mm.at, mm.pid}] = &mm;
    return spaces;
}

/// A number, pointer or name; structures around one count as it. None: several things, of which locks and
/// lists always change.
std::optional<std::string> scalar_text(const Value& value) {
    if (const auto* members = std::get_if<StructValue>(&value.data))
        return members->fields.size() == 1 ? scalar_text(members->fields[0].value) : std::nullopt;
    if (std::holds_alternative<ArrayValue>(value.data)) return std::nullopt;
    return to_text(value);
}

void diff_members(const MmModel& before, const MmModel& after, std::vector<std::string>& what) {
    for (size_t i = 0; i < std::min(before.fields.size(), after.fields.size()); ++i) {
        const auto from = scalar_text(before.fields[i].value), to = scalar_text(after.fields[i].value);
        if (from && to && *from != *to)
            what.push_back(fmt::format("{} {} -> {}", after.fields[i].name, *from, *to));
    }
}

std::string area_words(const VmaModel& vma) {
    return fmt::format("{:08x}-{:08x} {}{}{}{}{}{}", vma.start.value, vma.end.value,
                       vma.flags & kVmRead ? 'r' : '-', vma.flags & kVmWrite ? 'w' : '-',
                       (vma.flags & 4) != 0 ? 'x' : '-', vma.flags & kVmMayShare ? 's' : 'p',
                       vma.name.empty() ? "" : " ", vma.name);
}

void diff_area(const VmaModel& before, const VmaModel& after, std::vector<std::string>& what) {
    const auto add = [&](const std::string& change) {
        what.push_back(fmt::format("area {}: {}", area_words(after), change));
    };
    if (before.start != after.start) add(fmt::format("began at {:08x}", before.start.value));
    if (before.end != after.end) add(fmt::format("ended at {:08x}", before.end.value));
    if (before.pgoff != after.pgoff) add(fmt::format("vm_pgoff was 0x{:x}", before.pgoff));
    if (before.name != after.name) add(fmt::format("was of '{}'", before.name));
    const uint32_t gained = after.flags & ~before.flags, lost = before.flags & ~after.flags;
    if (gained != 0) add("gained " + join_names(vm_flag_names(gained)));
    if (lost != 0) add("lost " + join_names(vm_flag_names(lost)));
}

using AreasByStart = std::map<LinearAddr, const VmaModel*>;

/// What `vma` was before: the area that began where it does, or ended there if it is a stack that grew.
AreasByStart::iterator find_earlier(AreasByStart& areas, const VmaModel& vma) {
    const auto same_start = areas.find(vma.start);
    if (same_start != areas.end() || (vma.flags & kVmGrowsDown) == 0) return same_start;
    return std::ranges::find_if(areas, [&](const auto& area) { return area.second->end == vma.end; });
}

void diff_areas(const MmModel& before, const MmModel& after, std::vector<std::string>& what) {
    AreasByStart old_areas;
    for (const VmaModel& vma : before.vmas)
        old_areas[vma.start] = &vma;
    for (const VmaModel& vma : after.vmas) {
        const auto old = find_earlier(old_areas, vma);
        if (old == old_areas.end()) {
            what.push_back(fmt::format("area {} came", area_words(vma)));
            continue;
        }
        diff_area(*old->second, vma, what);
        old_areas.erase(old);
    }
    for (const auto& [start, vma] : old_areas)
        what.push_back(fmt::format("area {} went", area_words(*vma)));
}

std::string space_subject(const AuditMm& mm, const WholeMoment& whole) {
    return fmt::format("space 0x{:08x} of {} ({})", mm.at.value, mm.pid, whole.comm_of(mm.pid));
}

}  // namespace

void diff_spaces(const Inspection& before, const WholeMoment& old_moment, const Inspection& after,
                 const WholeMoment& new_moment, std::vector<Change>& changes) {
    auto old_spaces = spaces_of(old_moment);
    for (const auto& [key, mm] : spaces_of(new_moment)) {
        const auto old = old_spaces.find(key);
        Change change{space_subject(*mm, new_moment), {}};
        if (old == old_spaces.end()) {
            change.what.push_back(
                fmt::format("came, with {} areas and {} entries", mm->vmas.size(), mm->entries.size()));
        } else {
            const auto from = before.inspector.mm_at(key.first), to = after.inspector.mm_at(key.first);
            if (from && to) {
                diff_members(*from, *to, change.what);
                diff_areas(*from, *to, change.what);
            }
            diff_pages(*old->second, *mm, change.what);
            old_spaces.erase(old);
        }
        if (!change.what.empty()) changes.push_back(std::move(change));
    }
    for (const auto& [key, mm] : old_spaces)
        changes.push_back({space_subject(*mm, old_moment), {"went"}});
}

}  // namespace mmscope

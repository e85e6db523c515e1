// SPDX-License-Identifier: GPL-2.0-or-later
// swap: each area's slots, how often swap_map says that they are used, and by whom they are.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <span>

#include "inspect/command_call.h"
#include "inspect/inspect_json.h"
#include "inspect/names.h"
#include "inspect/whole_moment.h"

namespace mmscope {

namespace {

constexpr uint32_t kSwapUsed = 1, kMostSlots = 1u << 24, kMostSwapAreas = 32;
constexpr uint16_t kSwapMapBad = 0x8000;

struct SlotUsers {
    uint32_t entries = 0;  // of page tables
    bool cached = false;   // the swap cache counts once
    [[nodiscard]] uint32_t total() const { return entries + (cached ? 1 : 0); }
};

struct WrongSlot {
    uint32_t slot, counted;
    SlotUsers found;
};

struct SwapAreaModel {
    uint32_t type = 0, flags = 0;
    int32_t prio = 0;
    uint32_t slots = 0, usable = 0, in_use = 0;                 // the area's own counts; slots: [1, slots)
    uint32_t free = 0, bad = 0, one = 0, more = 0, cached = 0;  // of swap_map and the swap cache
    std::vector<WrongSlot> wrong;
    std::string problem;
};

struct SwapUser {
    uint32_t pid;
    LinearAddr mm;
    uint32_t entries;
};

struct SwapModel {
    MachineMoment moment;
    uint32_t total = 0, free = 0;  // total_swap_pages, nr_swap_pages
    std::vector<SwapAreaModel> areas;
    std::vector<SwapUser> users;
    std::vector<std::string> comms;  // of users
    std::vector<std::string> problems;
};

using UsersBySlot = std::map<std::pair<uint32_t, uint32_t>, SlotUsers>;  // by area and slot

UsersBySlot find_users(const AuditState& state) {
    UsersBySlot users;
    for (const AuditMm& mm : state.mms) {
        for (const AuditPte& pte : mm.entries) {
            if (pte.is_swap()) ++users[{pte.value >> 1 & 0x1f, pte.value >> 8}].entries;
        }
    }
    for (const AuditPage& page : state.pages) {
        // In memory an entry has its area in the top five bits (MM_FACTS 5.6).
        if (state.has_bit(page, state.layouts.page.bit_swapcache))
            users[{page.private_ >> 27, page.private_ & 0x7ffffff}].cached = true;
    }
    return users;
}

void count_slots(const std::vector<uint16_t>& map, const UsersBySlot& users, SwapAreaModel& area) {
    for (uint32_t slot = 1; slot < map.size(); ++slot) {
        const auto found = users.find({area.type, slot});
        const SlotUsers used = found == users.end() ? SlotUsers{} : found->second;
        const bool bad = map[slot] == kSwapMapBad;
        ++(bad ? area.bad : map[slot] == 0 ? area.free : map[slot] == 1 ? area.one : area.more);
        area.cached += used.cached;
        if ((bad ? 0u : map[slot]) != used.total()) area.wrong.push_back({slot, map[slot], used});
    }
    const auto behind = users.lower_bound({area.type, static_cast<uint32_t>(map.size())});
    for (auto it = behind; it != users.end() && it->first.first == area.type; ++it)
        area.wrong.push_back({it->first.second, 0, it->second});
}

Result<SwapAreaModel> read_swap_area(const TypedRef& info, uint32_t type, const GuestMemory& memory,
                                     const UsersBySlot& users) {
    SwapAreaModel area;
    area.type = type;
    uint32_t prio = 0, map = 0;
    for (const auto& [member, into] :
         std::initializer_list<std::pair<const char*, uint32_t*>>{{"flags", &area.flags},
                                                                  {"prio", &prio},
                                                                  {"map.count", &map},
                                                                  {"map.slots", &area.slots},
                                                                  {"map.usable", &area.usable},
                                                                  {"map.in_use", &area.in_use}}) {
        const auto value = read_word(info, member);
        if (!value) return std::unexpected(value.error());
        *into = *value;
    }
    area.prio = static_cast<int32_t>(prio);
    if ((area.flags & kSwapUsed) == 0) return area;
    if (area.slots > kMostSlots) {
        area.problem = fmt::format("{} slots are more than there can be", area.slots);
        return area;
    }
    std::vector<uint16_t> counts(area.slots);
    if (memory.read(LinearAddr(map), std::as_writable_bytes(std::span(counts)))) {
        area.problem = fmt::format("swap_map @{:08x}: not mapped", map);
        return area;
    }
    count_slots(counts, users, area);
    return area;
}

void add_users(const WholeMoment& whole, SwapModel& model) {
    for (const AuditMm& mm : whole.state().mms) {
        const auto entries = static_cast<uint32_t>(std::ranges::count_if(mm.entries, &AuditPte::is_swap));
        if (entries == 0) continue;
        model.users.push_back({mm.pid, mm.at, entries});
        model.comms.push_back(whole.comm_of(mm.pid));
    }
}

Result<SwapModel> read_swap(const CommandCall& call) {
    const auto objects = Objects::at(call.inspector());
    if (!objects) return std::unexpected(objects.error());
    const auto whole = WholeMoment::read(call.inspection);
    if (!whole) return std::unexpected(whole.error());
    const auto table = objects->variable("swap_info"), total = objects->variable("total_swap_pages"),
               free = objects->variable("nr_swap_pages");
    for (const auto* variable : {&table, &total, &free}) {
        if (!*variable) return std::unexpected(variable->error());
    }
    const UsersBySlot users = find_users((*whole)->state());
    SwapModel model{.moment = (*whole)->moment(),
                    .total = total->u32().value_or(0),
                    .free = free->u32().value_or(0),
                    .areas = {},
                    .users = {},
                    .comms = {},
                    .problems = {}};
    for (uint32_t type = 0; type < kMostSwapAreas; ++type) {
        const auto info = table->item(type);
        if (!info) break;
        auto area = read_swap_area(*info, type, objects->kernel().memory, users);
        if (!area) return std::unexpected(area.error());
        if ((area->flags & kSwapUsed) != 0) model.areas.push_back(std::move(*area));
    }
    add_users(**whole, model);
    if (!(*whole)->state().all_mms_known)
        model.problems.push_back("some address spaces are not known: their entries are missing here");
    return model;
}

std::string swap_area_text(const SwapAreaModel& area) {
    std::string out =
        fmt::format("area {}: {}, priority {}: {} slots, {} usable, {} in use\n", area.type,
                    join_names(swap_flag_names(area.flags)), area.prio, area.slots, area.usable, area.in_use);
    if (!area.problem.empty()) return out + "! " + area.problem + '\n';
    out += fmt::format("  {} free, {} bad, {} with one user, {} with more; {} in the swap cache\n", area.free,
                       area.bad, area.one, area.more, area.cached);
    if (area.one + area.more != area.in_use)
        out += fmt::format("! {} slots in use, and swap_map has {}\n", area.in_use, area.one + area.more);
    constexpr size_t kMostSlotsListed = 256;
    for (size_t i = 0; i < std::min(area.wrong.size(), kMostSlotsListed); ++i) {
        const WrongSlot& wrong = area.wrong[i];
        out +=
            fmt::format("! slot {}: swap_map says {}, and it is used by {} entries{}\n", wrong.slot,
                        wrong.counted, wrong.found.entries, wrong.found.cached ? " and the swap cache" : "");
    }
    return out;
}

std::string swap_text(const SwapModel& model) {
    std::string out;
    for (const SwapAreaModel& area : model.areas)
        out += swap_area_text(area);
    for (size_t i = 0; i < model.users.size(); ++i)
        out += fmt::format("  {} ({}): {} pages are swapped out\n", model.users[i].pid, model.comms[i],
                           model.users[i].entries);
    add_problem_lines(out, model.problems);
    return out + fmt::format("{} slots, {} free\n", model.total, model.free);
}

std::string swap_json(const SwapModel& model) {
    InspectJson json = inspect_document("swap", model.moment);
    json["total_swap_pages"] = model.total;
    json["nr_swap_pages"] = model.free;
    json["areas"] = InspectJson::array();
    for (const SwapAreaModel& area : model.areas) {
        InspectJson item{{"type", area.type},     {"flags", swap_flag_names(area.flags)},
                         {"prio", area.prio},     {"slots", area.slots},
                         {"usable", area.usable}, {"in_use", area.in_use},
                         {"free", area.free},     {"bad", area.bad},
                         {"one_user", area.one},  {"more_users", area.more},
                         {"cached", area.cached}};
        item["disagreements"] = InspectJson::array();
        for (const WrongSlot& wrong : area.wrong) {
            item["disagreements"].push_back({{"slot", wrong.slot},
                                             {"counted", wrong.counted},
                                             {"entries", wrong.found.entries},
                                             {"cached", wrong.found.cached}});
        }
        if (!area.problem.empty()) item["problem"] = area.problem;
        json["areas"].push_back(std::move(item));
    }
    json["users"] = InspectJson::array();
    for (size_t i = 0; i < model.users.size(); ++i) {
        json["users"].push_back({{"pid", model.users[i].pid},
                                 {"comm", model.comms[i]},
                                 {"mm", hex_word(model.users[i].mm)},
                                 {"entries", model.users[i].entries}});
    }
    json["problems"] = model.problems;
    return json_line(json);
}

}  // namespace

Result<std::string> run_swap(const CommandCall& call) {
    const auto model = read_swap(call);
    if (!model) return std::unexpected(model.error());
    return call.json ? swap_json(*model) : swap_text(*model);
}

}  // namespace mmscope

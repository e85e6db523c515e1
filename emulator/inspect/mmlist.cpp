// SPDX-License-Identifier: GPL-2.0-or-later
// mmlist: every mm_struct that can be found, whether it is on init_mm's list, and who has it.
#include <fmt/format.h>

#include <unordered_set>

#include "inspect/command_call.h"
#include "inspect/inspect_json.h"
#include "inspect/whole_moment.h"
#include "introspect/objects.h"

namespace mmscope {

namespace {

struct ListedMm {
    LinearAddr at;
    bool listed = false;  // on init_mm.mmlist
    const AuditMm* known = nullptr;
};

struct MmListModel {
    std::unique_ptr<WholeMoment> whole;
    bool exists = false;        // the edition has mm_struct.mmlist
    std::vector<ListedMm> mms;  // in list order, then those that are not on it, by address
    std::vector<std::string> problems;
};

void walk_mmlist(MmListModel& model) {
    const WholeMoment& whole = *model.whole;
    const Field& next = whole.layouts().mm.mmlist_next;
    model.exists = static_cast<bool>(next);
    if (!model.exists) return;
    const GuestMemory& memory = whole.kernel().memory;
    const LinearAddr head = whole.layouts().init_mm + next.offset;
    std::unordered_set<uint32_t> seen;  // asked, never walked
    const WalkPath path("init_mm");
    LinearAddr at = head;
    for (;;) {
        const auto following = memory.read_u32(at);
        const auto damage = [&](LinearAddr where, std::string_view what) {
            report(model.problems,
                   describe_damage("mm_struct.mmlist.next", where, what,
                                   path.then("mmlist", static_cast<uint32_t>(model.mms.size() + 1))));
        };
        if (!following) return damage(at, "not mapped");
        at = LinearAddr(*following);
        if (at == head) return;
        if (at.value < kPageOffset) return damage(at, "not a kernel address");
        if (!seen.insert(at.value).second)
            return damage(at, "the list goes in a circle that leaves out its head");
        if (model.mms.size() >= kMaxTasks)
            return damage(at, fmt::format("more than {} descriptors", kMaxTasks));
        const LinearAddr mm = at - next.offset;
        model.mms.push_back({mm, true, whole.state().find_mm(mm)});
        if (model.mms.back().known == nullptr) damage(mm, "no mm_struct that anybody has");
    }
}

Result<MmListModel> read_mmlist(const Inspection& inspection) {
    auto whole = WholeMoment::read(inspection);
    if (!whole) return std::unexpected(whole.error());
    MmListModel model;
    model.whole = std::move(*whole);
    walk_mmlist(model);
    std::unordered_set<uint32_t> listed;  // asked, never walked
    for (const ListedMm& mm : model.mms)
        listed.insert(mm.at.value);
    for (const AuditMm& mm : model.whole->state().mms) {
        if (!listed.contains(mm.at.value)) model.mms.push_back({mm.at, false, &mm});
    }
    return model;
}

const char* phase_word(MmPhase phase) {
    switch (phase) {
        case MmPhase::Settled:
            return "settled";
        case MmPhase::InTransit:
            return "in transit";
        case MmPhase::Building:
            return "being made";
        case MmPhase::Dying:
            return "dying";
        case MmPhase::Dead:
            break;
    }
    return "dead, borrowed";
}

std::string mmlist_text(const MmListModel& model) {
    const AuditLayouts::Mm& layout = model.whole->layouts().mm;
    std::string out = fmt::format("{:<10} {:<6} {:>5} {:>5} {:>5} {:>8} {:<14} {:>5} {}\n", "MM", "LISTED",
                                  "USERS", "COUNT", "AREAS", "TOTAL_VM", "PHASE", "PID", "COMM");
    for (const ListedMm& mm : model.mms) {
        out += fmt::format("0x{:08x} {:<6} ", mm.at.value, !model.exists ? "-" : mm.listed ? "yes" : "no");
        if (mm.known == nullptr) {
            out += "nobody's\n";
            continue;
        }
        out += fmt::format("{:>5} {:>5} {:>5} {:>8} {:<14} {:>5} {}\n", mm.known->i32(layout.mm_users),
                           mm.known->i32(layout.mm_count), mm.known->i32(layout.map_count),
                           mm.known->u32(layout.total_vm), phase_word(mm.known->phase), mm.known->pid,
                           model.whole->comm_of(mm.known->pid));
    }
    add_problem_lines(out, model.problems);
    return out;
}

std::string mmlist_json(const MmListModel& model) {
    const AuditLayouts::Mm& layout = model.whole->layouts().mm;
    InspectJson json = inspect_document("mmlist", model.whole->moment());
    json["mms"] = InspectJson::array();
    for (const ListedMm& mm : model.mms) {
        InspectJson item{{"at", hex_word(mm.at)}, {"listed", mm.listed}};
        if (mm.known != nullptr) {
            item["mm_users"] = mm.known->i32(layout.mm_users);
            item["mm_count"] = mm.known->i32(layout.mm_count);
            item["map_count"] = mm.known->i32(layout.map_count);
            item["total_vm"] = mm.known->u32(layout.total_vm);
            item["phase"] = phase_word(mm.known->phase);
            item["pid"] = mm.known->pid;
        }
        json["mms"].push_back(std::move(item));
    }
    json["problems"] = model.problems;
    return json_line(json);
}

}  // namespace

Result<std::string> run_mmlist(const CommandCall& call) {
    const auto model = read_mmlist(call.inspection);
    if (!model) return std::unexpected(model.error());
    return call.json ? mmlist_json(*model) : mmlist_text(*model);
}

}  // namespace mmscope

// SPDX-License-Identifier: GPL-2.0-or-later
// frames: all of them by what they are for, or one with everybody who maps it.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "inspect/command_call.h"
#include "inspect/frames.h"
#include "inspect/inspect_json.h"
#include "inspect/names.h"

namespace mmscope {

namespace {

constexpr size_t kMostListed = 256;  // frames with disagreements that the overview prints

struct FrameProblem {
    uint32_t frame;
    std::vector<std::string> disagreements;
};

struct FramesModel {
    std::array<uint32_t, kFrameKinds> count{};
    uint32_t frames = 0, mapped = 0, entries = 0;
    std::vector<FrameProblem> wrong;
    std::vector<std::string> problems;
};

/// What is in transit or unknown explains disagreements that are none.
void add_limits(const AuditState& state, std::vector<std::string>& problems) {
    if (!state.all_mms_known)
        problems.push_back("some address spaces are not known: their entries are missing here");
    const auto moving = std::ranges::count_if(state.mms, [](const AuditMm& mm) {
        return mm.phase == MmPhase::InTransit || mm.phase == MmPhase::Building || mm.phase == MmPhase::Dying;
    });
    if (moving != 0)
        problems.push_back(fmt::format("{} address space{} being changed at this moment", moving,
                                       moving == 1 ? " is" : "s are"));
}

FramesModel read_frames(const WholeMoment& whole, FrameMap& map) {
    FramesModel model;
    model.frames = map.frames();
    for (uint32_t frame = 0; frame < model.frames; ++frame) {
        ++model.count[static_cast<size_t>(map.kind(frame))];
        const auto mappings = map.mappings(frame).size();
        model.mapped += mappings != 0;
        model.entries += static_cast<uint32_t>(mappings);
        auto disagreements = map.disagreements(frame);
        if (!disagreements.empty()) model.wrong.push_back({frame, std::move(disagreements)});
    }
    model.problems = map.problems();
    add_limits(whole.state(), model.problems);
    return model;
}

std::string frames_text(const FramesModel& model) {
    std::string out = fmt::format("{} frames of 4 KiB\n", model.frames);
    for (size_t kind = 0; kind < kFrameKinds; ++kind)
        out += fmt::format("  {:<15} {:>8}\n", to_string(static_cast<FrameKind>(kind)), model.count[kind]);
    out += fmt::format("{} frames are mapped by {} entries of page tables\n", model.mapped, model.entries);
    for (size_t i = 0; i < std::min(model.wrong.size(), kMostListed); ++i) {
        for (const std::string& what : model.wrong[i].disagreements)
            out += fmt::format("! frame {}: {}\n", model.wrong[i].frame, what);
    }
    add_problem_lines(out, model.problems);
    return out + fmt::format("{} frame{} with disagreements\n", model.wrong.size(),
                             model.wrong.size() == 1 ? "" : "s");
}

std::string frames_json(const FramesModel& model, const MachineMoment& moment) {
    InspectJson json = inspect_document("frames", moment);
    json["frames"] = model.frames;
    for (size_t kind = 0; kind < kFrameKinds; ++kind)
        json["kinds"][std::string(to_string(static_cast<FrameKind>(kind)))] = model.count[kind];
    json["mapped"] = model.mapped;
    json["entries"] = model.entries;
    json["disagreements"] = InspectJson::array();
    for (const FrameProblem& wrong : model.wrong)
        json["disagreements"].push_back({{"frame", wrong.frame}, {"what", wrong.disagreements}});
    json["problems"] = model.problems;
    return json_line(json);
}

struct FrameModel {
    uint32_t frame;
    const AuditPage* page;
    LinearAddr at;
    FrameKind kind;
    BitNames flags;
    std::string table;
    std::vector<FrameMapping> mappings;
    std::vector<RmapArea> areas;  // that show this page
    std::vector<std::string> disagreements, problems;
};

FrameModel read_frame(const WholeMoment& whole, FrameMap& map, uint32_t frame) {
    const AuditPage& page = whole.state().pages[frame];
    FrameModel model{.frame = frame,
                     .page = &page,
                     .at = whole.page_at(frame),
                     .kind = map.kind(frame),
                     .flags = {},
                     .table = map.table_of(frame),
                     .mappings = map.mappings(frame),
                     .areas = {},
                     .disagreements = map.disagreements(frame),
                     .problems = map.problems()};
    const TypeTable& types = whole.kernel().kernel->image().types();
    model.flags = flag_names(types, "page", "flags", page.flags).value_or(BitNames{});
    for (const RmapArea& area : map.areas(frame)) {
        if ((area.flags & kVmNonlinear) != 0 || area.address_of(page.index).value != 0)
            model.areas.push_back(area);
    }
    add_limits(whole.state(), model.problems);
    return model;
}

std::string owner_text(const FrameModel& model) {
    const AuditPage& page = *model.page;
    if (!model.table.empty()) return "  " + model.table + '\n';
    switch (model.kind) {
        case FrameKind::Anonymous:
        case FrameKind::SwapCache: {
            std::string text =
                fmt::format("  anon_vma 0x{:08x}, page index 0x{:x}", page.mapping.value & ~1u, page.index);
            // In memory an entry has its area in the top five bits (MM_FACTS 5.6).
            if (model.kind == FrameKind::SwapCache)
                text += fmt::format(", swap area {} slot {}", page.private_ >> 27, page.private_ & 0x7ffffff);
            return text + '\n';
        }
        case FrameKind::File:
            return fmt::format("  address_space 0x{:08x}, page index 0x{:x}\n", page.mapping.value,
                               page.index);
        case FrameKind::Slab:
            return fmt::format("  kmem_cache 0x{:08x}\n", page.private_);
        default:
            return {};
    }
}

bool is_mapped_by(const FrameModel& model, const RmapArea& area) {
    return std::ranges::any_of(model.mappings, [&](const FrameMapping& mapping) {
        return mapping.mm->at == area.mm && area.may_show(model.page->index, mapping.pte.address);
    });
}

std::string frame_text(const FrameModel& model, const WholeMoment& whole) {
    const AuditPage& page = *model.page;
    std::string out =
        fmt::format("frame {} at 0x{:08x}: {}\n  page @{:08x}: count {}, mapcount {}, flags {}\n",
                    model.frame, model.frame << kPageShift, to_string(model.kind), model.at.value, page.count,
                    page.mapcount, join_names(model.flags));
    out += owner_text(model);
    if (!model.mappings.empty()) out += "  mapped by, as the page tables say\n";
    for (const FrameMapping& mapping : model.mappings) {
        out += fmt::format("    0x{:08x} of mm 0x{:08x}, {} ({}): entry 0x{:08x} {}\n",
                           mapping.pte.address.value, mapping.mm->at.value, mapping.mm->pid,
                           whole.comm_of(mapping.mm->pid), mapping.pte.value,
                           join_names(entry_names(mapping.pte.value)));
    }
    if (!model.areas.empty()) out += "  where it may be mapped, as the reverse map says\n";
    for (const RmapArea& area : model.areas) {
        const LinearAddr address = area.address_of(page.index);
        out += fmt::format("    {} of mm 0x{:08x}, area @{:08x}: {}\n",
                           address.value == 0 ? "anywhere in a nonlinear area" : hex_word(address),
                           area.mm.value, area.vma.value, is_mapped_by(model, area) ? "it is" : "it is not");
    }
    add_problem_lines(out, model.disagreements);
    add_problem_lines(out, model.problems);
    return out;
}

std::string frame_json(const FrameModel& model, const MachineMoment& moment) {
    InspectJson json = inspect_document("frames", moment);
    json["frame"] = model.frame;
    json["at"] = hex_word(model.at);
    json["kind"] = to_string(model.kind);
    json["flags"] = model.flags;
    json["count"] = model.page->count;
    json["mapcount"] = model.page->mapcount;
    json["mapping"] = hex_word(model.page->mapping);
    json["index"] = model.page->index;
    if (!model.table.empty()) json["table"] = model.table;
    json["mapped_by"] = InspectJson::array();
    for (const FrameMapping& mapping : model.mappings) {
        json["mapped_by"].push_back({{"mm", hex_word(mapping.mm->at)},
                                     {"pid", mapping.mm->pid},
                                     {"address", hex_word(mapping.pte.address)},
                                     {"entry", hex_word(mapping.pte.value)},
                                     {"bits", entry_names(mapping.pte.value)}});
    }
    json["reverse_map"] = InspectJson::array();
    for (const RmapArea& area : model.areas) {
        json["reverse_map"].push_back({{"vma", hex_word(area.vma)},
                                       {"mm", hex_word(area.mm)},
                                       {"address", hex_word(area.address_of(model.page->index))},
                                       {"maps_it", is_mapped_by(model, area)}});
    }
    json["disagreements"] = model.disagreements;
    json["problems"] = model.problems;
    return json_line(json);
}

}  // namespace

Result<std::string> run_frames(const CommandCall& call) {
    const auto whole = WholeMoment::read(call.inspection);
    if (!whole) return std::unexpected(whole.error());
    FrameMap map(**whole);
    if (map.frames() == 0) return fail("the kernel's map of frames cannot be read");
    const MachineMoment& moment = (*whole)->moment();
    const std::string* word = call.argument(0);
    if (word == nullptr) {
        const FramesModel model = read_frames(**whole, map);
        return call.json ? frames_json(model, moment) : frames_text(model);
    }
    const auto frame = parse_number(*word, "frame");
    if (!frame) return std::unexpected(frame.error());
    if (*frame >= map.frames())
        return fail(fmt::format("frame {} is none of the kernel's {}", *frame, map.frames()));
    const FrameModel model = read_frame(**whole, map, *frame);
    return call.json ? frame_json(model, moment) : frame_text(model, **whole);
}

}  // namespace mmscope

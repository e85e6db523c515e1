// SPDX-License-Identifier: GPL-2.0-or-later
// tlb: what the processor may still use, beside what the page tables say now.
#include <fmt/format.h>

#include "inspect/command_call.h"
#include "inspect/inspect_json.h"
#include "inspect/names.h"
#include "mmu/tlb_shadow.h"

namespace mmscope {

namespace {

constexpr uint32_t kLargePageBytes = 1u << 22;

/// Pages one behind the other that go to frames one behind the other, with the same rights; or the pieces of
/// a page of 4 MiB that were used.
struct TlbRange {
    Translation first;
    uint32_t pages = 1;
    std::string stale;  // how the page tables differ; such a range has one page
};

struct TlbModel {
    MachineMoment moment;
    bool sees_fills = true;
    TlbCounters counters;
    uint32_t live = 0, user = 0, global = 0, stale = 0;
    std::vector<TlbRange> ranges;
};

/// What the translation allows and the page tables do not; empty: nothing. Rights that a translation lacks
/// are no danger: the processor asks again.
std::string difference(const Translation& held, const Walk& walk) {
    if (!walk.present) return "its entry is not present any more";
    if (walk.physical.page() != held.frame.page())
        return fmt::format("its entry now leads to 0x{:08x}", walk.physical.page().value);
    if (held.writable && !walk.writable) return "its entry is read-only now";
    if (held.user && !walk.user) return "its entry is the kernel's now";
    return {};
}

bool goes_on(const TlbRange& range, const Translation& next) {
    const uint32_t bytes = next.large ? next.page - range.first.page : range.pages << kPageShift;
    Translation expected = range.first;
    expected.page = expected.page + bytes;
    expected.frame = expected.frame + bytes;
    const bool same_large = (next.page.value ^ range.first.page.value) < kLargePageBytes;
    return range.stale.empty() && expected == next && (!next.large || same_large);
}

std::string place_of_range(const TlbRange& range) {
    const uint32_t start = range.first.page.value;
    if (range.first.large) {
        const uint32_t large = start & ~(kLargePageBytes - 1);
        return fmt::format("{:08x}-{:08x} -> 0x{:08x} {:>4} piece{}", large, large + (kLargePageBytes - 1),
                           range.first.frame.value - (start - large), range.pages,
                           range.pages == 1 ? " " : "s");
    }
    return fmt::format("{:08x}-{:08x} -> 0x{:08x} {:>4} page{} ", start,
                       start + (range.pages << kPageShift) - 1, range.first.frame.value, range.pages,
                       range.pages == 1 ? " " : "s");
}

TlbModel read_tlb(const KernelMemory& kernel, const TlbShadow& tlb) {
    TlbModel model{
        .moment = kernel.moment, .sees_fills = tlb.sees_fills(), .counters = tlb.total(), .ranges = {}};
    const GuestMemory current = kernel.memory.through(kernel.moment.paging.directory);
    tlb.for_each([&](const Translation& held) {
        ++model.live;
        model.user += held.user;
        model.global += held.global;
        // Global ones outlive their directory, which need not have had all of the kernel's tables yet.
        std::string stale = difference(held, (held.global ? kernel.memory : current).walk(held.page));
        model.stale += !stale.empty();
        if (stale.empty() && !model.ranges.empty() && goes_on(model.ranges.back(), held)) {
            ++model.ranges.back().pages;
        } else {
            model.ranges.push_back({held, 1, std::move(stale)});
        }
    });
    return model;
}

BitNames rights(const Translation& held) {
    BitNames names{held.writable ? "writable" : "read-only", held.user ? "user" : "kernel"};
    if (held.dirty) names.emplace_back("dirty");
    if (held.global) names.emplace_back("global");
    if (held.large) names.emplace_back("4MiB");
    return names;
}

std::string tlb_text(const TlbModel& model) {
    std::string out;
    const TlbCounters& counters = model.counters;
    if (!model.sees_fills)
        return fmt::format(
            "translations are known only with cpu.mmu = \"own\"; {} flushes, {} invalidations\n",
            counters.flushes, counters.invalidations);
    for (const TlbRange& range : model.ranges) {
        out += fmt::format("{} {}  {}{}\n", range.stale.empty() ? ' ' : '!', place_of_range(range),
                           join_names(rights(range.first)), range.stale.empty() ? "" : "  ! " + range.stale);
    }
    return out + fmt::format(
                     "{} live translations, {} of user pages, {} global, {} stale\n"
                     "{} fills, {} re-fills, {} flushes, {} invalidations\n",
                     model.live, model.user, model.global, model.stale, counters.fills, counters.refills,
                     counters.flushes, counters.invalidations);
}

std::string tlb_json(const TlbModel& model) {
    InspectJson json = inspect_document("tlb", model.moment);
    json["sees_fills"] = model.sees_fills;
    if (model.sees_fills) {
        json["ranges"] = InspectJson::array();
        for (const TlbRange& range : model.ranges) {
            InspectJson item{{"start", hex_word(range.first.page)},
                             {"pages", range.pages},
                             {"frame", hex_word(range.first.frame.value)},
                             {"rights", rights(range.first)}};
            if (!range.stale.empty()) item["stale"] = range.stale;
            json["ranges"].push_back(std::move(item));
        }
        json["live"] = model.live;
        json["stale"] = model.stale;
        json["fills"] = model.counters.fills;
        json["refills"] = model.counters.refills;
    }
    json["flushes"] = model.counters.flushes;
    json["invalidations"] = model.counters.invalidations;
    return json_line(json);
}

}  // namespace

Result<std::string> run_tlb(const CommandCall& call) {
    if (call.inspection.tlb == nullptr) return fail("the processor's TLB is not known here: only memory is");
    const auto kernel = call.inspector().memory();
    if (!kernel) return std::unexpected(kernel.error());
    const TlbModel model = read_tlb(*kernel, *call.inspection.tlb);
    return call.json ? tlb_json(model) : tlb_text(model);
}

}  // namespace mmscope

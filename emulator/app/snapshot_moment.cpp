// SPDX-License-Identifier: GPL-2.0-or-later
// The four words, two of them with a number.
#include "app/snapshot_moment.h"

#include <fmt/format.h>

#include <charconv>

#include "app/units.h"

namespace mmscope {

Result<SnapshotMoment> parse_snapshot_moment(std::string_view text) {
    using Kind = SnapshotMoment::Kind;
    constexpr std::string_view kCheckpoint = "checkpoint:", kTime = "time:";
    SnapshotMoment moment{.kind = Kind::Exit, .checkpoint = 0, .time = {}, .text = std::string(text)};
    if (text == "exit") return moment;
    if (text == "panic") return moment.kind = Kind::Panic, moment;
    if (text.starts_with(kCheckpoint)) {
        const char* const end = text.data() + text.size();
        const auto [stop, status] = std::from_chars(text.data() + kCheckpoint.size(), end, moment.checkpoint);
        if (status == std::errc{} && stop == end) return moment.kind = Kind::Checkpoint, moment;
    } else if (text.starts_with(kTime)) {
        const auto time = parse_duration(text.substr(kTime.size()));
        if (!time) return fail(fmt::format("\"{}\": {}", text, time.error().message));
        moment.time = VirtualTime{*time};
        return moment.kind = Kind::Time, moment;
    }
    return fail(
        fmt::format("found \"{}\", expected \"exit\", \"panic\", \"checkpoint:N\" or \"time:TIME\"", text));
}

}  // namespace mmscope

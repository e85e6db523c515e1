// SPDX-License-Identifier: GPL-2.0-or-later
// When a snapshot is taken, as people write it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "devices/scheduler.h"

namespace mmscope {

struct SnapshotMoment {
    enum class Kind : uint8_t {
        Exit,        // the end of the run, whatever ended it
        Panic,       // its end, if the guest's kernel panicked or the machine shut down
        Checkpoint,  // each time the guest writes `checkpoint`; the last one stays
        Time,        // the first border of two blocks at or behind `time`
    };
    Kind kind = Kind::Exit;
    uint32_t checkpoint = 0;
    VirtualTime time{};
    std::string text;  // as it was written

    friend bool operator==(const SnapshotMoment&, const SnapshotMoment&) = default;
};

/// "exit", "panic", "checkpoint:3", "time:250ms". Error: what was expected.
Result<SnapshotMoment> parse_snapshot_moment(std::string_view text);

}  // namespace mmscope

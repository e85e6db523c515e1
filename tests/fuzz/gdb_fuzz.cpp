// SPDX-License-Identifier: GPL-2.0-or-later
// A line a packet, which is framed here as gdb would; behind '!' bytes as they are.
#include "base/check.h"
#include "gdb/packet.h"
#include "gdb/server.h"
#include "gdb/target.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/unit/gdb/fake_debuggee.h"

FUZZ_TARGET(gdb) {
    FakeDebuggee debuggee;
    GdbTarget target(debuggee);
    GdbPacketReader here, there;
    (void)parse_gdb_address(input.substr(0, input.find('\n')));
    while (!input.empty()) {
        std::string_view line = take_until(input, "\n");
        const bool raw = line.starts_with('!');
        for (const GdbInput& got : here.feed(raw ? std::string(line.substr(1)) : gdb_packet(line))) {
            const GdbWish wish = target.take(got);
            const bool watches = wish == GdbWish::Continue && !debuggee.watched.empty();
            if (watches)
                target.halted({.kind = GdbHalt::Kind::Watchpoint, .watch = debuggee.watched.back()});
            else if (wish == GdbWish::Continue)
                target.halted({.kind = GdbHalt::Kind::Breakpoint});
            if (wish == GdbWish::Step) target.halted({.kind = GdbHalt::Kind::Step});
            if (wish == GdbWish::Kill) target.ended(0);
        }
        for (const GdbInput& sent : there.feed(target.take_output()))
            CHECK(sent.kind != GdbInput::Kind::Damaged || raw);
        CHECK(debuggee.breakpoints.size() <= Debuggee::kMostStopPoints);
        CHECK(debuggee.watched.size() <= Debuggee::kMostStopPoints);
    }
}

// SPDX-License-Identifier: GPL-2.0-or-later
// The exit status and the sentence for each way a run can end.
#include "app/run_end.h"

#include <gtest/gtest.h>

#include <csignal>

namespace mmscope {
namespace {

struct Case {
    RunResult result;
    StopCause cause;
    int status;
    std::string sentence;
};

TEST(run_end, each_end_has_its_status_and_its_sentence) {
    const std::vector<Case> cases = {
        {{RunEnd::GuestExit, 0, ""}, {}, 0, "the guest shut down"},
        {{RunEnd::GuestExit, 3, ""}, {}, 3, "guest panic"},
        {{RunEnd::GuestExit, 7, ""}, {}, 7, "the guest ended with code 7"},
        {{RunEnd::GuestExit, 255, ""}, {}, 255, "the guest ended with code 255"},
        {{RunEnd::GuestExit, 256, ""}, {}, 255, "the guest ended with code 256"},
        {{RunEnd::GuestExit, 0xffffffff, ""}, {}, 255, "the guest ended with code 4294967295"},
        {{RunEnd::Reset, 0, ""}, {}, 0, "the guest asked for a reset"},
        {{RunEnd::ShutDown, 0, "triple fault\neip 1\n"}, {}, 3, "the machine shut down: triple fault\neip 1"},
        {{RunEnd::TimeLimit, 0, ""}, {}, 124, "the virtual time limit was reached"},
        {{RunEnd::Stopped, 0, ""}, {SIGINT, false, {}}, 130, "stopped by SIGINT"},
        {{RunEnd::Stopped, 0, ""}, {SIGTERM, false, {}}, 143, "stopped by SIGTERM"},
        {{RunEnd::Stopped, 0, ""}, {0, true, {}}, 0, "the window was closed"},
        {{RunEnd::Broken, 0, "no memory"}, {}, 3, "the engine failed: no memory"},
    };
    for (const Case& one : cases) {
        const EndVerdict verdict = judge_end(one.result, one.cause);
        EXPECT_EQ(verdict.status, one.status) << one.sentence;
        EXPECT_EQ(verdict.sentence, one.sentence);
    }
}

TEST(run_end, an_output_that_failed_is_status_2_even_if_the_guest_shut_down) {
    const EndVerdict stopped = judge_end({RunEnd::Stopped, 0, ""}, {0, false, "t.jsonl: no space"});
    EXPECT_EQ(stopped.status, 2);
    EXPECT_EQ(stopped.sentence, "t.jsonl: no space");
    const EndVerdict clean = judge_end({RunEnd::GuestExit, 0, ""}, {0, false, "t.jsonl: no space"});
    EXPECT_EQ(clean.status, 2);
    EXPECT_EQ(clean.sentence, "the guest shut down\nemu: t.jsonl: no space");
}

}  // namespace
}  // namespace mmscope

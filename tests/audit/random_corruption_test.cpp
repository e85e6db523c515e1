// SPDX-License-Identifier: GPL-2.0-or-later
// Words of RAM overwritten at random on a machine with fifty processes: an audit ends in time whatever the
// guest's memory holds, and which share of the damage it finds is measured, by class of word (./dev
// corruption).
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <random>
#include <vector>

#include "tests/audit/lab.h"
#include "tests/audit/targets.h"

namespace mmscope::test {
namespace {

/// Of the processor: what else the host does must not count.
double cpu_milliseconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

bool is_long_run() {
    return std::getenv("MMSCOPE_LONG") != nullptr;
}

/// What breaks readers: pointers that are nearly right, and numbers that are nearly endless.
uint32_t hostile(std::mt19937& random, uint32_t old) {
    switch (random() % 8) {
        case 0:
            return 0;
        case 1:
            return ~0u;
        case 2:
            return old + 1;
        case 3:
            return old ^ 1u << random() % 32;
        case 4:
            return 0xC0000000 + random() % (64u << 20);
        case 5:
            return (0xC0100000 + random() % 0x300000) & ~3u;
        case 6:
            return static_cast<uint32_t>(random()) & 0xFFF00067;
        default:
            return static_cast<uint32_t>(random());
    }
}

/// A word of RAM that is another one for as long as this lives.
class RandomDamage {
  public:
    RandomDamage(Lab& lab, PhysAddr at, std::mt19937& random) : place_(lab.ram().data() + at.value) {
        std::memcpy(&old_, place_, 4);
        uint32_t value = hostile(random, old_);
        if (value == old_) value = ~old_;
        std::memcpy(place_, &value, 4);
    }
    ~RandomDamage() { std::memcpy(place_, &old_, 4); }
    RandomDamage(const RandomDamage&) = delete;
    RandomDamage& operator=(const RandomDamage&) = delete;

  private:
    std::byte* place_;
    uint32_t old_ = 0;
};

struct Share {
    uint32_t tried = 0, found = 0;

    [[nodiscard]] double percent() const { return 100.0 * found / std::max(tried, 1u); }
};

void print_shares(const std::vector<Target>& targets, const std::vector<Share>& shares) {
    fmt::print("{:<34} {:>8} {:>8} {:>7}\n", "class", "damaged", "found", "share");
    Share all;
    const auto row = [](std::string_view name, const Share& share) {
        fmt::print("{:<34} {:>8} {:>8} {:>6.1f}%\n", name, share.tried, share.found, share.percent());
    };
    for (size_t i = 0; i < targets.size(); ++i) {
        row(targets[i].name, shares[i]);
        all.tried += shares[i].tried;
        all.found += shares[i].found;
    }
    row("all", all);
}

/// What must not be wrong unnoticed, and the share that must be found of it.
void expect_shares(const std::vector<Target>& targets, const std::vector<Share>& shares) {
    for (size_t i = 0; i < targets.size(); ++i) {
        const std::string& name = targets[i].name;
        const bool essential = name == "tree nodes" || name == "list links" || name == "counters" ||
                               name.starts_with("page-table") || name.starts_with("page dir") ||
                               name.starts_with("slab links") || name.starts_with("slab bookkeeping");
        if (essential) {
            EXPECT_GT(shares[i].percent(), is_long_run() ? 95 : 75) << name;
        }
    }
}

TEST(audit, ends_in_bounded_time_whatever_words_are_damaged) {
    Lab lab(1005, {.command_line = "init=/bin/bench bench=crowd"});
    const AuditReport clean = lab.audit();
    ASSERT_TRUE(clean.clean()) << audit_text(clean);
    EXPECT_TRUE(clean.quiet);
    std::mt19937 random(20081224);
    const std::vector<Target> targets = corruption_targets(lab);
    std::vector<Share> shares(targets.size());
    double longest = 0, sum = 0;
    const uint32_t rounds = is_long_run() ? 10'000 : 280;
    for (uint32_t round = 0; round < rounds; ++round) {
        const size_t which = round % targets.size();
        const std::vector<PhysAddr>& words = targets[which].words;
        const RandomDamage damage(lab, words[random() % words.size()], random);
        const auto auditor = Auditor::create(lab.inspector()).value();
        const double start = cpu_milliseconds();
        const AuditReport report = auditor->audit(AuditPlace::AtRest).value();
        const double time = cpu_milliseconds() - start;
        longest = std::max(longest, time);
        sum += time;
        ++shares[which].tried;
        shares[which].found += !report.clean();
    }
    print_shares(targets, shares);
    expect_shares(targets, shares);
    fmt::print("{} tasks; an audit took {:.1f} ms of the processor on average, {:.1f} ms at most\n",
               lab.inspector().tasks()->tasks.size(), sum / rounds, longest);
    EXPECT_LT(longest, 2000);
    EXPECT_TRUE(lab.audit().clean());
}

}  // namespace
}  // namespace mmscope::test

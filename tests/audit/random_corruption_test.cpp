// SPDX-License-Identifier: GPL-2.0-or-later
// Words of RAM overwritten at random: whatever the guest's memory holds, an audit ends and harms nothing.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <map>
#include <random>

#include "tests/audit/lab.h"

namespace mmscope::test {
namespace {

/// Ten thousand with MMSCOPE_LONG=1 in the environment.
uint32_t rounds() {
    return std::getenv("MMSCOPE_LONG") ? 10'000 : 1'500;
}

/// A place in a descriptor, an area, a task, a page table, the frame map, or anywhere.
struct Target {
    const char* name;
    std::vector<uint32_t> words;  // physical addresses
};

void add_object(Lab& lab, Target& target, LinearAddr at, uint32_t size) {
    for (uint32_t i = 0; i < size; i += 4)
        target.words.push_back(lab.inspector().memory()->memory.walk(at + i).physical.value);
}

uint32_t size_of(Lab& lab, const char* tag) {
    return lab.inspector().kernel().image().types().find_tag(tag)->size;
}

std::vector<Target> targets(Lab& lab) {
    Target mms{"mm_struct", {}}, vmas{"vm_area_struct", {}}, tasks{"task_struct", {}},
        tables{"page tables", {}}, frames{"mem_map", {}}, all{"anywhere", {}};
    for (const LinearAddr mm : {lab.mm(), lab.other_mm(), lab.symbol("init_mm")})
        add_object(lab, mms, mm, size_of(lab, "mm_struct"));
    for (LinearAddr at = lab.vma(); at.value != 0; at = LinearAddr(lab.get(at, "vm_area_struct", "vm_next")))
        add_object(lab, vmas, at, size_of(lab, "vm_area_struct"));
    const auto decoded = lab.inspector().tasks();
    for (const TaskModel& task : decoded->tasks)
        add_object(lab, tasks, task.at, size_of(lab, "task_struct"));
    add_object(lab, tables, LinearAddr(lab.get(lab.mm(), "mm_struct", "pgd")), 4096);
    add_object(lab, tables, lab.pte_at(0xBFC00000), 4096);
    add_object(lab, frames, lab.page(0), 2000 * size_of(lab, "page"));
    for (uint32_t at = 0x100000; at < lab.ram().size(); at += 4096)
        all.words.push_back(at + at / 4096 % 1024 * 4);
    return {mms, vmas, tasks, tables, frames, all};
}

/// What breaks readers: pointers that are nearly right, and numbers that are nearly endless.
uint32_t hostile(std::mt19937& random) {
    switch (random() % 6) {
        case 0:
            return 0;
        case 1:
            return ~0u;
        case 2:
            return 0xC0000000 + random() % (64u << 20);
        case 3:
            return (0xC0100000 + random() % 0x300000) & ~3u;
        case 4:
            return static_cast<uint32_t>(random()) & 0xFFF00067;
        default:
            return static_cast<uint32_t>(random());
    }
}

TEST(audit, ends_in_bounded_time_whatever_words_are_damaged) {
    Lab lab(2);
    std::mt19937 random(20081224);
    const std::vector<Target> places = targets(lab);
    std::map<std::string, std::pair<uint32_t, uint32_t>> noticed;  // of how many
    std::chrono::nanoseconds longest{};
    for (uint32_t round = 0; round < rounds(); ++round) {
        const Target& target = places[random() % places.size()];
        const uint32_t at = target.words[random() % target.words.size()], value = hostile(random);
        uint32_t old = 0;
        std::memcpy(&old, lab.ram().data() + at, 4);
        std::memcpy(lab.ram().data() + at, &value, 4);
        const auto start = std::chrono::steady_clock::now();
        const AuditReport report = lab.audit(round % 2 ? AuditPlace::AtRest : AuditPlace::Anywhere);
        longest = std::max<std::chrono::nanoseconds>(longest, std::chrono::steady_clock::now() - start);
        auto& [seen, of] = noticed[target.name];
        seen += !report.clean();
        ++of;
        std::memcpy(lab.ram().data() + at, &old, 4);
    }
    for (const auto& [name, counts] : noticed)
        fmt::print("{}: {} of {} damaged words noticed\n", name, counts.first, counts.second);
    EXPECT_LT(longest, std::chrono::seconds(2));
    EXPECT_TRUE(lab.audit().clean());
}

}  // namespace
}  // namespace mmscope::test

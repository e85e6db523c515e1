// SPDX-License-Identifier: GPL-2.0-or-later
// Rows M: the list of descriptors that may own swap entries.
#include <gtest/gtest.h>

#include <set>

#include "tests/rows/row_run.h"

namespace mmscope::test {
namespace {

/// Walks the list once around; its elements without the head, by the address of their mmlist.
std::set<uint32_t> members_of_mmlist(const Moment& now) {
    const uint32_t head = now.variable("init_mm").at("mmlist").address();
    std::set<uint32_t> members;
    uint32_t at = head;
    do {
        const uint32_t next = now.object("list_head", at).u32("next");
        EXPECT_EQ(now.object("list_head", next).u32("prev"), at);
        at = next;
    } while (at != head && members.insert(at).second && members.size() < 1000);
    EXPECT_EQ(at, head) << "the list leads back to its head";
    return members;
}

bool is_free(const Object& spinlock) {
    return spinlock.u32("serving") == spinlock.u32("next");
}

/// Whoever is not on the list points to itself.
void expect_listed_or_alone(const Moment& now, uint32_t pid) {
    const Object link = now.mm(pid).at("mmlist");
    if (members_of_mmlist(now).contains(link.address())) return;
    EXPECT_EQ(link.u32("next"), link.address());
    EXPECT_EQ(link.u32("prev"), link.address());
}

TEST(Row, M01_the_list_begins_and_ends_at_init_mm) {
    Row row;
    row.at(1, [](const Moment& now) {
        const Object init_mm = now.variable("init_mm");
        EXPECT_EQ(init_mm.u32("mm_users"), 2u) << "process 0's descriptor: nobody uses it up";
        EXPECT_EQ(init_mm.u32("pgd"), now.variable("swapper_pg_dir").address());
        members_of_mmlist(now);
        expect_listed_or_alone(now, now.number("self"));
        expect_listed_or_alone(now, now.number("child"));
    });
    row.at(2, [](const Moment& now) { members_of_mmlist(now); });
    row.run();
}

TEST(Row, M06_every_space_is_on_the_list) {
    Row row;
    const auto link_of = [](const Moment& now, const char* who) {
        return now.mm(now.number(who)).at("mmlist").address();
    };
    const auto expect_all = [](const Moment& now) {
        std::set<uint32_t> spaces;
        for (const TaskModel& task : now.tasks()) {
            if (task.mm.value != 0)
                spaces.insert(now.object("mm_struct", task.mm.value).at("mmlist").address());
        }
        EXPECT_EQ(members_of_mmlist(now), spaces);
    };
    row.at(1, [&](const Moment& now) {
        expect_all(now);
        EXPECT_EQ(now.mm(now.number("self")).u32("mmlist.next"), link_of(now, "child"))
            << "behind its parent";
    });
    row.at(2, [&](const Moment& now) {
        expect_all(now);
        EXPECT_EQ(now.variable("init_mm").u32("mmlist.next"), link_of(now, "other"))
            << "a new program's first";
        EXPECT_EQ(members_of_mmlist(now).size(), 3u);
    });
    row.at(3, [&](const Moment& now) {
        expect_all(now);
        EXPECT_EQ(members_of_mmlist(now).size(), 1u);
    });
    row.run();
}

TEST(Row, M08_edits_of_the_list_are_made_under_its_lock) {
    Row row;
    int looks = 0;
    const auto look = [&](const Moment& now) {
        if (!is_free(now.variable("mmlist_lock"))) return;
        ++looks;
        members_of_mmlist(now);
    };
    row.watch(1, 2, 5'000, look);
    row.at(2, [&](const Moment& now) { EXPECT_TRUE(is_free(now.variable("mmlist_lock"))); });
    row.run();
    EXPECT_GT(looks, 50);
}

}  // namespace
}  // namespace mmscope::test

// SPDX-License-Identifier: GPL-2.0-or-later
// Rows C: core dumps, as the descriptor shows them. A10 and A13: areas that drivers map.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/rows/row_run.h"

namespace mmscope::test {
namespace {

constexpr uint32_t kDumpableBits = 3;

uint32_t dumpable_of(const Object& mm) {
    return since(Edition::v2_6_28) ? mm.u32("flags") & kDumpableBits : mm.u32("dumpable");
}

TEST(Row, C01_a_fatal_signal_leaves_a_core_file) {
    Row row;
    row.run();
}

TEST(Row, C02_who_is_not_dumpable_leaves_none) {
    Row row;
    row.at(1, [](const Moment& now) { EXPECT_EQ(dumpable_of(now.mm(now.number("self"))), 0u); });
    row.run();
}

TEST(Row, C03_who_acts_for_another_is_not_dumpable) {
    Row row;
    const auto expect = [&row](uint32_t which, uint32_t dumpable, uint32_t uid, uint32_t euid,
                               uint32_t suid) {
        row.at(which, [=](const Moment& now) {
            const Object task = now.task(now.number("self"));
            EXPECT_EQ(dumpable_of(task.target("mm")), dumpable);
            EXPECT_EQ(task.u32("uid"), uid);
            EXPECT_EQ(task.u32("euid"), euid);
            EXPECT_EQ(task.u32("suid"), suid);
            EXPECT_EQ(task.u32("fsuid"), euid);
        });
    };
    constexpr uint32_t kOther = 1000, kAsRoot = 3;
    expect(1, 1, 0, 0, 0);
    expect(2, 0, 0, kOther, kOther);
    expect(3, 0, kOther, kOther, kOther);  // he may run the file, but not read it
    if (since(Edition::v2_6_28)) {         // one bit knows no third answer
        expect(4, kAsRoot, 0, kOther, kOther);
        expect(5, kAsRoot, 0, kOther, kOther);
    }
    expect(6, 0, 0, 0, kOther);
    expect(7, 1, kOther, kOther, kOther);
    row.run();
}

/// What tells that a dump of the space is in progress: something on the dumping task's kernel stack.
const char* dump_in_progress() {
    return by_edition("", "", "core_startup_done", "core_state");
}

void expect_linked_threads(const Object& state, uint32_t task, uint32_t other) {
    EXPECT_EQ(state.u32("nr_threads"), 0u) << "everybody has stopped";
    EXPECT_EQ(state.u32("dumper.task"), task);
    EXPECT_EQ(state.u32("dumper.next.task"), other);
    EXPECT_EQ(state.u32("dumper.next.next"), 0u);
}
/// 2.6.11: a count instead of a list, and where they wait.
void expect_counted_threads(const Object& mm) {
    EXPECT_EQ(mm.u32("core_waiters"), 0u) << "everybody has stopped";
    EXPECT_EQ(mm.u32("core_done.done"), 0u);
    EXPECT_NE(mm.u32("core_done.wait.task_list.next"), mm.at("core_done.wait.task_list").address());
    EXPECT_EQ(mm.u32("dumpable"), 0u) << "once is enough";
}

TEST(Row, C04_the_other_thread_stops_before_the_dump) {
    Row row;
    uint32_t task = 0, other = 0;
    row.at(1, [&](const Moment& now) {
        task = now.task(now.number("self")).address();
        other = now.task(now.number("other")).address();
        EXPECT_EQ(now.mm(now.number("self")).u32(dump_in_progress()), 0u);
        EXPECT_EQ(now.mm(now.number("self")).u32("mm_users"), 2u);
    });
    row.at(2, [&](const Moment& now) {
        const Object mm = now.mm(now.number("self"));
        ASSERT_NE(mm.u32(dump_in_progress()), 0u) << "the dump is over already";
        const Object state = mm.target(dump_in_progress());
        if (since(Edition::v2_6_28))
            expect_linked_threads(state, task, other);
        else
            expect_counted_threads(mm);
        const uint32_t stack = now.object("task_struct", task).u32("stack");
        EXPECT_GE(state.address(), stack);
        EXPECT_LT(state.address(), stack + 2 * kPageSize) << "it lives on the dumping task's kernel stack";
        EXPECT_NE(now.object("task_struct", other).u32("mm"), 0u) << "it waits before it leaves the space";
    });
    row.at(3, [](const Moment&) {});
    row.run();
}

TEST(Row, C05_bits_say_whether_and_what_is_dumped) {
    Row row;
    const auto flags = [](const Moment& now, const char* who) {
        return now.mm(now.number(who)).u32("flags");
    };
    row.at(1, [&](const Moment& now) { EXPECT_EQ(flags(now, "self"), 0x8Du) << "dumpable, default filter"; });
    row.at(2, [&](const Moment& now) { EXPECT_EQ(flags(now, "self"), 0x8Cu); });
    row.at(3, [&](const Moment& now) {
        EXPECT_EQ(flags(now, "self"), 0x1FCu);
        EXPECT_EQ(flags(now, "child"), 0x1FCu);
    });
    row.at(4, [&](const Moment& now) { EXPECT_EQ(flags(now, "self"), 0x05u); });
    row.run();
}

std::vector<std::string> operations_in(const Moment& now) {
    std::vector<std::string> names;
    const Type* type = now.inspector.kernel().image().types().find_tag("vm_operations_struct");
    if (type == nullptr) return names;
    for (const Member& member : type->members)
        names.push_back(member.name);
    return names;
}

/// What a driver can do for its areas in this edition.
std::vector<std::string> area_operations() {
    if (since(Edition::v2_6_28)) return {"open", "close", "fault", "page_mkwrite", "access"};
    if (since(Edition::v2_6_11)) return {"open", "close", "nopage", "populate"};
    return {"open", "close", "nopage"};
}

TEST(Row, A10_a_driver_sets_the_operations_of_its_areas) {
    Row row;
    row.expect_holders("INV-29");  // the driver keeps its pages
    uint32_t record = 0;
    row.at(1, [&](const Moment& now) {
        const Object vma = now.vma(now.number("self"), now.number("area"));
        EXPECT_THAT(operations_in(now), testing::ElementsAreArray(area_operations()));
        for (const std::string& hook : area_operations()) {
            const bool wanted = hook != "populate";  // its pages come in their order
            EXPECT_EQ(vma.target("vm_ops").u32(hook) != 0, wanted) << hook;
        }
        const Object text = now.vma(now.number("self"), now.number("text")).target("vm_ops");
        for (const std::string& hook : area_operations()) {
            const bool wanted = hook == "fault" || hook == "nopage" || hook == "populate";
            EXPECT_EQ(text.u32(hook) != 0, wanted) << "a file's " << hook;
        }
        record = vma.u32("vm_private_data");
        EXPECT_EQ(now.object("buffer_mapping", record).u32("areas"), 1u);
        EXPECT_EQ(now.object("buffer_mapping", record).u32("faults"), 1u);
    });
    row.at(2, [&](const Moment& now) {
        const Object low = now.vma(now.number("self"), now.number("area"));
        const Object high = now.vma(now.number("self"), now.number("area") + 5 * kPageSize);
        EXPECT_NE(low.address(), high.address());
        EXPECT_EQ(low.u32("vm_private_data"), record);
        EXPECT_EQ(high.u32("vm_private_data"), record);
        EXPECT_EQ(high.u32("vm_pgoff"), 5u);
        EXPECT_EQ(now.object("buffer_mapping", record).u32("areas"), 2u) << "opened by the split";
    });
    row.at(3, [&](const Moment& now) {
        EXPECT_EQ(now.areas_in(now.number("self"), now.number("area"), now.number("area") + 8 * kPageSize),
                  "");
    });
    row.run();
}

TEST(Row, A13_each_kind_of_area_has_its_count) {
    Row row;
    struct Counts {
        uint32_t shared, exec, stack, reserved;
        bool operator==(const Counts&) const = default;
    };
    const auto counts = [](const Moment& now) {
        const Object mm = now.mm(now.number("self"));
        return Counts{mm.u32("shared_vm"), mm.u32("exec_vm"), mm.u32("stack_vm"), mm.u32("reserved_vm")};
    };
    Counts wanted{};
    row.at(1, [&](const Moment& now) { wanted = counts(now); });
    row.at(2, [&](const Moment& now) {
        wanted.shared += 3;
        wanted.exec += 3;
        EXPECT_TRUE(counts(now) == wanted) << "a program's text";
    });
    row.at(3, [&](const Moment& now) {
        wanted.shared += 2;
        EXPECT_TRUE(counts(now) == wanted) << "a program's data";
    });
    row.at(4, [&](const Moment& now) {
        wanted.stack += 5;
        EXPECT_TRUE(counts(now) == wanted) << "a stack";
    });
    row.at(5, [&](const Moment& now) {
        wanted.shared += 8;
        wanted.reserved += 8;
        EXPECT_TRUE(counts(now) == wanted) << "a device";
        const Object vma = now.vma(now.number("self"), now.number("screen"));
        // The area says that its entries are raw; before, the frames said it.
        const bool says = since(Edition::v2_6_28);
        EXPECT_EQ(vma.u32("vm_flags") & (kVmIo | kVmReserved | kVmPfnmap),
                  kVmIo | kVmReserved | (says ? +kVmPfnmap : 0u));
        for (uint32_t i = 0; i < 8; i++) {
            const uint32_t pte = now.pte(now.number("self"), now.number("screen") + i * kPageSize);
            EXPECT_EQ(pte / kPageSize, 0xB8u + i);
            EXPECT_EQ(pte & kSpecial, says ? +kSpecial : 0u);
        }
    });
    row.at(6, [&](const Moment& now) {
        wanted.shared -= 8;
        wanted.reserved -= 8;
        EXPECT_TRUE(counts(now) == wanted);
    });
    const BootResult result = row.run();
    const TextCell drawn{.character = 'V', .attribute = 0x4E};
    EXPECT_TRUE(result.screen.at(79, 0) == drawn) << "what the program wrote is what the screen shows";
    EXPECT_TRUE(result.screen.at(79, 12) == drawn);
}

}  // namespace
}  // namespace mmscope::test

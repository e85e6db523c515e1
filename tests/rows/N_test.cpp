// SPDX-License-Identifier: GPL-2.0-or-later
// Rows N: the reverse map, read from outside the way the kernel reads it: from frames to areas.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "introspect/reverse_map.h"
#include "tests/rows/row_run.h"

namespace mmscope::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Addresses = std::vector<uint32_t>;

constexpr uint32_t kMappingAnon = 1;

/// The reverse map at a checkpoint. Damage fails the test.
class Reverse {
  public:
    explicit Reverse(const Moment& now) : memory_(now.inspector.memory().value()), map_(memory_) {}

    Addresses of_anon(uint32_t anon) {
        Addresses found;
        map_.for_each_vma_of_anon(
            LinearAddr(anon), [&](const Record& vma) { return found.push_back(vma.at().value), true; },
            problems_);
        EXPECT_THAT(problems_, IsEmpty());
        return found;
    }
    Addresses of_file(uint32_t mapping, PageInterval pages = {0, UINT32_MAX}) {
        Addresses found;
        map_.for_each_vma_of_file(
            LinearAddr(mapping), pages,
            [&](const Record& vma) { return found.push_back(vma.at().value), true; }, problems_);
        EXPECT_THAT(problems_, IsEmpty());
        return found;
    }
    SharedModel shared(uint32_t vma) { return map_.decode_shared(record(vma)); }
    PageInterval interval(uint32_t vma) { return map_.interval(record(vma)); }

  private:
    Record record(uint32_t vma) {
        Record read;
        EXPECT_TRUE(map_.read(LinearAddr(vma), read));
        return read;
    }

    KernelMemory memory_;
    ReverseMap map_;
    Problems problems_;
};

Object told_vma(const Moment& now, const std::string& name, const std::string& pid = "self") {
    return now.vma(now.number(pid), now.number(name));
}

bool contains(const Addresses& all, uint32_t one) {
    return std::ranges::find(all, one) != all.end();
}

/// What a frame of anonymous memory says of itself leads to the area that maps it.
void expect_anon_page(const Moment& now, uint32_t pid, uint32_t address) {
    const Object vma = now.vma(pid, address), page = now.page_at(pid, address);
    EXPECT_EQ(page.u32("mapping"), vma.u32("anon_vma") | kMappingAnon);
    EXPECT_EQ(page.u32("index"), vma.u32("vm_pgoff") + (address - vma.u32("vm_start")) / kPageSize);
}

TEST(Row, N01_first_write_makes_an_anon_vma) {
    Row row;
    row.at(1, [](const Moment& now) { EXPECT_EQ(told_vma(now, "at").u32("anon_vma"), 0u); });
    row.at(2, [](const Moment& now) {
        const Object vma = told_vma(now, "at");
        const uint32_t anon = vma.u32("anon_vma");
        EXPECT_NE(anon, 0u);
        EXPECT_THAT(Reverse(now).of_anon(anon), ElementsAre(vma.address()));
        expect_anon_page(now, now.number("self"), now.number("at") + kPageSize);
    });
    row.run();
}

TEST(Row, N02_fork_enters_the_childs_area_into_the_same_list) {
    Row row;
    row.at(1, [](const Moment& now) {
        const Object parent = told_vma(now, "at"), child = told_vma(now, "at", "child");
        EXPECT_EQ(child.u32("anon_vma"), parent.u32("anon_vma"));
        EXPECT_THAT(Reverse(now).of_anon(parent.u32("anon_vma")),
                    ElementsAre(parent.address(), child.address()));
        expect_anon_page(now, now.number("self"), now.number("at"));
        expect_anon_page(now, now.number("child"), now.number("at"));
        EXPECT_EQ(now.page_at(now.number("child"), now.number("at")).i32("_mapcount"), 1);
    });
    row.at(2, [](const Moment& now) {
        const Object parent = told_vma(now, "at");
        EXPECT_THAT(Reverse(now).of_anon(parent.u32("anon_vma")), ElementsAre(parent.address()));
        EXPECT_EQ(now.page_at(now.number("self"), now.number("at")).i32("_mapcount"), 0);
    });
    row.run();
}

TEST(Row, N03_private_file_area_is_in_both_after_a_cow) {
    Row row;
    row.at(1, [](const Moment& now) {
        const Object vma = told_vma(now, "at");
        EXPECT_EQ(vma.u32("anon_vma"), 0u);
        EXPECT_THAT(Reverse(now).of_file(vma.u32("vm_file.f_mapping")), ElementsAre(vma.address()));
    });
    row.at(2, [](const Moment& now) {
        const Object vma = told_vma(now, "at");
        EXPECT_THAT(Reverse(now).of_file(vma.u32("vm_file.f_mapping")), ElementsAre(vma.address()));
        EXPECT_THAT(Reverse(now).of_anon(vma.u32("anon_vma")), ElementsAre(vma.address()));
        expect_anon_page(now, now.number("self"), now.number("at") + 2 * kPageSize);
        const Object untouched = now.page_at(now.number("self"), now.number("at"));
        EXPECT_EQ(untouched.u32("mapping"), vma.u32("vm_file.f_mapping"));
        EXPECT_EQ(untouched.u32("index"), vma.u32("vm_pgoff"));
    });
    row.run();
}

TEST(Row, N04_shared_area_is_in_its_files_tree_only) {
    Row row;
    row.at(1, [](const Moment& now) {
        for (const char* name : {"of_file", "of_memory"}) {
            const Object vma = told_vma(now, name);
            EXPECT_EQ(vma.u32("anon_vma"), 0u) << name;
            EXPECT_THAT(Reverse(now).of_file(vma.u32("vm_file.f_mapping")), ElementsAre(vma.address()))
                << name;
            EXPECT_EQ(now.page_at(now.number("self"), now.number(name)).u32("mapping"),
                      vma.u32("vm_file.f_mapping"));
        }
        // The file is open for reading only, so its area can never become writable: it counts as private.
        EXPECT_EQ(told_vma(now, "of_file").u32("vm_file.f_mapping.i_mmap_writable"), 0u);
        EXPECT_EQ(told_vma(now, "of_memory").u32("vm_file.f_mapping.i_mmap_writable"), 1u);
    });
    row.run();
}

TEST(Row, N05_heap_and_stack_are_in_an_anon_vmas_list_only) {
    Row row;
    row.at(1, [](const Moment& now) {
        for (const char* name : {"anonymous", "heap", "stack"}) {
            const Object vma = told_vma(now, name);
            EXPECT_EQ(vma.u32("vm_file"), 0u) << name;
            EXPECT_EQ(Reverse(now).shared(vma.address()).kind, SharedKind::None) << name;
            EXPECT_TRUE(contains(Reverse(now).of_anon(vma.u32("anon_vma")), vma.address())) << name;
            expect_anon_page(now, now.number("self"), now.number(name) & ~(kPageSize - 1));
        }
    });
    row.run();
}

TEST(Row, N06_equal_ranges_share_one_tree_node) {
    Row row;
    row.at(1, [](const Moment& now) {
        const Object own = told_vma(now, "at"), childs = told_vma(now, "elsewhere", "child");
        Reverse reverse(now);
        EXPECT_EQ(own.u32("vm_file.f_mapping.i_mmap.prio_tree_node"),
                  own.at("shared.prio_tree_node").address());
        EXPECT_EQ(reverse.shared(own.address()).kind, SharedKind::NodeWithOthers);
        EXPECT_EQ(reverse.shared(own.address()).head.value, childs.address());
        EXPECT_EQ(reverse.shared(childs.address()).kind, SharedKind::FirstOther);
        EXPECT_EQ(reverse.shared(childs.address()).head.value, own.address());
        EXPECT_THAT(reverse.of_file(own.u32("vm_file.f_mapping"), {3, 3}),
                    ElementsAre(own.address(), childs.address()));
    });
    row.at(2, [](const Moment& now) {
        const Object childs = told_vma(now, "elsewhere", "child");
        Reverse reverse(now);
        EXPECT_EQ(reverse.shared(childs.address()).kind, SharedKind::TreeNode);
        EXPECT_THAT(reverse.of_file(childs.u32("vm_file.f_mapping"), {3, 3}), ElementsAre(childs.address()));
    });
    row.run();
}

/// Every rule of the tree for its nodes, and for each page of the file the areas that its list of all gives.
void expect_exact_answers(const Moment& now, uint32_t mapping) {
    Reverse reverse(now);
    Addresses all;
    for (const VmaModel& area : now.areas(now.number("self"))) {
        const Object vma = now.object("vm_area_struct", area.at.value);
        if (area.file && vma.u32("vm_file.f_mapping") == mapping) all.push_back(area.at.value);
    }
    for (const uint32_t vma : all) {
        const SharedModel shared = reverse.shared(vma);
        for (const LinearAddr child : {shared.left, shared.right}) {
            if (child.value == 0) continue;
            EXPECT_EQ(reverse.shared(child.value).parent.value, vma);
            EXPECT_LE(reverse.interval(child.value).last, reverse.interval(vma).last);
        }
    }
    for (uint32_t page = 0; page < 16; ++page) {
        Addresses expected, found = reverse.of_file(mapping, {page, page});
        std::ranges::copy_if(all, std::back_inserter(expected), [&](uint32_t vma) {
            return reverse.interval(vma).overlaps({page, page});
        });
        std::ranges::sort(expected);
        std::ranges::sort(found);
        EXPECT_EQ(found, expected) << "page " << page;
    }
}

uint32_t mapping_of_tour(const Moment& now) {
    for (const VmaModel& area : now.areas(now.number("self"))) {
        if (area.name == "/bin/tour")
            return now.object("vm_area_struct", area.at.value).u32("vm_file.f_mapping");
    }
    ADD_FAILURE() << "no area of the file";
    return 0;
}

TEST(Row, N07_a_page_leads_to_exactly_the_areas_that_show_it) {
    Row row;
    for (uint32_t checkpoint : {1u, 2u, 3u})
        row.at(checkpoint, [](const Moment& now) { expect_exact_answers(now, mapping_of_tour(now)); });
    row.run();
}

TEST(Row, N09_the_last_area_takes_its_anon_vma_with_it) {
    Row row;
    uint32_t anon = 0;
    row.at(1, [&](const Moment& now) { anon = told_vma(now, "at").u32("anon_vma"); });
    row.at(2, [&](const Moment& now) {
        const Object childs = told_vma(now, "at", "child");
        EXPECT_EQ(childs.u32("anon_vma"), anon);
        EXPECT_THAT(Reverse(now).of_anon(anon), ElementsAre(childs.address()));
    });
    row.at(3, [&](const Moment& now) {  // what is freed is poisoned
        EXPECT_EQ(now.object("anon_vma", anon).u32("head.next"), kSlabPoison);
    });
    row.run();
}

/// How often a lock was taken, as of the checkpoints.
struct Takings {
    std::array<uint32_t, 8> of_list{}, of_tables{};
    bool list_rose(size_t checkpoint) const { return of_list[checkpoint] > of_list[checkpoint - 1]; }
};

TEST(Row, N11_lists_and_pointers_change_under_their_locks) {
    Row row;
    Takings taken;
    row.at(1, [&](const Moment& now) {
        taken.of_tables[1] = now.mm(now.number("self")).u32("page_table_lock.acquisitions");
    });
    for (uint32_t checkpoint = 2; checkpoint <= 6; ++checkpoint) {
        row.at(checkpoint, [&taken, checkpoint](const Moment& now) {
            const Object vma = told_vma(now, "at");
            taken.of_list[checkpoint] = vma.u32("anon_vma.lock.acquisitions");
            taken.of_tables[checkpoint] = now.mm(now.number("self")).u32("page_table_lock.acquisitions");
            const size_t members = checkpoint == 3 ? 2 : checkpoint == 5 ? 3 : 1;
            EXPECT_EQ(Reverse(now).of_anon(vma.u32("anon_vma")).size(), members);
        });
    }
    row.run();
    EXPECT_GT(taken.of_list[2], 0u) << "the first entry of the list";
    EXPECT_GT(taken.of_tables[2], taken.of_tables[1]) << "vma->anon_vma";
    EXPECT_TRUE(taken.list_rose(3)) << "fork";
    EXPECT_TRUE(taken.list_rose(4)) << "exit";
    EXPECT_TRUE(taken.list_rose(5)) << "split";
    EXPECT_TRUE(taken.list_rose(6)) << "merge";
}

}  // namespace
}  // namespace mmscope::test

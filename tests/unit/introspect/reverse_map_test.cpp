// SPDX-License-Identifier: GPL-2.0-or-later
// The reverse map read from outside: the two halves of vm_area_struct.shared, anon_vma lists, file trees.
#include "introspect/reverse_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>

#include "fake_guest.h"

namespace mmscope::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr uint32_t kPage = 4096, kNonlinear = 0x800000;
using Addresses = std::vector<uint32_t>;

class ReverseWalk : public ::testing::Test {
  protected:
    ReverseWalk() {
        mapping = guest.make("address_space");
        guest.set(mapping, "address_space", "i_mmap_nonlinear.next",
                  field(mapping, "address_space", "i_mmap_nonlinear"));
        file = guest.make("file");
        guest.set(file, "file", "f_mapping", mapping.value);
    }

    uint32_t field(LinearAddr at, std::string_view tag, std::string_view member) {
        const Type* type = guest.kernel().image().types().find_tag(tag);
        return at.value + StructLayout(*type).require_place(member)->offset;
    }
    uint32_t node(LinearAddr vma) { return field(vma, "vm_area_struct", "shared.prio_tree_node"); }
    uint32_t entry(LinearAddr vma) { return field(vma, "vm_area_struct", "shared.vm_set.list"); }
    void set(LinearAddr vma, std::string_view member, uint32_t value) {
        guest.set(vma, "vm_area_struct", member, value);
    }

    /// An area of the file that shows pages [first, first + pages), nowhere in the tree yet.
    LinearAddr area(uint32_t first, uint32_t pages) {
        const LinearAddr vma = guest.make("vm_area_struct");
        set(vma, "vm_start", 0x40000000);
        set(vma, "vm_end", 0x40000000 + pages * kPage);
        set(vma, "vm_pgoff", first);
        set(vma, "vm_file", file.value);
        return vma;
    }
    LinearAddr root_area(uint32_t first, uint32_t pages) {
        const LinearAddr vma = area(first, pages);
        for (const char* member : {"left", "right", "parent"})
            set(vma, std::string("shared.prio_tree_node.") + member, node(vma));
        guest.set(mapping, "address_space", "i_mmap.prio_tree_node", node(vma));
        return vma;
    }
    LinearAddr child_area(LinearAddr parent, std::string_view side, uint32_t first, uint32_t pages) {
        const LinearAddr vma = area(first, pages);
        for (const char* member : {"left", "right"})
            set(vma, std::string("shared.prio_tree_node.") + member, node(vma));
        set(vma, "shared.prio_tree_node.parent", node(parent));
        set(parent, "shared.prio_tree_node." + std::string(side), node(vma));
        return vma;
    }
    /// The areas become the others of `owner`, which has the same interval.
    void hang(LinearAddr owner, std::initializer_list<LinearAddr> others) {
        const LinearAddr* list = others.begin();
        set(owner, "shared.vm_set.head", list[0].value);
        for (size_t i = 0; i < others.size(); ++i) {
            set(list[i], "shared.vm_set.parent", 0);
            set(list[i], "shared.vm_set.head", i ? 0 : owner.value);
            set(list[i], "shared.vm_set.list.next", entry(list[(i + 1) % others.size()]));
            set(list[i], "shared.vm_set.list.prev", entry(list[(i + others.size() - 1) % others.size()]));
        }
    }

    SharedModel shared(LinearAddr vma) {
        const KernelMemory memory = guest.memory();
        const ReverseMap map(memory);
        Record record;
        EXPECT_TRUE(map.read(vma, record));
        return map.decode_shared(record);
    }
    Addresses showing(PageInterval pages) {
        Addresses found;
        problems.clear();
        const KernelMemory memory = guest.memory();
        ReverseMap(memory).for_each_vma_of_file(
            mapping, pages, [&](const Record& vma) { return found.push_back(vma.at().value), true; },
            problems);
        return found;
    }
    Addresses members(LinearAddr anon) {
        Addresses found;
        problems.clear();
        const KernelMemory memory = guest.memory();
        ReverseMap(memory).for_each_vma_of_anon(
            anon, [&](const Record& vma) { return found.push_back(vma.at().value), true; }, problems);
        return found;
    }

    FakeGuest guest;
    LinearAddr mapping, file;
    Problems problems;
};

TEST_F(ReverseWalk, an_area_without_a_file_has_nothing_in_the_union) {
    const LinearAddr vma = root_area(0, 4);
    set(vma, "vm_file", 0);
    EXPECT_EQ(shared(vma).kind, SharedKind::None);
}

TEST_F(ReverseWalk, parent_and_head_tell_the_halves_of_the_union_apart) {
    const LinearAddr root = root_area(0, 9), owner = child_area(root, "left", 2, 4), first = area(2, 4),
                     last = area(2, 4);
    hang(owner, {first, last});
    EXPECT_EQ(shared(root).kind, SharedKind::TreeNode);
    EXPECT_EQ(shared(root).left, owner);
    EXPECT_EQ(shared(root).right, LinearAddr{});
    EXPECT_EQ(shared(root).parent, LinearAddr{});
    EXPECT_EQ(shared(owner).kind, SharedKind::NodeWithOthers);
    EXPECT_EQ(shared(owner).parent, root);
    EXPECT_EQ(shared(owner).head, first);
    EXPECT_EQ(shared(first).kind, SharedKind::FirstOther);
    EXPECT_EQ(shared(first).head, owner);
    EXPECT_EQ(shared(first).list_next.value, entry(last));
    EXPECT_EQ(shared(last).kind, SharedKind::Other);
    EXPECT_EQ(shared(last).head, LinearAddr{});
}

TEST_F(ReverseWalk, a_nonlinear_area_is_on_its_files_list) {
    const LinearAddr vma = area(0, 4);
    const uint32_t head = field(mapping, "address_space", "i_mmap_nonlinear");
    set(vma, "vm_flags", kNonlinear);
    set(vma, "shared.vm_set.list.next", head);
    guest.set(mapping, "address_space", "i_mmap_nonlinear.next", entry(vma));
    EXPECT_EQ(shared(vma).kind, SharedKind::Nonlinear);
    EXPECT_THAT(showing({100, 100}), ElementsAre(vma.value));
    EXPECT_THAT(problems, IsEmpty());
}

TEST_F(ReverseWalk, the_tree_yields_the_areas_that_show_a_page_and_what_hangs_off_them) {
    const LinearAddr root = root_area(8, 10), left = child_area(root, "left", 2, 4),
                     right = child_area(root, "right", 12, 1), other = area(2, 4);
    hang(left, {other});
    EXPECT_THAT(showing({0, 100}), ElementsAre(root.value, left.value, other.value, right.value));
    EXPECT_THAT(showing({5, 5}), ElementsAre(left.value, other.value));
    EXPECT_THAT(showing({12, 12}), ElementsAre(root.value, right.value));
    EXPECT_THAT(showing({18, 18}), IsEmpty());
    EXPECT_THAT(problems, IsEmpty());
}

TEST_F(ReverseWalk, the_areas_of_an_anon_vma_come_in_list_order) {
    const LinearAddr anon = guest.make("anon_vma"), one = guest.make("vm_area_struct"),
                     two = guest.make("vm_area_struct");
    const uint32_t head = field(anon, "anon_vma", "head");
    guest.set(anon, "anon_vma", "head.next", field(one, "vm_area_struct", "anon_vma_node"));
    set(one, "anon_vma_node.next", field(two, "vm_area_struct", "anon_vma_node"));
    set(two, "anon_vma_node.next", head);
    EXPECT_THAT(members(anon), ElementsAre(one.value, two.value));
    EXPECT_THAT(problems, IsEmpty());
}

TEST_F(ReverseWalk, circles_and_wild_pointers_end_the_walks_with_a_word) {
    const LinearAddr root = root_area(8, 10), left = child_area(root, "left", 2, 4);
    set(left, "shared.prio_tree_node.right", node(root));
    EXPECT_THAT(showing({0, 100}), ElementsAre(root.value, left.value));
    EXPECT_THAT(problems, ElementsAre(HasSubstr("the tree goes in a circle")));
    set(left, "shared.prio_tree_node.right", 0xF0000000);
    EXPECT_THAT(showing({0, 100}), ElementsAre(root.value, left.value));
    EXPECT_THAT(problems, ElementsAre(HasSubstr("not mapped")));

    const LinearAddr anon = guest.make("anon_vma"), one = guest.make("vm_area_struct");
    const uint32_t own = field(one, "vm_area_struct", "anon_vma_node");
    guest.set(anon, "anon_vma", "head.next", own);
    set(one, "anon_vma_node.next", own);
    EXPECT_THAT(members(anon), ElementsAre(one.value));
    EXPECT_THAT(problems, ElementsAre(HasSubstr("the list goes in a circle without its head")));
    EXPECT_THAT(members(LinearAddr(0x1000)), IsEmpty());
    EXPECT_THAT(problems, ElementsAre(HasSubstr("not mapped")));
}

}  // namespace
}  // namespace mmscope::test

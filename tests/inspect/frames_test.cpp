// SPDX-License-Identifier: GPL-2.0-or-later
// slab, frames, swap, ldt and tlb of real guests, whole and damaged.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mmu/tlb_shadow.h"
#include "tests/inspect/inspect_lab.h"
#include "tests/support/swap_disk.h"

namespace mmscope::test {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class Frames : public testing::Test {
  protected:
    ~Frames() override { lab.restore(); }
    /// The frame of a page of the program's file, which parent and child map.
    [[nodiscard]] uint32_t shared_frame() const {
        const LinearAddr pte = lab.find_pte(
            code, [&](LinearAddr page, uint32_t) { return lab.get(page, "page", "_mapcount") == 1; });
        EXPECT_NE(pte.value, 0u) << "parent and child share nothing";
        return lab.word(pte) >> kPageShift;
    }
    /// The topmost page of the stack.
    [[nodiscard]] LinearAddr stack_page() const {
        return LinearAddr(lab.get(stack, "vm_area_struct", "vm_end") - kPageSize);
    }
    [[nodiscard]] uint32_t stack_frame() const {
        return lab.word(lab.pte_at(stack_page().value)) >> kPageShift;
    }
    LinearAddr code = inspected_lab().find_vma(4, 2, Lab::Backing::File);
    LinearAddr stack = inspected_lab().find_vma(0x100, 8, Lab::Backing::Anonymous);
    Lab& lab = inspected_lab();
};

TEST_F(Frames, a_page_shared_after_fork_is_mapped_by_both_and_the_reverse_map_knows) {
    const uint32_t frame = shared_frame();
    const auto json = inspect_as_json(fmt::format("frames {}", frame));
    EXPECT_EQ(json["kind"], "file");
    EXPECT_EQ(json["mapcount"], 2);
    ASSERT_EQ(json["mapped_by"].size(), 2u);
    std::set<std::string> mms;
    for (const auto& mapping : json["mapped_by"])
        mms.insert(mapping["mm"].get<std::string>());
    EXPECT_EQ(mms, (std::set{fmt::format("0x{:08x}", lab.mm().value),
                             fmt::format("0x{:08x}", lab.other_mm().value)}));
    size_t reached = 0;
    for (const auto& area : json["reverse_map"])
        reached += area["maps_it"].get<bool>();
    EXPECT_EQ(reached, 2u);
    EXPECT_TRUE(json["disagreements"].empty());
    EXPECT_THAT(inspect(fmt::format("frames {}", frame)), HasSubstr(": it is\n"));
}

TEST_F(Frames, a_page_of_a_stack_has_one_entry_and_the_flags_of_its_use) {
    const std::string text = inspect(fmt::format("frames {}", stack_frame()));
    EXPECT_THAT(text, HasSubstr(": anonymous\n"));
    EXPECT_THAT(text, HasSubstr("PG_lru"));
    EXPECT_THAT(text, HasSubstr(fmt::format("0x{:08x} of mm 0x{:08x}, area @{:08x}: it is\n",
                                            stack_page().value, lab.mm().value, stack.value)));
}

TEST_F(Frames, all_frames_are_accounted_for_and_none_disagrees) {
    const auto json = inspect_as_json("frames");
    uint32_t sum = 0;
    for (const auto& [kind, count] : json["kinds"].items())
        sum += count.get<uint32_t>();
    EXPECT_EQ(sum, json["frames"]);
    EXPECT_EQ(json["frames"], 16384u) << "64 MiB";
    EXPECT_TRUE(json["disagreements"].empty());
    EXPECT_THAT(inspect("frames"), EndsWith("\n0 frames with disagreements\n"));
}

TEST_F(Frames, a_wrong_mapcount_is_marked) {
    const uint32_t frame = stack_frame();
    lab.add(lab.page(frame), "page", "_mapcount", 1);
    const std::string text = "! frame " + fmt::format("{}: its mapcount is 2, and 1 entry maps it\n", frame);
    EXPECT_THAT(inspect("frames"), HasSubstr(text));
    EXPECT_THAT(inspect(fmt::format("frames {}", frame)), HasSubstr("! its mapcount is 2"));
}

TEST_F(Frames, an_entry_that_the_reverse_map_does_not_lead_to_is_marked) {
    const uint32_t frame = stack_frame();
    lab.add(lab.page(frame), "page", "index", 1);
    EXPECT_THAT(inspect(fmt::format("frames {}", frame)), HasSubstr("! the reverse map does not lead to 0x"));
}

TEST_F(Frames, a_list_of_areas_that_ends_in_the_wild_is_told_with_its_path) {
    const LinearAddr page = lab.page(stack_frame());
    lab.set_word(LinearAddr(lab.get(page, "page", "mapping") & ~1u) + lab.offset("anon_vma", "head"), 0x40);
    EXPECT_THAT(inspect("frames"), HasSubstr("! anon_vma.head @00000040: not mapped"));
}

TEST_F(Frames, a_page_table_names_its_space_and_its_addresses) {
    const uint32_t start = lab.get(lab.vma(), "vm_area_struct", "vm_start");
    const uint32_t table = (lab.pte_at(start).value - 0xc0000000) >> kPageShift;
    EXPECT_THAT(inspect(fmt::format("frames {}", table)),
                HasSubstr(fmt::format("page table of mm 0x{:08x}, {} (", lab.mm().value, subject_pid())));
    EXPECT_EQ(inspect("frames 16384"), "error: frames: frame 16384 is none of the kernel's 16384");
    EXPECT_THAT(inspect("frames x"), HasSubstr("'x' is no frame"));
}

TEST_F(Frames, slab_finds_as_many_objects_as_every_cache_says) {
    const auto json = inspect_as_json("slab");
    EXPECT_GT(json["caches"].size(), 20u);
    for (const auto& cache : json["caches"])
        EXPECT_TRUE(cache["problems"].empty()) << cache.dump();
    EXPECT_TRUE(json["problems"].empty());
    EXPECT_EQ(json["caches"][0]["name"], "kmem_cache");
    EXPECT_EQ(json["caches"][0]["active_objects"], json["caches"].size() - 1) << "the first one is no object";
}

TEST_F(Frames, slab_of_one_cache_has_the_objects_that_the_kernel_uses) {
    const std::string text = inspect("slab mm_struct");
    EXPECT_THAT(text, HasSubstr(fmt::format("0x{:08x}", lab.mm().value)));
    EXPECT_THAT(text, HasSubstr(fmt::format("0x{:08x}", lab.other_mm().value)));
    EXPECT_THAT(text, HasSubstr("SLAB_HWCACHE_ALIGN"));
    EXPECT_EQ(inspect("slab mm_strict"),
              "error: slab: there is no cache 'mm_strict'; did you mean 'mm_struct'?");
}

TEST_F(Frames, damaged_slabs_are_told_and_end_every_walk) {
    const auto slab = inspect_as_json("slab mm_struct")["caches"][0]["slabs"][0];
    const LinearAddr page = lab.page(slab["frame"]);
    lab.add(page, "page", "index", 1);
    EXPECT_THAT(inspect("slab"), HasSubstr("objects in use, and "));
    lab.restore();
    lab.set(page, "page", "mapping", 0xc0000010);
    EXPECT_THAT(inspect("slab mm_struct"), HasSubstr("the chain of free slots breaks at 0xc0000010"));
    lab.restore();
    lab.set(page, "page", "lru.next", page.value + lab.offset("page", "lru.next"));
    EXPECT_THAT(inspect("slab mm_struct"), HasSubstr("too many slabs, or a circle"));
    lab.restore();
    lab.set_word(lab.symbol("(anonymous namespace)::cache_chain"), 0x1000);
    EXPECT_EQ(inspect_as_json("slab")["caches"].size(), 0u);
    EXPECT_THAT(inspect("slab"), HasSubstr("! kmem_cache.chain @00001000: not a kernel address"));
}

TEST_F(Frames, a_machine_without_swap_areas_and_ldts_says_so) {
    EXPECT_EQ(inspect("swap"), "0 slots, 0 free\n");
    EXPECT_THAT(inspect(fmt::format("ldt {}", subject_pid())), EndsWith("): none\n"));
    lab.set(lab.mm(), "mm_struct", "context.size", 9000);
    EXPECT_THAT(inspect(fmt::format("ldt {}", subject_pid())), HasSubstr("mm_context_t.size"));
    lab.set(lab.mm(), "mm_struct", "context.size", 512);
    EXPECT_THAT(inspect(fmt::format("ldt {}", subject_pid())),
                HasSubstr("mm_context_t.ldt @00000000: not mapped"));
}

TEST_F(Frames, a_translation_that_the_page_tables_do_not_have_any_more_is_stale) {
    const LinearAddr page = stack_page();
    const LinearAddr entry = lab.pte_at(page.value);
    const Translation held{.page = page,
                           .frame = PhysAddr(lab.word(entry) & kPageMask),
                           .writable = (lab.word(entry) & 2) != 0,
                           .user = true};
    TlbShadow tlb(true);
    tlb.load_directory(lab.inspector().memory()->moment.paging.directory);
    tlb.enter(held, TlbUse::UserRead);
    const auto ask = [&] { return run_command({.inspector = lab.inspector(), .tlb = &tlb}, "tlb")->text; };
    EXPECT_THAT(ask(), HasSubstr("1 live translations, 1 of user pages, 0 global, 0 stale\n"));
    EXPECT_THAT(ask(), HasSubstr(fmt::format("{:08x}-{:08x} -> 0x{:08x}", page.value, page.value + 0xfff,
                                             held.frame.value)));
    lab.set_word(entry, lab.word(entry) + kPageSize);
    EXPECT_THAT(ask(),
                HasSubstr(fmt::format("! its entry now leads to 0x{:08x}", held.frame.value + kPageSize)));
    lab.set_word(entry, 0);
    EXPECT_THAT(ask(), HasSubstr("! its entry is not present any more"));
    EXPECT_EQ(inspect("tlb"), "error: tlb: the processor's TLB is not known here: only memory is");
}

TEST(Ldt, entries_are_decoded_and_lead_to_the_programs_data) {
    const Lab lab(2, {.command_line = "init=/rows/D06_a_switch_loads_the_ldt_of_the_next"});
    const uint32_t pid = subject_pid(lab);
    const auto json = inspect_as_json(lab, fmt::format("ldt {}", pid));
    EXPECT_EQ(json["size"], 512);
    ASSERT_EQ(json["entries"].size(), 2u) << "the parent's, copied by fork, and its own";
    const auto& own = json["entries"][1];
    EXPECT_EQ(own["index"], 1);
    EXPECT_EQ(own["selector"], 8 + 7);
    EXPECT_EQ(own["limit"], "0x00000003");
    EXPECT_EQ(own["kind"], "data, read and write");
    EXPECT_EQ(own["base"], json["entries"][0]["base"]);
    const std::string word = inspect(lab, fmt::format("x {}:{} 1", pid, own["base"].get<std::string>()));
    EXPECT_THAT(word, HasSubstr(" 0600d1d7 ")) << "what the program has there";
    EXPECT_THAT(inspect(lab, fmt::format("ldt {}", pid)), HasSubstr("[   1] selector 0x000f base 0x"));
}

TEST(Swap, slots_are_counted_found_and_given_to_their_processes) {
    SwapDisk disk;
    Lab lab(2, {.ram = 8u << 20,
                .command_line = "init=/rows/N10_reclaim_takes_a_page_from_all_who_map_it",
                .disk = &disk.medium});
    const auto json = inspect_as_json(lab, "swap");
    ASSERT_EQ(json["areas"].size(), 1u);
    const auto& area = json["areas"][0];
    EXPECT_EQ(area["slots"], SwapDisk::kBytes / SwapDisk::kPageBytes);
    EXPECT_EQ(area["usable"], json["total_swap_pages"]);
    EXPECT_EQ(area["in_use"], area["one_user"].get<uint32_t>() + area["more_users"].get<uint32_t>());
    EXPECT_GT(area["more_users"], 0) << "parent and child";
    EXPECT_TRUE(area["disagreements"].empty());
    EXPECT_EQ(json["total_swap_pages"].get<uint32_t>() - json["nr_swap_pages"].get<uint32_t>(),
              area["in_use"]);
    EXPECT_GE(json["users"].size(), 2u);
    EXPECT_THAT(inspect(lab, "swap"), Not(HasSubstr("!")));
    const LinearAddr map(lab.get(lab.symbol("swap_info"), "swap_info_struct", "map.count"));
    lab.set_word(map, lab.word(map) + 0x10000);  // slot 1
    EXPECT_THAT(inspect(lab, "swap"), HasSubstr("! slot 1: swap_map says "));
    lab.set(lab.symbol("swap_info"), "swap_info_struct", "map.slots", 0xffffffff);
    EXPECT_THAT(inspect(lab, "swap"), HasSubstr("! 4294967295 slots are more than there can be"));
}

}  // namespace
}  // namespace mmscope::test

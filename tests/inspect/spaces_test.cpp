// SPDX-License-Identifier: GPL-2.0-or-later
// vma, vtop, pagemap and mmlist of a real guest, whole and damaged.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/inspect/inspect_lab.h"

namespace mmscope::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr uint32_t kWrite = 2, kShared = 8, kGrowsDown = 0x100;

class Spaces : public testing::Test {
  protected:
    ~Spaces() override { lab.restore(); }
    std::string ask(std::string_view command, uint32_t address) {
        return inspect(fmt::format("{} {} 0x{:08x}", command, pid, address));
    }
    [[nodiscard]] uint32_t start(LinearAddr vma) const { return lab.get(vma, "vm_area_struct", "vm_start"); }
    [[nodiscard]] uint32_t end(LinearAddr vma) const { return lab.get(vma, "vm_area_struct", "vm_end"); }
    /// A page of `vma` that is present.
    [[nodiscard]] uint32_t present_page(LinearAddr vma) const {
        for (uint32_t at = start(vma); at < end(vma); at += kPageSize) {
            const LinearAddr pte = lab.pte_at(at);
            if (pte.value != 0 && (lab.word(pte) & 1) != 0) return at;
        }
        ADD_FAILURE() << "nothing is present";
        return 0;
    }
    Lab& lab = inspected_lab();
    uint32_t pid = subject_pid();
    LinearAddr code = lab.find_vma(4, kWrite, Lab::Backing::File);
    LinearAddr stack = lab.find_vma(kGrowsDown, kShared, Lab::Backing::Anonymous);
};

TEST_F(Spaces, vma_shows_every_member_with_flags_by_name) {
    const std::string text = ask("vma", start(code) + 0x123);
    EXPECT_THAT(text, StartsWith(fmt::format("vma @{:08x} of {} (", code.value, pid)));
    EXPECT_THAT(text, HasSubstr("VM_READ|VM_EXEC|VM_MAYREAD|VM_MAYWRITE|VM_MAYEXEC|VM_DENYWRITE"));
    EXPECT_THAT(text, HasSubstr("vm_start"));
    const auto json = inspect_as_json(fmt::format("vma {} {:x}", pid, start(code)));
    EXPECT_EQ(json["fields"][1]["value"], start(code));
    EXPECT_EQ(json["at"], fmt::format("0x{:08x}", code.value));
}

TEST_F(Spaces, an_address_in_no_area_is_answered_with_its_neighbours) {
    EXPECT_THAT(ask("vma", 0x1000), HasSubstr(fmt::format("lies in no area of task {}", pid)));
    EXPECT_THAT(ask("vma", 0x1000), HasSubstr(fmt::format("above it {:08x}-", start(lab.vma()))));
    EXPECT_THAT(ask("vma", 0xc0100000), HasSubstr("; below it "));
}

TEST_F(Spaces, vtop_shows_both_levels_and_their_bits_by_name) {
    const uint32_t page = present_page(code);
    const uint32_t entry = lab.word(lab.pte_at(page));
    const auto json = inspect_as_json(fmt::format("vtop {} {:x}", pid, page + 0x45));
    EXPECT_EQ(json["pte"]["value"], fmt::format("0x{:08x}", entry));
    EXPECT_EQ(json["physical"], fmt::format("0x{:08x}", (entry & kPageMask) + 0x45));
    EXPECT_EQ(json["vma"], fmt::format("0x{:08x}", code.value));
    EXPECT_EQ(json["writable"], false);
    EXPECT_EQ(json["user"], true);
    const std::string text = ask("vtop", page + 0x45);
    EXPECT_THAT(text, HasSubstr("PDE [  32] at 0x"));
    EXPECT_THAT(text, HasSubstr("present|user|accessed"));
    EXPECT_THAT(text, HasSubstr("read only of user and kernel"));
}

TEST_F(Spaces, vtop_of_a_kernel_address_ends_at_a_large_page) {
    const auto json = inspect_as_json(fmt::format("vtop {} c0100000", pid));
    EXPECT_EQ(json["physical"], "0x00100000");
    EXPECT_EQ(json["large"], true);
    EXPECT_FALSE(json.contains("pte"));
    EXPECT_THAT(inspect("vtop 0 c0100000"), HasSubstr("(the kernel's own)"));
}

TEST_F(Spaces, pagemap_counts_what_the_kernel_counts_and_finds_no_disagreement) {
    const auto json = inspect_as_json(fmt::format("pagemap {}", pid));
    uint32_t counted = 0;
    for (const auto& row : json["rows"])
        counted += row.contains("frame") ? 1 : 0;
    EXPECT_EQ(counted,
              lab.get(lab.mm(), "mm_struct", "_anon_rss") + lab.get(lab.mm(), "mm_struct", "_file_rss"));
    EXPECT_EQ(json["rows"][0]["vma"], fmt::format("0x{:08x}", lab.vma().value));
    EXPECT_EQ(json["disagreements"], 0);
    EXPECT_THAT(inspect(fmt::format("pagemap {}", pid)), HasSubstr(" 0 disagreements\n"));
}

TEST_F(Spaces, pagemap_covers_every_page_of_every_area) {
    const auto json = inspect_as_json(fmt::format("pagemap {}", pid));
    uint32_t pages = 0;
    for (const auto& row : json["rows"])
        pages += row["pages"].get<uint32_t>();
    EXPECT_EQ(pages, lab.get(lab.mm(), "mm_struct", "total_vm"));
}

TEST_F(Spaces, a_writable_entry_in_a_read_only_area_is_marked) {
    const LinearAddr pte = lab.pte_at(present_page(code));
    lab.set_word(pte, lab.word(pte) | 2);
    EXPECT_THAT(inspect(fmt::format("pagemap {}", pid)),
                HasSubstr("! a writable entry in an area that may not be written"));
}

TEST_F(Spaces, a_present_page_behind_the_end_of_its_area_is_marked) {
    const uint32_t page = present_page(stack);
    lab.set(stack, "vm_area_struct", "vm_start", page + kPageSize);
    EXPECT_THAT(inspect(fmt::format("pagemap {}", pid)), HasSubstr("! a present page outside any area"));
}

TEST_F(Spaces, a_writable_page_that_two_processes_share_after_fork_is_marked) {
    LinearAddr shared;
    for (uint32_t n = 0; n < lab.get(lab.mm(), "mm_struct", "map_count") && shared.value == 0; ++n) {
        if ((lab.get(lab.vma(n), "vm_area_struct", "vm_flags") & kShared) != 0) continue;
        shared = lab.find_pte(
            lab.vma(n), [&](LinearAddr page, uint32_t) { return lab.get(page, "page", "_mapcount") == 1; });
    }
    ASSERT_NE(shared.value, 0u);
    lab.set_word(shared, lab.word(shared) | 2);
    EXPECT_THAT(inspect(fmt::format("pagemap {}", pid)),
                HasSubstr("! a writable private page that 2 entries map"));
}

TEST_F(Spaces, mmlist_has_every_space_once_and_tells_a_broken_list) {
    const auto json = inspect_as_json("mmlist");
    uint32_t found = 0;
    for (const auto& mm : json["mms"])
        found += mm["at"] == fmt::format("0x{:08x}", lab.mm().value);
    EXPECT_EQ(found, 1u);
    EXPECT_TRUE(json["problems"].empty());
    lab.set(lab.symbol("init_mm"), "mm_struct", "mmlist.next", 0x1000);
    EXPECT_THAT(inspect("mmlist"),
                HasSubstr("! mm_struct.mmlist.next @00001000: not a kernel address (init_mm -> mmlist)"));
}

/// Numbers and words of a document, but for those that say what it is, and areas, which texts tell by their
/// addresses.
void add_leaves(const nlohmann::json& json, std::vector<nlohmann::json>& leaves) {
    static const std::set<std::string> kHead = {"vma", "schema", "version", "command", "time_ns"};
    if (json.is_object()) {
        for (const auto& [key, value] : json.items()) {
            if (!kHead.contains(key) && (key != "instructions" || value.is_array()))
                add_leaves(value, leaves);
        }
    } else if (json.is_array()) {
        for (const auto& value : json)
            add_leaves(value, leaves);
    } else if (!json.is_boolean() && !json.is_null()) {
        leaves.push_back(json);
    }
}

/// The words of a text, without what stands around them.
std::set<std::string> words_in(const std::string& text) {
    std::set<std::string> words;
    std::string word;
    for (const char c : text + ' ') {
        if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_') {
            word += c;
        } else if (!word.empty()) {
            words.insert(word);
            words.insert(word.starts_with("0x") ? word.substr(2) : "0x" + word);
            word.clear();
        }
    }
    return words;
}

TEST_F(Spaces, the_text_says_all_that_the_json_says) {
    const uint32_t frame = lab.word(lab.pte_at(present_page(code))) >> kPageShift;
    const auto tasks = lab.inspector().tasks().value().tasks;
    const uint32_t sleeper = std::ranges::find(tasks, "kswapd0", &TaskModel::comm)->pid;
    for (const std::string& line :
         {fmt::format("vtop {} {:x}", pid, present_page(code) + 0x45), fmt::format("pagemap {}", pid),
          std::string("mmlist"), std::string("slab"), std::string("slab mm_struct"), std::string("frames"),
          fmt::format("frames {}", frame), std::string("swap"), fmt::format("vma {} {:x}", pid, start(code)),
          std::string("x init_mm 5"), std::string("dis find_vma 9"), std::string("type vm_area_struct"),
          fmt::format("bt {}", sleeper)}) {
        const std::string text = inspect(line);
        const std::set<std::string> words = words_in(text);
        std::vector<nlohmann::json> leaves;
        add_leaves(inspect_as_json(line), leaves);
        EXPECT_GT(leaves.size(), 1u) << line;
        for (const auto& leaf : leaves) {
            const std::string value = leaf.is_string() ? leaf.get<std::string>() : leaf.dump();
            const bool hexadecimal =
                leaf.is_number_unsigned() && (words.contains(fmt::format("{:08x}", leaf.get<uint64_t>())) ||
                                              words.contains(fmt::format("{:x}", leaf.get<uint64_t>())));
            EXPECT_TRUE(words.contains(value) || hexadecimal || (leaf.is_string() && text.contains(value)))
                << line << ": " << value << "\n"
                << (text.size() < 3000 ? text : "");
        }
    }
}

}  // namespace
}  // namespace mmscope::test

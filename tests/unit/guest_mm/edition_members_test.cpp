// SPDX-License-Identifier: GPL-2.0-or-later
// Shared files of the guest leave alone what some edition does not have (guest/mm/editions/members.txt): they
// would not compile with it.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cctype>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

const fs::path kGuest = MMSCOPE_GUEST_DIR;

std::string text_of(const fs::path& path) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

struct Member {
    bool only_of_mm = false;  // counts only behind a pointer whose name ends in "mm"
    std::set<std::string> editions;
};
using Members = std::map<std::string, Member, std::less<>>;

Members listed_members() {
    Members members;
    std::istringstream lines(text_of(kGuest / "mm/editions/members.txt"));
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line.substr(0, line.find('#')));
        std::string name;
        if (!(words >> name)) continue;
        Member member;
        member.only_of_mm = name.starts_with("mm->");
        for (std::string edition; words >> edition;)
            member.editions.insert(edition);
        members[member.only_of_mm ? name.substr(4) : name] = member;
    }
    return members;
}

bool is_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
}
std::string_view word_at(std::string_view code, size_t at) {
    size_t end = at;
    while (end < code.size() && is_word(code[end]))
        end++;
    return code.substr(at, end - at);
}
std::string_view word_before(std::string_view code, size_t end) {
    size_t at = end;
    while (at > 0 && is_word(code[at - 1]))
        at--;
    return code.substr(at, end - at);
}

/// The listed members that a line of C++ reaches through "->", "." or "::".
std::vector<std::string> members_in(std::string_view line, const Members& members) {
    std::vector<std::string> found;
    const std::string_view code = line.substr(0, line.find("//"));
    for (size_t i = 0; i < code.size(); i++) {
        const std::string_view two = code.substr(i, 2);
        const size_t length = two == "->" || two == "::" ? 2 : code[i] == '.' ? 1 : 0;
        if (length == 0) continue;
        const auto member = members.find(word_at(code, i + length));
        if (member == members.end()) continue;
        const std::string_view object = word_before(code, i);
        const bool of_mm = object.ends_with("mm") || object == "mm_struct";
        const bool of_type = object == "mm_struct" || object == "vm_area_struct";
        if (two == "::" ? of_type : of_mm || !member->second.only_of_mm) found.push_back(member->first);
    }
    return found;
}

/// What the editions list as their own: paths from guest/ or from guest/mm/.
std::set<std::string> files_of_editions() {
    std::set<std::string> files;
    for (const auto& edition : fs::directory_iterator(kGuest / "mm/editions")) {
        if (!edition.is_directory()) continue;
        std::istringstream lines(text_of(edition.path() / "sources.cmake"));
        for (std::string line; std::getline(lines, line);) {
            if (!line.starts_with("    ")) continue;
            files.insert(line.substr(4));
            files.insert("mm/" + line.substr(4));
        }
    }
    return files;
}

/// Sources and headers that every edition is compiled from.
std::vector<fs::path> shared_files() {
    const std::set<std::string> owned = files_of_editions();
    std::vector<fs::path> files;
    for (const char* folder : {"arch", "block", "drivers", "fs", "kernel", "lib", "mm"}) {
        for (const auto& entry : fs::recursive_directory_iterator(kGuest / folder)) {
            const fs::path name = entry.path().lexically_relative(kGuest);
            const std::string path = name.string();
            if (name.extension() != ".cpp" && name.extension() != ".h") continue;
            if (path.starts_with("mm/policy/") || path.starts_with("mm/editions/")) continue;
            if (!owned.contains(path)) files.push_back(name);
        }
    }
    return files;
}

TEST(EditionMembers, shared_files_touch_none_that_an_edition_lacks) {
    const Members members = listed_members();
    const std::vector<fs::path> files = shared_files();
    ASSERT_THAT(files, Contains(fs::path("mm/mmap.cpp")));
    std::vector<std::string> touched;
    for (const fs::path& name : files) {
        std::istringstream lines(text_of(kGuest / name));
        int number = 0;
        for (std::string line; std::getline(lines, line);) {
            number++;
            for (const std::string& member : members_in(line, members))
                touched.push_back(fmt::format("guest/{}:{}: {}", name.string(), number, member));
        }
    }
    EXPECT_THAT(touched, IsEmpty());
}

TEST(EditionMembers, a_member_is_seen_behind_every_kind_of_access) {
    const Members members = listed_members();
    EXPECT_THAT(members_in("if (vma->anon_vma) mm.exe_file = x->mm->owner;", members),
                ElementsAre("anon_vma", "exe_file", "owner"));
    EXPECT_THAT(members_in("offsetof_of(&mm_struct::saved_auxv)", members), ElementsAre("saved_auxv"));
    EXPECT_THAT(members_in("if (vma->vm_ops && vma->vm_ops->nopage)", members), ElementsAre("nopage"));
    EXPECT_THAT(members_in("lock->owner, p->flags, reverse_map::dup(p);  // mm->owner", members), IsEmpty());
}

/// Every word of a structure's members, but for the parameters of functions.
void add_words(const std::string& text, const char* structure, std::set<std::string>& words) {
    const size_t begin = text.find(structure), end = text.find("\n};", begin);
    if (begin == std::string::npos || end == std::string::npos) return;
    std::istringstream lines(text.substr(begin, end - begin));
    for (std::string line; std::getline(lines, line);) {
        std::string_view code = std::string_view(line).substr(0, line.find("//"));
        code = code.substr(0, code.rfind(")("));
        for (size_t i = 0; i < code.size(); i++) {
            if (is_word(code[i]) && (i == 0 || !is_word(code[i - 1]))) words.emplace(word_at(code, i));
        }
    }
}

std::set<std::string> words_of_descriptors(const fs::path& edition) {
    const std::string text = text_of(edition / "descriptors.h");
    std::set<std::string> words;
    add_words(text, "struct mm_struct {", words);
    add_words(text, "struct vm_area_struct {", words);
    add_words(text, "struct vm_operations_struct {", words);
    return words;
}

/// The list knows the descriptors of the editions that exist.
TEST(EditionMembers, the_list_says_which_edition_has_a_member) {
    for (const auto& edition : fs::directory_iterator(kGuest / "mm/editions")) {
        if (!fs::exists(edition.path() / "descriptors.h")) continue;  // what a series of editions shares
        const std::string version = edition.path().filename();
        const std::set<std::string> words = words_of_descriptors(edition.path());
        ASSERT_THAT(words, Contains("mmap_cache")) << version;
        for (const auto& [name, member] : listed_members())
            EXPECT_EQ(words.contains(name), member.editions.contains(version)) << name << " in " << version;
    }
}

}  // namespace

// SPDX-License-Identifier: GPL-2.0-or-later
// Walking paths and opening files.
#include "fixture.h"

namespace mmscope::test {
namespace {

class Paths : public GuestFiles {
  protected:
    Paths() {
        Archive archive;
        archive.directory("a")
            .directory("a/b")
            .file("a/b/file", "text")
            .link("a/up", "..")
            .link("a/abs", "/a/b/file");
        archive.link("loop", "loop")
            .link("x", "y")
            .link("y", "x")
            .link("dangling", "nowhere")
            .link("slash", "a/b/");
        archive.link("long", std::string(4000, '/') + "a");
        EXPECT_EQ(populate(archive.finish()), 11);
    }
};

TEST_F(Paths, names_dots_and_slashes_lead_to_places) {
    EXPECT_EQ(where("/"), "/");
    EXPECT_EQ(where("///"), "/");
    EXPECT_EQ(where("/a/b/file"), "/a/b/file");
    EXPECT_EQ(where("//a//./b/../b///file"), "/a/b/file");
    EXPECT_EQ(where("/../../a/.."), "/");
    EXPECT_EQ(where("/a/b/"), "/a/b");
    EXPECT_EQ(where("a"), "/a");
}

TEST_F(Paths, what_is_not_there_or_no_directory_is_an_error) {
    EXPECT_EQ(where(""), error(ENOENT));
    EXPECT_EQ(where("/none"), error(ENOENT));
    EXPECT_EQ(where("/none/file"), error(ENOENT));
    EXPECT_EQ(where("/a/b/file/"), error(ENOTDIR));
    EXPECT_EQ(where("/a/b/file/."), error(ENOTDIR));
    EXPECT_EQ(where("/a/b/file/.."), error(ENOTDIR));
    EXPECT_EQ(where("/a/" + std::string(256, 'n')), error(ENAMETOOLONG));
    EXPECT_EQ(where("/a/" + std::string(255, 'n')), error(ENOENT));
    EXPECT_EQ(where(std::string(4096, '/')), error(ENAMETOOLONG));
    EXPECT_EQ(where(std::string(4095, '/')), "/");
}

TEST_F(Paths, symbolic_links_are_followed_relative_to_where_they_are) {
    EXPECT_EQ(where("/a/up"), "/");
    EXPECT_EQ(where("/a/up/a/up/a/b"), "/a/b");
    EXPECT_EQ(where("/a/abs"), "/a/b/file");
    EXPECT_EQ(where("/slash/file"), "/a/b/file");
    EXPECT_EQ(where("/long/b"), "/a/b");
    EXPECT_EQ(guest_files::find_link("/a/abs").mode, kLink);
    EXPECT_EQ(guest_files::find_link("/a/up/").mode, kDirectory);
}

TEST_F(Paths, bad_links_end_in_errors) {
    EXPECT_EQ(where("/loop"), error(ELOOP));
    EXPECT_EQ(where("/x"), error(ELOOP));
    EXPECT_EQ(where("/x/file"), error(ELOOP));
    EXPECT_EQ(where("/dangling"), error(ENOENT));
    EXPECT_EQ(where("/a/abs/"), error(ENOTDIR));
    EXPECT_EQ(where("/a/abs/file"), error(ENOTDIR));
    EXPECT_EQ(where("/long/" + std::string(200, 'n')), error(ENAMETOOLONG));
}

TEST_F(Paths, the_working_directory_is_where_relative_paths_begin) {
    EXPECT_EQ(guest_files::change_directory("/a/up/a"), 0);
    EXPECT_EQ(where("b/file"), "/a/b/file");
    EXPECT_EQ(where(".."), "/");
    EXPECT_EQ(where("../loop"), error(ELOOP));
    EXPECT_EQ(guest_files::change_directory("b/file"), -ENOTDIR);
    EXPECT_EQ(where("."), "/a");
}

TEST_F(Paths, walks_and_open_files_give_back_everything_they_took) {
    const long before = guest_files::allocated();
    for (const char* path : {"/a/b/file", "/loop", "/none", "/a/b/file/x", "/a/up/a/abs", "/long/b"}) {
        where(path);
        const int fd = guest_files::open(path, 0);
        if (fd >= 0) {
            EXPECT_EQ(guest_files::close(static_cast<unsigned>(fd)), 0);
        }
    }
    EXPECT_EQ(guest_files::allocated(), before);
}

TEST_F(Paths, running_out_of_memory_leaves_nothing_behind) {
    const long before = guest_files::allocated();
    for (long allowed = 0; allowed < 3; allowed++) {
        guest_files::allow_allocations(allowed);
        EXPECT_EQ(guest_files::open("/a/abs", 0), -ENOMEM);
        guest_files::allow_allocations(-1);
        EXPECT_EQ(guest_files::allocated(), before);
    }
}

TEST_F(Paths, descriptors_are_the_lowest_free_ones_and_run_out) {
    EXPECT_EQ(guest_files::open("/a", 0), 0);
    EXPECT_EQ(guest_files::open("/a", 0), 1);
    EXPECT_EQ(guest_files::close(0), 0);
    EXPECT_EQ(guest_files::close(0), -EBADF);
    EXPECT_EQ(guest_files::open("/a", 0), 0);
    for (int fd = 2; fd < 64; fd++)
        EXPECT_EQ(guest_files::open("/a", 0), fd);
    const long before = guest_files::allocated();
    EXPECT_EQ(guest_files::open("/a", 0), -EMFILE);
    EXPECT_EQ(guest_files::allocated(), before);
}

}  // namespace
}  // namespace mmscope::test

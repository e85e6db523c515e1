// SPDX-License-Identifier: GPL-2.0-or-later
// Reading configurations: defaults, layers, and each kind of mistake with its place and its words.
#include "app/config.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "app/config_keys.h"

namespace mmscope {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

const ConfigSources kSources{"", {}, "/opt/emu"};

Result<Config> parse(std::string_view text, const std::vector<std::string>& settings = {}) {
    ConfigSources sources = kSources;
    for (const std::string& setting : settings)
        sources.settings.push_back({"--set " + setting, setting});
    return parse_config(text, "m.toml", "/conf", sources);
}

std::string problem(std::string_view text, const std::vector<std::string>& settings = {}) {
    const auto config = parse(text, settings);
    return config ? "accepted" : config.error().message;
}

TEST(config, an_empty_file_gives_the_documented_defaults) {
    const Config config = parse("").value();
    EXPECT_EQ(config.machine.ram, 64u << 20);
    EXPECT_EQ(config.machine.clock, ClockMode::Virtual);
    EXPECT_EQ(config.machine.rtc, 1230161197);  // date -ud 2008-12-24T23:26:37Z +%s
    EXPECT_EQ(config.cpu.mmu, MmuKind::Own);
    EXPECT_EQ(config.boot.kernel, "/opt/emu/guest/kernel-2.6.28.elf");
    EXPECT_EQ(config.boot.initramfs, "/opt/emu/guest/initramfs.cpio");
    EXPECT_EQ(config.boot.cmdline, "");
    EXPECT_EQ(config.display.mode, DisplayMode::Auto);
    EXPECT_EQ(config.serial.kind, SerialKind::Stdio);
    EXPECT_EQ(config.trace.file, "");
    EXPECT_TRUE(config.trace.pids.empty());
    EXPECT_TRUE(config.trace.addresses.empty());
    EXPECT_FALSE(config.limits.until);
}

TEST(config, every_key_takes_a_value_other_than_its_default) {
    const Config config = parse(R"(
        [machine]
        ram = "1GiB"
        clock = "realtime"
        rtc = 2000-01-01T01:00:00+01:00
        [cpu]
        mmu = "unicorn"
        [boot]
        kernel = "k.elf"
        cmdline = "a b=c"
        initramfs = ""
        [display]
        mode = "none"
        [serial]
        port = "file:out/serial.txt"
        [trace]
        file = "../t.csv"
        events = ["fault"]
        pids = [1, 7]
        addresses = ["0x1000-0x2000", "0xc0000000-0xffffffff"]
        [limits]
        until = "90s"
    )")
                              .value();
    EXPECT_EQ(config.machine.ram, 1u << 30);
    EXPECT_EQ(config.machine.clock, ClockMode::Realtime);
    EXPECT_EQ(config.machine.rtc, 946684800);  // 2000-01-01T00:00:00Z
    EXPECT_EQ(config.cpu.mmu, MmuKind::Unicorn);
    EXPECT_EQ(config.boot.kernel, "/conf/k.elf");
    EXPECT_EQ(config.boot.cmdline, "a b=c");
    EXPECT_EQ(config.boot.initramfs, "");
    EXPECT_EQ(config.display.mode, DisplayMode::None);
    EXPECT_EQ(config.serial.kind, SerialKind::File);
    EXPECT_EQ(config.serial.file, "/conf/out/serial.txt");
    EXPECT_EQ(config.trace.file, "/t.csv");
    EXPECT_THAT(config.trace.pids, ElementsAre(1u, 7u));
    EXPECT_THAT(config.trace.addresses,
                ElementsAre(AddressRange{0x1000, 0x2000}, AddressRange{0xc0000000, 0xffffffff}));
    EXPECT_EQ(config.limits.until, VirtualTime{90'000'000'000});
}

TEST(config, an_unknown_key_is_placed_and_the_nearest_key_named) {
    EXPECT_EQ(
        problem("[machine]\nclock = \"virtual\"\n  rma = \"64MiB\"\n"),
        "m.toml:3:3: found unknown key 'machine.rma', expected a known one; the nearest is 'machine.ram' "
        "(emu --help-config lists them)");
    EXPECT_THAT(problem("[limits]\nuntill = \"1s\"\n"), HasSubstr("nearest is 'limits.until'"));
}

TEST(config, a_key_without_its_section_is_told_where_it_belongs) {
    EXPECT_THAT(problem("ram = \"64MiB\"\n"),
                HasSubstr("'ram', expected a known one; the nearest is 'machine.ram'"));
}

TEST(config, an_unknown_section_is_reported_once_with_the_nearest_section) {
    const std::string text = problem("[machin]\nram = \"1MiB\"\nclock = \"virtual\"\n");
    EXPECT_THAT(
        text,
        StartsWith("m.toml:1:2: found unknown key 'machin', expected a known one; the nearest is 'machine'"));
    EXPECT_EQ(text.find('\n'), std::string::npos) << text;
}

TEST(config, a_quoted_key_with_a_dot_is_not_the_key_in_a_section) {
    EXPECT_THAT(problem("\"machine.ram\" = \"1MiB\"\n"), HasSubstr("found unknown key '\"machine.ram\"'"));
}

TEST(config, a_wrong_type_is_placed_at_the_value) {
    EXPECT_EQ(problem("[machine]\nram = 64\n"),
              "m.toml:2:7: machine.ram: found integer 64, expected a size such as \"64MiB\", a multiple of "
              "1MiB from 1MiB to 3GiB");
    EXPECT_THAT(problem("[boot]\ncmdline = true\n"),
                HasSubstr("m.toml:2:11: boot.cmdline: found boolean true"));
    EXPECT_THAT(problem("[boot.kernel]\nx = 1\n"), HasSubstr("boot.kernel: found a table, expected a path"));
    EXPECT_THAT(problem("machine = 3\n"),
                HasSubstr("m.toml:1:11: machine: found integer 3, expected a table [machine]"));
    EXPECT_THAT(problem("[limits]\nuntil = 1.5\n"), HasSubstr("limits.until: found float 1.5"));
    EXPECT_THAT(problem("[machine]\nrtc = 2000-01-01\n"), HasSubstr("machine.rtc: found a local date"));
    EXPECT_THAT(problem("[trace]\npids = 3\n"),
                HasSubstr("trace.pids: found integer 3, expected an array of process ids"));
}

TEST(config, a_bad_value_says_what_would_do) {
    EXPECT_THAT(problem("[machine]\nram = \"64MB\"\n"), HasSubstr("found \"64MB\", expected a size such as"));
    EXPECT_THAT(problem("[machine]\nram = \"0B\"\n"), HasSubstr("a multiple of 1MiB from 1MiB to 3GiB"));
    EXPECT_THAT(problem("[machine]\nram = \"4GiB\"\n"), HasSubstr("a multiple of 1MiB from 1MiB to 3GiB"));
    EXPECT_THAT(problem("[machine]\nram = \"1500KiB\"\n"), HasSubstr("a multiple of 1MiB"));
    EXPECT_THAT(problem("[cpu]\nmmu = \"soft\"\n"),
                HasSubstr("found string \"soft\", expected \"own\" or \"unicorn\""));
    EXPECT_THAT(problem("[serial]\nport = \"file:\"\n"),
                HasSubstr("expected \"stdio\" or \"pty\" or \"file:PATH\""));
    EXPECT_THAT(problem("[trace]\nfile = \"x.txt\"\n"), HasSubstr("ends in .jsonl, .csv, .sqlite or .json"));
    EXPECT_THAT(problem("[boot]\nkernel = \"\"\n"), HasSubstr("expected the path of a Multiboot ELF kernel"));
    EXPECT_THAT(problem("[boot]\ncmdline = \"a\\u0000b\"\n"), HasSubstr("without NUL bytes"));
    EXPECT_THAT(problem("[machine]\nrtc = 1969-01-01T00:00:00Z\n"), HasSubstr("from 1980 to 2099"));
}

TEST(config, a_bad_item_of_a_list_is_placed_at_the_item) {
    EXPECT_THAT(problem("[trace]\npids = [1,\n  \"two\"]\n"),
                StartsWith("m.toml:3:3: trace.pids: found string \"two\""));
    EXPECT_THAT(problem("[trace]\npids = [-1]\n"), HasSubstr("expected a process id"));
    EXPECT_THAT(problem("[trace]\naddresses = [\"0x2-0x1\"]\n"), HasSubstr("FIRST below END"));
    EXPECT_THAT(problem("[trace]\nevents = [\"swap\"]\n"), HasSubstr("expected names of events such as"));
    EXPECT_THAT(problem("[trace]\nevents = []\n"), HasSubstr("leave trace.file empty"));
}

TEST(config, a_snapshot_has_moments_and_a_file) {
    const Config none = parse("").value();
    EXPECT_EQ(none.snapshot.file, "");
    ASSERT_EQ(none.snapshot.at.size(), 1u);
    EXPECT_EQ(none.snapshot.at[0].kind, SnapshotMoment::Kind::Exit);

    const Config config = parse(R"(
        [snapshot]
        at = ["panic", "checkpoint:3", "time:250ms"]
        file = "vm.core"
    )")
                              .value();
    using Kind = SnapshotMoment::Kind;
    const std::vector<SnapshotMoment> wanted = {{Kind::Panic, 0, {}, "panic"},
                                                {Kind::Checkpoint, 3, {}, "checkpoint:3"},
                                                {Kind::Time, 0, VirtualTime{250'000'000}, "time:250ms"}};
    EXPECT_EQ(config.snapshot.at, wanted);
    EXPECT_EQ(config.snapshot.file.filename(), "vm.core");
}

TEST(config, a_moment_that_is_none_is_refused_where_it_stands) {
    EXPECT_THAT(problem("[snapshot]\nat = [\"exit\",\n \"soon\"]\n"),
                StartsWith("m.toml:3:2: snapshot.at: found \"soon\", expected"));
    EXPECT_THAT(problem("[snapshot]\nat = [\"checkpoint:x\"]\n"), HasSubstr("expected"));
    EXPECT_THAT(problem("[snapshot]\nat = [\"checkpoint:4294967296\"]\n"), HasSubstr("expected"));
    EXPECT_THAT(problem("[snapshot]\nat = [\"time:1\"]\n"), HasSubstr("time:1"));
    EXPECT_THAT(problem("[snapshot]\nat = [\"exit\", \"exit\"]\n"), HasSubstr("comes twice"));
    EXPECT_THAT(problem("[snapshot]\nat = []\n"), HasSubstr("leave snapshot.file empty"));
    EXPECT_THAT(problem("[snapshot]\nat = \"exit\"\n"), HasSubstr("an array of moments"));
    EXPECT_THAT(problem("[snapshot]\nfile = \"cores/\"\n"), HasSubstr("the path of a file"));
}

TEST(config, disks_have_images_places_to_save_them_and_bad_sectors) {
    const Config config = parse(R"(
        [disk]
        hda = "a.img"
        hdb = "/b.img"
        overlay = false
        save_hda = "../new.img"
        fail = ["read:5", "hda:write:1200-1300", "hdb:write:0-268435455"]
    )")
                              .value();
    EXPECT_EQ(config.disk.hda.image, "/conf/a.img");
    EXPECT_EQ(config.disk.hda.save, "/new.img");
    EXPECT_EQ(config.disk.hdb.image, "/b.img");
    EXPECT_EQ(config.disk.hdb.save, "");
    EXPECT_EQ(config.disk.writes, DiskWrites::Through);
    EXPECT_THAT(config.disk.hda.bad, ElementsAre(BadSectors{BadSectors::Access::Read, 5, 6},
                                                 BadSectors{BadSectors::Access::Write, 1200, 1301}));
    EXPECT_THAT(config.disk.hdb.bad, ElementsAre(BadSectors{BadSectors::Access::Write, 0, 1u << 28}));
    const Config plain = parse("").value();
    EXPECT_EQ(plain.disk.hda.image, "");
    EXPECT_EQ(plain.disk.writes, DiskWrites::Overlay);
}

TEST(config, bad_sectors_that_are_none_are_placed_at_the_item) {
    for (const char* const text :
         {"5", "read", "read:", "read:x", "read:5-4", "read:-5", "read:5-", "hdc:read:5", "hda:5",
          "write:268435456", "read:5,6", "write:99999999999"}) {
        EXPECT_THAT(
            problem(fmt::format("[disk]\nfail = [\"{}\"]\n", text)),
            StartsWith(fmt::format("m.toml:2:9: disk.fail: found \"{}\", expected [DISK:]ACCESS", text)));
    }
    EXPECT_THAT(problem("disk.fail = \"read:5\"\n"),
                HasSubstr("disk.fail: found string \"read:5\", expected an array"));
    EXPECT_THAT(problem("disk.fail = [5]\n"), HasSubstr("found integer 5"));
    EXPECT_THAT(problem("disk.overlay = 1\n"),
                HasSubstr("disk.overlay: found integer 1, expected true or false"));
    EXPECT_THAT(problem("[[disk]]\nhda = \"a\"\n"), HasSubstr("expected a table [disk] with keys"));
}

TEST(config, audits_are_planned_by_a_word_or_a_word_with_a_number) {
    EXPECT_EQ(problem("audit.when = \"every-return\"\n"), "accepted");
    EXPECT_EQ(problem("audit.when = \"every:50\"\n"), "accepted");
    EXPECT_THAT(problem("audit.when = \"every:0\"\n"),
                HasSubstr("found string \"every:0\", expected \"never\""));
    EXPECT_THAT(problem("audit.when = \"every:5x\"\n"), HasSubstr("expected \"never\""));
    EXPECT_THAT(problem("audit.fail = 1\n"), HasSubstr("expected true or false"));
}

TEST(config, all_problems_are_reported_in_the_order_of_the_file) {
    EXPECT_THAT(problem("[machine]\nram = 1\n[boot]\nkernl = \"x\"\n[cpu]\nmmu = 2\n"),
                testing::MatchesRegex("m.toml:2:[^\n]*\nm.toml:4:[^\n]*\nm.toml:6:[^\n]*"));
}

TEST(config, a_syntax_error_has_its_place) {
    EXPECT_THAT(problem("[machine]\nram = \n"), StartsWith("m.toml:2:"));
    EXPECT_THAT(problem("[machine]\nram = \n"), HasSubstr("not valid TOML"));
    EXPECT_THAT(problem("[machine]\nram = \"1MiB\"\nram = \"2MiB\"\n"), StartsWith("m.toml:3:"));
    EXPECT_THAT(problem(std::string_view("a = \"\xff\xfe\"", 8)), HasSubstr("not valid TOML"));
}

TEST(config, set_overrides_the_file_and_a_later_set_an_earlier_one) {
    const Config config = parse("[machine]\nram = \"16MiB\"\n[boot]\ncmdline = \"file\"\n",
                                {"machine.ram=\"32MiB\"", "machine.ram = \"48MiB\"", "cpu.mmu='unicorn'"})
                              .value();
    EXPECT_EQ(config.machine.ram, 48u << 20);
    EXPECT_EQ(config.boot.cmdline, "file");
    EXPECT_EQ(config.cpu.mmu, MmuKind::Unicorn);
}

TEST(config, a_bad_set_names_the_option) {
    EXPECT_EQ(problem("", {"machine.ram=64"}),
              "--set machine.ram=64: machine.ram: found integer 64, expected a size such as \"64MiB\", a "
              "multiple of 1MiB from 1MiB to 3GiB");
    EXPECT_THAT(problem("", {"machine.ram=64MiB"}),
                HasSubstr("a string needs its quotes: --set 'machine.ram=\"64MiB\"'"));
    EXPECT_THAT(problem("", {"machine.rum=\"1MiB\""}), HasSubstr("nearest is 'machine.ram'"));
    EXPECT_THAT(problem("", {"machine.ram"}), HasSubstr("expected path.to.key=VALUE"));
    EXPECT_THAT(problem("", {"cpu.mmu=\"own\"\ncpu.mmu=\"own\""}), HasSubstr("on one line"));
}

TEST(config, paths_of_set_are_relative_to_the_working_directory) {
    const Config config =
        parse("", {"boot.kernel=\"k.elf\"", "boot.initramfs=\"${exe_dir}/i.cpio\""}).value();
    EXPECT_EQ(config.boot.kernel, std::filesystem::current_path() / "k.elf");
    EXPECT_EQ(config.boot.initramfs, "/opt/emu/i.cpio");
}

TEST(config, a_file_that_cannot_be_read_is_named_with_the_reason) {
    ConfigSources sources = kSources;
    sources.file = "/nonexistent/m.toml";
    EXPECT_EQ(load_config(sources).error().message,
              "/nonexistent/m.toml: cannot read: No such file or directory");
    sources.file = "/";
    EXPECT_THAT(load_config(sources).error().message, HasSubstr("Is a directory"));
    sources.file = "/dev/zero";
    EXPECT_THAT(load_config(sources).error().message, HasSubstr("longer than 1048576 bytes"));
}

TEST(config, relative_paths_in_a_file_are_relative_to_its_folder) {
    const auto folder = std::filesystem::temp_directory_path() / fmt::format("mmscope-config-{}", getpid());
    std::filesystem::create_directories(folder);
    std::ofstream(folder / "m.toml") << "[boot]\nkernel = \"k.elf\"\n";
    ConfigSources sources = kSources;
    sources.file = folder / "m.toml";
    const auto config = load_config(sources);
    std::filesystem::remove_all(folder);
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->boot.kernel, folder / "k.elf");
}

TEST(config, the_help_lists_every_key_with_its_default) {
    const std::string help = describe_config_keys();
    for (const ConfigKey& key : config_keys()) {
        EXPECT_THAT(help, HasSubstr(std::string(key.path.substr(key.path.find('.') + 1)) + " = " +
                                    std::string(key.fallback)));
        EXPECT_THAT(help, HasSubstr(std::string(key.meaning)));
    }
}

TEST(config, a_very_long_unknown_key_is_reported_without_delay) {
    EXPECT_THAT(problem(std::string(100'000, 'x') + " = 1\n"), HasSubstr("found unknown key"));
}

}  // namespace
}  // namespace mmscope

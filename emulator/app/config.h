// SPDX-License-Identifier: GPL-2.0-or-later
// The configuration of one machine as plain values, and the function that reads it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/snapshot_moment.h"
#include "app/units.h"
#include "base/error.h"
#include "cpu/cpu.h"
#include "machine/disk_image.h"

namespace mmscope {

enum class ClockMode : uint8_t { Virtual, Realtime };
enum class DisplayMode : uint8_t { Auto, Sdl, None };
enum class AuditWhen : uint8_t { Never, Exit, Checkpoint, EveryReturn, Every, Random };
enum class SerialKind : uint8_t { Stdio, File, Pty };

/// Everything that can be configured. The defaults stand in the tables of config_keys.h, not here.
struct Config {
    struct {
        uint32_t ram{};  // bytes, a multiple of 1 MiB
        ClockMode clock{};
        int64_t rtc{};  // what the CMOS clock shows at power-on: seconds since 1970-01-01 UTC
    } machine;
    struct {
        MmuKind mmu{};
    } cpu;
    struct {
        std::filesystem::path kernel;
        std::string cmdline;
        std::filesystem::path initramfs;  // empty: none
    } boot;
    struct {
        DisplayMode mode{};
    } display;
    struct {
        SerialKind kind{};
        std::filesystem::path file;  // for SerialKind::File
    } serial;
    struct {
        struct Drive {
            std::filesystem::path image;  // empty: no such disk
            std::filesystem::path save;   // gets the disk as it is at the end; empty: nothing does
            std::vector<BadSectors> bad;
        };
        Drive hda, hdb;
        DiskWrites writes{};
    } disk;
    struct {
        std::filesystem::path file;           // empty: no trace
        std::vector<std::string> events;      // names, or patterns that end in '*'
        std::vector<std::string> kinds;       // of page faults; empty: all
        std::vector<uint32_t> pids;           // empty: all
        std::vector<AddressRange> addresses;  // empty: all
    } trace;
    struct {
        AuditWhen when{};
        uint32_t period = 0;  // of Every: page faults; of Random: milliseconds on average
        bool fail{};          // a violation ends the run
        bool tlb = false;     // at each return to user mode
    } audit;
    struct {
        std::vector<SnapshotMoment> at;
        std::filesystem::path file;     // empty: none is taken
        std::filesystem::path restore;  // empty: the machine starts
        bool increments = false;  // each file after the first holds what was written since the one before
        std::optional<uint64_t> every;  // nanoseconds between checkpoints in memory; none: none
        uint64_t keep = 0;              // bytes for all of them
    } snapshot;
    struct {
        std::optional<VirtualTime> until;
    } limits;
};

/// One key set from the command line.
struct ConfigSetting {
    std::string option;  // as typed, for messages: "--set machine.ram=64"
    std::string toml;    // "path.to.key=VALUE"
};

/// Where a configuration comes from; a later source overrides an earlier one key by key.
struct ConfigSources {
    std::filesystem::path file;           // relative paths in it are relative to its folder
    std::vector<ConfigSetting> settings;  // in order; their paths are relative to the working directory
    std::filesystem::path exe_dir;        // what ${exe_dir} in a path stands for
};

/// Error: every problem found, one a line, "FILE:LINE:COLUMN: …" or "OPTION: …".
Result<Config> load_config(const ConfigSources& sources);

/// As load_config for a text that is already read; `name` stands in messages, `folder` is what paths are
/// relative to.
Result<Config> parse_config(std::string_view text, std::string_view name, const std::filesystem::path& folder,
                            const ConfigSources& sources);

/// The table of keys for --help-config: name, type, default, meaning.
std::string describe_config_keys();

}  // namespace mmscope

// SPDX-License-Identifier: GPL-2.0-or-later
// The keys of what a machine is: machine, cpu, boot, display, serial, disk.
#include <array>

#include "app/bad_sectors.h"
#include "app/config_store.h"

namespace mmscope {
namespace {

ConfigCheck store_ram(const ConfigValue& value, const PathContext&, Config& config) {
    constexpr uint64_t kMiB = 1 << 20;
    constexpr std::string_view kWhat = "a size such as \"64MiB\", a multiple of 1MiB from 1MiB to 3GiB";
    const auto* text = std::get_if<std::string>(&value.data);
    if (text == nullptr) return wrong_value(value, kWhat);
    const auto size = parse_size(*text);
    if (!size) return ConfigProblem{value.at, size.error().message};
    if (*size < kMiB || *size > 3072 * kMiB || *size % kMiB != 0) return wrong_value(value, kWhat);
    config.machine.ram = static_cast<uint32_t>(*size);
    return std::nullopt;
}

ConfigCheck store_clock(const ConfigValue& value, const PathContext&, Config& config) {
    return store_choice<ClockMode>(
        value, {{"virtual", ClockMode::Virtual}, {"realtime", ClockMode::Realtime}}, config.machine.clock);
}

ConfigCheck store_rtc(const ConfigValue& value, const PathContext&, Config& config) {
    constexpr int64_t kFirst = 315532800, kEnd = 4102444800;  // 1980-01-01 and 2100-01-01
    const auto* moment = std::get_if<TimeStamp>(&value.data);
    if (moment == nullptr || moment->seconds < kFirst || moment->seconds >= kEnd) {
        return wrong_value(value,
                           "a date and time with offset from 1980 to 2099, such as 2008-12-24T23:26:37Z");
    }
    config.machine.rtc = moment->seconds;
    return std::nullopt;
}

ConfigCheck store_mmu(const ConfigValue& value, const PathContext&, Config& config) {
    return store_choice<MmuKind>(value, {{"own", MmuKind::Own}, {"unicorn", MmuKind::Unicorn}},
                                 config.cpu.mmu);
}

ConfigCheck store_kernel(const ConfigValue& value, const PathContext& paths, Config& config) {
    if (auto problem = store_path(value, paths, config.boot.kernel)) return problem;
    if (config.boot.kernel.empty()) return wrong_value(value, "the path of a Multiboot ELF kernel");
    return std::nullopt;
}

ConfigCheck store_cmdline(const ConfigValue& value, const PathContext&, Config& config) {
    return store_text(value, "the kernel's command line in quotes", config.boot.cmdline);
}

ConfigCheck store_initramfs(const ConfigValue& value, const PathContext& paths, Config& config) {
    return store_path(value, paths, config.boot.initramfs);
}

ConfigCheck store_display(const ConfigValue& value, const PathContext&, Config& config) {
    return store_choice<DisplayMode>(
        value, {{"auto", DisplayMode::Auto}, {"sdl", DisplayMode::Sdl}, {"none", DisplayMode::None}},
        config.display.mode);
}

ConfigCheck store_serial(const ConfigValue& value, const PathContext& paths, Config& config) {
    constexpr std::string_view kFile = "file:";
    constexpr std::string_view kWhat = "\"stdio\" or \"pty\" or \"file:PATH\"";
    std::string text;
    if (auto problem = store_text(value, kWhat, text)) return problem;
    if (text == "stdio" || text == "pty") {
        config.serial.kind = text == "pty" ? SerialKind::Pty : SerialKind::Stdio;
        config.serial.file.clear();
        return std::nullopt;
    }
    if (!text.starts_with(kFile) || text.size() == kFile.size()) return wrong_value(value, kWhat);
    config.serial.kind = SerialKind::File;
    config.serial.file = resolve_path(text.substr(kFile.size()), paths);
    return std::nullopt;
}

ConfigCheck store_hda(const ConfigValue& value, const PathContext& paths, Config& config) {
    return store_path(value, paths, config.disk.hda.image);
}
ConfigCheck store_hdb(const ConfigValue& value, const PathContext& paths, Config& config) {
    return store_path(value, paths, config.disk.hdb.image);
}
ConfigCheck store_save_hda(const ConfigValue& value, const PathContext& paths, Config& config) {
    return store_path(value, paths, config.disk.hda.save);
}
ConfigCheck store_save_hdb(const ConfigValue& value, const PathContext& paths, Config& config) {
    return store_path(value, paths, config.disk.hdb.save);
}

ConfigCheck store_overlay(const ConfigValue& value, const PathContext&, Config& config) {
    const auto* overlay = std::get_if<bool>(&value.data);
    if (overlay == nullptr) return wrong_value(value, "true or false");
    config.disk.writes = *overlay ? DiskWrites::Overlay : DiskWrites::Through;
    return std::nullopt;
}

ConfigCheck store_bad_sectors(const ConfigValue& value, const PathContext&, Config& config) {
    std::vector<BadRange> ranges;
    const auto read = [](const ConfigValue& item) -> Result<BadRange> {
        const auto* text = std::get_if<std::string>(&item.data);
        if (text != nullptr) return parse_bad_range(*text);
        return fail(fmt::format("found {}, expected \"DISK:ACCESS:SECTORS\"", item.described));
    };
    if (auto problem = store_list(value, "an array such as [\"hda:write:1200-1300\"]", ranges, read))
        return problem;
    config.disk.hda.bad.clear();
    config.disk.hdb.bad.clear();
    for (const BadRange& range : ranges)
        (range.unit == 0 ? config.disk.hda : config.disk.hdb).bad.push_back(range.sectors);
    return std::nullopt;
}

constexpr std::array kMachineKeys = {
    ConfigKey{"machine.ram", "size, 1MiB to 3GiB in steps of 1MiB", "\"64MiB\"", "RAM of the machine",
              store_ram},
    ConfigKey{"machine.clock", "\"virtual\" or \"realtime\"", "\"virtual\"",
              "virtual: as fast as the host can; realtime: virtual time keeps pace with the wall clock",
              store_clock},
    ConfigKey{"machine.rtc", "date and time with offset, 1980 to 2099", "2008-12-24T23:26:37Z",
              "what the CMOS clock shows at power-on; it then follows virtual time", store_rtc},
    ConfigKey{"cpu.mmu", "\"own\" or \"unicorn\"", "\"own\"",
              "who walks the page tables; the guest behaves the same, only \"own\" counts TLB fills",
              store_mmu},
    ConfigKey{"boot.kernel", "path", "\"${exe_dir}/guest/kernel-2.6.28.elf\"", "Multiboot 1 ELF image",
              store_kernel},
    ConfigKey{"boot.cmdline", "string", "\"\"", "the kernel's command line", store_cmdline},
    ConfigKey{"boot.initramfs", "path, or \"\" for none", "\"${exe_dir}/guest/initramfs.cpio\"",
              "cpio archive (newc), passed as the first boot module", store_initramfs},
    ConfigKey{"display.mode", "\"auto\", \"sdl\" or \"none\"", "\"auto\"",
              "auto: a window if there is a display; sdl: a window or an error; none: no window",
              store_display},
    ConfigKey{"serial.port", "\"stdio\", \"pty\" or \"file:PATH\"", "\"stdio\"",
              "where the first serial port leads; a file takes output only", store_serial},
    ConfigKey{"disk.hda", "path, or \"\" for none", "\"\"",
              "raw image of the first ATA disk, whole sectors of 512 bytes", store_hda},
    ConfigKey{"disk.hdb", "path, or \"\" for none", "\"\"", "the same for the second disk", store_hdb},
    ConfigKey{"disk.overlay", "true or false", "true",
              "true: what the guest writes stays in memory, no image changes; false: it goes to the images",
              store_overlay},
    ConfigKey{"disk.save_hda", "path, or \"\"", "\"\"",
              "at the end of the run this file gets the first disk as the guest left it, whole or not at all",
              store_save_hda},
    ConfigKey{"disk.save_hdb", "path, or \"\"", "\"\"", "the same for the second disk", store_save_hdb},
    ConfigKey{"disk.fail", "array of \"[DISK:]ACCESS:FIRST[-LAST]\"", "[]",
              "sectors that give an I/O error, such as [\"write:1200-1300\", \"hdb:read:5\"]",
              store_bad_sectors},
};

}  // namespace

std::span<const ConfigKey> machine_keys() {
    return kMachineKeys;
}

}  // namespace mmscope

// SPDX-License-Identifier: GPL-2.0-or-later
// Plans where kernel, modules and information block stand, then writes them; nothing is written before
// every input has been checked.
#include "boot/multiboot.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "boot/elf32.h"

namespace mmscope {
namespace {

constexpr uint32_t kMebibyte = 1u << 20;
constexpr uint32_t kHeaderMagic = 0x1BADB002;
constexpr uint32_t kSearchedBytes = 8192;
constexpr uint64_t kHoleFirst = 0xA0000, kHoleEnd = 0x100000;  // video memory and ROMs are not RAM
constexpr uint32_t kInfoSize = 88;                             // up to and with apm_table
constexpr uint32_t kModuleEntrySize = 16;
constexpr std::string_view kLoaderName = "mmscope";

/// Header flags (section 3.1.2).
enum HeaderFlag : uint32_t { kAlignModules = 1, kWantMemory = 2, kHasAddresses = 1u << 16 };
constexpr uint32_t kRequiredFlags = 0xFFFF;
/// Flags of the information block (section 3.3).
enum InfoFlag : uint32_t {
    kInfoMemory = 1,
    kInfoCommandLine = 4,
    kInfoModules = 8,
    kInfoMap = 64,
    kInfoLoader = 512
};

uint32_t word_at(std::span<const std::byte> bytes, size_t offset) {
    uint32_t value;
    std::memcpy(&value, bytes.data() + offset, sizeof(value));
    return value;
}

uint64_t align_page(uint64_t address) {
    return (address + kPageSize - 1) & ~uint64_t{kPageSize - 1};
}

struct Header {
    uint32_t offset;  // in the file
    uint32_t flags;
};

std::optional<Header> find_header(std::span<const std::byte> kernel) {
    const size_t searched = std::min<size_t>(kernel.size(), kSearchedBytes);
    for (uint32_t offset = 0; offset + 12 <= searched; offset += 4) {
        if (word_at(kernel, offset) != kHeaderMagic) continue;
        const uint32_t flags = word_at(kernel, offset + 4);
        if (kHeaderMagic + flags + word_at(kernel, offset + 8) == 0) return Header{offset, flags};
    }
    return std::nullopt;
}

/// A kernel that says itself where it belongs (section 3.1.3, the address fields).
Result<LoadPlan> plan_by_header(const MultibootImage& image, const Header& header) {
    const auto bad = [&](std::string_view what) {
        return fail(fmt::format("{}: the address fields of its Multiboot header {}", image.name, what));
    };
    if (header.offset + 32 > image.kernel.size()) return bad("are cut off: the file is truncated");
    const auto field = [&](uint32_t index) { return word_at(image.kernel, header.offset + 12 + 4 * index); };
    const uint32_t header_addr = field(0), load_addr = field(1), load_end = field(2), bss_end = field(3);
    if (load_addr > header_addr || header_addr - load_addr > header.offset)
        return bad("contradict each other");
    const uint32_t skipped = header.offset - (header_addr - load_addr);
    const uint64_t available = image.kernel.size() - skipped;
    const uint64_t size = load_end == 0 ? available : uint64_t{load_end} - load_addr;
    if (load_end != 0 && load_end < load_addr) return bad("contradict each other");
    if (size > available) return bad("ask for more than the file has: it is truncated");
    const uint64_t end = std::max<uint64_t>(load_addr + size, bss_end);
    LoadPlan plan{.entry = field(4), .segments = {}};
    plan.segments.push_back(
        {.at = load_addr, .bytes = image.kernel.subspan(skipped, size), .size = end - load_addr});
    return plan;
}

Result<LoadPlan> plan_kernel(const MultibootImage& image) {
    const bool elf = is_elf(image.kernel);
    if (elf) {
        if (auto machine = validate_elf32(image.kernel, image.name); !machine)
            return std::unexpected(machine.error());
    }
    const auto header = find_header(image.kernel);
    if (!header) {
        return fail(fmt::format("{}: not a Multiboot kernel: no Multiboot 1 header in its first {} bytes",
                                image.name, kSearchedBytes));
    }
    const uint32_t unknown = header->flags & kRequiredFlags & ~(kAlignModules | kWantMemory);
    if (unknown != 0) {
        return fail(fmt::format("{}: its Multiboot header requires what is not offered here (flags {:#x})",
                                image.name, unknown));
    }
    if (header->flags & kHasAddresses) return plan_by_header(image, *header);
    if (!elf)
        return fail(fmt::format("{}: neither an ELF file nor a header with load addresses", image.name));
    return plan_elf32(image.kernel, image.name);
}

Result<void> check_segments(const LoadPlan& plan, const MultibootImage& image, uint32_t ram) {
    for (const LoadSegment& segment : plan.segments) {
        const uint64_t end = segment.at + segment.size;
        if (segment.at < kHoleEnd && end > kHoleFirst) {
            return fail(fmt::format("{}: a segment at {:#x}-{:#x} lies where a PC has no RAM ({:#x}-{:#x})",
                                    image.name, segment.at, end, kHoleFirst, kHoleEnd));
        }
        if (end > ram) {
            return fail(
                fmt::format("RAM too small: {} reaches up to {:#x}, which takes at least {} MiB of RAM; "
                            "the machine has {} MiB",
                            image.name, end, (end + kMebibyte - 1) / kMebibyte, ram / kMebibyte));
        }
    }
    return {};
}

/// The information block with what it points to, built for one address.
class InfoBlock {
  public:
    InfoBlock(uint32_t at, size_t modules)
        : at_(at), bytes_(kInfoSize + modules * kModuleEntrySize, std::byte{0}) {}

    [[nodiscard]] const std::vector<std::byte>& bytes() const { return bytes_; }
    void put(uint32_t offset, uint32_t value) { std::memcpy(bytes_.data() + offset, &value, sizeof(value)); }
    void raise_flag(uint32_t flag) { put(0, word_at(bytes_, 0) | flag); }

    /// Appends; yields the address it got.
    uint32_t append(std::span<const std::byte> data) {
        const auto address = static_cast<uint32_t>(at_ + bytes_.size());
        bytes_.insert(bytes_.end(), data.begin(), data.end());
        return address;
    }
    uint32_t append_string(std::string_view text) {
        const uint32_t address = append(std::as_bytes(std::span(text)));
        bytes_.push_back(std::byte{0});
        return address;
    }
    void align() { bytes_.resize((bytes_.size() + 3) & ~size_t{3}, std::byte{0}); }

  private:
    uint32_t at_;
    std::vector<std::byte> bytes_;
};

/// Entries of the memory map (section 3.3, mmap_*): size, base, length, type.
struct [[gnu::packed]] MapEntry {
    uint32_t size;
    uint64_t base, length;
    uint32_t type;
};

void add_memory(InfoBlock& info, uint32_t ram) {
    constexpr uint32_t kAvailable = 1, kReserved = 2;
    info.raise_flag(kInfoMemory | kInfoMap);
    info.put(4, kHoleFirst / 1024);
    info.put(8, (ram - kMebibyte) / 1024);
    info.align();
    const std::array<MapEntry, 3> map = {{{20, 0, kHoleFirst, kAvailable},
                                          {20, kHoleFirst, kHoleEnd - kHoleFirst, kReserved},
                                          {20, kHoleEnd, ram - kHoleEnd, kAvailable}}};
    const size_t entries = ram > kMebibyte ? 3 : 2;
    const auto bytes = std::as_bytes(std::span(map).first(entries));
    info.put(44, static_cast<uint32_t>(bytes.size()));
    info.put(48, info.append(bytes));
}

void add_modules(InfoBlock& info, const MultibootImage& image, const std::vector<LoadedModule>& placed,
                 uint32_t at) {
    if (placed.empty()) return;
    info.raise_flag(kInfoModules);
    info.put(20, static_cast<uint32_t>(placed.size()));
    info.put(24, at + kInfoSize);
    for (size_t i = 0; i < placed.size(); ++i) {
        const auto entry = static_cast<uint32_t>(kInfoSize + i * kModuleEntrySize);
        info.put(entry, placed[i].first.value);
        info.put(entry + 4, placed[i].first.value + placed[i].size);
        info.put(entry + 8, info.append_string(image.modules[i].name));
    }
}

InfoBlock build_info(const MultibootImage& image, const std::vector<LoadedModule>& placed, uint32_t at,
                     uint32_t ram) {
    InfoBlock info(at, placed.size());
    add_modules(info, image, placed, at);
    info.raise_flag(kInfoCommandLine | kInfoLoader);
    info.put(16, info.append_string(image.command_line));
    info.put(64, info.append_string(kLoaderName));
    add_memory(info, ram);
    return info;
}

/// Modules and information block above everything the kernel takes, never below 1 MiB.
Result<void> place_modules(const MultibootImage& image, LoadedImage& loaded, uint32_t ram) {
    uint64_t next = std::max<uint64_t>(align_page(loaded.kernel_end.value), kHoleEnd);
    uint64_t needed = next;
    for (const MultibootModule& module : image.modules)
        needed = align_page(needed + module.bytes.size());
    loaded.info = PhysAddr(static_cast<uint32_t>(needed));
    needed += build_info(image, std::vector<LoadedModule>(image.modules.size()), 0, ram).bytes().size();
    if (needed > ram) {
        return fail(fmt::format(
            "RAM too small: {} with its modules takes at least {} MiB of RAM; the machine has {} MiB",
            image.name, (needed + kMebibyte - 1) / kMebibyte, ram / kMebibyte));
    }
    for (const MultibootModule& module : image.modules) {
        loaded.modules.push_back(
            {PhysAddr(static_cast<uint32_t>(next)), static_cast<uint32_t>(module.bytes.size())});
        next = align_page(next + module.bytes.size());
    }
    return {};
}

bool write_zeros(uint64_t at, uint64_t size, const MemoryWriter& write) {
    static constexpr std::array<std::byte, 4096> kZeros{};
    while (size > 0) {
        const auto piece = std::span(kZeros).first(std::min<uint64_t>(size, kZeros.size()));
        if (!write(PhysAddr(static_cast<uint32_t>(at)), piece)) return false;
        at += piece.size();
        size -= piece.size();
    }
    return true;
}

bool write_segment(const LoadSegment& segment, const MemoryWriter& write) {
    const size_t in_file = segment.bytes.size();
    return write(PhysAddr(static_cast<uint32_t>(segment.at)), segment.bytes) &&
           write_zeros(segment.at + in_file, segment.size - in_file, write);
}

bool write_all(const MultibootImage& image, const LoadPlan& plan, const LoadedImage& loaded, uint32_t ram,
               const MemoryWriter& write) {
    for (const LoadSegment& segment : plan.segments) {
        if (!write_segment(segment, write)) return false;
    }
    for (size_t i = 0; i < loaded.modules.size(); ++i) {
        if (!write(loaded.modules[i].first, image.modules[i].bytes)) return false;
    }
    return write(loaded.info, build_info(image, loaded.modules, loaded.info.value, ram).bytes());
}

}  // namespace

Result<LoadedImage> load_multiboot(const MultibootImage& image, uint32_t ram, const MemoryWriter& write) {
    const auto plan = plan_kernel(image);
    if (!plan) return std::unexpected(plan.error());
    if (auto fits = check_segments(*plan, image, ram); !fits) return std::unexpected(fits.error());
    LoadedImage loaded{.entry = plan->entry,
                       .info = {},
                       .kernel_first = PhysAddr(UINT32_MAX),
                       .kernel_end = {},
                       .modules = {}};
    for (const LoadSegment& segment : plan->segments) {
        loaded.kernel_first = std::min(loaded.kernel_first, PhysAddr(static_cast<uint32_t>(segment.at)));
        loaded.kernel_end =
            std::max(loaded.kernel_end, PhysAddr(static_cast<uint32_t>(segment.at + segment.size)));
    }
    if (auto placed = place_modules(image, loaded, ram); !placed) return std::unexpected(placed.error());
    if (!write_all(image, *plan, loaded, ram, write)) {
        return fail(fmt::format("{}: could not be written to RAM", image.name));
    }
    return loaded;
}

}  // namespace mmscope

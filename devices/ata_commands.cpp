// SPDX-License-Identifier: GPL-2.0-or-later
// Commands of an ATA disk that move no sectors to or from the host, and addresses in both of their forms.
#include "devices/ata_commands.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "devices/ata_disk.h"

namespace mmscope {
namespace {

using namespace ata;
using enum AtaCommand;

constexpr uint32_t kMostCylinders = 16383;

/// Sub-commands of SET FEATURES (8.46).
enum Feature : uint8_t {
    kEnableWriteCache = 0x02,
    kSetTransferMode = 0x03,
    kDisableLookAhead = 0x55,
    kKeepSettings = 0x66,
    kDisableWriteCache = 0x82,
    kEnableLookAhead = 0xaa,
    kRevertSettings = 0xcc,
};

/// Two characters a word, the first in the high byte, filled up with blanks.
void put_text(std::span<uint16_t> words, std::string_view text) {
    const auto at = [text](size_t i) { return static_cast<uint8_t>(i < text.size() ? text[i] : ' '); };
    for (size_t i = 0; i < words.size(); ++i)
        words[i] = static_cast<uint16_t>(at(2 * i) << 8 | at(2 * i + 1));
}

void put_dword(std::span<uint16_t, 2> words, uint32_t value) {
    words[0] = static_cast<uint16_t>(value);
    words[1] = static_cast<uint16_t>(value >> 16);
}

}  // namespace

/// The sector that the registers name, into next_. False: there is no such place.
bool AtaDisk::find_address() {
    if ((device_ & kLba) != 0) {
        next_ = lba_low_ | static_cast<uint32_t>(lba_mid_) << 8 | static_cast<uint32_t>(lba_high_) << 16 |
                static_cast<uint32_t>(device_ & 0x0f) << 24;
        return next_ < medium_.sectors();
    }
    const uint32_t cylinder = lba_mid_ | static_cast<uint32_t>(lba_high_) << 8, head = device_ & 0x0f;
    next_ = 0;
    if (lba_low_ == 0 || lba_low_ > sectors_per_track_ || head >= heads_) return false;
    next_ = (cylinder * heads_ + head) * sectors_per_track_ + lba_low_ - 1;
    return next_ < medium_.sectors();
}

void AtaDisk::show_address(uint32_t number) {
    const uint8_t kept = device_ & 0xf0;
    if ((device_ & kLba) != 0) {
        lba_low_ = static_cast<uint8_t>(number);
        lba_mid_ = static_cast<uint8_t>(number >> 8);
        lba_high_ = static_cast<uint8_t>(number >> 16);
        device_ = static_cast<uint8_t>(kept | ((number >> 24) & 0x0f));
        return;
    }
    const uint32_t tracks = number / sectors_per_track_, cylinder = tracks / heads_;
    lba_low_ = static_cast<uint8_t>(number % sectors_per_track_ + 1);
    lba_mid_ = static_cast<uint8_t>(cylinder);
    lba_high_ = static_cast<uint8_t>(cylinder >> 8);
    device_ = static_cast<uint8_t>(kept | ((tracks % heads_) & 0x0f));
}

void AtaDisk::run_non_data() {
    switch (command_) {
        case kIdentify:
            return identify();
        case kSetFeatures:
            return set_features();
        case kInitializeParameters:
            return set_geometry();
        case kSetMultiple:
            return set_multiple();
        case kReadVerify:
        case kReadVerifyOnce:
            return verify();
        case kFlushCache:
            return finish(medium_.flush() ? 0 : kAbrt);
        case kCheckPowerMode:
            count_ = 0xff;  // active or idle
            return finish(0);
        case kStandbyImmediate:
        case kIdleImmediate:
        case kStandby:
        case kIdle:
        case kSleep:
            log_(LogLevel::Stub, "command {:#04x}: power states are not modelled",
                 std::to_underlying(command_));
            return finish(0);
        default:
            break;
    }
    const unsigned group = std::to_underlying(command_) & 0xf0u;
    if (group == std::to_underlying(kRecalibrate)) return finish(0);
    if (group == std::to_underlying(kSeek)) return finish(find_address() ? 0 : kIdnf);
    log_(LogLevel::Stub, "command {:#04x} is not supported", std::to_underlying(command_));
    finish(kAbrt);
}

void AtaDisk::identify() {
    const auto words = identification();
    for (size_t i = 0; i < words.size(); ++i) {
        buffer_[2 * i] = static_cast<uint8_t>(words[i]);
        buffer_[2 * i + 1] = static_cast<uint8_t>(words[i] >> 8);
    }
    uint8_t sum = 0;
    for (size_t i = 0; i + 1 < kSectorSize; ++i)
        sum = static_cast<uint8_t>(sum + buffer_[i]);
    buffer_[kSectorSize - 1] = static_cast<uint8_t>(-sum);
    next_ = 0;
    left_ = block_ = 1;
    begin_block();
    raise();
}

/// Table 27 of 8.15.
std::array<uint16_t, kSectorSize / 2> AtaDisk::identification() const {
    std::array<uint16_t, kSectorSize / 2> words{};
    const std::span<uint16_t> all(words);
    const uint32_t sectors = medium_.sectors();
    const auto cylinders = [sectors](uint32_t heads, uint32_t per_track) {
        return std::clamp(sectors / (heads * per_track), 1u, kMostCylinders);
    };
    words[0] = 0x0040;  // not removable
    words[1] = static_cast<uint16_t>(cylinders(kMaxHeads, kSectorsPerTrack));
    words[3] = kMaxHeads;
    words[6] = kSectorsPerTrack;
    put_text(all.subspan(10, 10), unit_ == 0 ? "MMSCOPE-0" : "MMSCOPE-1");
    put_text(all.subspan(23, 4), "1");
    put_text(all.subspan(27, 20), "MMSCOPE DISK");
    words[47] = 0x8000 | kMaxMultiple;
    words[49] = 0x0200;  // LBA
    words[50] = 0x4000;
    words[51] = 0x0200;  // PIO mode 2
    words[53] = 0x0003;  // words 54-58 and 64-70 are valid
    words[54] = static_cast<uint16_t>(cylinders(heads_, sectors_per_track_));
    words[55] = heads_;
    words[56] = sectors_per_track_;
    put_dword(all.subspan<57, 2>(),
              std::min<uint32_t>(sectors, uint32_t{words[54]} * heads_ * sectors_per_track_));
    words[59] = multiple_ == 0 ? 0 : static_cast<uint16_t>(0x0100 | multiple_);
    put_dword(all.subspan<60, 2>(), sectors);
    words[64] = 0x0003;           // PIO modes 3 and 4
    words[67] = words[68] = 120;  // ns a cycle
    words[80] = 0x0070;           // ATA-4 to ATA-6
    words[82] = 0x0060;           // look-ahead, write cache
    words[83] = 0x5000;           // FLUSH CACHE
    words[84] = 0x4000;
    words[85] = static_cast<uint16_t>((look_ahead_ ? 0x40 : 0) | (write_cache_ ? 0x20 : 0));
    words[86] = 0x1000;
    words[87] = 0x4000;
    words[255] = 0x00a5;  // the checksum follows
    return words;
}

void AtaDisk::set_features() {
    switch (features_) {
        case kEnableWriteCache:
        case kDisableWriteCache:
            write_cache_ = features_ == kEnableWriteCache;
            return finish(0);
        case kEnableLookAhead:
        case kDisableLookAhead:
            look_ahead_ = features_ == kEnableLookAhead;
            return finish(0);
        case kSetTransferMode:
            // 0 and 1: the default of PIO; 8 to 12: PIO modes 0 to 4. There is no DMA.
            return finish(count_ <= 1 || (count_ >= 8 && count_ <= 12) ? 0 : kAbrt);
        case kKeepSettings:
        case kRevertSettings:
            return finish(0);
        default:
            log_(LogLevel::Stub, "feature {:#04x} is not supported", features_);
            return finish(kAbrt);
    }
}

void AtaDisk::set_geometry() {
    if (count_ == 0) return finish(kAbrt);
    heads_ = static_cast<uint8_t>((device_ & 0x0f) + 1);
    sectors_per_track_ = count_;
    finish(0);
}

/// 8.47: a power of two up to what word 47 allows; 0 switches it off.
void AtaDisk::set_multiple() {
    const bool power_of_two = (count_ & (count_ - 1)) == 0;
    if (count_ > kMaxMultiple || !power_of_two) return finish(kAbrt);
    multiple_ = count_;
    finish(0);
}

/// READ VERIFY SECTOR(S): reads without giving the data to the host.
void AtaDisk::verify() {
    left_ = count_ == 0 ? kCountOfZero : count_;
    if (!find_address() || left_ > medium_.sectors() - next_) return fail_at(next_, kIdnf);
    std::array<uint8_t, kSectorSize> unused{};
    for (; left_ > 0; --left_, ++next_) {
        if (!medium_.read(next_, unused)) return fail_at(next_, kUnc);
    }
    show_address(next_ - 1);
    count_ = 0;
    finish(0);
}

}  // namespace mmscope

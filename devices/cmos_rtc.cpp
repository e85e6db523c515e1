// SPDX-License-Identifier: GPL-2.0-or-later
// Time, calendar, alarm and periodic flag of the MC146818A, and what a BIOS would have left in its RAM.
#include "devices/cmos_rtc.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "devices/bus.h"
#include "devices/state.h"

namespace mmscope {
namespace {

constexpr uint16_t kIndexPort = 0x70;

enum Register : uint8_t {
    kSeconds,
    kSecondsAlarm,
    kMinutes,
    kMinutesAlarm,
    kHours,
    kHoursAlarm,
    kDayOfWeek,  // 1 is Sunday
    kDayOfMonth,
    kMonth,
    kYear,
    kA,
    kB,
    kC,
    kD,
    kEquipment = 0x14,
    kBaseMemory = 0x15,      // KiB below 1 MiB, low byte first, as all pairs here
    kExtendedMemory = 0x17,  // KiB above 1 MiB, at most 65535
    kSumHigh = 0x2e,         // of the bytes 0x10 to 0x2d
    kSumLow = 0x2f,
    kExtendedMemoryFound = 0x30,
    kCentury = 0x32,
    kMemoryAbove16M = 0x34,  // units of 64 KiB
};

constexpr uint8_t kAUpdating = 0x80;
constexpr uint8_t kADivider = 0x70;
constexpr uint8_t kADivider32768 = 0x20;
constexpr uint8_t kARate = 0x0f;
constexpr uint8_t kBSet = 0x80;
constexpr uint8_t kBPeriodic = 0x40;
constexpr uint8_t kBUpdate = 0x10;
constexpr uint8_t kBSquareWave = 0x08;
constexpr uint8_t kBBinary = 0x04;
constexpr uint8_t kB24Hours = 0x02;
constexpr uint8_t kBDaylightSaving = 0x01;
constexpr uint8_t kCRequest = 0x80;
constexpr uint8_t kCPeriodic = 0x40;
constexpr uint8_t kCAlarm = 0x20;
constexpr uint8_t kCUpdate = 0x10;
constexpr uint8_t kCFlags = kCPeriodic | kCAlarm | kCUpdate;
constexpr uint8_t kDValid = 0x80;
constexpr uint8_t kPm = 0x80;
constexpr uint8_t kAlarmDontCare = 0xc0;

constexpr uint64_t kSecondNs = 1'000'000'000;
constexpr uint64_t kHalfSecond = kSecondNs / 2;
constexpr uint64_t kCrystal = 32768;                 // Hz
constexpr uint64_t kUpdateNs = 244'000 + 1'984'000;  // t_BUC and t_UC: UIP is up before the second ends

constexpr uint8_t kCoprocessor = 0x02;
constexpr uint32_t kMiB = 1u << 20;

uint32_t days_in_month(uint32_t month, uint32_t year) {
    constexpr std::array<uint8_t, 13> kDays = {31, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return kDays[std::min(month, 12u)] + (month == 2 && year % 4 == 0 ? 1u : 0u);
}

}  // namespace

CmosRtc::CmosRtc(Scheduler& scheduler, IrqLine irq8, const CmosConfig& config)
    : scheduler_(scheduler),
      log_("rtc"),
      irq8_(std::move(irq8)),
      config_(config),
      update_(scheduler, "rtc second", [this] { second_passes(); }),
      periodic_(scheduler, "rtc period", [this] { period_passes(); }) {}

void CmosRtc::reset() {
    ram_ = {};
    ram_[kA] = kADivider32768 | 0x06;
    ram_[kB] = kB24Hours;
    ram_[kD] = kDValid;
    index_ = 0;
    divider_start_ = scheduler_.now();
    periods_seen_ = 0;
    fill_configuration();
    show_date(config_.start);
    arm_update();
    arm_periodic();
    update_irq();
}

void CmosRtc::attach(Bus& bus) {
    bus.claim_ports(*this, {kIndexPort, 2}, PortSize::Bytes);
}

void CmosRtc::state(StateVisitor& visitor) {
    visitor.field("ram", ram_);
    visitor.field("index", index_);
    visitor.field("divider_start", divider_start_.ns);
    visitor.field("periods_seen", periods_seen_);
    visitor.field("irq_level", irq_level_);
    update_.state(visitor);
    periodic_.state(visitor);
    index_ &= 0x7f;
}

std::string CmosRtc::describe() const {
    return fmt::format("{:02}{:02}-{:02}-{:02} {:02}:{:02}:{:02}, A={:02x} B={:02x} C={:02x}",
                       decode(ram_[kCentury]), decode(ram_[kYear]), decode(ram_[kMonth]),
                       decode(ram_[kDayOfMonth]), decode_hours(ram_[kHours]), decode(ram_[kMinutes]),
                       decode(ram_[kSeconds]), ram_[kA], ram_[kB], ram_[kC]);
}

void CmosRtc::fill_configuration() {
    const auto put = [this](unsigned at, uint32_t value) {
        ram_[at] = static_cast<uint8_t>(value);
        ram_[at + 1] = static_cast<uint8_t>(value >> 8);
    };
    const uint32_t above_1m = config_.ram > kMiB ? (config_.ram - kMiB) >> 10 : 0;
    const uint32_t above_16m = config_.ram > 16 * kMiB ? (config_.ram - 16 * kMiB) >> 16 : 0;
    ram_[kEquipment] = kCoprocessor;
    put(kBaseMemory, 640);
    put(kExtendedMemory, std::min(above_1m, 0xffffu));
    put(kExtendedMemoryFound, std::min(above_1m, 0xffffu));
    put(kMemoryAbove16M, std::min(above_16m, 0xffffu));
    uint32_t sum = 0;
    for (unsigned at = 0x10; at <= 0x2d; ++at)
        sum += ram_[at];
    ram_[kSumHigh] = static_cast<uint8_t>(sum >> 8);
    ram_[kSumLow] = static_cast<uint8_t>(sum);
}

uint32_t CmosRtc::decode(uint8_t value) const {
    return (ram_[kB] & kBBinary) != 0 ? value : (value >> 4) * 10u + (value & 15u);
}

uint8_t CmosRtc::encode(uint32_t value) const {
    return static_cast<uint8_t>((ram_[kB] & kBBinary) != 0 ? value : value / 10 % 10 << 4 | value % 10);
}

uint32_t CmosRtc::decode_hours(uint8_t value) const {
    if ((ram_[kB] & kB24Hours) != 0) return decode(value);
    return decode(value & 0x7f) % 12 + ((value & kPm) != 0 ? 12 : 0);
}

uint8_t CmosRtc::encode_hours(uint32_t value) const {
    if ((ram_[kB] & kB24Hours) != 0) return encode(value);
    const uint32_t hour = value % 12 == 0 ? 12 : value % 12;
    return static_cast<uint8_t>(encode(hour) | (value >= 12 ? kPm : 0));
}

void CmosRtc::show_date(int64_t seconds) {
    using namespace std::chrono;
    const sys_seconds time{std::chrono::seconds(seconds)};
    const auto day = floor<days>(time);
    const year_month_day date{day};
    const hh_mm_ss clock{time - day};
    const auto year = static_cast<uint32_t>(static_cast<int>(date.year()));
    ram_[kSeconds] = encode(static_cast<uint32_t>(clock.seconds().count()));
    ram_[kMinutes] = encode(static_cast<uint32_t>(clock.minutes().count()));
    ram_[kHours] = encode_hours(static_cast<uint32_t>(clock.hours().count()));
    ram_[kDayOfWeek] = encode(weekday(day).c_encoding() + 1);
    ram_[kDayOfMonth] = encode(static_cast<unsigned>(date.day()));
    ram_[kMonth] = encode(static_cast<unsigned>(date.month()));
    ram_[kYear] = encode(year % 100);
    ram_[kCentury] = encode(year / 100 % 100);
}

uint32_t CmosRtc::read_port(uint16_t port, Width width) {
    return port == kIndexPort ? all_ones(width) : read_register();  // 0x70 is write-only
}

void CmosRtc::write_port(uint16_t port, Width, uint32_t value) {
    if (port == kIndexPort) {
        index_ = value & 0x7f;
    } else {
        write_register(static_cast<uint8_t>(value));
    }
}

uint8_t CmosRtc::read_register() {
    if (index_ == kA) return static_cast<uint8_t>(ram_[kA] | (updating() ? kAUpdating : 0));
    if (index_ != kC) return ram_[index_];
    collect_periods();
    update_irq();
    const uint8_t flags = ram_[kC];
    ram_[kC] = 0;  // reading clears all flags and takes the request back
    update_irq();
    return flags;
}

void CmosRtc::write_register(uint8_t value) {
    log_(LogLevel::Trace, "register {:#04x} <- {:#04x}", index_, value);
    switch (index_) {
        case kA:
            return write_a(value);
        case kB:
            return write_b(value);
        case kC:
        case kD:
            return;  // read-only
        default:
            ram_[index_] = value;
    }
}

void CmosRtc::write_a(uint8_t value) {
    collect_periods();
    const bool ran = divider_runs();
    ram_[kA] = value & (kADivider | kARate);
    if (!ran && divider_runs())
        divider_start_ = {scheduler_.now().ns - kHalfSecond};  // first update in 500 ms
    if ((value & kADivider) != kADivider32768)
        log_(LogLevel::Stub, "divider {:#04x}: the clock stands", value);
    periods_seen_ = periods_passed();
    arm_update();
    arm_periodic();
}

void CmosRtc::write_b(uint8_t value) {
    collect_periods();
    ram_[kB] = value;
    if ((value & kBSet) != 0) ram_[kB] = static_cast<uint8_t>(value & ~kBUpdate);  // SET clears UIE
    if ((value & (kBSquareWave | kBDaylightSaving)) != 0) log_(LogLevel::Stub, "register B {:#04x}", value);
    arm_periodic();
    update_irq();
}

bool CmosRtc::divider_runs() const {
    return (ram_[kA] & kADivider) == kADivider32768;
}

VirtualTime CmosRtc::next_second() const {
    const uint64_t passed = (scheduler_.now() - divider_start_) / kSecondNs;
    return divider_start_ + (passed + 1) * kSecondNs;
}

bool CmosRtc::updating() const {
    if (!divider_runs() || (ram_[kB] & kBSet) != 0) return false;
    return next_second() - scheduler_.now() <= kUpdateNs;
}

void CmosRtc::arm_update() {
    if (!divider_runs()) return update_.cancel();
    update_.schedule_at(next_second());
}

void CmosRtc::second_passes() {
    arm_update();
    if ((ram_[kB] & kBSet) != 0) return;
    advance_one_second();
    ram_[kC] |= kCUpdate;
    if (alarm_matches()) ram_[kC] |= kCAlarm;
    update_irq();
}

void CmosRtc::advance_one_second() {
    /// Counts a register up; true if it came round to `first`.
    const auto wraps = [this](uint8_t at, uint32_t first, uint32_t last) {
        const uint32_t next = decode(ram_[at]) + 1;
        ram_[at] = encode(next > last ? first : next);
        return next > last;
    };
    if (!wraps(kSeconds, 0, 59) || !wraps(kMinutes, 0, 59)) return;
    const uint32_t hour = decode_hours(ram_[kHours]) + 1;
    ram_[kHours] = encode_hours(hour > 23 ? 0 : hour);
    if (hour <= 23) return;
    wraps(kDayOfWeek, 1, 7);
    if (!wraps(kDayOfMonth, 1, days_in_month(decode(ram_[kMonth]), decode(ram_[kYear])))) return;
    if (!wraps(kMonth, 1, 12) || !wraps(kYear, 0, 99)) return;
    wraps(kCentury, 0, 99);
}

bool CmosRtc::alarm_matches() const {
    const auto matches = [this](uint8_t alarm, uint8_t time) {
        return (ram_[alarm] & kAlarmDontCare) == kAlarmDontCare || ram_[alarm] == ram_[time];
    };
    return matches(kSecondsAlarm, kSeconds) && matches(kMinutesAlarm, kMinutes) &&
           matches(kHoursAlarm, kHours);
}

/// Table 5 for a 32.768 kHz time base, in its clocks; 0: none.
uint64_t CmosRtc::period_in_clocks() const {
    const unsigned rate = ram_[kA] & kARate;
    if (rate == 0 || !divider_runs()) return 0;
    return rate < 3 ? 64u << rate : 1u << (rate - 1);
}

uint64_t CmosRtc::periods_passed() const {
    const uint64_t period = period_in_clocks();
    if (period == 0) return 0;
    const uint64_t ns = scheduler_.now() - divider_start_;
    return (ns / kSecondNs * kCrystal + ns % kSecondNs * kCrystal / kSecondNs) / period;
}

/// An event only where somebody waits for the interrupt; the flag alone is worked out when it is read.
void CmosRtc::arm_periodic() {
    if (period_in_clocks() == 0 || (ram_[kB] & kBPeriodic) == 0) return periodic_.cancel();
    const uint64_t clocks = (periods_passed() + 1) * period_in_clocks();
    const uint64_t part = (clocks % kCrystal * kSecondNs + kCrystal - 1) / kCrystal;
    periodic_.schedule_at(divider_start_ + (clocks / kCrystal * kSecondNs + part));
}

void CmosRtc::period_passes() {
    collect_periods();
    update_irq();
    arm_periodic();
}

void CmosRtc::collect_periods() {
    const uint64_t passed = periods_passed();
    if (passed > periods_seen_) ram_[kC] |= kCPeriodic;
    periods_seen_ = passed;
}

void CmosRtc::update_irq() {
    const bool level = (ram_[kB] & ram_[kC] & kCFlags) != 0;
    ram_[kC] = static_cast<uint8_t>((ram_[kC] & kCFlags) | (level ? kCRequest : 0));
    if (level == irq_level_) return;
    irq_level_ = level;
    if (irq8_) irq8_(level);
}

}  // namespace mmscope

// SPDX-License-Identifier: GPL-2.0-or-later
// Reads date and time from the MC146818 clock chip.
#include "drivers/rtc.h"

#include "arch/processor.h"

namespace {

constexpr u16 INDEX = 0x70, DATA = 0x71;
enum : u8 {
    SECONDS = 0x00,
    MINUTES = 0x02,
    HOURS = 0x04,
    DAY = 0x07,
    MONTH = 0x08,
    YEAR = 0x09,
    STATUS_A = 0x0A,
    STATUS_B = 0x0B
};
enum : u8 { A_UPDATE_IN_PROGRESS = 0x80, B_BINARY = 0x04, B_24_HOURS = 0x02, HOURS_PM = 0x80 };
constexpr unsigned UPDATE_POLLS = 100000;  // an update lasts 2 ms; a chip that is not there never ends it

u8 read_register(u8 index) {
    outb(index, INDEX);
    return inb(DATA);
}

unsigned plain(u8 value, u8 status_b) {
    if (status_b & B_BINARY) return value;
    return (value >> 4) * 10u + (value & 0xF);
}

unsigned read_hours(u8 status_b) {
    const u8 raw = read_register(HOURS);
    const unsigned hours = plain(static_cast<u8>(raw & ~HOURS_PM), status_b);
    if (status_b & B_24_HOURS) return plain(raw, status_b);
    return hours % 12 + (raw & HOURS_PM ? 12 : 0);
}

/// Days from 1970-01-01 to a date of the Gregorian calendar, months counted from March so that leap days come
/// last.
long days_since_1970(long year, long month, long day) {
    if (month <= 2) {
        year--;
        month += 12;
    }
    return 365 * year + year / 4 - year / 100 + year / 400 + (153 * (month - 3) + 2) / 5 + day - 719469;
}

}  // namespace

long rtc_read_seconds() {
    for (unsigned i = 0; i < UPDATE_POLLS && (read_register(STATUS_A) & A_UPDATE_IN_PROGRESS); i++) {
    }
    const u8 b = read_register(STATUS_B);
    const long two_digits = static_cast<long>(plain(read_register(YEAR), b));
    const long year = two_digits + (two_digits < 70 ? 2000 : 1900);
    const long days = days_since_1970(year, static_cast<long>(plain(read_register(MONTH), b)),
                                      static_cast<long>(plain(read_register(DAY), b)));
    const long hours = static_cast<long>(read_hours(b)),
               minutes = static_cast<long>(plain(read_register(MINUTES), b));
    return ((days * 24 + hours) * 60 + minutes) * 60 + static_cast<long>(plain(read_register(SECONDS), b));
}

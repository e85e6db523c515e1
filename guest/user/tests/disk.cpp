// SPDX-License-Identifier: GPL-2.0-or-later
// /dev/hda and /dev/hdb as files. Whoever starts the machine with disks has filled each of their sectors with
// its own number (sector_pattern); a machine without disks has no such files.
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

namespace {
constexpr unsigned kSector = 512, kBlkGetSize = 0x1260, kBlkSszGet = 0x1268, kBlkGetSize64 = 0x80041272;
constexpr long kLarge = 300 * kSector;  // more than one command moves

char large[kLarge], other[kLarge];

/// What byte `at` of the disk is before anybody writes it.
char sector_pattern(long long at) {
    return static_cast<char>(at / kSector * 7 + at % kSector);
}
bool is_untouched(const char* bytes, long long at, long count) {
    for (long i = 0; i < count; i++) {
        if (bytes[i] != sector_pattern(at + i)) return false;
    }
    return true;
}

long read_at(int fd, long at, void* to, long count) {
    CHECK_EQ(lseek(fd, at, SEEK_SET), at);
    return read(fd, to, static_cast<size_t>(count));
}
long write_at(int fd, long at, const void* from, long count) {
    CHECK_EQ(lseek(fd, at, SEEK_SET), at);
    return write(fd, from, static_cast<size_t>(count));
}

void without_a_disk() {
    CHECK_FAILS(open("/dev/hda", O_RDONLY), ENOENT);
    CHECK_FAILS(open("/dev/hdb", O_RDWR), ENOENT);
}

void what_the_file_is(const char* name, unsigned number, long sectors) {
    struct stat status {};
    CHECK_EQ(stat(name, &status), 0);
    CHECK_EQ(status.st_mode, 060660);
    CHECK_EQ(status.st_rdev, number);
    CHECK_EQ(access(name, R_OK | W_OK), 0);
    const int fd = open(name, O_RDONLY);
    CHECK_EQ(lseek(fd, 0, SEEK_END), sectors * kSector);
    unsigned long size = 0;
    unsigned long long bytes = 0;
    CHECK_EQ(ioctl(fd, kBlkGetSize, &size), 0);
    CHECK_EQ(size, sectors);
    CHECK_EQ(ioctl(fd, kBlkGetSize64, &bytes), 0);
    CHECK_EQ(bytes, static_cast<long long>(sectors) * kSector);
    int sector_size = 0;
    CHECK_EQ(ioctl(fd, kBlkSszGet, &sector_size), 0);
    CHECK_EQ(sector_size, kSector);
    CHECK_FAILS(ioctl(fd, 0x5401, &size), ENOTTY);
    CHECK_FAILS(write(fd, "x", 1), EBADF);
    close(fd);
}

void reading(int fd, long size) {
    CHECK_EQ(read_at(fd, 0, large, kLarge), kLarge);
    CHECK(is_untouched(large, 0, kLarge));
    const long places[] = {1, 511, 513, 4000, 4096, 70000};
    for (const long at : places) {
        CHECK_EQ(read_at(fd, at, large, 5000), 5000);
        CHECK(is_untouched(large, at, 5000));
        CHECK_EQ(lseek(fd, 0, SEEK_CUR), at + 5000);
    }
    CHECK_EQ(read_at(fd, size - 700, large, 5000), 700);
    CHECK(is_untouched(large, size - 700, 700));
    CHECK_EQ(read(fd, large, 1), 0);
    CHECK_FAILS(lseek(fd, size + 1, SEEK_SET), EINVAL);
    CHECK_FAILS(lseek(fd, -1, SEEK_SET), EINVAL);
    CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
    CHECK_FAILS(read(fd, reinterpret_cast<char*>(0x10), 4), EFAULT);
    CHECK_EQ(lseek(fd, 0, SEEK_CUR), 0);
}

/// Bytes are written, and their neighbours in the same sectors stay.
void writing_bytes(int fd) {
    struct {
        long at, count;
    } const places[] = {{100'000, 1}, {102'000, 512}, {204'800, 4096}, {210'011, 5000}, {220'100, 30}};
    for (const auto& place : places) {
        memset(large, 'A', sizeof large);
        CHECK_EQ(write_at(fd, place.at, large, place.count), place.count);
        const long start = place.at - 600;
        CHECK_EQ(read_at(fd, start, other, place.count + 1200), place.count + 1200);
        CHECK(is_untouched(other, start, 600));
        CHECK_EQ(memcmp(other + 600, large, static_cast<size_t>(place.count)), 0);
        CHECK(is_untouched(other + 600 + place.count, place.at + place.count, 600));
    }
}

void writing_much(int fd) {
    for (long i = 0; i < kLarge; i++)
        large[i] = static_cast<char>(i * 11 + i / 300);
    CHECK_EQ(write_at(fd, 300'000, large, kLarge), kLarge);
    CHECK_EQ(fsync(fd), 0);
    memset(other, 0, sizeof other);
    CHECK_EQ(read_at(fd, 300'000, other, kLarge), kLarge);
    CHECK_EQ(memcmp(large, other, sizeof large), 0);
}

void writing_at_the_end(int fd, long size) {
    memset(large, 'E', 1000);
    CHECK_EQ(write_at(fd, size - 600, large, 1000), 600);
    CHECK_FAILS(write(fd, large, 1), ENOSPC);
    CHECK_EQ(read_at(fd, size - 601, other, 1000), 601);
    CHECK(is_untouched(other, size - 601, 1));
    CHECK_EQ(memcmp(other + 1, large, 600), 0);
    CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
    CHECK_FAILS(write(fd, reinterpret_cast<char*>(0x10), 4), EFAULT);
    CHECK_EQ(read_at(fd, 0, other, 512), 512);
    CHECK(is_untouched(other, 0, 512));
}

/// Four processes share sectors, each writes its own byte of every group of four.
void many_at_once(const char* name, int fd) {
    constexpr long kStart = 500'000, kGroups = 150;
    for (int child = 0; child < 4; child++) {
        if (fork() != 0) continue;
        const int mine = open(name, O_RDWR);
        int errors = 0;
        for (long i = 0; i < kGroups; i++) {
            const char byte = static_cast<char>('a' + child);
            lseek(mine, kStart + i * 4 + child, SEEK_SET);
            if (write(mine, &byte, 1) != 1) errors++;
        }
        _exit(errors);
    }
    for (int child = 0; child < 4; child++) {
        int status = -1;
        CHECK(waitpid(-1, &status, 0) > 0);
        CHECK_EQ(status, 0);
    }
    CHECK_EQ(read_at(fd, kStart, other, kGroups * 4), kGroups * 4);
    int wrong = 0;
    for (long i = 0; i < kGroups * 4; i++)
        wrong += other[i] != 'a' + i % 4;
    CHECK_EQ(wrong, 0);
}

/// Column `column` (from 0, the device's number) of the disk's line in /proc/diskstats.
long statistic(const char* name, int column) {
    static char text[512];
    const int fd = open("/proc/diskstats", O_RDONLY);
    const long length = read(fd, text, sizeof text - 1);
    close(fd);
    text[length < 0 ? 0 : length] = '\0';
    const char* at = strstr(text, name + 5);  // without "/dev/"
    for (int i = 2; at && i < column; i++)
        at = strchr(at + 1, ' ');
    return at ? strtol(at, nullptr, 10) : -1;
}

/// Each request and its sectors are counted: columns 3 and 5 for reads, 7 and 9 for writes.
void statistics(const char* name, int fd) {
    constexpr int kReads = 3, kSectorsRead = 5, kWrites = 7, kSectorsWritten = 9, kInFlight = 11;
    const long reads = statistic(name, kReads), sectors_read = statistic(name, kSectorsRead);
    const long writes = statistic(name, kWrites), sectors_written = statistic(name, kSectorsWritten);
    CHECK(reads > 0 && sectors_read > reads && writes > 0 && sectors_written > writes);
    CHECK_EQ(read_at(fd, 8192, large, 8192), 8192);
    CHECK_EQ(write_at(fd, 8192, large, 4096), 4096);
    CHECK_EQ(statistic(name, kReads), reads + 2);
    CHECK_EQ(statistic(name, kSectorsRead), sectors_read + 16);
    CHECK_EQ(statistic(name, kWrites), writes + 1);
    CHECK_EQ(statistic(name, kSectorsWritten), sectors_written + 8);
    CHECK_EQ(statistic(name, kInFlight), 0);
}

void test_disk(const char* name, unsigned number) {
    const int fd = open(name, O_RDWR);
    const long size = lseek(fd, 0, SEEK_END);
    what_the_file_is(name, number, size / kSector);
    reading(fd, size);
    writing_bytes(fd);
    writing_much(fd);
    writing_at_the_end(fd, size);
    many_at_once(name, fd);
    statistics(name, fd);
    close(fd);
    printf("%s: %ld sectors\n", name, size / kSector);
}
}  // namespace

int main() {
    if (access("/dev/hda", F_OK) == 0)
        test_disk("/dev/hda", 0x300);
    else
        without_a_disk();
    if (access("/dev/hdb", F_OK) == 0) test_disk("/dev/hdb", 0x340);
    return verdict("disk");
}

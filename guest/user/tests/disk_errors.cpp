// SPDX-License-Identifier: GPL-2.0-or-later
// A disk with bad places: sector 700 of /dev/hda cannot be read, sector 900 cannot be written. The process
// that asks gets EIO, everything around the bad sectors works on. A machine without a disk has nothing to
// fail.
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

namespace {
constexpr long kSector = 512, kUnreadable = 700, kUnwritable = 900;
char buffer[40 * kSector];

long read_sectors(int fd, long sector, long count) {
    lseek(fd, sector * kSector, SEEK_SET);
    return read(fd, buffer, static_cast<size_t>(count * kSector));
}
long write_bytes(int fd, long at, long count) {
    lseek(fd, at, SEEK_SET);
    return write(fd, buffer, static_cast<size_t>(count));
}

void reading(int fd) {
    CHECK_FAILS(read_sectors(fd, kUnreadable, 1), EIO);
    CHECK_EQ(lseek(fd, 0, SEEK_CUR), kUnreadable * kSector);  // the position stays
    CHECK_EQ(read_sectors(fd, kUnreadable - 1, 1), kSector);
    CHECK_EQ(read_sectors(fd, kUnreadable + 1, 1), kSector);
    CHECK_FAILS(read_sectors(fd, kUnreadable - 3, 8), EIO);
    CHECK_EQ(read_sectors(fd, kUnreadable - 10, 16), 8 * kSector);  // what came before the bad place
    CHECK_EQ(write_bytes(fd, kUnreadable * kSector, kSector), kSector);
}

void writing(int fd) {
    memset(buffer, 'w', sizeof buffer);
    CHECK_FAILS(write_bytes(fd, kUnwritable * kSector, kSector), EIO);
    CHECK_FAILS(write_bytes(fd, kUnwritable * kSector + 5, 1), EIO);
    CHECK_EQ(write_bytes(fd, (kUnwritable - 1) * kSector, kSector), kSector);
    CHECK_EQ(write_bytes(fd, (kUnwritable + 1) * kSector, kSector), kSector);
    CHECK_EQ(read_sectors(fd, kUnwritable - 1, 3), 3 * kSector);
    CHECK(buffer[0] == 'w' && buffer[2 * kSector] == 'w' && buffer[kSector] != 'w');
    CHECK_FAILS(write_bytes(fd, kUnreadable * kSector + 7, 1), EIO);  // its other bytes cannot be kept
}

/// One process meets errors all the time, another one does not notice.
void side_by_side() {
    const pid_t unlucky = fork();
    if (unlucky == 0) {
        const int fd = open("/dev/hda", O_RDWR);
        int wrong = 0;
        for (int i = 0; i < 5; i++) {
            wrong += read_sectors(fd, kUnreadable, 1) != -1;
            wrong += write_bytes(fd, kUnwritable * kSector, kSector) != -1;
        }
        _exit(wrong);
    }
    const int fd = open("/dev/hda", O_RDWR);
    int wrong = 0;
    for (int i = 0; i < 30; i++) {
        memset(buffer, 'a' + i % 20, 4 * kSector);
        wrong += write_bytes(fd, (1000 + i * 4) * kSector, 4 * kSector) != 4 * kSector;
        memset(buffer, 0, 4 * kSector);
        wrong += read_sectors(fd, 1000 + i * 4, 4) != 4 * kSector;
        wrong += buffer[0] != 'a' + i % 20 || buffer[4 * kSector - 1] != 'a' + i % 20;
    }
    CHECK_EQ(wrong, 0);
    int status = -1;
    CHECK_EQ(waitpid(unlucky, &status, 0), unlucky);
    CHECK_EQ(status, 0);
    close(fd);
}
}  // namespace

int main() {
    const int fd = open("/dev/hda", O_RDWR);
    if (fd >= 0) {
        reading(fd);
        writing(fd);
        CHECK_EQ(fsync(fd), 0);
        close(fd);
        side_by_side();
        puts("the bad sectors were met");
    }
    return verdict("disk_errors");
}

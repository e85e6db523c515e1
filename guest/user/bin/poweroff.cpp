// SPDX-License-Identifier: GPL-2.0-or-later
// Switches the machine off, whoever else is running.
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>

int main() {
    reboot(RB_POWER_OFF);
    printf("poweroff: %s\n", strerror(errno));
    return 1;
}

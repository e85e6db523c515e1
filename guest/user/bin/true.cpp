// SPDX-License-Identifier: GPL-2.0-or-later
// Succeeds.
int main() {
    return 0;
}

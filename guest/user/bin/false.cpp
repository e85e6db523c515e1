// SPDX-License-Identifier: GPL-2.0-or-later
// Fails.
int main() {
    return 1;
}

// SPDX-License-Identifier: GPL-2.0-or-later
// The edition whose kernel the rows run on: row_test --edition=VERSION, 2.6.28 if nothing is said. A row
// whose result differs between editions says so at the place of the result, by one of these.
#pragma once

#include <string>
#include <string_view>

namespace mmscope::test {

/// In the order of their time; rows.txt names them by 1 to 4.
enum class Edition { v2_4_0, v2_4_18, v2_6_11, v2_6_28 };

Edition edition();
std::string_view edition_version();
/// The digit of the edition in rows.txt.
char edition_digit();
/// Its kernel's image.
std::string edition_kernel();

inline bool since(Edition first) {
    return edition() >= first;
}
inline bool is_2_4() {
    return edition() <= Edition::v2_4_18;
}
/// What is right for 2.4.0, 2.4.18, 2.6.11 and 2.6.28.
template <class T>
T by_edition(T in_2_4_0, T in_2_4_18, T in_2_6_11, T in_2_6_28) {
    switch (edition()) {
        case Edition::v2_4_0:
            return in_2_4_0;
        case Edition::v2_4_18:
            return in_2_4_18;
        case Edition::v2_6_11:
            return in_2_6_11;
        default:
            return in_2_6_28;
    }
}
/// The same where only 2.4 and 2.6 differ.
template <class T>
T by_series(T in_2_4, T in_2_6) {
    return is_2_4() ? in_2_4 : in_2_6;
}

}  // namespace mmscope::test

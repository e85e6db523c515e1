// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel's formatter: C's printf without floating point.
#include "lib/string.h"

namespace {

/// Text that is cut, but counted, at the end of a buffer.
struct output {
    char* buffer;
    size_t size;
    size_t length;

    void put(char c) {
        if (length + 1 < size) buffer[length] = c;
        length++;
    }
    void put_text(const char* text, size_t count) {
        if (length + 1 < size) memcpy(buffer + length, text, min(count, size - 1 - length));
        length += count;
    }
    void pad(char c, int count) {
        for (int i = 0; i < count; i++)
            put(c);
    }
};

struct spec {
    bool left, plus, space, alternate, zero;
    int width;
    int precision;  // -1: none
    int size;       // 0 int, 1 long, 2 long long
};

int take_number(const char*& at, va_list* args) {
    if (*at == '*') {
        at++;
        return va_arg(*args, int);
    }
    int value = 0;
    while (*at >= '0' && *at <= '9')
        value = value * 10 + (*at++ - '0');
    return value;
}

/// The flag that `c` stands for, or null.
bool* flag_of(spec& s, char c) {
    switch (c) {
        case '-':
            return &s.left;
        case '+':
            return &s.plus;
        case ' ':
            return &s.space;
        case '#':
            return &s.alternate;
        case '0':
            return &s.zero;
        default:
            return nullptr;
    }
}

spec take_spec(const char*& at, va_list* args) {
    spec s{.left = false,
           .plus = false,
           .space = false,
           .alternate = false,
           .zero = false,
           .width = 0,
           .precision = -1,
           .size = 0};
    while (bool* flag = flag_of(s, *at)) {
        *flag = true;
        at++;
    }
    s.width = take_number(at, args);
    if (s.width < 0) {
        s.left = true;
        s.width = -s.width;
    }
    if (*at == '.') {
        at++;
        s.precision = take_number(at, args);
    }
    for (; *at == 'l' || *at == 'z' || *at == 'h'; at++) {
        if (*at == 'l') s.size++;
        if (*at == 'z') s.size = 1;
    }
    return s;
}

u64 take_unsigned(const spec& s, va_list* args) {
    if (s.size >= 2) return va_arg(*args, unsigned long long);
    return s.size == 1 ? va_arg(*args, unsigned long) : va_arg(*args, unsigned);
}
s64 take_signed(const spec& s, va_list* args) {
    if (s.size >= 2) return va_arg(*args, long long);
    return s.size == 1 ? va_arg(*args, long) : va_arg(*args, int);
}

constexpr int MAX_DIGITS = 22;  // 64 bits in octal

/// Writes the digits of `value` so that they end at `end`. Returns the first.
char* digits_of(u64 value, unsigned base, char letter_a, char* end) {
    const auto letter = [=](u32 digit) {
        return static_cast<char>(digit < 10 ? '0' + digit : letter_a + digit - 10);
    };
    for (; (value >> 32) != 0; value /= base)
        *--end = letter(static_cast<u32>(value % base));
    u32 small = static_cast<u32>(value);  // the common case needs no 64-bit division
    do {
        *--end = letter(small % base);
        small /= base;
    } while (small != 0);
    return end;
}

void put_number(output& out, const spec& s, u64 value, unsigned base, char letter_a, const char* prefix) {
    char digits[MAX_DIGITS];
    char* const end = digits + MAX_DIGITS;
    const char* first = value == 0 && s.precision == 0 ? end : digits_of(value, base, letter_a, end);
    const int count = static_cast<int>(end - first), prefix_length = static_cast<int>(strlen(prefix));
    int zeros = max(0, s.precision - count);
    if (s.zero && !s.left && s.precision < 0) zeros = max(0, s.width - count - prefix_length);
    // With '#' an octal number begins with a zero.
    if (base == 8 && s.alternate && zeros == 0 && (count == 0 || *first != '0')) zeros = 1;
    const int blanks = max(0, s.width - count - zeros - prefix_length);
    if (!s.left) out.pad(' ', blanks);
    out.put_text(prefix, static_cast<size_t>(prefix_length));
    out.pad('0', zeros);
    out.put_text(first, static_cast<size_t>(count));
    if (s.left) out.pad(' ', blanks);
}

/// C 7.21.6.1: with '#', a value other than zero shows the prefix.
void put_hexadecimal(output& out, const spec& s, u64 value, char letter_a, const char* prefix) {
    put_number(out, s, value, 16, letter_a, s.alternate && value != 0 ? prefix : "");
}

void put_signed(output& out, const spec& s, s64 value) {
    const char* sign = value < 0 ? "-" : s.plus ? "+" : s.space ? " " : "";
    const u64 magnitude = value < 0 ? 0 - static_cast<u64>(value) : static_cast<u64>(value);
    put_number(out, s, magnitude, 10, 'a', sign);
}

void put_string(output& out, const spec& s, const char* text) {
    if (text == nullptr) text = "(null)";
    const int length =
        static_cast<int>(strnlen(text, s.precision < 0 ? ~0u >> 1 : static_cast<size_t>(s.precision)));
    if (!s.left) out.pad(' ', s.width - length);
    out.put_text(text, static_cast<size_t>(length));
    if (s.left) out.pad(' ', s.width - length);
}

void put_character(output& out, const spec& s, char c) {
    if (!s.left) out.pad(' ', s.width - 1);
    out.put(c);
    if (s.left) out.pad(' ', s.width - 1);
}

void put_pointer(output& out, const void* pointer) {
    const spec s{.left = false,
                 .plus = false,
                 .space = false,
                 .alternate = false,
                 .zero = true,
                 .width = 2 * static_cast<int>(sizeof pointer),
                 .precision = -1,
                 .size = 1};
    put_number(out, s, reinterpret_cast<uintptr_t>(pointer), 16, 'a', "");
}

void put_conversion(output& out, const spec& s, char conversion, va_list* args) {
    switch (conversion) {
        case 'd':
        case 'i':
            put_signed(out, s, take_signed(s, args));
            break;
        case 'u':
            put_number(out, s, take_unsigned(s, args), 10, 'a', "");
            break;
        case 'o':
            put_number(out, s, take_unsigned(s, args), 8, 'a', "");
            break;
        case 'x':
            put_hexadecimal(out, s, take_unsigned(s, args), 'a', "0x");
            break;
        case 'X':
            put_hexadecimal(out, s, take_unsigned(s, args), 'A', "0X");
            break;
        case 'p':
            put_pointer(out, va_arg(*args, void*));
            break;
        case 's':
            put_string(out, s, va_arg(*args, const char*));
            break;
        case 'c':
            put_character(out, s, static_cast<char>(va_arg(*args, int)));
            break;
        case '%':
            out.put('%');
            break;
        default:  // an unknown conversion shows itself
            out.put('%');
            out.put(conversion);
    }
}

}  // namespace

int vsnprintf(char* buffer, size_t size, const char* format, va_list args) {
    va_list walking;
    va_copy(walking, args);
    output out{buffer, size, 0};
    while (*format) {
        size_t plain = 0;
        while (format[plain] != '\0' && format[plain] != '%')
            plain++;
        out.put_text(format, plain);
        format += plain;
        if (*format == '\0') break;
        format++;
        const spec s = take_spec(format, &walking);
        if (*format == '\0') break;
        put_conversion(out, s, *format++, &walking);
    }
    va_end(walking);
    if (size != 0) buffer[min(out.length, size - 1)] = '\0';
    return static_cast<int>(out.length);
}

int snprintf(char* buffer, size_t size, const char* format, ...) {
    va_list args;
    va_start(args, format);
    const int length = vsnprintf(buffer, size, format, args);
    va_end(args);
    return length;
}

// SPDX-License-Identifier: GPL-2.0-or-later
// Formatted text (C standard, fprintf), without floating point.
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/result.h"

namespace {
/// Where the characters go: counts all of them, keeps what fits.
struct Sink {
    char* buffer;
    size_t size;    // of the buffer
    size_t length;  // of the whole text
    void put(char c) {
        if (length < size) buffer[length] = c;
        length++;
    }
    void fill(char c, int count) {
        for (; count > 0; count--)
            put(c);
    }
    void text(const char* s, int count) {
        for (; count > 0; count--)
            put(*s++);
    }
};

/// One conversion: "%-+ #0 width.precision size letter".
struct Conversion {
    bool left, plus, space, alternate, zero;
    int width, precision;  // precision -1: none given
    char size;             // 'H' = hh, 'h', 0, 'l', 'q' = ll and j
};

void parse_flags(const char*& f, Conversion& c) {
    for (;; f++) {
        switch (*f) {
            case '-':
                c.left = true;
                break;
            case '+':
                c.plus = true;
                break;
            case ' ':
                c.space = true;
                break;
            case '#':
                c.alternate = true;
                break;
            case '0':
                c.zero = true;
                break;
            default:
                return;
        }
    }
}

int parse_number(const char*& f, va_list* args) {
    if (*f == '*') {
        f++;
        return va_arg(*args, int);
    }
    int value = 0;
    for (; isdigit(*f); f++)
        value = value * 10 + (*f - '0');
    return value;
}

Conversion parse(const char*& f, va_list* args) {
    Conversion c{};
    c.precision = -1;
    parse_flags(f, c);
    c.width = parse_number(f, args);
    if (c.width < 0) {
        c.left = true;
        c.width = -c.width;
    }
    if (*f == '.') c.precision = parse_number(++f, args);
    for (; strchr("hlzjt", *f) && *f; f++) {
        if (*f == 'h') c.size = c.size == 'h' ? 'H' : 'h';
        if (*f == 'l') c.size = c.size == 'l' ? 'q' : 'l';
        if (*f == 'j') c.size = 'q';
    }
    return c;
}

uint64_t take(const Conversion& c, bool is_signed, va_list* args) {
    if (c.size == 'q') return va_arg(*args, uint64_t);
    const unsigned value = va_arg(*args, unsigned);
    if (c.size == 'H')
        return is_signed ? static_cast<uint64_t>(static_cast<signed char>(value)) : value & 0xFF;
    if (c.size == 'h') return is_signed ? static_cast<uint64_t>(static_cast<short>(value)) : value & 0xFFFF;
    return is_signed ? static_cast<uint64_t>(static_cast<int>(value)) : value;
}

/// Writes sign or prefix, zeros and digits in the field.
void put_field(Sink& out, const Conversion& c, const char* prefix, const char* digits, int count) {
    const int prefix_length = static_cast<int>(strlen(prefix));
    int zeros = c.precision > count ? c.precision - count : 0;
    if (c.zero && !c.left && c.precision < 0 && c.width > prefix_length + count)
        zeros = c.width - prefix_length - count;
    const int padding = c.width - prefix_length - zeros - count;
    if (!c.left) out.fill(' ', padding);
    out.text(prefix, prefix_length);
    out.fill('0', zeros);
    out.text(digits, count);
    if (c.left) out.fill(' ', padding);
}

void put_integer(Sink& out, const Conversion& c, char letter, uint64_t value, const char* prefix) {
    const unsigned base = letter == 'o' ? 8 : letter == 'x' || letter == 'X' ? 16 : 10;
    const char* alphabet = letter == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
    char digits[24];
    int at = sizeof(digits);
    for (; value >> 32; value /= base)
        digits[--at] = alphabet[value % base];
    for (unsigned low = static_cast<unsigned>(value); low; low /= base)
        digits[--at] = alphabet[low % base];
    if (at == sizeof(digits) && c.precision != 0) digits[--at] = '0';
    put_field(out, c, prefix, digits + at, static_cast<int>(sizeof(digits)) - at);
}

void put_signed(Sink& out, const Conversion& c, va_list* args) {
    const uint64_t value = take(c, true, args);
    const bool negative = static_cast<int64_t>(value) < 0;
    put_integer(out, c, 'd', negative ? 0 - value : value,
                negative  ? "-"
                : c.plus  ? "+"
                : c.space ? " "
                          : "");
}

void put_unsigned(Sink& out, const Conversion& c, char letter, va_list* args) {
    const uint64_t value = take(c, false, args);
    const char* prefix = !c.alternate || value == 0 ? "" : letter == 'x' ? "0x" : letter == 'X' ? "0X" : "";
    put_integer(out, c, letter, value, prefix);
}

void put_text(Sink& out, Conversion c, const char* text) {
    if (!text) text = "(null)";
    const size_t limit = c.precision < 0 ? static_cast<size_t>(-1) : static_cast<size_t>(c.precision);
    const int count = static_cast<int>(strnlen(text, limit));
    c.precision = 0;
    c.zero = false;
    put_field(out, c, "", text, count);
}

/// One conversion; `f` stands behind its percent sign and is moved past it.
void convert(Sink& out, const char*& f, va_list* args) {
    const Conversion c = parse(f, args);
    const char letter = *f;
    if (!letter) return;
    f++;
    switch (letter) {
        case 'd':
        case 'i':
            return put_signed(out, c, args);
        case 'u':
        case 'o':
        case 'x':
        case 'X':
            return put_unsigned(out, c, letter, args);
        case 'p':
            return put_integer(out, c, 'x', va_arg(*args, unsigned), "0x");
        case 's':
            return put_text(out, c, va_arg(*args, const char*));
        case 'c': {
            const char character = static_cast<char>(va_arg(*args, int));
            Conversion field = c;
            field.zero = false;
            field.precision = 0;
            return put_field(out, field, "", &character, 1);
        }
        case '%':
            return out.put('%');
        default:
            out.put('%');
            out.put(letter);
    }
}

void format_to(Sink& out, const char* format, va_list* args) {
    while (*format) {
        if (*format != '%') {
            out.put(*format++);
        } else {
            format++;
            convert(out, format, args);
        }
    }
}

/// Writes everything, however little the descriptor takes at a time.
bool write_all(int fd, const char* text, size_t length) {
    while (length > 0) {
        const ssize_t written = write(fd, text, length);
        if (written <= 0) return false;
        text += written;
        length -= static_cast<size_t>(written);
    }
    return true;
}
}  // namespace

int vsnprintf(char* buffer, size_t size, const char* format, va_list args) {
    Sink out{buffer, size, 0};
    va_list copy;
    va_copy(copy, args);
    format_to(out, format, &copy);
    va_end(copy);
    if (size > 0) buffer[out.length < size ? out.length : size - 1] = '\0';
    return static_cast<int>(out.length);
}

int snprintf(char* buffer, size_t size, const char* format, ...) {
    va_list args;
    va_start(args, format);
    const int length = vsnprintf(buffer, size, format, args);
    va_end(args);
    return length;
}

int vdprintf(int fd, const char* format, va_list args) {
    char text[1024];
    int length = vsnprintf(text, sizeof(text), format, args);
    if (length < 0) return -1;
    const size_t kept =
        static_cast<size_t>(length) < sizeof(text) ? static_cast<size_t>(length) : sizeof(text) - 1;
    return write_all(fd, text, kept) ? length : -1;
}

int dprintf(int fd, const char* format, ...) {
    va_list args;
    va_start(args, format);
    const int length = vdprintf(fd, format, args);
    va_end(args);
    return length;
}

int vprintf(const char* format, va_list args) {
    return vdprintf(STDOUT_FILENO, format, args);
}

int printf(const char* format, ...) {
    va_list args;
    va_start(args, format);
    const int length = vprintf(format, args);
    va_end(args);
    return length;
}

int puts(const char* text) {
    return printf("%s\n", text);
}
int putchar(int c) {
    const char character = static_cast<char>(c);
    return write(STDOUT_FILENO, &character, 1) == 1 ? static_cast<unsigned char>(c) : -1;
}
void perror(const char* text) {
    const int error = errno;
    dprintf(STDERR_FILENO, "%s: %s\n", text, strerror(error));
    errno = error;
}

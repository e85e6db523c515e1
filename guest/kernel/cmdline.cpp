// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel's command line: kept, and searched by words.
#include "kernel/cmdline.h"

#include "lib/string.h"

char saved_command_line[COMMAND_LINE_SIZE];

namespace {

struct word {
    const char* text;
    size_t length;
};

/// The next word at or behind `at`; length 0 at the end.
word next_word(const char* at) {
    while (*at == ' ')
        at++;
    size_t length = 0;
    while (at[length] != '\0' && at[length] != ' ')
        length++;
    return {at, length};
}

/// Loaders differ: some put the image's name first. It is none of our words, but it would show in
/// /proc/cmdline.
bool is_image_name(const word& w) {
    for (size_t i = 0; i < w.length; i++) {
        if (w.text[i] == '=') return false;
    }
    return w.length > 4 && strncmp(w.text + w.length - 4, ".elf", 4) == 0;
}

}  // namespace

void set_command_line(const char* text) {
    const word first = next_word(text);
    const char* rest = is_image_name(first) ? next_word(first.text + first.length).text : first.text;
    strlcpy(saved_command_line, rest, COMMAND_LINE_SIZE);
}

bool get_option(const char* name, char* value, size_t size) {
    const size_t name_length = strlen(name);
    for (word w = next_word(saved_command_line); w.length != 0; w = next_word(w.text + w.length)) {
        if (w.length <= name_length || w.text[name_length] != '=') continue;
        if (strncmp(w.text, name, name_length) != 0) continue;
        const size_t length = min(w.length - name_length - 1, size - 1);
        memcpy(value, w.text + name_length + 1, length);
        value[length] = '\0';
        return true;
    }
    return false;
}

bool has_option(const char* wanted) {
    for (word w = next_word(saved_command_line); w.length != 0; w = next_word(w.text + w.length)) {
        if (w.length == strlen(wanted) && strncmp(w.text, wanted, w.length) == 0) return true;
    }
    return false;
}

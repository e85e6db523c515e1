// SPDX-License-Identifier: GPL-2.0-or-later
// Scripts: a file that begins with #! is run by the program that its first line names, with one argument if
// the line has one, and the script's own name.
#include "fs/fs.h"
#include "kernel/binfmts.h"
#include "kernel/errno.h"
#include "kernel/process.h"
#include "lib/string.h"

namespace {

bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

/// The first line in words. Pointers into bprm->buf's copy.
struct script_line {
    char text[sizeof(linux_binprm::buf)];
    const char* interpreter;
    const char* argument;  // null: none. Everything behind the first word is one
};

/// False if no interpreter is named. A line that is longer than the buffer is cut.
bool parse_line(const linux_binprm* bprm, script_line* line) {
    constexpr ulong most = sizeof bprm->buf - 3;  // as if the buffer's last byte ended it
    memcpy(line->text, bprm->buf + 2, most);
    line->text[most] = '\0';
    char* end = strchr(line->text, '\n');
    if (!end) end = line->text + strlen(line->text);
    while (end > line->text && is_blank(end[-1]))
        end--;
    *end = '\0';
    char* at = line->text;
    while (is_blank(*at))
        at++;
    line->interpreter = at;
    while (*at && !is_blank(*at))
        at++;
    if (at == line->interpreter) return false;
    line->argument = nullptr;
    if (*at == '\0') return true;
    *at++ = '\0';
    while (is_blank(*at))
        at++;
    line->argument = at;
    return true;
}

/// interpreter [argument] script, in place of the script's argv[0]. The last one is pushed first.
int push_arguments(linux_binprm* bprm, const script_line& line) {
    remove_arg_zero(bprm);
    int error = push_arg(bprm, bprm->filename);
    if (!error && line.argument) error = push_arg(bprm, line.argument);
    if (!error) error = push_arg(bprm, line.interpreter);
    return error;
}

/// An interpreter that is a script itself is no program.
int load_script(linux_binprm* bprm, pt_regs* regs) {
    script_line line;
    if (bprm->buf[0] != '#' || bprm->buf[1] != '!' || bprm->sh_bang) return -ENOEXEC;
    if (!parse_line(bprm, &line)) return -ENOEXEC;
    if (const int error = push_arguments(bprm, line)) return error;
    file* interpreter = open_exec(line.interpreter);
    if (IS_ERR(interpreter)) return static_cast<int>(PTR_ERR(interpreter));
    fput(bprm->filp);
    bprm->filp = interpreter;
    bprm->sh_bang = true;
    return search_binary_handler(bprm, regs);
}

}  // namespace

linux_binfmt script_format = {"script", load_script, nullptr, 0, ATOMIC_INIT(0)};

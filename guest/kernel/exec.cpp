// SPDX-License-Identifier: GPL-2.0-or-later
// exec: collects the arguments in a new address space, finds the program's format, and leaves the old program
// behind.
#include "arch/uaccess.h"
#include "fs/fs.h"
#include "kernel/binfmts.h"
#include "kernel/cred.h"
#include "kernel/errno.h"
#include "kernel/process.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/slab.h"

namespace {

constexpr ulong MAX_ARG_STRLEN = 128ul << 10;  // one string, with its NUL (MM_FACTS 5.3)
constexpr ulong ARG_MIN_SPACE = 128ul << 10;   // what all strings may use whatever RLIMIT_STACK says

linux_binfmt* const formats[] = {&script_format, &elf_format};

/// An array of string pointers and its strings: the kernel's own (pid 1), or a user's.
struct string_array {
    const char* const* pointers;
    bool in_kernel;

    /// The pointer with this index: null at the end. 0 or -EFAULT.
    int at(ulong index, const char** string) const {
        if (!pointers) {
            *string = nullptr;  // as Linux: no array is an empty array
            return 0;
        }
        if (!in_kernel) return get_user(*string, pointers + index);
        *string = pointers[index];
        return 0;
    }
    /// Length with the NUL; 0: not readable; more than MAX_ARG_STRLEN: too long.
    ulong length(const char* string) const {
        return in_kernel ? strlen(string) + 1 : static_cast<ulong>(strnlen_user(string, MAX_ARG_STRLEN));
    }
    int read(void* to, const char* from, ulong count) const {
        if (!in_kernel) return copy_from_user(to, from, count) ? -EFAULT : 0;
        memcpy(to, from, count);
        return 0;
    }
};

/// Lowest address the strings may reach.
ulong string_floor() {
    const ulong space = max(current->signal->rlim_cur[RLIMIT_STACK] / 4, ARG_MIN_SPACE);
    return STACK_TOP - min(space, TASK_SIZE / 4);
}

/// Number of strings. Each takes a byte at least, so more than there is room for are too many, whatever
/// follows.
int count_strings(const string_array& strings) {
    const ulong most = STACK_TOP - string_floor();
    for (ulong n = 0; n <= most; n++) {
        const char* string;
        if (strings.at(n, &string)) return -EFAULT;
        if (!string) return static_cast<int>(n);
        if (signal_pending(current)) return -ERESTARTNOINTR;
    }
    return -E2BIG;
}

/// Puts one string below bprm->p, through a buffer of one page.
int copy_string(linux_binprm* bprm, const string_array& strings, const char* string, char* buffer) {
    const ulong length = strings.length(string);
    if (length == 0) return -EFAULT;
    if (length > MAX_ARG_STRLEN || bprm->p - length < string_floor()) return -E2BIG;
    bprm->p -= length;
    bprm->arg_zero_length = length;
    for (ulong done = 0; done < length;) {
        const ulong part = min(length - done, PAGE_SIZE);
        int error = strings.read(buffer, string + done, part);
        // Another thread may change the string after it was measured: the end is an end.
        if (done + part == length) buffer[part - 1] = '\0';
        if (!error) error = bprm_copy_to_stack(bprm, bprm->p + done, buffer, part);
        if (error) return error;
        done += part;
    }
    return 0;
}

/// Puts the strings, the last first, so that the first one stands lowest.
int copy_strings(linux_binprm* bprm, int count, const string_array& strings, char* buffer) {
    for (int i = count - 1; i >= 0; i--) {
        const char* string;
        if (strings.at(static_cast<ulong>(i), &string) || !string) return -EFAULT;
        if (const int error = copy_string(bprm, strings, string, buffer)) return error;
        if (signal_pending(current)) return -ERESTARTNOINTR;
    }
    return 0;
}

int collect_strings(linux_binprm* bprm, const string_array& argv, const string_array& envp) {
    bprm->argc = count_strings(argv);
    if (bprm->argc < 0) return bprm->argc;
    bprm->envc = count_strings(envp);
    if (bprm->envc < 0) return bprm->envc;
    auto* buffer = reinterpret_cast<char*>(__get_free_pages(GFP_KERNEL, 0));
    if (!buffer) return -ENOMEM;
    const string_array name{&bprm->filename, true};
    int error = copy_strings(bprm, 1, name, buffer);
    bprm->exec = bprm->p;
    if (!error) error = copy_strings(bprm, bprm->envc, envp, buffer);
    bprm->arg_zero_length = 0;
    if (!error) error = copy_strings(bprm, bprm->argc, argv, buffer);
    free_page(reinterpret_cast<ulong>(buffer));
    return error;
}

void set_task_comm(const char* path) {
    const char* slash = strrchr(path, '/');
    task_lock(current);
    strlcpy(current->comm, slash ? slash + 1 : path, TASK_COMM_LEN);
    task_unlock(current);
}

}  // namespace

int search_binary_handler(linux_binprm* bprm, pt_regs* regs) {
    prepare_exec_creds(bprm);
    const long got = kernel_read(bprm->filp, 0, bprm->buf, sizeof(bprm->buf));
    if (got < 0) return static_cast<int>(got);
    for (linux_binfmt* format : formats) {
        const int error = format->load_binary(bprm, regs);
        if (error != -ENOEXEC || !bprm->mm) return error;
    }
    return -ENOEXEC;
}

void remove_arg_zero(linux_binprm* bprm) {
    if (!bprm->arg_zero_length) return;
    bprm->p += bprm->arg_zero_length;
    bprm->arg_zero_length = 0;
    bprm->argc--;
}

int push_arg(linux_binprm* bprm, const char* string) {
    const ulong length = strlen(string) + 1;
    if (bprm->p - length < string_floor()) return -E2BIG;
    bprm->p -= length;
    bprm->argc++;
    return bprm_copy_to_stack(bprm, bprm->p, string, length);
}

void set_binfmt(linux_binfmt* format) {
    program_format::set(current->mm, format);
    current->binfmt = format;
}

int flush_old_exec(linux_binprm* bprm) {
    int error = de_thread();
    if (error) return error;
    program_file::set(bprm->mm, bprm->filp);
    error = exec_mmap(bprm->mm);
    if (error) return error;

    bprm->mm = nullptr;  // current's now: what goes wrong from here on kills the task
    mm_struct* mm = current->mm;
    area_search::set_limit(mm, TASK_SIZE);
    install_exec_creds(bprm);
    current->flags &= ~(PF_FORKNOEXEC | PF_KTHREAD);
    current->sas_ss_sp = current->sas_ss_size = 0;
    current->clear_child_tid = nullptr;  // was an address in the old space
    set_task_comm(bprm->filename);
    flush_signal_handlers(current);
    flush_old_files(current->files);
    return 0;
}

int do_execve(const char* filename, const char* const* argv, const char* const* envp, pt_regs* regs,
              bool kernel_args) {
    linux_binprm bprm{};
    bprm.filename = filename;
    int error = unshare_files();
    if (error) return error;
    bprm.filp = open_exec(filename);
    if (IS_ERR(bprm.filp)) return static_cast<int>(PTR_ERR(bprm.filp));
    error = bprm_mm_init(&bprm);
    if (!error) {
        bprm.p = STACK_TOP - sizeof(ulong);  // the word at the very top stays 0
        error = collect_strings(&bprm, {argv, kernel_args}, {envp, kernel_args});
        if (!error) error = search_binary_handler(&bprm, regs);
        if (error && !bprm.mm) force_sig_info(SIGKILL, nullptr, current);  // no program is left to go back to
    }
    if (bprm.mm) mmput(bprm.mm);
    fput(bprm.filp);
    return error;
}

/// ebx: path, ecx: argv, edx: envp. On success the registers are the new program's, and EAX is its 0.
long sys_execve(pt_regs* regs) {
    char* path = getname(reinterpret_cast<const char*>(regs->ebx));
    if (IS_ERR(path)) return PTR_ERR(path);
    const int error = do_execve(path, reinterpret_cast<const char* const*>(regs->ecx),
                                reinterpret_cast<const char* const*>(regs->edx), regs, false);
    putname(path);
    return error;
}

// SPDX-License-Identifier: GPL-2.0-or-later
// Words for errors and signals.
#include <errno.h>
#include <signal.h>
#include <string.h>

namespace {
struct Name {
    int number;
    const char* text;
};
constexpr Name kErrors[] = {
    {0, "Success"},
    {EPERM, "Operation not permitted"},
    {ENOENT, "No such file or directory"},
    {ESRCH, "No such process"},
    {EINTR, "Interrupted system call"},
    {EIO, "Input/output error"},
    {E2BIG, "Argument list too long"},
    {ENOEXEC, "Exec format error"},
    {EBADF, "Bad file descriptor"},
    {ECHILD, "No child processes"},
    {EAGAIN, "Resource temporarily unavailable"},
    {ENOMEM, "Cannot allocate memory"},
    {EACCES, "Permission denied"},
    {EFAULT, "Bad address"},
    {EBUSY, "Device or resource busy"},
    {ENOTEMPTY, "Directory not empty"},
    {EXDEV, "Invalid cross-device link"},
    {ENOSPC, "No space left on device"},
    {EFBIG, "File too large"},
    {ETXTBSY, "Text file busy"},
    {EUCLEAN, "Structure needs cleaning"},
    {EEXIST, "File exists"},
    {ENOTDIR, "Not a directory"},
    {EISDIR, "Is a directory"},
    {EINVAL, "Invalid argument"},
    {EMFILE, "Too many open files"},
    {ENOTTY, "Inappropriate ioctl for device"},
    {ESPIPE, "Illegal seek"},
    {EROFS, "Read-only file system"},
    {ENAMETOOLONG, "File name too long"},
    {ENOSYS, "Function not implemented"},
    {ELOOP, "Too many levels of symbolic links"},
};
constexpr Name kSignals[] = {
    {SIGHUP, "Hangup"},
    {SIGINT, "Interrupt"},
    {SIGQUIT, "Quit"},
    {SIGILL, "Illegal instruction"},
    {SIGTRAP, "Trace trap"},
    {SIGABRT, "Aborted"},
    {SIGBUS, "Bus error"},
    {SIGFPE, "Floating point exception"},
    {SIGKILL, "Killed"},
    {SIGUSR1, "User defined signal 1"},
    {SIGUSR2, "User defined signal 2"},
    {SIGSEGV, "Segmentation fault"},
    {SIGPIPE, "Broken pipe"},
    {SIGALRM, "Alarm clock"},
    {SIGTERM, "Terminated"},
    {SIGCHLD, "Child exited"},
};

template <size_t N>
const char* find(const Name (&table)[N], int number, const char* unknown) {
    for (const Name& name : table) {
        if (name.number == number) return name.text;
    }
    return unknown;
}
}  // namespace

char* strerror(int error) {
    return const_cast<char*>(find(kErrors, error, "Unknown error"));
}
const char* strsignal(int signal) {
    return find(kSignals, signal, "Unknown signal");
}

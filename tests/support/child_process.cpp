// SPDX-License-Identifier: GPL-2.0-or-later
// fork, exec, poll and waitpid, kept away from the tests.
#include "tests/support/child_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "base/check.h"

namespace mmscope::test {
namespace {

using Clock = std::chrono::steady_clock;

void close_if_open(int& fd) {
    if (fd >= 0) close(fd);
    fd = -1;
}

void make_pipe(int& read_end, int& write_end) {
    int ends[2];
    CHECK(pipe2(ends, O_CLOEXEC) == 0);
    read_end = ends[0];
    write_end = ends[1];
}

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

/// Appends what one read yields; closes at the end of the stream (EIO is a terminal's).
void drain(int& fd, std::string& into) {
    char buffer[65536];
    const ssize_t count = read(fd, buffer, sizeof buffer);
    if (count > 0) {
        into.append(buffer, static_cast<size_t>(count));
    } else if (count == 0 || errno != EINTR) {
        close_if_open(fd);
    }
}

}  // namespace

std::string describe(const ChildResult& result) {
    return fmt::format("{} with status {}\n--- standard output\n{}\n--- standard error\n{}\n", result.how,
                       result.status, result.out, result.err);
}

ChildProcess::ChildProcess(const std::vector<std::string>& arguments, const ChildOptions& options) {
    make_pipe(error_, child_error_);
    if (options.input == ChildInput::Terminal) {
        CHECK(openpty(&output_, &child_output_, nullptr, nullptr, nullptr) == 0);
        input_ = fcntl(output_, F_DUPFD_CLOEXEC, 0);
        fcntl(output_, F_SETFD, FD_CLOEXEC);
        child_input_ = dup(child_output_);
    } else {
        make_pipe(output_, child_output_);
        if (options.input == ChildInput::Pipe) {
            make_pipe(child_input_, input_);
        } else {
            child_input_ = open("/dev/null", O_RDONLY | O_CLOEXEC);
        }
    }
    pid_ = fork();
    CHECK(pid_ >= 0);
    if (pid_ == 0) exec(arguments, options);
    close_if_open(child_input_);
    close_if_open(child_output_);
    close_if_open(child_error_);
}

ChildProcess::~ChildProcess() {
    if (pid_ > 0) {
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }
    close_if_open(input_);
    close_if_open(output_);
    close_if_open(error_);
}

void ChildProcess::exec(const std::vector<std::string>& arguments, const ChildOptions& options) {
    setsid();
    if (options.input == ChildInput::Terminal) ioctl(child_input_, TIOCSCTTY, 0);
    dup2(child_input_, STDIN_FILENO);
    dup2(child_output_, STDOUT_FILENO);
    dup2(child_error_, STDERR_FILENO);
    if (options.file_size_limit) {
        const rlimit limit{*options.file_size_limit, *options.file_size_limit};
        setrlimit(RLIMIT_FSIZE, &limit);
        ::signal(SIGXFSZ, SIG_IGN);
    }
    for (const std::string& variable : options.environment)
        putenv(strdup(variable.c_str()));
    std::vector<char*> argv;
    for (const std::string& argument : arguments)
        argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    execv(argv[0], argv.data());
    fmt::print(stderr, "cannot run {}: {}\n", argv[0], std::strerror(errno));
    _exit(127);
}

bool ChildProcess::pump(Seconds timeout) {
    if (output_ < 0 && error_ < 0) return false;
    std::array<pollfd, 2> ready = {{{output_, POLLIN, 0}, {error_, POLLIN, 0}}};
    const int milliseconds = static_cast<int>(std::max(timeout.count() * 1000, 0.0));
    if (poll(ready.data(), ready.size(), milliseconds) <= 0) return false;
    if (ready[0].revents != 0) drain(output_, result_.out);
    if (ready[1].revents != 0) drain(error_, result_.err);
    return true;
}

bool ChildProcess::wait_for_output(std::string_view text, Seconds timeout) {
    return wait_for(result_.out, text, timeout);
}

bool ChildProcess::wait_for_error(std::string_view text, Seconds timeout) {
    return wait_for(result_.err, text, timeout);
}

bool ChildProcess::wait_for(const std::string& stream, std::string_view text, Seconds timeout) {
    const auto end = Clock::now() + timeout;
    while (stream.find(text) == std::string::npos) {
        if (!pump(end - Clock::now())) return false;
    }
    return true;
}

void ChildProcess::write_input(std::string_view text) {
    while (!text.empty()) {
        const ssize_t count = write(input_, text.data(), text.size());
        if (count <= 0) return;
        text.remove_prefix(static_cast<size_t>(count));
    }
}

void ChildProcess::close_input() {
    close_if_open(input_);
}

void ChildProcess::signal(int number) {
    kill(pid_, number);
}

void ChildProcess::reap(Seconds timeout) {
    const auto end = Clock::now() + timeout;
    int status = 0;
    pid_t ended = 0;
    rusage usage = {};
    while ((ended = wait4(pid_, &status, WNOHANG, &usage)) == 0 && Clock::now() < end) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    if (ended == 0) {
        kill(pid_, SIGKILL);
        waitpid(pid_, &status, 0);
        result_.how = "timed out";
    } else if (WIFEXITED(status)) {
        result_.status = WEXITSTATUS(status);
        result_.how = "exited";
    } else {
        result_.how = fmt::format("killed by signal {}", WTERMSIG(status));
    }
    result_.peak_kib = usage.ru_maxrss;
    result_.cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
    pid_ = -1;
}

ChildResult ChildProcess::finish(Seconds timeout) {
    const auto end = Clock::now() + timeout;
    while (pump(end - Clock::now())) {
    }
    reap(end - Clock::now());
    while (pump(Seconds(0))) {
    }
    return result_;
}

ChildResult run_program(const std::vector<std::string>& arguments, const ChildOptions& options,
                        ChildProcess::Seconds timeout) {
    ChildProcess child(arguments, options);
    return child.finish(timeout);
}

TemporaryFolder::TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "mmscope-test-XXXXXX").string();
    CHECK(mkdtemp(name.data()) != nullptr);
    path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::string TemporaryFolder::write(std::string_view name, std::string_view text) const {
    std::ofstream(path(name), std::ios::binary) << text;
    return path(name);
}

std::string read_text(const std::string& path) {
    const std::ifstream file(path, std::ios::binary);
    EXPECT_TRUE(file) << "cannot read " << path;
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

}  // namespace mmscope::test

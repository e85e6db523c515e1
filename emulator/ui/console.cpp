// SPDX-License-Identifier: GPL-2.0-or-later
// Reading without waiting, writing without losing.
#include "ui/console.h"

#include <fcntl.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

namespace mmscope {
namespace {

constexpr size_t kGather = 4096;
constexpr size_t kPtyBacklog = 64 * 1024;  // what a pseudo-terminal that nobody reads may pile up
constexpr std::string_view kFilePrefix = "file:";

Error system_error(std::string_view what, int error_number) {
    return Error{fmt::format("{}: {}", what, std::strerror(error_number))};
}

}  // namespace

Result<std::unique_ptr<Console>> Console::open(std::string_view port) {
    auto console = std::unique_ptr<Console>(new Console);
    Result<void> opened;
    if (port == "stdio") {
        opened = console->open_stdio();
    } else if (port == "stdout") {
        std::signal(SIGPIPE, SIG_IGN);
        console->out_ = STDOUT_FILENO;
        console->input_ended_ = true;
        console->description_ = "standard output";
    } else if (port == "pty") {
        opened = console->open_pty();
    } else if (port.starts_with(kFilePrefix) && port.size() > kFilePrefix.size()) {
        opened = console->open_file(std::string(port.substr(kFilePrefix.size())));
    } else {
        opened = fail(fmt::format("serial port '{}': expected stdio, file:PATH or pty", port));
    }
    if (!opened) return std::unexpected(opened.error());
    return console;
}

Result<void> Console::open_stdio() {
    std::signal(SIGPIPE, SIG_IGN);
    in_ = STDIN_FILENO;
    out_ = STDOUT_FILENO;
    description_ = "standard input and output";
    interactive_ = isatty(in_) != 0;
    if (interactive_) terminal_.emplace(in_);
    return {};
}

Result<void> Console::open_file(const std::string& path) {
    out_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (out_ < 0)
        return std::unexpected(system_error(fmt::format("serial port: cannot write file {}", path), errno));
    owns_out_ = true;
    input_ended_ = true;
    description_ = fmt::format("file {}", path);
    return {};
}

Result<void> Console::open_pty() {
    out_ = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    std::array<char, 128> name{};
    if (out_ < 0 || grantpt(out_) != 0 || unlockpt(out_) != 0 ||
        ptsname_r(out_, name.data(), name.size()) != 0) {
        return std::unexpected(system_error("serial port: cannot make a pseudo-terminal", errno));
    }
    owns_out_ = true;
    in_ = out_;
    description_ = name.data();
    slave_ = ::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC);
    termios raw{};
    if (slave_ < 0 || tcgetattr(slave_, &raw) != 0) {
        return std::unexpected(
            system_error(fmt::format("serial port: cannot set up {}", description_), errno));
    }
    cfmakeraw(&raw);  // else the kernel would echo the guest's output back as its input
    tcsetattr(slave_, TCSANOW, &raw);
    return {};
}

Console::~Console() {
    while (!waiting_.empty() && !error_ && (write_some() || errno == EINTR)) {
    }
    if (slave_ >= 0) close(slave_);
    if (owns_out_) close(out_);
}

void Console::write(uint8_t byte) {
    if (error_) return;
    waiting_ += static_cast<char>(byte);
    if (byte == '\n' || waiting_.size() >= kGather) flush();
}

void Console::flush() {
    while (!waiting_.empty() && !error_ && write_some()) {
    }
}

/// False if nothing could be written now (errno says why) or ever (error()).
bool Console::write_some() {
    const ssize_t written = ::write(out_, waiting_.data(), waiting_.size());
    if (written >= 0) {
        waiting_.erase(0, static_cast<size_t>(written));
        return true;
    }
    if (errno == EINTR) return false;
    if (errno != EAGAIN) {
        fail_output(errno);
        return false;
    }
    if (slave_ < 0) {  // somebody made our standard output non-blocking: wait for room
        pollfd room{out_, POLLOUT, 0};
        return poll(&room, 1, -1) > 0;
    }
    if (waiting_.size() > kPtyBacklog) {
        log_(LogLevel::Info, "nobody reads {}: old output is dropped", description_);
        waiting_.erase(0, waiting_.size() - kPtyBacklog);
    }
    errno = EAGAIN;
    return false;
}

void Console::fail_output(int error_number) {
    error_ = system_error(fmt::format("serial port: cannot write to {}", description_), error_number);
    waiting_.clear();
}

bool Console::input_waits() const {
    pollfd input{in_, POLLIN, 0};
    return poll(&input, 1, 0) > 0;
}

std::optional<uint8_t> Console::read() {
    if (typed_next_ < typed_.size()) return static_cast<uint8_t>(typed_[typed_next_++]);
    if (input_ended_ || !input_waits()) return std::nullopt;
    if (interactive_ && !in_foreground(in_)) return std::nullopt;  // reading would stop the process
    std::array<char, 256> bytes;
    const ssize_t count = ::read(in_, bytes.data(), bytes.size());
    if (count > 0) {
        typed_.assign(bytes.data(), static_cast<size_t>(count));
        typed_next_ = 1;
        return static_cast<uint8_t>(typed_.front());
    }
    const bool later = count < 0 && (errno == EINTR || errno == EAGAIN);
    if (!later) input_ended_ = true;
    return std::nullopt;
}

bool Console::wait_for_input(std::chrono::nanoseconds limit) {
    if (typed_next_ < typed_.size()) return true;
    const auto wait =
        std::clamp<std::chrono::nanoseconds>(limit, std::chrono::nanoseconds(0), std::chrono::hours(1));
    const timespec timeout = {std::chrono::duration_cast<std::chrono::seconds>(wait).count(),
                              (wait % std::chrono::seconds(1)).count()};
    if (input_ended_ || (interactive_ && !in_foreground(in_))) {  // what is typed is for somebody else
        nanosleep(&timeout, nullptr);
        return false;
    }
    pollfd input{in_, POLLIN, 0};
    return ppoll(&input, 1, &timeout, nullptr) > 0;
}

}  // namespace mmscope

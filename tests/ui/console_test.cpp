// SPDX-License-Identifier: GPL-2.0-or-later
// The serial port's end in files, pipes and pseudo-terminals: complete output, input without waiting.
#include "ui/console.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace mmscope {
namespace {

using namespace std::chrono_literals;

void put(Console& console, std::string_view text) {
    for (const char c : text)
        console.write(static_cast<uint8_t>(c));
}

std::string contents(const std::filesystem::path& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

class Folder {
  public:
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "console-XXXXXX").string();
        path_ = mkdtemp(name.data());
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    [[nodiscard]] std::filesystem::path operator/(const char* name) const { return path_ / name; }

  private:
    std::filesystem::path path_;
};

/// All that can be read from `fd` until nothing has come for `quiet`.
std::string drain(int fd, std::chrono::milliseconds quiet = 200ms) {
    std::string text;
    pollfd input{fd, POLLIN, 0};
    std::array<char, 4096> bytes;
    while (poll(&input, 1, static_cast<int>(quiet.count())) > 0) {
        const ssize_t count = ::read(fd, bytes.data(), bytes.size());
        if (count <= 0) break;
        text.append(bytes.data(), static_cast<size_t>(count));
    }
    return text;
}

TEST(Console, a_port_that_is_none_is_refused_with_what_there_is) {
    for (const char* port : {"", "file:", "tcp:80", "STDIO"}) {
        const auto console = Console::open(port);
        ASSERT_FALSE(console) << port;
        EXPECT_EQ(console.error().message,
                  fmt::format("serial port '{}': expected stdio, file:PATH or pty", port));
    }
}

TEST(ConsoleFile, output_is_whole_and_in_order_and_an_old_file_is_replaced) {
    const Folder folder;
    const auto path = folder / "serial.log";
    std::ofstream(path) << "what was here before, longer than what comes";
    std::string expected;
    {
        auto console = Console::open("file:" + path.string());
        ASSERT_TRUE(console) << console.error().message;
        for (int i = 0; i < 10'000; ++i)
            expected += std::to_string(i) + (i % 100 == 0 ? "\n" : " ");
        put(**console, expected);
        EXPECT_TRUE((*console)->input_ended());
        EXPECT_EQ((*console)->read(), std::nullopt);
        EXPECT_FALSE((*console)->interactive());
        EXPECT_EQ((*console)->description(), "file " + path.string());
    }
    EXPECT_EQ(contents(path), expected);
}

TEST(ConsoleFile, a_line_is_in_the_file_when_it_ends) {
    const Folder folder;
    auto console = Console::open("file:" + (folder / "log").string());
    ASSERT_TRUE(console);
    put(**console, "one\ntwo");
    EXPECT_EQ(contents(folder / "log"), "one\n");
    (*console)->flush();
    EXPECT_EQ(contents(folder / "log"), "one\ntwo");
}

TEST(ConsoleFile, a_file_that_cannot_be_written_is_an_error_with_its_name) {
    const auto console = Console::open("file:/nowhere/at/all");
    ASSERT_FALSE(console);
    EXPECT_EQ(console.error().message,
              "serial port: cannot write file /nowhere/at/all: No such file or directory");
}

TEST(ConsoleFile, a_full_disk_is_reported_once_and_stops_output) {
    auto console = Console::open("file:/dev/full");
    ASSERT_TRUE(console);
    put(**console, "text\n");
    ASSERT_TRUE((*console)->error());
    EXPECT_EQ((*console)->error()->message,
              "serial port: cannot write to file /dev/full: No space left on device");
    put(**console, "more\n");
}

/// Runs `body` in a child whose standard input and output are pipes; yields our ends.
struct PipedChild {
    int to = -1;
    int from = -1;
    pid_t pid = -1;

    explicit PipedChild(const char* way) {
        std::array<int, 2> in;
        std::array<int, 2> out;
        EXPECT_EQ(pipe2(in.data(), O_CLOEXEC), 0);
        EXPECT_EQ(pipe2(out.data(), O_CLOEXEC), 0);
        pid = fork();
        if (pid == 0) {
            dup2(in[0], STDIN_FILENO);
            dup2(out[1], STDOUT_FILENO);
            execl(CONSOLE_PROBE, CONSOLE_PROBE, way, nullptr);
            _exit(127);
        }
        close(in[0]);
        close(out[1]);
        to = in[1];
        from = out[0];
    }
    int wait() {
        int status = 0;
        waitpid(pid, &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    }
};

TEST(ConsoleStdio, input_from_a_pipe_arrives_byte_by_byte_and_its_end_is_known) {
    PipedChild child("return");
    ASSERT_EQ(::write(child.to, "hi\n", 3), 3);
    close(child.to);
    EXPECT_EQ(drain(child.from), "ready\n<68>\n<69>\n<0a>\n");
    EXPECT_EQ(child.wait(), 0);
    close(child.from);
}

TEST(ConsoleStdio, a_reader_that_went_away_is_an_error_and_not_a_death) {
    PipedChild child("return");
    std::array<char, 6> ready;
    ASSERT_EQ(::read(child.from, ready.data(), ready.size()), 6);
    close(child.from);
    ASSERT_EQ(::write(child.to, "x", 1), 1);
    EXPECT_EQ(child.wait(), 3);
    close(child.to);
}

class ConsolePty : public testing::Test {
  protected:
    std::unique_ptr<Console> console;
    int other_end = -1;

    void SetUp() override {
        auto opened = Console::open("pty");
        ASSERT_TRUE(opened) << opened.error().message;
        console = std::move(*opened);
        other_end = open(console->description().c_str(), O_RDWR | O_NOCTTY);
        ASSERT_GE(other_end, 0) << console->description();
    }
    void TearDown() override { close(other_end); }
};

TEST_F(ConsolePty, bytes_go_both_ways_unchanged_and_without_echo) {
    put(*console, "login: \r\n");
    EXPECT_EQ(drain(other_end), "login: \r\n");
    ASSERT_EQ(::write(other_end, "root\r\x03", 6), 6);
    std::string got;
    while (console->wait_for_input(200ms)) {
        while (const auto byte = console->read())
            got += static_cast<char>(*byte);
    }
    EXPECT_EQ(got, "root\r\x03");
    EXPECT_EQ(drain(other_end), "");
}

TEST_F(ConsolePty, reading_does_not_wait_and_waiting_has_a_limit) {
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(console->read(), std::nullopt);
    EXPECT_FALSE(console->wait_for_input(50ms));
    EXPECT_GE(std::chrono::steady_clock::now() - start, 50ms);
    EXPECT_FALSE(console->input_ended());
}

TEST_F(ConsolePty, nobody_at_the_other_end_is_no_end_of_input) {
    close(other_end);
    EXPECT_EQ(console->read(), std::nullopt);
    EXPECT_FALSE(console->input_ended());
    other_end = open(console->description().c_str(), O_RDWR | O_NOCTTY);
    ASSERT_EQ(::write(other_end, "x", 1), 1);
    EXPECT_TRUE(console->wait_for_input(5s));
    EXPECT_EQ(console->read(), 'x');
}

TEST_F(ConsolePty, output_that_nobody_reads_does_not_block_and_keeps_the_newest) {
    for (int i = 0; i < 40'000; ++i)
        put(*console, fmt::format("line {:06}\n", i));
    std::string text;
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (!text.ends_with("line 039999\n") && std::chrono::steady_clock::now() < end) {
        text += drain(other_end, 1ms);
        console->flush();
    }
    EXPECT_TRUE(text.ends_with("line 039999\n"));
    EXPECT_LT(text.size(), 120'000u);
    EXPECT_FALSE(console->error());
}

}  // namespace
}  // namespace mmscope

// SPDX-License-Identifier: GPL-2.0-or-later
// The terminal's settings while a console uses it and after each way in which a program can end.
#include <gtest/gtest.h>

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kPatience = std::chrono::seconds(20);

/// console_probe on a pseudo-terminal whose other end we hold, as a terminal emulator does.
class ProbeOnTerminal {
  public:
    explicit ProbeOnTerminal(const char* way) {
        std::array<char, 128> name{};
        pid_ = forkpty(&master_, name.data(), nullptr, nullptr);
        if (pid_ == 0) {
            setenv("ASAN_OPTIONS", "handle_segv=0", 1);  // a sanitizer would take the signal for itself
            execl(CONSOLE_PROBE, CONSOLE_PROBE, way, nullptr);
            _exit(127);
        }
        slave_ = open(name.data(), O_RDWR | O_NOCTTY);  // keeps the settings after the program has gone
    }
    ~ProbeOnTerminal() {
        if (!reaped_) {
            kill(pid_, SIGKILL);
            waitpid(pid_, nullptr, 0);
        }
        close(slave_);
        close(master_);
    }
    ProbeOnTerminal(const ProbeOnTerminal&) = delete;
    ProbeOnTerminal& operator=(const ProbeOnTerminal&) = delete;

    void type(std::string_view text) {
        ASSERT_EQ(write(master_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    }
    void signal(int number) { kill(pid_, number); }
    bool shows(std::string_view text) {
        const auto end = Clock::now() + kPatience;
        while (screen_.find(text) == std::string::npos && Clock::now() < end) {
            pollfd output{master_, POLLIN, 0};
            std::array<char, 256> bytes;
            if (poll(&output, 1, 100) <= 0) continue;
            const ssize_t count = read(master_, bytes.data(), bytes.size());
            if (count > 0) screen_.append(bytes.data(), static_cast<size_t>(count));
        }
        return screen_.find(text) != std::string::npos;
    }
    [[nodiscard]] const std::string& screen() const { return screen_; }
    /// Both of line editing and echo, or neither.
    bool cooked() const {
        termios now{};
        EXPECT_EQ(tcgetattr(slave_, &now), 0);
        EXPECT_NE(now.c_lflag & ISIG, 0u) << "Ctrl-C always raises a signal";
        const bool editing = (now.c_lflag & ICANON) != 0;
        EXPECT_EQ(editing, (now.c_lflag & ECHO) != 0);
        return editing;
    }
    bool becomes_cooked(bool wanted) const {
        const auto end = Clock::now() + kPatience;
        while (cooked() != wanted && Clock::now() < end)
            usleep(10'000);
        return cooked() == wanted;
    }
    /// "exit 0", "signal 15", "stop 20".
    std::string wait(int flags = 0) {
        int status = 0;
        waitpid(pid_, &status, flags);
        if (WIFSTOPPED(status)) return "stop " + std::to_string(WSTOPSIG(status));
        reaped_ = true;
        if (WIFSIGNALED(status)) return "signal " + std::to_string(WTERMSIG(status));
        return "exit " + std::to_string(WEXITSTATUS(status));
    }

  private:
    int master_ = -1;
    int slave_ = -1;
    pid_t pid_ = -1;
    bool reaped_ = false;
    std::string screen_;
};

TEST(Terminal, keys_arrive_at_once_and_are_not_echoed) {
    ProbeOnTerminal probe("return");
    ASSERT_TRUE(probe.shows("ready"));
    EXPECT_FALSE(probe.cooked());
    probe.type("a\r");
    EXPECT_TRUE(probe.shows("<61>"));
    EXPECT_TRUE(probe.shows("<0d>")) << "Enter is CR";
    EXPECT_EQ(probe.screen().find('a', probe.screen().find("ready") + 5), std::string::npos)
        << probe.screen();
}

TEST(Terminal, it_is_given_back_however_the_program_ends) {
    for (const auto& [way, ending] : {std::pair{"return", "exit 0"}, std::pair{"exit", "exit 0"},
                                      std::pair{"abort", "signal 6"}, std::pair{"segv", "signal 11"}}) {
        ProbeOnTerminal probe(way);
        ASSERT_TRUE(probe.shows("ready"));
        ASSERT_FALSE(probe.cooked());
        probe.type("q");
        EXPECT_EQ(probe.wait(), ending) << way;
        EXPECT_TRUE(probe.cooked()) << way;
    }
}

TEST(Terminal, it_is_given_back_when_a_signal_kills_the_program) {
    for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGQUIT}) {
        ProbeOnTerminal probe("return");
        ASSERT_TRUE(probe.shows("ready"));
        ASSERT_FALSE(probe.cooked());
        probe.signal(number);
        EXPECT_EQ(probe.wait(), "signal " + std::to_string(number));
        EXPECT_TRUE(probe.cooked()) << "signal " << number;
    }
}

TEST(Terminal, control_c_interrupts_the_program) {
    ProbeOnTerminal probe("return");
    ASSERT_TRUE(probe.shows("ready"));
    probe.type("\x03");
    EXPECT_EQ(probe.wait(), "signal 2");
    EXPECT_TRUE(probe.cooked());
}

TEST(Terminal, it_is_given_back_while_the_program_is_suspended) {
    ProbeOnTerminal probe("return");
    ASSERT_TRUE(probe.shows("ready"));
    // The probe leads its session, so the kernel discards SIGTSTP; SIGSTOP stops it with the mode in force,
    // as when a debugger does, and SIGCONT must take the mode again after the terminal was reset meanwhile.
    probe.signal(SIGSTOP);
    EXPECT_EQ(probe.wait(WUNTRACED), "stop 19");
    probe.signal(SIGTSTP);
    probe.signal(SIGCONT);
    EXPECT_TRUE(probe.becomes_cooked(false));
    probe.type("x");
    EXPECT_TRUE(probe.shows("<78>"));
}

}  // namespace

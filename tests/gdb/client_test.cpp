// SPDX-License-Identifier: GPL-2.0-or-later
// Clients that are no gdb, and wrong command lines.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "tests/gdb/debugged_machine.h"

namespace mmscope::test {
namespace {

using testing::HasSubstr;

std::string packet(std::string_view data) {
    unsigned sum = 0;
    for (const char byte : data)
        sum += static_cast<unsigned char>(byte);
    return fmt::format("${}#{:02x}", data, sum & 0xFF);
}

/// A TCP connection to the machine.
class Client {
  public:
    explicit Client(int port) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<uint16_t>(port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const timeval patience{.tv_sec = 60, .tv_usec = 0};
        setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        EXPECT_EQ(connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    }
    ~Client() { hang_up(); }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    void send(std::string_view bytes) const {
        EXPECT_EQ(::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(bytes.size()));
    }
    /// What comes until `end` has come.
    [[nodiscard]] std::string receive_until(std::string_view end) const {
        std::string got;
        char byte = 0;
        while (!got.ends_with(end) && recv(socket_, &byte, 1, 0) == 1)
            got += byte;
        return got;
    }
    void hang_up() {
        if (socket_ >= 0) close(socket_);
        socket_ = -1;
    }

  private:
    int socket_;
};

TEST(gdb_client, one_that_sends_garbage_and_leaves_lets_the_machine_run_to_its_end) {
    DebuggedMachine machine;
    Client client(machine.port());
    client.send("GET / HTTP/1.1\r\n$$$#}##zz$m#00\xff\xff$Z0,#");
    client.hang_up();
    const ChildResult emu = machine.finish();
    EXPECT_EQ(emu.status, 0) << describe(emu);
}

TEST(gdb_client, one_that_vanishes_while_the_machine_runs_leaves_no_breakpoint) {
    DebuggedMachine machine;
    const std::string address =
        run_program({"/bin/sh", "-c", "nm -C " KERNEL " | sed -n 's/ T do_page_fault(.*//p'"}).out;
    ASSERT_GE(address.size(), 8u);
    Client client(machine.port());
    client.send(packet("Z0," + address.substr(0, 8) + ",1") + packet("c"));
    EXPECT_THAT(client.receive_until("swbreak:;"), HasSubstr("$T05thread:"));
    client.send(packet("c"));
    EXPECT_THAT(client.receive_until("swbreak:;"), HasSubstr("$T05thread:"));
    client.send(packet("c"));
    client.hang_up();
    EXPECT_EQ(machine.finish().status, 0);
}

TEST(gdb_client, commands_are_answered_without_gdb) {
    DebuggedMachine machine;
    const Client client(machine.port());
    client.send(packet("?"));
    EXPECT_EQ(client.receive_until("#"), "+$T05thread:10000;#");
    client.send(packet("k"));
    EXPECT_EQ(machine.finish().status, 0);
}

TEST(gdb_client, nobody_else_is_let_in) {
    DebuggedMachine machine;
    const Client client(machine.port());
    client.send(packet("?"));
    (void)client.receive_until("#");
    const int second = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(machine.port()));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_NE(connect(second, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    close(second);
    client.send(packet("k"));
    EXPECT_EQ(machine.finish().status, 0);
}

TEST(gdb_client, wrong_command_lines_are_refused) {
    const TemporaryFolder folder;
    const auto refused = [&](const std::vector<std::string>& options) {
        const ChildResult emu = run_program(emu_arguments(folder, options), {}, kPatience);
        EXPECT_EQ(emu.status, 2) << describe(emu);
        return emu.err;
    };
    EXPECT_THAT(refused({"--gdb", "1234"}), HasSubstr("found '1234', expected :PORT or HOST:PORT"));
    EXPECT_THAT(refused({"--gdb", ":70000"}), HasSubstr("PORT from 0 to 65535"));
    EXPECT_THAT(refused({"--gdb", "no.such.host.invalid:1"}), HasSubstr("--gdb no.such.host.invalid:1: "));
    EXPECT_THAT(refused({"--gdb", ":0", "--monitor"}), HasSubstr("--gdb and --monitor"));
    DebuggedMachine machine;
    EXPECT_THAT(refused({"--gdb", machine.address()}), HasSubstr("Address already in use"));
    const Client client(machine.port());
    client.send(packet("k"));
    machine.finish();
}

}  // namespace
}  // namespace mmscope::test

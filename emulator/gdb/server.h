// SPDX-License-Identifier: GPL-2.0-or-later
// One gdb at the other end of a TCP connection, without threads.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "base/error.h"
#include "gdb/packet.h"

namespace mmscope {

struct GdbAddress {
    std::string host = "127.0.0.1";
    uint16_t port = 0;  // 0: any that is free

    friend bool operator==(const GdbAddress&, const GdbAddress&) = default;
};

/// ":PORT" or "HOST:PORT". Error: says what was expected.
Result<GdbAddress> parse_gdb_address(std::string_view text);

class GdbServer {
  public:
    /// Called about ten times a second while it waits.
    using Idle = std::function<void()>;

    /// Listens. Error: no such host, or the port is in use.
    static Result<std::unique_ptr<GdbServer>> listen(const GdbAddress& address);
    ~GdbServer();
    GdbServer(const GdbServer&) = delete;
    GdbServer& operator=(const GdbServer&) = delete;

    /// "127.0.0.1:1234"
    [[nodiscard]] const std::string& name() const { return name_; }
    /// Waits for the one client; afterwards nobody else is let in. Error: of the system.
    Result<void> accept(const Idle& idle);
    /// Waits for the next input. False: the client is gone.
    bool next(GdbInput& input, const Idle& idle);
    /// Without waiting: true if the client asks the machine to stand (Ctrl-C), or is gone. Packets that come
    /// meanwhile are kept.
    bool wants_attention();
    /// Sends all of it; a client that is gone is found out by next().
    void send(std::string_view bytes);

  private:
    GdbServer(int listener, std::string name) : listener_(listener), name_(std::move(name)) {}

    /// Reads what is there; waits up to `milliseconds` for it.
    void receive(int milliseconds);
    void hang_up();

    int listener_ = -1, client_ = -1;
    std::string name_;
    GdbPacketReader reader_;
    std::deque<GdbInput> inputs_;
};

}  // namespace mmscope

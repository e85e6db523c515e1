// SPDX-License-Identifier: GPL-2.0-or-later
// Sockets: listen, accept one, read what is there, write all.
#include "gdb/server.h"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace mmscope {
namespace {

constexpr int kTick = 100;            // milliseconds
constexpr size_t kMostInputs = 1024;  // a client that floods us while the machine runs

struct AddressList {
    explicit AddressList(addrinfo* first) : list(first) {}
    ~AddressList() { freeaddrinfo(list); }
    AddressList(const AddressList&) = delete;
    AddressList& operator=(const AddressList&) = delete;
    addrinfo* list;
};

/// A socket that listens at one of the addresses; -1 and errno if there is none.
int listen_at(const addrinfo* list) {
    int error = EADDRNOTAVAIL;
    for (const addrinfo* at = list; at != nullptr; at = at->ai_next) {
        const int one = 1;
        const int listener = socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, at->ai_protocol);
        if (listener < 0) {
            error = errno;
            continue;
        }
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
        if (bind(listener, at->ai_addr, at->ai_addrlen) == 0 && listen(listener, 1) == 0) return listener;
        error = errno;
        close(listener);
    }
    errno = error;
    return -1;
}

uint16_t port_of(int listener) {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    if (getsockname(listener, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return 0;
    if (storage.ss_family == AF_INET6)
        return ntohs(reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_port);
    return ntohs(reinterpret_cast<const sockaddr_in*>(&storage)->sin_port);
}

}  // namespace

Result<std::unique_ptr<GdbServer>> GdbServer::listen(const GdbAddress& address) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE;
    addrinfo* found = nullptr;
    const std::string port = fmt::format("{}", address.port);
    const std::string wanted = fmt::format("{}:{}", address.host, address.port);
    if (const int error = getaddrinfo(address.host.c_str(), port.c_str(), &hints, &found); error != 0)
        return fail(fmt::format("--gdb {}: {}", wanted, gai_strerror(error)));
    const AddressList addresses(found);
    const int listener = listen_at(addresses.list);
    if (listener < 0) return fail(fmt::format("--gdb {}: {}", wanted, std::strerror(errno)));
    return std::unique_ptr<GdbServer>(
        new GdbServer(listener, fmt::format("{}:{}", address.host, port_of(listener))));
}

GdbServer::~GdbServer() {
    hang_up();
    if (listener_ >= 0) close(listener_);
}

void GdbServer::hang_up() {
    if (client_ >= 0) close(client_);
    client_ = -1;
}

Result<void> GdbServer::accept(const Idle& idle) {
    for (;;) {
        pollfd ready{.fd = listener_, .events = POLLIN, .revents = 0};
        if (poll(&ready, 1, kTick) > 0) break;
        idle();
    }
    client_ = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client_ < 0) return fail(fmt::format("--gdb {}: {}", name_, std::strerror(errno)));
    close(std::exchange(listener_, -1));
    const int one = 1;
    setsockopt(client_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return {};
}

void GdbServer::receive(int milliseconds) {
    if (client_ < 0) return;
    pollfd ready{.fd = client_, .events = POLLIN, .revents = 0};
    if (poll(&ready, 1, milliseconds) <= 0) return;
    std::array<char, 4096> bytes;
    const ssize_t size = recv(client_, bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size <= 0) return hang_up();
    for (GdbInput& input : reader_.feed({bytes.data(), static_cast<size_t>(size)}))
        inputs_.push_back(std::move(input));
    if (inputs_.size() > kMostInputs) hang_up();
}

bool GdbServer::next(GdbInput& input, const Idle& idle) {
    while (inputs_.empty()) {
        if (client_ < 0) return false;
        receive(kTick);
        if (inputs_.empty()) idle();
    }
    input = std::move(inputs_.front());
    inputs_.pop_front();
    return true;
}

bool GdbServer::wants_attention() {
    receive(0);
    if (client_ < 0) return true;
    const auto is_interrupt = [](const GdbInput& input) { return input.kind == GdbInput::Kind::Interrupt; };
    return std::erase_if(inputs_, is_interrupt) > 0;
}

void GdbServer::send(std::string_view bytes) {
    while (!bytes.empty() && client_ >= 0) {
        const ssize_t size = ::send(client_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (size < 0 && errno == EINTR) continue;
        if (size <= 0) return hang_up();
        bytes.remove_prefix(static_cast<size_t>(size));
    }
}

}  // namespace mmscope

// SPDX-License-Identifier: GPL-2.0-or-later
// The commands of gdb's remote protocol over a Debuggee: packets in, packets out, and what the machine is to
// do. (GDB manual, appendix "GDB Remote Serial Protocol", sections "Packets" and "General Query Packets")
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gdb/debuggee.h"
#include "gdb/packet.h"

namespace mmscope {

/// What gdb wants of the machine; Stand: answered, it stands as it did.
enum class GdbWish : uint8_t { Stand, Continue, Step, Interrupt, Detach, Kill };

/// Why the machine stands.
struct GdbHalt {
    enum class Kind : uint8_t { Interrupted, Breakpoint, Step, Watchpoint };
    Kind kind = Kind::Interrupted;
    GdbWatch watch = {};  // Watchpoint: which
};

class GdbTarget {
  public:
    explicit GdbTarget(Debuggee& debuggee) : debuggee_(debuggee) {}

    /// Obeys one input and appends to output() what is to be sent.
    GdbWish take(const GdbInput& input);
    /// To be called when the machine stands after Continue or Step: tells gdb.
    void halted(const GdbHalt& why);
    /// The machine has ended with this exit status; there is nothing to debug any more.
    void ended(int status);
    /// Removes all breakpoints and watchpoints: nobody is there to hear of them.
    void forget_stops();

    /// Bytes for gdb; the caller takes them away.
    [[nodiscard]] std::string take_output() { return std::exchange(output_, {}); }

  private:
    GdbWish obey(std::string_view packet);
    GdbWish obey_resumption(std::string_view packet);
    GdbWish obey_vcont(std::string_view actions);
    void obey_query(std::string_view packet);
    void obey_monitor(std::string_view hex);
    void send_part(std::string_view document, std::string_view range);
    void send_thread_ids();
    [[nodiscard]] std::string thread_list() const;
    void obey_stop_point(std::string_view packet);
    void obey_breakpoint(LinearAddr at, bool insert);
    void obey_watchpoint(const GdbWatch& where, bool insert);
    void select_thread(std::string_view packet);
    void send_registers();
    void write_registers(std::string_view hex);
    void send_register(std::string_view packet);
    void write_register(std::string_view packet);
    void send_memory(std::string_view packet);
    void write_memory(std::string_view packet, bool hexadecimal);
    [[nodiscard]] uint32_t thread() const;

    void send(std::string_view data);
    void send_ok() { send("OK"); }
    void send_error() { send("E01"); }

    Debuggee& debuggee_;
    std::string output_, last_;
    bool acknowledge_ = true;
    bool ended_ = false;
    uint32_t selected_ = 0;  // Hg; 0: the thread that runs
    std::string halt_;       // the stop reply for ?
    std::set<LinearAddr> breakpoints_;
    std::set<GdbWatch> watched_;
};

}  // namespace mmscope

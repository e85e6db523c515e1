// SPDX-License-Identifier: GPL-2.0-or-later
// A call of one command, with the readers of its arguments; and the commands themselves, for the table.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/error.h"
#include "inspect/commands.h"
#include "introspect/objects.h"

namespace mmscope {

struct CommandCall {
    const Inspection& inspection;
    std::vector<std::string> arguments;  // as many as the command allows
    bool json = false;

    [[nodiscard]] const Inspector& inspector() const { return inspection.inspector; }
    [[nodiscard]] const std::string* argument(size_t n) const {
        return n < arguments.size() ? &arguments[n] : nullptr;
    }
};

/// "3". Error: says what was found.
Result<uint32_t> parse_pid(std::string_view word);
/// A decimal number, or a hexadecimal one that begins with 0x. `what` names it in the error.
Result<uint32_t> parse_number(std::string_view word, std::string_view what);
/// Hexadecimal, with or without 0x: addresses are never written otherwise.
Result<LinearAddr> parse_address(std::string_view word);
/// True for "0xc0123400": an address where a pid would do as well.
bool looks_like_address(std::string_view word);

/// The task `pid`. Error: none, with the pids there are (a few).
Result<TaskModel> get_task(const Inspector& inspector, uint32_t pid);
/// The same for a process that must have an address space.
Result<TaskModel> get_user_task(const Inspector& inspector, uint32_t pid);

/// The number at the end of a way through members: read_word(task, "thread.esp").
Result<uint32_t> read_word(const TypedRef& object, std::string_view path);

/// The nearest of `names` to a mistyped `word`; empty: none is near.
std::string nearest_name(std::string_view word, std::span<const std::string_view> names);

// The commands, one group a file ---------------------------------------------------------------------

Result<std::string> run_tasks(const CommandCall& call);  // overview.cpp
Result<std::string> run_mm(const CommandCall& call);
Result<std::string> run_maps(const CommandCall& call);
Result<std::string> run_audit(const CommandCall& call);
Result<std::string> run_vma(const CommandCall& call);      // area.cpp
Result<std::string> run_vtop(const CommandCall& call);     // vtop.cpp
Result<std::string> run_pagemap(const CommandCall& call);  // pagemap_views.cpp
Result<std::string> run_mmlist(const CommandCall& call);   // mmlist.cpp
Result<std::string> run_type(const CommandCall& call);     // type_layout.cpp
Result<std::string> run_print(const CommandCall& call);    // print.cpp
Result<std::string> run_x(const CommandCall& call);        // memory.cpp
Result<std::string> run_dis(const CommandCall& call);
Result<std::string> run_bt(const CommandCall& call);  // backtrace.cpp
Result<std::string> run_log(const CommandCall& call);
Result<std::string> run_slab(const CommandCall& call);    // slab_views.cpp
Result<std::string> run_frames(const CommandCall& call);  // frame_views.cpp
Result<std::string> run_swap(const CommandCall& call);    // swap.cpp
Result<std::string> run_ldt(const CommandCall& call);     // ldt.cpp
Result<std::string> run_diff(const CommandCall& call);    // diff.cpp
Result<std::string> run_tlb(const CommandCall& call);     // tlb.cpp

}  // namespace mmscope

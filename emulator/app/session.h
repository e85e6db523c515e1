// SPDX-License-Identifier: GPL-2.0-or-later
// One run of the program: builds the machine that a configuration describes, runs it, and reports.
#pragma once

#include <memory>
#include <string>

#include "app/config.h"
#include "app/options.h"
#include "base/error.h"

namespace mmscope {

class Session {
  public:
    virtual ~Session() = default;
    /// Reads and checks everything and opens every output. Error: worded for a person; nothing has run.
    static Result<std::unique_ptr<Session>> create(const Config& config, const Options& options);
    /// Runs to the end, writes dumps, trace and summary. The exit status of emu.
    virtual int run() = 0;
};

}  // namespace mmscope

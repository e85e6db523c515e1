// SPDX-License-Identifier: GPL-2.0-or-later
// Log channels named after components. A channel that is off costs one load and one branch.
#pragma once

#include <fmt/format.h>

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"

namespace mmscope {

/// Ordered from quiet to loud. Stub: hardware that is accepted but not modelled.
enum class LogLevel : unsigned char { Off, Error, Warn, Stub, Info, Debug, Trace };

/// One channel of one component, e.g. "pit". Construct once, keep as a member, use by reference.
/// Lines go to standard error as "pit: text". Channels register themselves by name while they live.
class LogChannel {
  public:
    explicit LogChannel(std::string_view name);
    ~LogChannel();
    LogChannel(const LogChannel&) = delete;
    LogChannel& operator=(const LogChannel&) = delete;

    [[nodiscard]] bool on(LogLevel level) const { return level <= level_; }
    [[nodiscard]] std::string_view name() const { return name_; }
    void set_level(LogLevel level) { level_ = level; }

    template <class... Args>
    void operator()(LogLevel level, fmt::format_string<Args...> format, Args&&... args) const {
        if (on(level)) write(fmt::format(format, std::forward<Args>(args)...));
    }

  private:
    void write(const std::string& line) const;

    std::string name_;
    LogLevel level_;
};

/// Applies "mm:debug,pit:warn,*:info" to the channels that exist and to those made later.
/// Error: names the part that is not NAME:LEVEL and the levels there are.
Result<void> set_log_levels(std::string_view specification);

}  // namespace mmscope

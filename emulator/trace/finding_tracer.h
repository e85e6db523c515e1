// SPDX-License-Identifier: GPL-2.0-or-later
// What audits find, as events of a trace.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "introspect/audit/audit.h"
#include "trace/trace_output.h"

namespace mmscope {

class FindingTracer {
  public:
    /// What each event has.
    static constexpr std::array<std::string_view, 8> kKeys = {"rule",  "object",   "of_pid", "what",
                                                              "found", "expected", "before", "since"};
    /// Both must outlive it.
    FindingTracer(const Inspector& inspector, TraceOutput& output) : inspector_(inspector), output_(output) {}

    /// Writes an "audit.finding" of this moment. `before`: what was about to happen; `since`: what had
    /// happened since everything was right; empty: not known.
    void write(const AuditFinding& finding, const std::string& before, const std::string& since);

  private:
    const Inspector& inspector_;
    TraceOutput& output_;
};

}  // namespace mmscope

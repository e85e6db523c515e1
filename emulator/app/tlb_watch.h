// SPDX-License-Identifier: GPL-2.0-or-later
// Audits the TLB at each return to user mode, where every flush must have been made, and tells what is found.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "cpu/cpu.h"
#include "introspect/audit/audit.h"
#include "introspect/symbol_table.h"
#include "mmu/tlb_audit.h"

namespace mmscope {

class FindingTracer;

class TlbWatch {
  public:
    struct Plan {
        bool fail = true;                 // the first finding ends the run
        FindingTracer* trace = nullptr;   // null: findings are not traced
        std::function<void()> stop = {};  // called at the first finding if that is to end the run
    };
    /// All must outlive it. Without symbols, addresses are told.
    TlbWatch(const Cpu& cpu, const PhysicalReader& memory, const SymbolTable* symbols, Plan plan)
        : cpu_(cpu), symbols_(symbols), plan_(std::move(plan)), audit_(memory) {}

    [[nodiscard]] TlbAudit& audit() { return audit_; }
    void before_return(const InterruptReturn& back);
    void at_exit() const;
    /// The machine is back at `now`: a finding lies in its future and is news again.
    void go_back(VirtualTime now);

    /// The first finding in words.
    [[nodiscard]] const std::optional<std::string>& violation() const { return violation_; }
    [[nodiscard]] bool ends_run() const { return plan_.fail && violation_.has_value(); }

  private:
    [[nodiscard]] AuditFinding finding_of(const StaleTranslation& stale) const;
    [[nodiscard]] std::string describe(const std::optional<StaleTranslation::Place>& place) const;

    const Cpu& cpu_;
    const SymbolTable* symbols_;
    Plan plan_;
    TlbAudit audit_;
    uint64_t checks_ = 0;
    std::optional<std::string> violation_;
};

}  // namespace mmscope

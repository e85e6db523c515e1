// SPDX-License-Identifier: GPL-2.0-or-later
// Audits the TLB at each return to user mode, where every flush must have been made, and tells what is found.
#pragma once

#include <optional>
#include <string>

#include "cpu/cpu.h"
#include "introspect/symbol_table.h"
#include "mmu/tlb_audit.h"

namespace mmscope {

class TlbWatch {
  public:
    /// All must outlive it. `fail`: the first finding ends the run. Without symbols, addresses are told.
    TlbWatch(const Cpu& cpu, const PhysicalReader& memory, const SymbolTable* symbols, bool fail)
        : cpu_(cpu), symbols_(symbols), fail_(fail), audit_(memory) {}

    [[nodiscard]] TlbAudit& audit() { return audit_; }
    void before_return(const InterruptReturn& back);
    void at_exit() const;

    /// The first finding in words.
    [[nodiscard]] const std::optional<std::string>& violation() const { return violation_; }
    [[nodiscard]] bool ends_run() const { return fail_ && violation_.has_value(); }

  private:
    [[nodiscard]] std::string describe(const StaleTranslation& stale) const;
    [[nodiscard]] std::string describe(const std::optional<StaleTranslation::Place>& place) const;

    const Cpu& cpu_;
    const SymbolTable* symbols_;
    bool fail_;
    TlbAudit audit_;
    uint64_t checks_ = 0;
    std::optional<std::string> violation_;
};

}  // namespace mmscope

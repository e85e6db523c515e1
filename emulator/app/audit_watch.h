// SPDX-License-Identifier: GPL-2.0-or-later
// Audits the guest at the moments the configuration names, and tells what is found on standard error.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/config.h"
#include "base/error.h"
#include "cpu/cpu.h"
#include "introspect/audit/audit.h"
#include "mmu/page_fault.h"

namespace mmscope {

class FindingTracer;
class Inspector;
class Machine;
class StateVisitor;

struct AuditPlan {
    AuditWhen when = AuditWhen::Never;
    uint32_t period = 0;  // as Config::audit
    bool fail = true;
    bool json = false;
    FindingTracer* trace = nullptr;   // null: findings are not traced
    std::function<void()> stop = {};  // called at the first violation if that is to end the run
};

class AuditWatch {
  public:
    /// `inspector` must outlive it. Error: this kernel cannot be audited.
    static Result<std::unique_ptr<AuditWatch>> create(const Inspector& inspector, const AuditPlan& plan);

    void delivered(const Delivery& what);
    void before_fault(const PageFault& fault);
    void before_return(const InterruptReturn& back);
    void at_checkpoint(uint32_t id);
    void at_poll(const Machine& machine);
    /// The machine is back at an earlier moment: what was found lies in its future and is news again.
    void go_back();
    /// The last audit, whatever was asked for. `by_itself`: the guest ended the run, and so stands at rest.
    void at_exit(bool by_itself);

    [[nodiscard]] bool wants_returns() const { return plan_.when == AuditWhen::EveryReturn; }
    /// The first violation in words, with the event that it was found before and, if each return is audited,
    /// the one before which everything was right.
    [[nodiscard]] const std::optional<std::string>& violation() const { return violation_; }
    [[nodiscard]] bool ends_run() const { return plan_.fail && violation_.has_value(); }

    /// What decides when the next audit is, for devices/state.h.
    void state(StateVisitor& visitor);

  private:
    AuditWatch(const Inspector& inspector, std::unique_ptr<Auditor> auditor, AuditPlan plan)
        : inspector_(inspector), auditor_(std::move(auditor)), plan_(std::move(plan)) {}

    /// How a program came into the kernel.
    struct Entry {
        Delivery how;
        uint32_t pid = 0;
        std::string comm;
    };
    void audit(AuditPlace place, const std::string& event, bool tell);
    void take_findings(const AuditReport& report, const std::string& event);
    [[nodiscard]] std::string describe_entry() const;

    const Inspector& inspector_;
    std::unique_ptr<Auditor> auditor_;
    AuditPlan plan_;
    uint32_t events_ = 0;  // since the last audit, for AuditWhen::Every
    uint32_t random_ = 1;  // state of the generator of AuditWhen::Random
    uint64_t audits_ = 0, quiet_ = 0;
    std::optional<Entry> entry_;      // the first one since the last clean audit
    std::vector<AuditFinding> last_;  // of the last audit
    std::optional<std::string> violation_;
};

}  // namespace mmscope

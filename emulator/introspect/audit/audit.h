// SPDX-License-Identifier: GPL-2.0-or-later
// The host's audit: every invariant of the memory descriptors (MM_FACTS, section 2) and the kernel's lists
// and slabs, checked from guest RAM.
//
// The snapshot rule: an address space is checked only when no writer holds its mmap_sem and its
// page_table_lock is free, global lists only when no spin lock is held at all. What is held is "in transit",
// neither right nor wrong. Equalities that kernel code on its way may disturb for a moment (references,
// users) are checked only when nobody is on its way: then the machine is "quiet".
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/error.h"
#include "introspect/models.h"

namespace mmscope {

class Inspector;
struct AuditLayouts;

/// One invariant that does not hold. Addresses are 0 where the finding is about no such thing.
struct AuditFinding {
    std::string id;  // "INV-05"
    LinearAddr mm, vma;
    uint32_t pid = 0;  // a user of the mm; 0: none is known
    std::string what;  // which value, of what
    std::string found, expected;
    friend bool operator==(const AuditFinding&, const AuditFinding&) = default;
};

enum class AuditStatus : uint8_t {
    Checked,        // it holds, or there are findings
    InTransit,      // nothing could be checked at this moment
    NotApplicable,  // of another edition, or of a part that this kernel does not have
};

struct AuditOutcome {
    std::string id, title;
    AuditStatus status = AuditStatus::NotApplicable;
    uint32_t checked = 0;     // spaces, or 1 for a rule about the whole machine
    uint32_t in_transit = 0;  // spaces that could not be checked
    friend bool operator==(const AuditOutcome&, const AuditOutcome&) = default;
};

struct AuditReport {
    MachineMoment moment;
    bool quiet = false;
    std::vector<AuditOutcome> outcomes;  // all, in the order of the table
    std::vector<AuditFinding> findings;  // at most 8 an id
    std::vector<AuditFinding> notes;     // what a program may bring about by itself; no fault of the kernel
    uint64_t violations = 0;             // findings, those that are not listed included

    [[nodiscard]] bool clean() const { return violations == 0; }
};

/// Where the processor stands when an audit is made.
enum class AuditPlace : uint8_t {
    Anywhere,  // in the middle of kernel code, perhaps
    AtRest,    // in user mode, idle, or in a system call that holds nothing
};

/// Audits one kernel again and again. Remembers peaks between audits (INV-36), nothing else.
class Auditor {
  public:
    /// `inspector` must outlive it. Parts that this kernel lacks make their invariants not applicable. Error:
    /// the debug information lacks what every audit needs.
    static Result<std::unique_ptr<Auditor>> create(const Inspector& inspector);
    ~Auditor();
    Auditor(const Auditor&) = delete;
    Auditor& operator=(const Auditor&) = delete;

    /// Reads guest RAM only; ends in bounded time whatever that holds. Error: paging is off.
    Result<AuditReport> audit(AuditPlace place);

  private:
    struct Peaks;
    Auditor(const Inspector& inspector, const AuditLayouts& layouts);

    const Inspector& inspector_;
    std::unique_ptr<AuditLayouts> layouts_;
    std::unique_ptr<Peaks> peaks_;
};

/// "audit: clean" or the findings, one a line, and what was in transit; for a person. Ends in '\n'.
std::string audit_text(const AuditReport& report);
/// One line, schema "mmscope.audit" version 1.
std::string audit_json(const AuditReport& report);

}  // namespace mmscope

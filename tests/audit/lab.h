// SPDX-License-Identifier: GPL-2.0-or-later
// A copy of a real machine's RAM that a test may damage and have audited: the kernel runs its tour up to a
// checkpoint, once; each test gets the RAM of that moment back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "devices/disk_medium.h"
#include "introspect/audit/audit.h"
#include "introspect/inspector.h"

namespace mmscope::test {

/// RAM that does not run.
class StillRam final : public PhysicalReader {
  public:
    std::vector<std::byte> bytes;
    [[nodiscard]] bool read(PhysAddr address, std::span<std::byte> out) const override;
};

class Lab {
  public:
    /// A machine other than the tour's.
    struct Setup {
        uint32_t ram = 64u << 20;
        std::string command_line = {};
        std::string edition = "2.6.28";
        DiskMedium* disk = nullptr;  // null: none
    };
    /// The machine at checkpoint `id`; without a setup, of the tour.
    explicit Lab(uint32_t id) : Lab(id, Setup()) {}
    Lab(uint32_t id, const Setup& setup);

    /// Undoes all damage.
    void restore();
    /// The audit of the moment; a fresh auditor, so without memory of other moments.
    AuditReport audit(AuditPlace place = AuditPlace::AtRest);
    [[nodiscard]] const Inspector& inspector() const { return *inspector_; }
    [[nodiscard]] std::vector<std::byte>& ram() { return ram_.bytes; }
    [[nodiscard]] const std::vector<std::byte>& ram() const { return ram_.bytes; }

    // Words by linear address of the kernel, and by member. They must exist: a failure ends the test program.
    [[nodiscard]] uint32_t word(LinearAddr at) const;
    void set_word(LinearAddr at, uint32_t value);
    [[nodiscard]] uint32_t offset(std::string_view tag, std::string_view member) const;
    [[nodiscard]] uint32_t get(LinearAddr object, std::string_view tag, std::string_view member) const;
    void set(LinearAddr object, std::string_view tag, std::string_view member, uint32_t value);
    void add(LinearAddr object, std::string_view tag, std::string_view member, uint32_t difference);
    [[nodiscard]] LinearAddr symbol(std::string_view name) const;

    // The subject: the newest process. That of the tour has a parent, the other one, that shares frames with
    // it.
    [[nodiscard]] LinearAddr task() const { return task_; }
    [[nodiscard]] LinearAddr mm() const { return mm_; }
    [[nodiscard]] LinearAddr other_mm() const { return other_mm_; }
    /// The n-th area of the subject.
    [[nodiscard]] LinearAddr vma(uint32_t n = 0) const;
    /// The first area whose vm_flags have `with` and lack `without`, and which has a file or not.
    enum class Backing : uint8_t { Any, File, Anonymous };
    [[nodiscard]] LinearAddr find_vma(uint32_t with, uint32_t without, Backing backing) const;
    /// Where the entry of a user address of the subject stands in the kernel's linear map; 0: no page table.
    [[nodiscard]] LinearAddr pte_at(uint32_t address) const;
    /// The struct page of a frame.
    [[nodiscard]] LinearAddr page(uint32_t pfn) const;
    /// The first present entry in an area that `takes(struct page, entry)`; 0: none.
    template <class Takes>
    [[nodiscard]] LinearAddr find_pte(LinearAddr vma, Takes takes) const {
        for (uint32_t at = get(vma, "vm_area_struct", "vm_start"); at < get(vma, "vm_area_struct", "vm_end");
             at += kPageSize) {
            const LinearAddr pte = pte_at(at);
            if (pte.value == 0 || (word(pte) & 1) == 0 || (word(pte) & 0x200) != 0) continue;
            if (takes(page(word(pte) >> kPageShift), word(pte))) return pte;
        }
        return {};
    }

  private:
    void run_to(uint32_t checkpoint, const Setup& setup);
    void choose_subject();

    StillRam ram_;
    std::vector<std::byte> whole_;
    MachineMoment moment_;
    std::unique_ptr<Inspector> inspector_;
    LinearAddr task_, mm_, other_mm_;
};

}  // namespace mmscope::test

// SPDX-License-Identifier: GPL-2.0-or-later
// Rows of the checklist: boots one situation of guest/user/rows and checks the state that the host decodes
// from outside at its checkpoints.
//
//     TEST(Row, L03_two_processes_share_one_mm) {
//         Row row;                                        // the row of this test's name
//         row.at(1, [](const Moment& now) {
//             const Object mm = now.mm(now.number("self"));
//             EXPECT_EQ(mm.u32("mm_users"), 2u);
//             EXPECT_EQ(mm.u32("mmap.vm_next.vm_start"), ...);
//         });
//         row.run();   // every checkpoint was reached once, the program found nothing wrong, the machine
//         ended well
//     }
//
// rows.txt lists the rows; ./dev coverage-rows shows which have a test, and what it says.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "introspect/audit/audit.h"
#include "introspect/objects.h"
#include "mmu/page_walk.h"
#include "tests/boot/boot_run.h"
#include "tests/rows/edition.h"
#include "tests/rows/guest_bits.h"

namespace mmscope::test {

/// What a read that failed yields, besides the failure of the test.
inline constexpr uint32_t kUnreadable = 0xDEADDEAD;

/// An object of the guest, read as a test reads: whatever cannot be read fails the test and says why.
class Object {
  public:
    explicit Object(Result<TypedRef> ref);

    /// A number, a pointer or a lock word; `steps` as TypedRef::follow takes them, empty: the object itself.
    [[nodiscard]] uint32_t u32(std::string_view steps = {}) const;
    [[nodiscard]] int32_t i32(std::string_view steps = {}) const { return static_cast<int32_t>(u32(steps)); }
    [[nodiscard]] std::string text(std::string_view steps = {}) const;
    [[nodiscard]] Object at(std::string_view steps) const;
    /// What this pointer points to.
    [[nodiscard]] Object target(std::string_view steps = {}) const;
    [[nodiscard]] uint32_t address() const;
    [[nodiscard]] const Result<TypedRef>& ref() const { return ref_; }

  private:
    Result<TypedRef> ref_;
};

/// The guest, standing still at a checkpoint.
class Moment {
  public:
    Moment(uint32_t id, const Inspector& inspector, std::string_view serial);

    const uint32_t id;
    const Inspector& inspector;
    const std::string_view serial;  // everything the machine has printed so far

    /// What the program told last under this name. Fails the test if it told nothing.
    [[nodiscard]] uint32_t number(const std::string& name) const;
    [[nodiscard]] bool has_number(const std::string& name) const { return numbers_.contains(name); }

    [[nodiscard]] Object variable(std::string_view name) const;
    [[nodiscard]] Object object(std::string_view type, uint32_t address) const;
    [[nodiscard]] Object task(uint32_t pid) const;
    [[nodiscard]] Object page(uint32_t pfn) const;
    /// The mm_struct of a process or thread; fails the test if it has none.
    [[nodiscard]] Object mm(uint32_t pid) const;
    /// The vm_area_struct that contains an address of a process; fails the test if there is none.
    [[nodiscard]] Object vma(uint32_t pid, uint32_t address) const;
    /// All areas of a process in list order, checked on the way: order, alignment, map_count, vm_mm.
    [[nodiscard]] std::vector<VmaModel> areas(uint32_t pid) const;
    /// Areas that overlap [start, end), as "start-end perms pgoff" lines, for one EXPECT_EQ.
    [[nodiscard]] std::string areas_in(uint32_t pid, uint32_t start, uint32_t end) const;

    [[nodiscard]] Walk walk(const Object& mm, uint32_t address) const;
    /// The page-table entry of a user address; 0 if it is empty or has no table.
    [[nodiscard]] uint32_t pte(uint32_t pid, uint32_t address) const;
    /// struct page of the frame that a present entry of a process names; fails the test if it is not present.
    [[nodiscard]] Object page_at(uint32_t pid, uint32_t address) const;
    /// Bytes of a process's memory as it sees them; fails the test if they are not all present.
    [[nodiscard]] std::string user_bytes(uint32_t pid, uint32_t address, uint32_t length) const;
    [[nodiscard]] uint32_t user_u32(uint32_t pid, uint32_t address) const;
    /// A word of the kernel's memory; fails the test if it cannot be read.
    [[nodiscard]] uint32_t kernel_u32(uint32_t address) const;
    /// All tasks from init_task on, as the decoder lists them.
    [[nodiscard]] std::vector<TaskModel> tasks() const;
    /// The task that runs at this moment.
    [[nodiscard]] Object current() const { return variable("current_task").target(); }

    /// The name of the function a pointer points to, "do_brk", or "".
    [[nodiscard]] std::string function(uint32_t address) const;

  private:
    std::unique_ptr<const Result<Objects>> objects_;
    std::map<std::string, uint32_t> numbers_;
};

/// The process that a row's program told as "self", and its mm_struct.
inline uint32_t self(const Moment& now) {
    return now.number("self");
}
inline Object mm_of(const Moment& now) {
    return now.mm(self(now));
}

/// Frames that the page tables of a space name, by kind.
struct Resident {
    uint32_t anon = 0, file = 0;
};
Resident count_frames(const Moment& now, const Object& mm, const std::vector<VmaModel>& areas);

/// Resident pages of a space as its edition counts them: anonymous ones, and those of files. 2.4 does not
/// tell them apart: all are anonymous there.
uint32_t anon_rss(const Object& mm);
uint32_t file_rss(const Object& mm);
/// The resident anonymous pages of a process by its edition's counter. Where rss counts them together with
/// the files', these are counted in the page tables and taken off.
uint32_t counted_anonymous(const Moment& now, uint32_t pid);
/// The address of a space's LDT; 0: it has none.
uint32_t ldt_of(const Object& mm);
/// The processors whose TLB may hold the space.
uint32_t cpu_mask_of(const Object& mm);

class Row {
  public:
    /// The row that has the name of the running test.
    Row();

    /// Memory, disks and whatever else the machine has; `command_line` is added to the row's own.
    BootOptions options;

    /// What the host looks at when the program stops there. Every checkpoint that is given must be reached,
    /// once.
    void at(uint32_t id, std::function<void(const Moment&)> check);
    /// Looks about every `interval` virtual nanoseconds, and whenever the processor halts, from checkpoint
    /// `from` to checkpoint `to`: for what is there only between two system calls, or only in the middle of
    /// one.
    void watch(uint32_t from, uint32_t to, uint64_t interval, std::function<void(const Moment&)> check);
    /// Looks when `function` of the kernel is called, and when it has returned, from checkpoint `from` to
    /// checkpoint `to`; `words`: how many arguments are of interest. Either may be empty.
    using AtCall = std::function<void(const Moment&, const CallMoment&)>;
    void at_call(uint32_t from, uint32_t to, const std::string& function, size_t words, AtCall call,
                 AtCall back = {});
    /// The audit at checkpoints counts what processes and the page cache hold. A row in which a driver or a
    /// context of input and output holds a reference of its own names the invariant that sees one too many.
    void expect_holders(std::string invariant) { holders_.push_back(std::move(invariant)); }
    /// Boots. Expects "ok NAME" and exit status 0.
    BootResult run();

  private:
    void expect_invariants(const Inspector& inspector);

    std::string name_;
    std::unique_ptr<Auditor> auditor_;
    std::vector<std::string> holders_;  // "INV-29"
    std::map<uint32_t, std::function<void(const Moment&)>> checks_;
    std::map<uint32_t, uint32_t> reached_;
    uint32_t last_checkpoint_ = 0;
    bool watching_ = false;
    uint32_t watch_from_ = 0, watch_to_ = 0;
    std::function<void(const Moment&)> watch_;
};

}  // namespace mmscope::test

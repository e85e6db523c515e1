// SPDX-License-Identifier: GPL-2.0-or-later
// One moment of the guest, read once for all rules: tasks, spaces with their areas and entries, frames.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "introspect/audit/audit.h"
#include "introspect/audit/layouts.h"
#include "introspect/kernel.h"
#include "introspect/slab_caches.h"
#include "introspect/vm_flags.h"
#include "introspect/walkers.h"

namespace mmscope {

inline constexpr uint32_t kUserEntries = 768;  // of a page directory
inline constexpr uint32_t kPteSpecial = 0x200, kPteFile = 0x40, kPteProtNone = 0x80;
inline constexpr uint32_t kPfKthread = 0x200000;

/// An entry of a user page table that is not 0.
struct AuditPte {
    LinearAddr address;
    uint32_t value = 0;

    /// For the kernel: the processor may see PROT_NONE as absent.
    [[nodiscard]] bool present() const { return (value & (kPresent | kPteProtNone)) != 0; }
    [[nodiscard]] bool is_swap() const { return !present() && (value & kPteFile) == 0; }
    [[nodiscard]] uint32_t pfn() const { return value >> kPageShift; }
};

struct AuditTask {
    LinearAddr at, mm, active_mm, stack;
    uint32_t pid = 0, flags = 0;
    int32_t state = 0, exit_state = 0, preempt_count = 0;
    uint64_t start_time = 0;
    bool leads = false;               // its thread group
    std::array<LinearAddr, 4> links;  // where its list_heads stand, in the order of AuditLayouts::Task::links
};

struct AuditVma {
    LinearAddr at, mm, start, end, next, file, anon_vma;
    uint32_t flags = 0, page_prot = 0, pgoff = 0;
    Record record;

    [[nodiscard]] uint32_t pages() const { return (end - start) >> kPageShift; }
};

/// What the snapshot rule says of a space.
enum class MmPhase : uint8_t {
    Settled,    // to be checked
    InTransit,  // somebody is changing it
    Building,   // not yet anybody's: fork or exec are making it
    Dying,      // its last user is tearing it down
    Dead,       // torn down, and still borrowed
};

struct AuditMm {
    LinearAddr at;
    Record record;
    MmPhase phase = MmPhase::InTransit;
    bool reachable = false;  // through a task
    uint32_t pid = 0;        // its first user
    uint32_t users = 0;      // tasks with mm == this that count as users
    uint32_t workers = 0;    // kernel threads inside use_mm
    uint32_t borrowers = 0;  // tasks that only have it as active_mm
    PhysAddr directory;
    bool has_directory = false;
    std::vector<uint32_t> pdes;  // 1024, or empty if the directory cannot be read
    std::vector<AuditVma> vmas;  // in list order, up to where the list breaks
    std::string list_problem;    // empty: the list is whole
    LinearAddr list_problem_at;
    uint32_t tables = 0;            // present user directory entries
    std::vector<AuditPte> entries;  // ascending
    std::string tables_problem;     // a page table that is not RAM

    [[nodiscard]] uint32_t u32(const Field& field) const { return record.u32(field); }
    [[nodiscard]] int32_t i32(const Field& field) const { return record.i32(field); }
    [[nodiscard]] LinearAddr pointer(const Field& field) const { return record.pointer(field); }
};

struct AuditPage {
    uint32_t flags = 0, index = 0, private_ = 0;
    int32_t count = 0, mapcount = 0;
    LinearAddr mapping, lru_next, lru_prev;
    uint32_t mapped = 0;  // entries found that map it
    uint32_t cached = 0;  // references by the page cache and the swap cache

    [[nodiscard]] bool anonymous() const { return (mapping.value & 1) != 0; }
};

/// A walk that could not be finished, told under the id of the invariant it belongs to.
struct AuditDamage {
    const char* id;
    LinearAddr mm;
    std::string what, found;
};

struct AuditState {
    AuditState(const KernelMemory& memory, const AuditLayouts& members, AuditPlace where)
        : kernel(memory), layouts(members), place(where) {}

    const KernelMemory& kernel;
    const AuditLayouts& layouts;
    AuditPlace place;
    bool atomic = false;  // the running task holds a spin lock or is switching: global lists are in transit
    bool quiet = false;   // nobody is on its way through the kernel
    std::vector<AuditTask> tasks;
    LinearAddr current;
    std::vector<AuditMm> mms;  // by address, without init_mm
    AuditMm init_mm;
    std::vector<AuditPage> pages;     // by frame number
    bool all_mms_known = false;       // the slab of mm_struct could be walked
    std::optional<SlabCaches> slabs;  // none: the allocator cannot be looked at now
    std::vector<LinearAddr> files;    // open files, if files_known
    bool files_known = false;
    std::vector<AuditDamage> damage;

    [[nodiscard]] const EditionMeaning& meaning() const { return kernel.kernel->meaning(); }
    [[nodiscard]] const AuditMm* find_mm(LinearAddr at) const;
    [[nodiscard]] const AuditTask* find_task(LinearAddr at) const;
    [[nodiscard]] bool has_bit(const AuditPage& page, int bit) const {
        return bit >= 0 && (page.flags >> bit & 1) != 0;
    }
    /// The frame that an entry counts (vm_normal_page), or null. `flags`: of the area it lies in.
    [[nodiscard]] const AuditPage* normal_page(AuditPte pte, uint32_t flags) const;
    [[nodiscard]] bool read(const StructLayout& layout, LinearAddr at, Record& into) const {
        return at.value >= kPageOffset && !layout.read(kernel.memory, at, into);
    }
};

/// The area that holds `address`, by binary search; null: none.
const AuditVma* vma_of(const AuditMm& mm, LinearAddr address);

/// Reads everything the rules need. Bounded whatever the guest's memory holds.
AuditState read_audit_state(const KernelMemory& kernel, const AuditLayouts& layouts, AuditPlace place);

// Parts of it, one a file ---------------------------------------------------------------------------

void read_audit_tasks(AuditState& state);   // state_tasks.cpp
void read_audit_spaces(AuditState& state);  // state_spaces.cpp
void read_audit_frames(AuditState& state);  // state_frames.cpp: after the spaces
/// All objects in use of a slab cache; none if its slabs are not known. `cachep`: where the pointer stands.
std::optional<std::vector<LinearAddr>> slab_objects(const AuditState& state, LinearAddr cachep);

}  // namespace mmscope

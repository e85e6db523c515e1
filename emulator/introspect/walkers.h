// SPDX-License-Identifier: GPL-2.0-or-later
// Walks over the kernel's lists and trees, under the kernel's own names. Bounded, cycle-proof, read-only.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/error.h"
#include "introspect/kernel.h"
#include "introspect/layout.h"
#include "introspect/walk_path.h"

namespace mmscope {

/// No walk takes more steps than these, whatever the guest's memory holds.
inline constexpr uint32_t kMaxTasks = 65536;
inline constexpr uint32_t kMaxVmas = 65538;  // MAX_MAP_COUNT + 2 (MM_FACTS 5.3)
inline constexpr uint32_t kMaxTreeDepth = 64;
inline constexpr uint32_t kMaxPathDepth = 64;

/// Where kernel addresses begin in every edition (MM_FACTS 5.3). A pointer of the kernel below it is wild.
inline constexpr uint32_t kPageOffset = 0xC0000000;

/// Damage met on a walk, in words; the walk goes on where it can and ends where it cannot.
using Problems = std::vector<std::string>;
/// Adds one; after 64 it only says that there are more.
void report(Problems& problems, std::string problem);

/// Called with the bytes of each structure. False ends the walk.
using RecordVisitor = std::function<bool(const Record&)>;

/// All thread-group leaders, from init_task through `tasks`. Error: init_task itself cannot be read.
Result<void> for_each_process(const KernelMemory& kernel, const RecordVisitor& visit, Problems& problems);
/// The other threads of the group of the leader at `leader`, through `thread_group`; not the leader itself.
void for_each_thread(const KernelMemory& kernel, LinearAddr leader, const RecordVisitor& visit,
                     Problems& problems);

/// The list from `first` through vm_next, in list order. Reports areas that are out of order, overlap, belong
/// to another mm or are not page-aligned; ends at a cycle or at memory that is not mapped. `map_count` is
/// what mm_struct claims; a list that ends earlier or later is reported; -1: do not compare. `path` leads to
/// the mm.
void for_each_vma(const KernelMemory& kernel, LinearAddr mm, LinearAddr first, int32_t map_count,
                  const WalkPath& path, const RecordVisitor& visit, Problems& problems);
/// The red-black tree below `root` (an rb_node), in order of its keys.
void for_each_vma_in_tree(const KernelMemory& kernel, LinearAddr root, const WalkPath& path,
                          const RecordVisitor& visit, Problems& problems);
/// The first area whose end lies above `address`, by the tree: what the kernel's function of that name
/// yields. False if there is none or the tree is broken (then `problems` says so).
bool find_vma(const KernelMemory& kernel, LinearAddr root, LinearAddr address, Record& vma,
              Problems& problems);

/// The absolute path of a dentry as the kernel prints it in /proc/PID/maps. Damage gives "?" for what is
/// lost.
std::string dentry_path(const KernelMemory& kernel, LinearAddr dentry, Problems& problems);

}  // namespace mmscope

// SPDX-License-Identifier: GPL-2.0-or-later
// Guest memory built by hand: RAM, page tables and structures of the fixture kernel, member by member.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "introspect/inspector.h"
#include "machine/physical_memory.h"

namespace mmscope::test {

std::string fixture_path(std::string_view name);
std::vector<std::byte> read_bytes(const std::string& path);

/// 32 MiB of RAM at physical 0, shown from 0xC0000000 on. init_task and an empty task list are there. Each
/// object gets pages of its own, so that one can be taken away without its neighbours.
class FakeGuest final : public PhysicalReader {
  public:
    FakeGuest();

    [[nodiscard]] bool read(PhysAddr address, std::span<std::byte> out) const override;
    [[nodiscard]] const Inspector& inspector() const { return *inspector_; }
    [[nodiscard]] const Kernel& kernel() const { return inspector_->kernel(); }
    [[nodiscard]] KernelMemory memory() const { return inspector_->memory().value(); }
    MachineMoment moment;  // what the inspector is told

    /// A zeroed object of a struct, in kernel memory.
    LinearAddr make(std::string_view tag);
    void set(LinearAddr at, std::string_view tag, std::string_view member, uint32_t value);
    [[nodiscard]] uint32_t get(LinearAddr at, std::string_view tag, std::string_view member) const;
    void poke(LinearAddr kernel_address, std::span<const std::byte> bytes);
    void poke_u32(LinearAddr kernel_address, uint32_t value);
    LinearAddr text(std::string_view text);
    /// Takes the page away from the kernel's page tables.
    void unmap(LinearAddr kernel_address);

    /// A thread-group leader at the end of the list.
    LinearAddr add_task(uint32_t pid, std::string_view comm, LinearAddr mm);
    /// Another thread of the leader's group.
    LinearAddr add_thread(LinearAddr leader, uint32_t pid);
    void run(LinearAddr task);  // current_task
    LinearAddr add_mm();        // mm_users 1, mm_count 1, a page directory of its own
    /// At the end of the mm's list; map_count and total_vm follow. The tree is made by rebuild_tree().
    LinearAddr add_vma(LinearAddr mm, uint32_t start, uint32_t end, uint32_t flags, LinearAddr file = {});
    void rebuild_tree(LinearAddr mm);
    /// A file "/DIRECTORY/NAME" for each part of the path.
    LinearAddr add_file(std::string_view path, uint32_t inode, uint32_t size);

    /// The page table entry of a user address in the directory of `mm`; makes the table on demand.
    void map_user(LinearAddr mm, uint32_t address, uint32_t entry);
    [[nodiscard]] PhysAddr directory_of(LinearAddr mm) const;
    [[nodiscard]] LinearAddr symbol(std::string_view name) const;

  private:
    PhysAddr allocate(uint32_t bytes);
    void link_ring(LinearAddr head, LinearAddr task, std::string_view list);
    LinearAddr build_tree(const std::vector<LinearAddr>& vmas, size_t from, size_t to, LinearAddr parent);
    [[nodiscard]] MemberPlace place(std::string_view tag, std::string_view member) const;

    std::vector<std::byte> ram_;
    uint32_t next_free_ = 0x800000;
    std::unique_ptr<Inspector> inspector_;
};

}  // namespace mmscope::test

// SPDX-License-Identifier: GPL-2.0-or-later
// Any object of the guest at one moment, by name, by type and address, or by what the kernel calls it: for
// questions that no model answers.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "introspect/inspector.h"
#include "introspect/typed_ref.h"

namespace mmscope {

/// Valid until the guest runs on; the references it hands out live as long as it does, and it must not move
/// while they do.
class Objects {
  public:
    /// Error: paging is off.
    static Result<Objects> at(const Inspector& inspector);

    /// A global variable, "init_mm". Error: there is none of that name, or its type is not known.
    [[nodiscard]] Result<TypedRef> variable(std::string_view name) const;
    /// What stands at `address`, by the tag of a structure or the name of a type. Error: no such type.
    [[nodiscard]] Result<TypedRef> object(std::string_view type, LinearAddr address) const;
    /// The task_struct of a process or thread. Error: no such task.
    [[nodiscard]] Result<TypedRef> task(uint32_t pid) const;
    /// struct page of a frame. Error: the kernel has no frame of that number.
    [[nodiscard]] Result<TypedRef> page(uint32_t pfn) const;
    /// How `mm` (an mm_struct) maps a user address: both entries as they stand in memory, present or not.
    /// Error: mm->pgd cannot be read or is no memory of the kernel.
    [[nodiscard]] Result<Walk> walk(const TypedRef& mm, LinearAddr address) const;

    [[nodiscard]] const KernelMemory& kernel() const { return kernel_; }

  private:
    Objects(const Inspector& inspector, KernelMemory kernel) : inspector_(&inspector), kernel_(kernel) {}

    const Inspector* inspector_;
    KernelMemory kernel_;
};

}  // namespace mmscope

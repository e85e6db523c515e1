// SPDX-License-Identifier: GPL-2.0-or-later
// A guest kernel as the decoder knows it: its image, the offsets the walkers need, and its memory at a
// moment.
#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "introspect/edition.h"
#include "introspect/guest_memory.h"
#include "introspect/kernel_image.h"
#include "introspect/kernel_layouts.h"
#include "introspect/models.h"

namespace mmscope {

/// Types, symbols and pre-resolved offsets of one kernel file. Immutable once opened.
class Kernel {
  public:
    /// Error: a structure or member that the walkers need is not in the debug information.
    static Result<Kernel> open(std::unique_ptr<KernelImage> image);

    [[nodiscard]] const KernelImage& image() const { return *image_; }
    [[nodiscard]] const SymbolTable& symbols() const { return image_->symbols(); }
    [[nodiscard]] const KernelLayouts& layouts() const { return *layouts_; }
    /// Which edition of the descriptors its mm_struct is: "2.4.0", "2.4.18", "2.6.11" or "2.6.28".
    [[nodiscard]] const std::string& edition() const { return edition_; }
    [[nodiscard]] const EditionMeaning& meaning() const { return meaning_of(edition_); }

  private:
    Kernel() = default;
    std::unique_ptr<KernelImage> image_;
    std::unique_ptr<KernelLayouts> layouts_;
    std::string edition_;
};

/// One moment of a running kernel: what every walker takes first. Valid until the guest runs on.
struct KernelMemory {
    const Kernel* kernel;
    GuestMemory memory;  // through swapper_pg_dir where it can be found, else through CR3
    MachineMoment moment;
};

}  // namespace mmscope

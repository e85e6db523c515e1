// SPDX-License-Identifier: GPL-2.0-or-later
// Functions in DWARF debug information: their concrete instances, and where else they were put inline.
#pragma once

#include <elfutils/libdw.h>

#include <map>
#include <optional>

#include "introspect/dwarf_reader.h"
#include "introspect/function.h"

namespace mmscope {

/// How often each function, named by the offset of its abstract instance, was put inline.
using InlinedCopies = std::map<Dwarf_Off, uint32_t>;
/// Looks at no more than `most_entries`: damaged debug information can lead through the same ones for ever.
InlinedCopies count_inlined_copies(Dwarf* dwarf, size_t most_entries);

/// The function whose entry with code is at `offset` (DWARF 5, section 3.3). None: it has no code there.
std::optional<FunctionModel> read_function(DwarfReader& reader, Dwarf_Off offset,
                                           const InlinedCopies& inlined);

}  // namespace mmscope

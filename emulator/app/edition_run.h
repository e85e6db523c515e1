// SPDX-License-Identifier: GPL-2.0-or-later
// One machine run from its start to its end for the sake of the numbers that tell editions apart.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/config.h"
#include "base/error.h"

namespace mmscope {

/// One number of a run. Figures of all runs come in the same order, but kinds of page faults only where they
/// occurred.
struct Figure {
    std::string group;  // "page faults", "look-ups", ...
    std::string name;   // within its group
    uint64_t value = 0;

    friend bool operator==(const Figure&, const Figure&) = default;
};

/// Everything is a function of the images and the configuration.
struct EditionRun {
    std::string edition;  // "2.6.28"
    std::string end;      // one sentence, or several lines for a crash
    int status = 0;       // ExitStatus
    std::vector<Figure> figures;

    /// The value of a figure; 0 if the run has none of that name.
    [[nodiscard]] uint64_t value(std::string_view group, std::string_view name) const;
};

/// Runs what `config` describes, without window and input; what its serial port says is dropped. Error: the
/// machine cannot be built, or its kernel not be decoded.
Result<EditionRun> run_edition(const Config& config);

}  // namespace mmscope

// SPDX-License-Identifier: GPL-2.0-or-later
// The registers as gdb numbers them, and the description that tells gdb so.
// (GDB manual, "Target Descriptions", "i386 Features")
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mmscope {

enum GdbRegister : size_t {
    kGdbEax,
    kGdbEcx,
    kGdbEdx,
    kGdbEbx,
    kGdbEsp,
    kGdbEbp,
    kGdbEsi,
    kGdbEdi,
    kGdbEip,
    kGdbEflags,
    kGdbCs,
    kGdbSs,
    kGdbDs,
    kGdbEs,
    kGdbFs,
    kGdbGs,
    kGdbSt0,
    kGdbFctrl = kGdbSt0 + 8,
    kGdbFstat,
    kGdbFtag,
    kGdbFiseg,
    kGdbFioff,
    kGdbFoseg,
    kGdbFooff,
    kGdbFop,
    kGdbCr0,
    kGdbCr2,
    kGdbCr3,
    kGdbCr4,
    kGdbRegisters,
};

/// Bytes of register `number` in a packet: 10 for ST(i), 4 for all others.
constexpr size_t gdb_register_size(size_t number) {
    return number >= kGdbSt0 && number < kGdbFctrl ? 10 : 4;
}

/// What is known of a thread's registers. One that does not run has saved only some.
class GdbRegisterFile {
  public:
    void set(size_t number, uint32_t value);
    void set_bytes(size_t number, std::string_view bytes);
    /// The register as in a packet; none: not known.
    [[nodiscard]] const std::optional<std::string>& bytes(size_t number) const { return values_[number]; }
    [[nodiscard]] std::optional<uint32_t> word(size_t number) const;

  private:
    std::array<std::optional<std::string>, kGdbRegisters> values_;
};

/// target.xml
std::string gdb_target_description();

}  // namespace mmscope

// SPDX-License-Identifier: GPL-2.0-or-later
// The one place that knows the private layout of Unicorn's saved CPU context, and checks that it is so.
//
// Delivering an exception needs state that Unicorn's register API refuses to write (CPL down, CR2, its
// bookkeeping of exceptions). A context saved by uc_context_save is a plain copy of that state; we edit the
// copy and restore it. The layout is not documented, so verify_context_layout() proves every offset used
// here against the public API and the effect of instructions before the first machine is built.
#pragma once

#include <unicorn/unicorn.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>

#include "base/error.h"
#include "cpu/cpu_state.h"

namespace mmscope {

/// A saved context and where the CPU state begins in it.
class CpuContext {
  public:
    /// Bytes from the start of the CPU state.
    enum Offset : size_t {
        kRegs = 0,  // 8 bytes each
        kEip = 128,
        kEflags = 136,  // without the condition codes while guest code runs
        kHflags = 176,
        kSegments = 184,  // 24 bytes each
        kLdtr = 328,
        kTr = 352,
        kGdt = 376,
        kIdt = 400,
        kCr = 424,  // 8 bytes each
        kErrorCode = 5352,
        kExceptionIsInt = 5356,
        kExceptionNextEip = 5360,
        kOldException = 5464,
        kEnd = 5512,
    };

    /// `start` is what verify_context_layout() found.
    CpuContext(uc_engine* engine, size_t start);
    ~CpuContext();
    CpuContext(const CpuContext&) = delete;
    CpuContext& operator=(const CpuContext&) = delete;

    /// Saves the engine's state here and reads it out.
    [[nodiscard]] CpuState save();
    /// Writes `state` into the saved copy, clears Unicorn's memory of the last exception, restores the
    /// engine.
    void restore(const CpuState& state);

    /// The error code of the exception being reported; valid after save().
    [[nodiscard]] uint32_t error_code() const { return get32(kErrorCode); }
    /// True if the exception being reported comes from INT n, INT3 or INTO; valid after save().
    [[nodiscard]] bool from_int_instruction() const { return get32(kExceptionIsInt) != 0; }

  private:
    [[nodiscard]] uint32_t get32(size_t offset) const {
        uint32_t value;
        std::memcpy(&value, state_ + offset, sizeof(value));
        return value;
    }
    void put32(size_t offset, uint32_t value) { std::memcpy(state_ + offset, &value, sizeof(value)); }
    void put64(size_t offset, uint64_t value) { std::memcpy(state_ + offset, &value, sizeof(value)); }
    [[nodiscard]] SegmentRegister get_segment(size_t offset) const;
    void put_segment(size_t offset, const SegmentRegister& segment);
    [[nodiscard]] TableRegister get_table(size_t offset) const;

    uc_engine* engine_;
    uc_context* context_ = nullptr;
    std::byte* state_ = nullptr;
};

/// Where the CPU state begins in a uc_context. Error: this Unicorn's layout is not the one known here;
/// names what differs.
Result<size_t> verify_context_layout();

}  // namespace mmscope

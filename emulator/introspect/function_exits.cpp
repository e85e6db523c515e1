// SPDX-License-Identifier: GPL-2.0-or-later
// Disassembles bodies with Capstone, following jumps from one to the next.
#include <capstone/capstone.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>
#include <span>
#include <utility>

#include "base/check.h"
#include "introspect/function.h"
#include "introspect/kernel_image.h"

namespace mmscope {

namespace {

constexpr size_t kMostBodies = 64;  // a chain of last calls in a kernel is short

class ExitFinder {
  public:
    explicit ExitFinder(const KernelImage& image) : image_(image) {
        CHECK(cs_open(CS_ARCH_X86, CS_MODE_32, &handle_) == CS_ERR_OK);
        cs_option(handle_, CS_OPT_DETAIL, CS_OPT_ON);
        instruction_ = cs_malloc(handle_);
    }
    ~ExitFinder() {
        cs_free(instruction_, 1);
        cs_close(&handle_);
    }
    ExitFinder(const ExitFinder&) = delete;
    ExitFinder& operator=(const ExitFinder&) = delete;

    Result<void> add(const FunctionModel& function) {
        if (!scan(function.entry, function.size))
            return fail(fmt::format("{}: has no code of {}", image_.name(), function.name));
        while (!to_visit_.empty() && visited_.size() < kMostBodies) {
            const LinearAddr target = *to_visit_.begin();
            to_visit_.erase(to_visit_.begin());
            const Symbol* symbol = image_.symbols().find(target);
            if (symbol != nullptr && symbol->is_function) scan(symbol->address, symbol->size);
        }
        return {};
    }

    [[nodiscard]] std::vector<LinearAddr> exits() const { return {exits_.begin(), exits_.end()}; }

  private:
    bool scan(LinearAddr entry, uint32_t size) {
        if (!visited_.insert(entry).second) return true;
        const auto code = image_.code(entry, size);
        const auto* at = reinterpret_cast<const uint8_t*>(code.data());
        size_t left = code.size();
        uint64_t address = entry.value;
        while (left > 0 && cs_disasm_iter(handle_, &at, &left, &address, instruction_))
            note(entry, size);
        return !code.empty();
    }

    void note(LinearAddr entry, uint32_t size) {
        const LinearAddr here(static_cast<uint32_t>(instruction_->address));
        if (cs_insn_group(handle_, instruction_, CS_GRP_RET)) exits_.insert(here);
        if (!cs_insn_group(handle_, instruction_, CS_GRP_JUMP)) return;
        const cs_x86_op& operand = instruction_->detail->x86.operands[0];
        if (operand.type != X86_OP_IMM) return;
        const LinearAddr target(static_cast<uint32_t>(operand.imm));
        if (target.value - entry.value >= size) to_visit_.insert(target);
    }

    const KernelImage& image_;
    csh handle_ = 0;
    cs_insn* instruction_ = nullptr;
    std::set<LinearAddr> exits_, visited_, to_visit_;
};

}  // namespace

const FunctionParameter* FunctionModel::find(std::string_view parameter) const {
    const auto it = std::ranges::find(parameters, parameter, &FunctionParameter::name);
    return it == parameters.end() ? nullptr : &*it;
}

Result<std::vector<LinearAddr>> find_exits(const KernelImage& image, const FunctionModel& function) {
    ExitFinder finder(image);
    if (auto ok = finder.add(function); !ok) return std::unexpected(ok.error());
    return finder.exits();
}

}  // namespace mmscope

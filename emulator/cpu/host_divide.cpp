// SPDX-License-Identifier: GPL-2.0-or-later
// Steps over a trapping IDIV of the host inside libunicorn.
#include "cpu/host_divide.h"

#include <link.h>
#include <signal.h>
#include <ucontext.h>
#include <unicorn/unicorn.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>

namespace mmscope {
namespace {

/// Addresses of libunicorn's code; written once, before the handler is installed.
struct CodeRange {
    uintptr_t first = 0, end = 0;
};
CodeRange unicorn_code;

int find_unicorn(dl_phdr_info* object, size_t, void*) {
    const auto inside = reinterpret_cast<uintptr_t>(&uc_open);
    for (int i = 0; i < object->dlpi_phnum; ++i) {
        const auto& segment = object->dlpi_phdr[i];
        const uintptr_t first = object->dlpi_addr + segment.p_vaddr;
        if (segment.p_type != PT_LOAD || inside < first || inside >= first + segment.p_memsz) continue;
        unicorn_code = {first, first + segment.p_memsz};
        return 1;
    }
    return 0;
}

/// Bytes of a ModR/M operand in 64-bit mode (SDM vol. 2, section 2.1.5), the ModR/M byte included.
uintptr_t operand_length(const uint8_t* modrm) {
    const unsigned mode = modrm[0] >> 6, rm = modrm[0] & 7;
    if (mode == 3) return 1;
    const bool sib = rm == 4;
    const bool wide_base = mode == 0 && (sib ? (modrm[1] & 7) == 5 : rm == 5);
    return 1 + (sib ? 1 : 0) + (mode == 1 ? 1 : mode == 2 || wide_base ? 4 : 0);
}

/// IDIV r/m32 or r/m64 with a quotient that does not fit: F7 /7, perhaps behind a REX prefix.
bool step_over_divide(greg_t* registers) {
    const auto rip = static_cast<uintptr_t>(registers[REG_RIP]);
    if (rip < unicorn_code.first || rip >= unicorn_code.end) return false;
    const auto* code = reinterpret_cast<const uint8_t*>(rip);
    const bool has_rex = (code[0] & 0xF0) == 0x40;
    const bool wide = has_rex && (code[0] & 8) != 0;
    const uint8_t* opcode = code + (has_rex ? 1 : 0);
    if (opcode[0] != 0xF7 || (opcode[1] >> 3 & 7) != 7) return false;
    registers[REG_RAX] = wide ? std::numeric_limits<int64_t>::min() : int64_t{0x80000000};
    registers[REG_RDX] = 0;
    registers[REG_RIP] = reinterpret_cast<greg_t>(opcode + 1 + operand_length(opcode + 1));
    return true;
}

void on_divide_error(int signal, siginfo_t*, void* context) {
    if (step_over_divide(static_cast<ucontext_t*>(context)->uc_mcontext.gregs)) return;
    ::signal(signal, SIG_DFL);  // the instruction traps again, and that ends the program
}

}  // namespace

Result<void> survive_host_divide_errors() {
    if (unicorn_code.end != 0) return {};
    if (dl_iterate_phdr(find_unicorn, nullptr) == 0) return fail("cannot find where Unicorn's code is");
    struct sigaction action {};
    action.sa_sigaction = on_divide_error;
    action.sa_flags = SA_SIGINFO;
    if (sigaction(SIGFPE, &action, nullptr) != 0) {
        return fail(std::string("cannot handle divide errors of the host: ") + std::strerror(errno));
    }
    return {};
}

}  // namespace mmscope

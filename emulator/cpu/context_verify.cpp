// SPDX-License-Identifier: GPL-2.0-or-later
// Proves the offsets of context_layout.h on an engine of its own, which is thrown away afterwards.
#include <fmt/format.h>

#include <array>
#include <vector>

#include "cpu/context_layout.h"

namespace mmscope {
namespace {

constexpr uint32_t kCode = 0x1000;
constexpr uint32_t kGdtBase = 0x2000;
constexpr uint32_t kIdtBase = 0x2800;
constexpr uint32_t kMemory = 0x10000;

struct EngineCloser {
    void operator()(uc_engine* engine) const { uc_close(engine); }
};
struct ContextFreer {
    void operator()(uc_context* context) const { uc_context_free(context); }
};
using EnginePtr = std::unique_ptr<uc_engine, EngineCloser>;
using ContextPtr = std::unique_ptr<uc_context, ContextFreer>;

/// A segment whose base no other has, so that a mixed-up offset shows.
Descriptor distinct_data(uint32_t index) {
    const uint32_t base = 0x100 * index;
    return {base << 16 | (0x4000 + index), (base >> 16) | 0x00C09300};
}

constexpr uint32_t kTssSelector = 0x38;
constexpr uint32_t kLdtSelector = 0x40;

std::array<Descriptor, 9> make_gdt() {
    std::array<Descriptor, 9> gdt{};
    gdt[1] = {0x0000FFFF, 0x00CF9B00};
    for (uint32_t i = 2; i <= 6; ++i)
        gdt[i] = distinct_data(i);
    gdt[7] = {0x30000067, 0x00008900};
    gdt[8] = {0x3800003F, 0x00008200};
    return gdt;
}

/// Loads every segment register, TR and LDTR with a descriptor of its own, then halts.
constexpr std::array<uint8_t, 49> kLoadSegments = {
    0x66, 0xB8, 0x10, 0x00, 0x8E, 0xC0,        // mov $0x10,%ax; mov %ax,%es
    0x66, 0xB8, 0x18, 0x00, 0x8E, 0xD0,        // ss
    0x66, 0xB8, 0x20, 0x00, 0x8E, 0xD8,        // ds
    0x66, 0xB8, 0x28, 0x00, 0x8E, 0xE0,        // fs
    0x66, 0xB8, 0x30, 0x00, 0x8E, 0xE8,        // gs
    0x66, 0xB8, 0x38, 0x00, 0x0F, 0x00, 0xD8,  // ltr
    0x66, 0xB8, 0x40, 0x00, 0x0F, 0x00, 0xD0,  // lldt
    0xFB,                                      // sti
    0x90,                                      // nop, in the shadow of sti
    0xF4,                                      // hlt
    0x90, 0x90};
constexpr uint32_t kShadowed = kCode + 45;
constexpr uint32_t kBadSelectorCode = 0x1200;
constexpr std::array<uint8_t, 6> kLoadBadSelector = {0x66, 0xB8, 0x37, 0x12, 0x8E, 0xD8};
constexpr uint32_t kIntCode = 0x1300;
constexpr std::array<uint8_t, 2> kIntInstruction = {0xCD, 0x21};

/// What the hooks keep: a copy of the context at the interesting moments.
struct Capture {
    uc_context* context;
    uint32_t shadowed_hflags = 0;
    size_t hflags_at = 0;
};

void on_interrupt(uc_engine* engine, uint32_t, void* user) {
    uc_context_save(engine, static_cast<Capture*>(user)->context);
    uc_emu_stop(engine);
}

void on_block(uc_engine* engine, uint64_t address, uint32_t, void* user) {
    if (address != kShadowed) return;
    auto* capture = static_cast<Capture*>(user);
    uc_context_save(engine, capture->context);
    std::memcpy(&capture->shadowed_hflags,
                reinterpret_cast<std::byte*>(capture->context) + capture->hflags_at, sizeof(uint32_t));
}

/// Finds eight 64-bit registers with known values.
Result<size_t> find_registers(uc_engine* engine, uc_context* context) {
    constexpr std::array<int, 8> kNames = {UC_X86_REG_EAX, UC_X86_REG_ECX, UC_X86_REG_EDX, UC_X86_REG_EBX,
                                           UC_X86_REG_ESP, UC_X86_REG_EBP, UC_X86_REG_ESI, UC_X86_REG_EDI};
    std::array<uint64_t, 8> wanted{};
    for (size_t i = 0; i < kNames.size(); ++i) {
        wanted[i] = 0xA5C30000u + 0x111u * (static_cast<uint32_t>(i) + 1);
        uc_reg_write(engine, kNames[i], &wanted[i]);
    }
    uc_context_save(engine, context);
    const size_t size = uc_context_size(engine);
    const auto* bytes = reinterpret_cast<const std::byte*>(context);
    for (size_t start = 0; start + sizeof(wanted) <= size && start < 512; start += 4) {
        if (std::memcmp(bytes + start, wanted.data(), sizeof(wanted)) == 0) return start;
    }
    return fail("the general registers are not where they can be found");
}

/// Collects the first thing that differs.
class Verdict {
  public:
    void expect(const char* what, uint64_t found, uint64_t wanted) {
        if (found == wanted || !text_.empty()) return;
        text_ = fmt::format("{} reads {:#x}, expected {:#x}", what, found, wanted);
    }
    [[nodiscard]] const std::string& text() const { return text_; }

  private:
    std::string text_;
};

}  // namespace

class ContextProof {
  public:
    ContextProof(uc_engine* engine, uc_context* context, size_t start)
        : engine_(engine), capture_{.context = context} {
        state_ = reinterpret_cast<std::byte*>(context) + start;
        capture_.hflags_at = start + 176;
    }

    [[nodiscard]] uint32_t get32(size_t offset) const {
        uint32_t value;
        std::memcpy(&value, state_ + offset, sizeof(value));
        return value;
    }
    void put32(size_t offset, uint32_t value) { std::memcpy(state_ + offset, &value, sizeof(value)); }
    Capture& capture() { return capture_; }
    uc_engine* engine() { return engine_; }
    Verdict verdict;

    void load_tables() {
        const auto gdt = make_gdt();
        uc_mem_write(engine_, kGdtBase, gdt.data(), sizeof(gdt));
        uc_mem_write(engine_, kCode, kLoadSegments.data(), kLoadSegments.size());
        uc_mem_write(engine_, kBadSelectorCode, kLoadBadSelector.data(), kLoadBadSelector.size());
        uc_mem_write(engine_, kIntCode, kIntInstruction.data(), kIntInstruction.size());
        uc_x86_mmr table{.selector = 0, .base = kGdtBase, .limit = sizeof(gdt) - 1, .flags = 0};
        uc_reg_write(engine_, UC_X86_REG_GDTR, &table);
        table = {.selector = 0, .base = kIdtBase, .limit = 0x7FF, .flags = 0};
        uc_reg_write(engine_, UC_X86_REG_IDTR, &table);
    }

    void run(uint32_t at) {
        uc_hook interrupts{}, blocks{};
        uc_hook_add(engine_, &interrupts, UC_HOOK_INTR, reinterpret_cast<void*>(on_interrupt), &capture_, 1,
                    0);
        uc_hook_add(engine_, &blocks, UC_HOOK_BLOCK, reinterpret_cast<void*>(on_block), &capture_, 1, 0);
        uc_emu_start(engine_, at, 0, 0, 64);
        uc_hook_del(engine_, interrupts);
        uc_hook_del(engine_, blocks);
    }

  private:
    uc_engine* engine_;
    std::byte* state_ = nullptr;
    Capture capture_;
};

namespace {

void expect_segment(ContextProof& proof, const char* name, size_t offset, uint32_t selector,
                    const Descriptor& descriptor) {
    proof.verdict.expect(name, proof.get32(offset), selector);
    proof.verdict.expect(name, proof.get32(offset + 8), descriptor.base());
    proof.verdict.expect(name, proof.get32(offset + 16), descriptor.limit());
    proof.verdict.expect(name, proof.get32(offset + 20) & 0xF0F000, descriptor.high & 0xF0F000);
}

}  // namespace

Result<size_t> verify_context_layout() {
    using C = CpuContext;
    uc_engine* raw_engine = nullptr;
    if (const uc_err error = uc_open(UC_ARCH_X86, UC_MODE_32, &raw_engine); error != UC_ERR_OK) {
        return fail(fmt::format("Unicorn cannot emulate an i386: {}", uc_strerror(error)));
    }
    const EnginePtr engine(raw_engine);
    uc_mem_map(raw_engine, 0, kMemory, UC_PROT_ALL);
    uc_context* raw_context = nullptr;
    uc_context_alloc(raw_engine, &raw_context);
    const ContextPtr context(raw_context);
    const std::string version = fmt::format("Unicorn {}.{}", uc_version(nullptr, nullptr) >> 24,
                                            uc_version(nullptr, nullptr) >> 16 & 0xFF);
    const auto start = find_registers(raw_engine, raw_context);
    if (!start) return fail(version + ": " + start.error().message);
    if (uc_context_size(raw_engine) < *start + C::kEnd)
        return fail(version + ": its saved context is too short");

    ContextProof proof(raw_engine, raw_context, *start);
    Verdict& verdict = proof.verdict;
    proof.load_tables();
    proof.run(kCode);
    verdict.expect("interrupt shadow after STI", proof.capture().shadowed_hflags >> 3 & 1, 1);
    verdict.expect("CS32, SS32 and PE", proof.capture().shadowed_hflags >> 4 & 0xB, 0xB);
    uc_context_save(raw_engine, raw_context);
    const auto gdt = make_gdt();
    constexpr std::array<std::pair<const char*, size_t>, 5> kLoaded = {
        {{"ES", 0}, {"SS", 2}, {"DS", 3}, {"FS", 4}, {"GS", 5}}};
    for (uint32_t i = 0; i < kLoaded.size(); ++i) {
        expect_segment(proof, kLoaded[i].first, C::kSegments + 24 * kLoaded[i].second, 0x10 + 8 * i,
                       gdt[2 + i]);
    }
    expect_segment(proof, "LDTR", C::kLdtr, kLdtSelector, gdt[8]);
    verdict.expect("TR", proof.get32(C::kTr), kTssSelector);
    verdict.expect("TR base", proof.get32(C::kTr + 8), gdt[7].base());
    verdict.expect("GDTR base", proof.get32(C::kGdt + 8), kGdtBase);
    verdict.expect("GDTR limit", proof.get32(C::kGdt + 16), sizeof(gdt) - 1);
    verdict.expect("IDTR base", proof.get32(C::kIdt + 8), kIdtBase);
    verdict.expect("IDTR limit", proof.get32(C::kIdt + 16), 0x7FF);
    verdict.expect("IF", proof.get32(C::kEflags) >> 9 & 1, 1);

    proof.run(kBadSelectorCode);
    verdict.expect("error code", proof.get32(C::kErrorCode), 0x1234);
    verdict.expect("last exception", proof.get32(C::kOldException), 13);
    verdict.expect("EIP of a fault", proof.get32(C::kEip), kBadSelectorCode + 4);
    verdict.expect("INT flag of a fault", proof.get32(C::kExceptionIsInt), 0);
    proof.run(kIntCode);
    verdict.expect("INT flag", proof.get32(C::kExceptionIsInt), 1);
    verdict.expect("EIP behind INT", proof.get32(C::kExceptionNextEip), kIntCode + 2);

    uc_context_save(raw_engine, raw_context);
    constexpr std::array<std::pair<int, size_t>, 4> kControls = {
        {{UC_X86_REG_CR0, 0}, {UC_X86_REG_CR2, 2}, {UC_X86_REG_CR3, 3}, {UC_X86_REG_CR4, 4}}};
    for (const auto& [name, index] : kControls) {
        const uint32_t wanted = index == 0   ? 0x11
                                : index == 4 ? 0x10
                                             : 0x5000 + 0x1000 * static_cast<uint32_t>(index);
        proof.put32(C::kCr + 8 * index, wanted);
        uc_context_restore(raw_engine, raw_context);
        uint64_t found = 0;
        uc_reg_read(raw_engine, name, &found);
        verdict.expect("control register", static_cast<uint32_t>(found), wanted);
    }
    if (!verdict.text().empty()) {
        return fail(fmt::format("{} keeps its CPU state in another layout than the one known here: {}",
                                version, verdict.text()));
    }
    return *start;
}

}  // namespace mmscope

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
constexpr uint32_t kIdtLimit = 0x7FF;
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

/// Runs the little programs above and compares what they leave in the saved context with what they did.
class ContextProof {
  public:
    ContextProof(uc_engine* engine, uc_context* context, size_t start)
        : engine_(engine),
          state_(reinterpret_cast<std::byte*>(context) + start),
          capture_{.context = context, .hflags_at = start + CpuContext::kHflags} {
        load_memory();
    }

    void prove_segments();
    void prove_exceptions();
    void prove_control_registers();
    [[nodiscard]] const std::string& text() const { return verdict_.text(); }

  private:
    using C = CpuContext;

    [[nodiscard]] uint32_t get32(size_t offset) const {
        uint32_t value;
        std::memcpy(&value, state_ + offset, sizeof(value));
        return value;
    }
    void load_memory();
    void run(uint32_t at);
    void expect_segment(const char* name, size_t offset, uint32_t selector, const Descriptor& descriptor);

    uc_engine* engine_;
    std::byte* state_;
    Capture capture_;
    Verdict verdict_;
};

void ContextProof::load_memory() {
    const auto gdt = make_gdt();
    uc_mem_write(engine_, kGdtBase, gdt.data(), sizeof(gdt));
    uc_mem_write(engine_, kCode, kLoadSegments.data(), kLoadSegments.size());
    uc_mem_write(engine_, kBadSelectorCode, kLoadBadSelector.data(), kLoadBadSelector.size());
    uc_mem_write(engine_, kIntCode, kIntInstruction.data(), kIntInstruction.size());
    uc_x86_mmr table{.selector = 0, .base = kGdtBase, .limit = sizeof(gdt) - 1, .flags = 0};
    uc_reg_write(engine_, UC_X86_REG_GDTR, &table);
    table = {.selector = 0, .base = kIdtBase, .limit = kIdtLimit, .flags = 0};
    uc_reg_write(engine_, UC_X86_REG_IDTR, &table);
}

void ContextProof::run(uint32_t at) {
    uc_hook interrupts{}, blocks{};
    uc_hook_add(engine_, &interrupts, UC_HOOK_INTR, reinterpret_cast<void*>(on_interrupt), &capture_, 1, 0);
    uc_hook_add(engine_, &blocks, UC_HOOK_BLOCK, reinterpret_cast<void*>(on_block), &capture_, 1, 0);
    uc_emu_start(engine_, at, 0, 0, 64);
    uc_hook_del(engine_, interrupts);
    uc_hook_del(engine_, blocks);
}

void ContextProof::expect_segment(const char* name, size_t offset, uint32_t selector,
                                  const Descriptor& descriptor) {
    constexpr uint32_t kKeptByEngine = 0xF0F000;  // the type field changes as the segment is used
    verdict_.expect(name, get32(offset), selector);
    verdict_.expect(name, get32(offset + 8), descriptor.base());
    verdict_.expect(name, get32(offset + 16), descriptor.limit());
    verdict_.expect(name, get32(offset + 20) & kKeptByEngine, descriptor.high & kKeptByEngine);
}

void ContextProof::prove_segments() {
    run(kCode);
    verdict_.expect("interrupt shadow after STI", capture_.shadowed_hflags >> 3 & 1, 1);
    verdict_.expect("CS32, SS32 and PE", capture_.shadowed_hflags >> 4 & 0xB, 0xB);
    uc_context_save(engine_, capture_.context);
    const auto gdt = make_gdt();
    constexpr std::array<std::pair<const char*, size_t>, 5> kLoaded = {
        {{"ES", kEs}, {"SS", kSs}, {"DS", kDs}, {"FS", kFs}, {"GS", kGs}}};
    for (uint32_t i = 0; i < kLoaded.size(); ++i) {
        expect_segment(kLoaded[i].first, C::kSegments + 24 * kLoaded[i].second, 0x10 + 8 * i, gdt[2 + i]);
    }
    expect_segment("LDTR", C::kLdtr, kLdtSelector, gdt[8]);
    expect_segment("TR", C::kTr, kTssSelector, gdt[7]);
    verdict_.expect("GDTR base", get32(C::kGdt + 8), kGdtBase);
    verdict_.expect("GDTR limit", get32(C::kGdt + 16), sizeof(gdt) - 1);
    verdict_.expect("IDTR base", get32(C::kIdt + 8), kIdtBase);
    verdict_.expect("IDTR limit", get32(C::kIdt + 16), kIdtLimit);
    verdict_.expect("IF", get32(C::kEflags) >> 9 & 1, 1);
}

void ContextProof::prove_exceptions() {
    run(kBadSelectorCode);
    verdict_.expect("error code", get32(C::kErrorCode), 0x1234);
    verdict_.expect("last exception", get32(C::kOldException), 13);
    verdict_.expect("EIP of a fault", get32(C::kEip), kBadSelectorCode + 4);
    verdict_.expect("INT flag of a fault", get32(C::kExceptionIsInt), 0);
    run(kIntCode);
    verdict_.expect("INT flag", get32(C::kExceptionIsInt), 1);
    verdict_.expect("EIP behind INT", get32(C::kExceptionNextEip), kIntCode + 2);
}

void ContextProof::prove_control_registers() {
    struct Control {
        int name;
        size_t index;
        uint32_t value;
    };
    constexpr std::array<Control, 4> kControls = {{{UC_X86_REG_CR0, 0, 0x11},
                                                   {UC_X86_REG_CR2, 2, 0x7000},
                                                   {UC_X86_REG_CR3, 3, 0x8000},
                                                   {UC_X86_REG_CR4, 4, 0x10}}};
    uc_context_save(engine_, capture_.context);
    for (const Control& control : kControls) {
        std::memcpy(state_ + C::kCr + 8 * control.index, &control.value, sizeof(control.value));
        uc_context_restore(engine_, capture_.context);
        uint64_t found = 0;
        uc_reg_read(engine_, control.name, &found);
        verdict_.expect("control register", static_cast<uint32_t>(found), control.value);
    }
}

}  // namespace

Result<size_t> verify_context_layout() {
    uc_engine* engine = nullptr;
    if (const uc_err error = uc_open(UC_ARCH_X86, UC_MODE_32, &engine); error != UC_ERR_OK) {
        return fail(fmt::format("Unicorn cannot emulate an i386: {}", uc_strerror(error)));
    }
    const EnginePtr engine_owner(engine);
    uc_mem_map(engine, 0, kMemory, UC_PROT_ALL);
    uc_context* context = nullptr;
    uc_context_alloc(engine, &context);
    const ContextPtr context_owner(context);
    const unsigned number = uc_version(nullptr, nullptr);
    const std::string version =
        fmt::format("Unicorn {}.{}.{}", number >> 24, number >> 16 & 0xFF, number >> 8 & 0xFF);
    const auto start = find_registers(engine, context);
    if (!start) return fail(version + ": " + start.error().message);
    if (uc_context_size(engine) < *start + CpuContext::kEnd)
        return fail(version + ": its saved context is too short");

    ContextProof proof(engine, context, *start);
    proof.prove_segments();
    proof.prove_exceptions();
    proof.prove_control_registers();
    if (proof.text().empty()) return *start;
    return fail(fmt::format("{} keeps its CPU state in another layout than the one known here: {}", version,
                            proof.text()));
}

}  // namespace mmscope

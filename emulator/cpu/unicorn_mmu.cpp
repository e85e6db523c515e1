// SPDX-License-Identifier: GPL-2.0-or-later
// Answers Unicorn's virtual TLB, and turns a refused answer into a page fault with its exact byte.
#include "cpu/unicorn_cpu.h"

namespace mmscope {
namespace {

TlbUse use_of(Access access, Privilege privilege) {
    const bool write = access == Access::Write;
    if (privilege == Privilege::User) return write ? TlbUse::UserWrite : TlbUse::UserRead;
    return write ? TlbUse::SupervisorWrite : TlbUse::SupervisorRead;
}

Walk as_walk(const Translation& translation) {
    Walk walk;
    walk.address = translation.page;
    walk.present = true;
    walk.writable = translation.writable;
    walk.user = translation.user;
    return walk;
}

bool in_table(LinearAddr page, uint32_t base, uint32_t limit) {
    const LinearAddr first = LinearAddr(base).page();
    return page - first <= LinearAddr(base + limit).page() - first;
}

}  // namespace

Privilege UnicornCpu::current_privilege() const {
    return current_cpl() == 3 ? Privilege::User : Privilege::Supervisor;
}

/// Another fill for the first write is none to the TLB: the translation has answered it already.
bool UnicornCpu::stays_writable(PhysAddr frame, Access access) const {
    DirtyPages& dirty = memory_.dirty();
    if (!dirty.watching() || !memory_.contains(frame, kPageSize)) return true;
    if (access == Access::Write) dirty.add(frame);
    return dirty.contains(frame);
}

bool UnicornCpu::watch_pages() {
    if (config_.mmu != MmuKind::Own) return false;
    memory_.dirty().start();
    flush_engine_tlb();
    return true;
}

void UnicornCpu::answer(const Translation& translation, Access access, Privilege privilege,
                        uc_tlb_entry& result) const {
    const bool may_write =
        translation.writable || (privilege == Privilege::Supervisor && !mode_.write_protect);
    // A clean page is entered read-only, so that its first write comes back here and sets D.
    const bool write = may_write && (translation.dirty || access == Access::Write) &&
                       stays_writable(translation.frame, access);
    result.paddr = translation.frame.value;
    result.perms = engine_rights(translation.page, write);
}

bool UnicornCpu::fill(LinearAddr address, Access access, uc_tlb_entry& result) {
    const LinearAddr page = address.page();
    if (guards(page, access)) {
        refusal_ = {.active = true, .watched = true, .page = page, .access = access};
        return false;
    }
    if (!mode_.paging) {
        if (access == Access::Fetch && !memory_.contains(PhysAddr(page.value), kPageSize)) {
            return refuse({.walk = walk_page(memory_, mode_, page), .violation = {}}, page, access);
        }
        result.paddr = page.value;
        result.perms = engine_rights(page, stays_writable(PhysAddr(page.value), access));
        return true;
    }
    Privilege privilege = current_privilege();
    if (privilege == Privilege::User && has_supervisor_pass(page)) privilege = Privilege::Supervisor;
    const TlbUse use = use_of(access, privilege);
    if (const auto live = tlb_.find(page)) {
        const bool allowed = !find_violation(as_walk(*live), mode_, access, privilege);
        if (allowed && (access != Access::Write || live->dirty)) {
            tlb_.reuse(page, use);
            answer(*live, access, privilege, result);
            return true;
        }
    }
    const PageAccess found = access_page(memory_, mode_, page, access, privilege);
    const bool no_code = access == Access::Fetch && !found.violation &&
                         !memory_.contains(found.walk.physical.page(), kPageSize);
    if (found.violation || no_code) return refuse(found, page, access);
    const Translation translation{.page = page,
                                  .frame = found.walk.physical.page(),
                                  .writable = found.walk.writable,
                                  .user = found.walk.user,
                                  .global = found.walk.global,
                                  .large = found.walk.large,
                                  .dirty = found.walk.dirty || access == Access::Write};
    if (access == Access::Fetch && !tlb_.find(page)) blocks_.forget_page(page);
    if (wants_tlb_events_ && !tlb_.find(page)) observer_->tlb_filled(found.walk, current_moment());
    tlb_.enter(translation, use);
    answer(translation, access, privilege, result);
    return true;
}

bool UnicornCpu::refuse(const PageAccess& result, LinearAddr page, Access access) {
    if (result.violation) tlb_.drop(page);
    refusal_ = {.active = true,
                .not_memory = !result.violation,
                .page = page,
                .access = access,
                .error_code = result.violation.value_or(0)};
    return false;
}

/// During a one-shot restart: does the processor itself read here, and not the program?
bool UnicornCpu::has_supervisor_pass(LinearAddr address) {
    if (one_shot_ == 0) return false;
    uc_x86_mmr gdt{}, ldtr{}, tr{};
    uc_reg_read(engine_, UC_X86_REG_GDTR, &gdt);
    uc_reg_read(engine_, UC_X86_REG_LDTR, &ldtr);
    uc_reg_read(engine_, UC_X86_REG_TR, &tr);
    const auto covers = [page = address.page()](const uc_x86_mmr& table) {
        return in_table(page, static_cast<uint32_t>(table.base), table.limit);
    };
    return address.page() == one_shot_page_ || covers(gdt) || (ldtr.limit != 0 && covers(ldtr)) ||
           (tr.selector != 0 && covers(tr));
}

bool UnicornCpu::is_implicit_access(const CpuState& state, const InstructionForm& form) const {
    if (state.cpl != 3 || !form.reads_descriptors || refusal_.access == Access::Fetch) return false;
    const Walk walk = walk_page(memory_, mode_, refusal_.page);
    if (find_violation(walk, mode_, refusal_.access, Privilege::Supervisor)) return false;
    // An operand of the program itself on that page is what was refused.
    if (find_faulting_byte(form, state, refusal_.page, refusal_.access)) return false;
    // A call gate also pushes on the inner stack.
    return in_descriptor_tables(state, refusal_.page) || refusal_.access == Access::Write;
}

bool UnicornCpu::in_descriptor_tables(const CpuState& state, LinearAddr address) {
    const LinearAddr page = address.page();
    // At reset there is a table of 64 KiB at 0 without a selector (SDM vol. 3, table 9-1).
    const bool in_ldt = state.ldtr.limit != 0 && in_table(page, state.ldtr.base, state.ldtr.limit);
    const bool in_tss = !state.tr.selector.null() && in_table(page, state.tr.base, state.tr.limit);
    return in_ldt || in_tss || in_table(page, state.gdt.base, state.gdt.limit);
}

LinearAddr UnicornCpu::faulting_address(const CpuState& state, const InstructionForm& form) const {
    if (refusal_.access == Access::Fetch) {
        const LinearAddr eip = state.linear_eip();
        return eip.page() == refusal_.page ? eip : refusal_.page;
    }
    return find_faulting_byte(form, state, refusal_.page, refusal_.access).value_or(refusal_.page);
}

bool UnicornCpu::handle_refusal() {
    refusal_.active = false;
    CpuState state = save_state();
    leave_block_at(state.linear_eip());
    if (refusal_.watched) {
        begin_watch_pass(state);
        return true;
    }
    if (refusal_.not_memory) return raise(state, {.vector = kInvalidOpcode});

    std::array<uint8_t, kLongestInstruction> code{};
    InstructionForm form;
    if (refusal_.access != Access::Fetch) {
        const uint32_t size = read_code(state.linear_eip(), code);
        const PhysAddr where = look_up(state.linear_eip()).value_or(PhysAddr(0));
        form = decoder_.decode(where, std::span(code).first(size), state.segments[kCs].big());
    }
    if (is_implicit_access(state, form)) {
        one_shot_ = 2;
        one_shot_page_ = refusal_.page;
        resume_quietly(state.eip);
        return true;
    }
    return raise(state, {.vector = kPageFaultVector,
                         .error_code = refusal_.error_code,
                         .cr2 = faulting_address(state, form)});
}

void UnicornCpu::read_paging_mode() {
    cr0_ = read_register(UC_X86_REG_CR0);
    const uint32_t cr4 = read_register(UC_X86_REG_CR4);
    mode_.directory = PhysAddr(read_register(UC_X86_REG_CR3)).page();
    mode_.paging = (cr0_ & kCr0Pg) != 0;
    mode_.write_protect = (cr0_ & kCr0Wp) != 0;
    mode_.large_pages = (cr4 & kCr4Pse) != 0;
    mode_.global_pages = (cr4 & kCr4Pge) != 0;
}

void UnicornCpu::load_directory(uint32_t cr3) {
    const PhysAddr directory = PhysAddr(cr3).page();
    tlb_.load_directory(directory);
    supervisor_.flush();
    // Under Unicorn's MMU no fill tells that a code page is another one now.
    if (config_.mmu == MmuKind::Unicorn && directory != mode_.directory) blocks_.clear();
    if (observer_ != nullptr) observer_->directory_load(directory);
    tell_dropped(TlbDrop::Directory);
    mode_.directory = directory;
}

void UnicornCpu::load_paging_bits(uint32_t cr0, uint32_t cr4) {
    const PagingMode old = mode_;
    const bool left_real_mode = ((cr0 ^ cr0_) & kCr0Pe) != 0;
    cr0_ = cr0;
    mode_.paging = (cr0 & kCr0Pg) != 0;
    mode_.write_protect = (cr0 & kCr0Wp) != 0;
    mode_.large_pages = (cr4 & kCr4Pse) != 0;
    mode_.global_pages = (cr4 & kCr4Pge) != 0;
    const bool changed = old.paging != mode_.paging || old.write_protect != mode_.write_protect ||
                         old.large_pages != mode_.large_pages || old.global_pages != mode_.global_pages;
    if (!changed && !left_real_mode) return;
    tlb_.flush_all();
    tell_dropped(TlbDrop::All);
    supervisor_.flush();
    blocks_.clear();
}

/// Without touching translated code: a write of CR3 is what empties the engine's TLB. While paging is off it
/// does not.
void UnicornCpu::flush_engine_tlb() {
    if (!mode_.paging) {
        uc_ctl_flush_tlb(engine_);
        return;
    }
    const uint32_t cr3 = read_register(UC_X86_REG_CR3);
    uc_reg_write(engine_, UC_X86_REG_CR3, &cr3);
}

}  // namespace mmscope

// SPDX-License-Identifier: GPL-2.0-or-later
// What an observer is told, and what that costs: hooks exist only while somebody wants them.
#include "cpu/unicorn_cpu.h"

namespace mmscope {

void UnicornCpu::set_observer(CpuObserver* observer) {
    observer_ = observer;
    wants_tlb_events_ = observer != nullptr && observer->wants_tlb_events();
    watch_writes(observer != nullptr && observer->wants_memory_writes());
    const bool wants = observer != nullptr && observer->wants_interrupt_returns();
    if (wants == wants_returns_) return;
    wants_returns_ = wants;
    blocks_.clear();  // each block is looked at again, and its IRETs get their probes
}

/// Translated code either looks for such hooks or does not.
void UnicornCpu::watch_writes(bool wanted) {
    if (wanted == has_write_hook_) return;
    has_write_hook_ = wanted;
    if (wanted) {
        const uc_err error = uc_hook_add(engine_, &write_hook_, UC_HOOK_MEM_WRITE,
                                         reinterpret_cast<void*>(on_write), this, uint64_t{1}, uint64_t{0});
        CHECK(error == UC_ERR_OK);
    } else {
        uc_hook_del(engine_, write_hook_);
    }
    drop_code();
}

void UnicornCpu::on_write(uc_engine*, uc_mem_type, uint64_t address, int size, int64_t value, void* user) {
    const UnicornCpu& cpu = *static_cast<const UnicornCpu*>(user);
    if (cpu.observer_ == nullptr || cpu.stop_cause_ != StopCause::None) return;
    const PhysAddr physical(
        static_cast<uint32_t>(address));  // Unicorn's hooks on memory get physical addresses
    if (!cpu.memory_.contains(physical, 1)) return;
    cpu.observer_->memory_written({physical, static_cast<uint32_t>(size), static_cast<uint64_t>(value)},
                                  cpu.current_moment());
}

void UnicornCpu::tell_dropped(TlbDrop how, LinearAddr page) {
    if (wants_tlb_events_) observer_->tlb_dropped(how, page, current_moment());
}

}  // namespace mmscope

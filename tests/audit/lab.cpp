// SPDX-License-Identifier: GPL-2.0-or-later
// Boots, stops at the checkpoint, and keeps RAM and paging mode.
#include "tests/audit/lab.h"

#include <fmt/format.h>

#include <cstring>
#include <filesystem>

#include "base/check.h"
#include "machine/machine.h"
#include "tests/support/child_process.h"

namespace mmscope::test {

namespace {

class StopAt final : public MachineHost {
  public:
    explicit StopAt(uint32_t id) : id_(id) {}
    void checkpoint(Machine& machine, uint32_t id) override {
        if (id != id_ || reached) return;
        reached = true;
        const auto bytes = machine.memory().bytes();
        ram.assign(bytes.begin(), bytes.end());
        moment = {machine.now(), machine.cpu().instructions(), machine.cpu().paging()};
        machine.request_stop();
    }
    bool reached = false;
    std::vector<std::byte> ram;
    MachineMoment moment;

  private:
    uint32_t id_;
};

}  // namespace

bool StillRam::read(PhysAddr address, std::span<std::byte> out) const {
    if (address.value >= bytes.size() || out.size() > bytes.size() - address.value) return false;
    const uint64_t end = uint64_t{address.value} + out.size();
    if (address < PhysicalMemory::kHoleEnd && end > PhysicalMemory::kHoleFirst.value) return false;
    std::memcpy(out.data(), bytes.data() + address.value, out.size());
    return true;
}

/// Beside the default edition's.
std::string kernel_of(const Lab::Setup& setup) {
    return std::filesystem::path(KERNEL).replace_filename(fmt::format("kernel-{}.elf", setup.edition));
}

Lab::Lab(uint32_t id, const Setup& setup) {
    run_to(id, setup);
    auto inspector = Inspector::open(kernel_of(setup), ram_, [this] { return moment_; });
    CHECK(inspector);
    inspector_ = std::move(*inspector);
    choose_subject();
}

void Lab::run_to(uint32_t checkpoint, const Setup& setup) {
    const std::string kernel = read_text(kernel_of(setup)), initramfs = read_text(INITRAMFS);
    auto machine =
        Machine::create({.ram = setup.ram, .rtc_start = 1230161197, .disks = {setup.disk, nullptr}}, {});
    CHECK(machine);
    const auto loaded = (*machine)->load_multiboot({kernel_of(setup),
                                                    std::as_bytes(std::span(kernel)),
                                                    setup.command_line,
                                                    {{"initramfs", std::as_bytes(std::span(initramfs))}}});
    CHECK(loaded);
    StopAt host(checkpoint);
    (*machine)->set_host(&host);
    (*machine)->run({VirtualTime{10'000'000'000}});
    CHECK(host.reached);
    whole_ = ram_.bytes = host.ram;
    moment_ = host.moment;
}

void Lab::choose_subject() {
    const auto list = inspector_->tasks();
    CHECK(list && list->problems.empty());
    for (const TaskModel& task : list->tasks) {
        if (task.is_kernel_thread()) continue;
        other_mm_ = mm_;
        task_ = task.at;
        mm_ = task.mm;
    }
    CHECK(mm_.value != 0 && mm_ != other_mm_);
}

void Lab::restore() {
    ram_.bytes = whole_;
}

AuditReport Lab::audit(AuditPlace place) {
    const auto auditor = Auditor::create(*inspector_);
    CHECK(auditor);
    const auto report = (*auditor)->audit(place);
    CHECK(report);
    return *report;
}

uint32_t Lab::word(LinearAddr at) const {
    const auto value = inspector_->memory()->memory.read_u32(at);
    CHECK(value);
    return *value;
}

void Lab::set_word(LinearAddr at, uint32_t value) {
    const Walk walk = inspector_->memory()->memory.walk(at);
    CHECK(walk.present && walk.physical.value <= ram_.bytes.size() - 4);
    std::memcpy(ram_.bytes.data() + walk.physical.value, &value, 4);
}

uint32_t Lab::offset(std::string_view tag, std::string_view member) const {
    const Type* type = inspector_->kernel().image().types().find_tag(tag);
    CHECK(type);
    const auto place = find_member(*type, member);
    CHECK(place);
    return place->offset;
}

uint32_t Lab::get(LinearAddr object, std::string_view tag, std::string_view member) const {
    return word(object + offset(tag, member));
}
void Lab::set(LinearAddr object, std::string_view tag, std::string_view member, uint32_t value) {
    set_word(object + offset(tag, member), value);
}
void Lab::add(LinearAddr object, std::string_view tag, std::string_view member, uint32_t difference) {
    set(object, tag, member, get(object, tag, member) + difference);
}

LinearAddr Lab::symbol(std::string_view name) const {
    const Symbol* symbol = inspector_->kernel().symbols().find(name);
    CHECK(symbol);
    return symbol->address;
}

LinearAddr Lab::vma(uint32_t n) const {
    LinearAddr at(get(mm_, "mm_struct", "mmap"));
    for (uint32_t i = 0; i < n; ++i)
        at = LinearAddr(get(at, "vm_area_struct", "vm_next"));
    CHECK(at.value != 0);
    return at;
}

LinearAddr Lab::find_vma(uint32_t with, uint32_t without, Backing backing) const {
    for (LinearAddr at = vma(); at.value != 0; at = LinearAddr(get(at, "vm_area_struct", "vm_next"))) {
        const uint32_t flags = get(at, "vm_area_struct", "vm_flags");
        const bool file = get(at, "vm_area_struct", "vm_file") != 0;
        const bool fits = backing == Backing::Any || file == (backing == Backing::File);
        if (fits && (flags & with) == with && (flags & without) == 0) return at;
    }
    CHECK(false);
    return {};
}

LinearAddr Lab::pte_at(uint32_t address) const {
    const uint32_t pde = word(LinearAddr(get(mm_, "mm_struct", "pgd")) + (address >> 22) * 4);
    if ((pde & 1) == 0) return {};
    return LinearAddr(0xC0000000 + (pde & kPageMask) + (address >> kPageShift & 1023) * 4);
}

LinearAddr Lab::page(uint32_t pfn) const {
    const Type* type = inspector_->kernel().image().types().find_tag("page");
    CHECK(type);
    return LinearAddr(word(symbol("mem_map"))) + pfn * type->size;
}

}  // namespace mmscope::test

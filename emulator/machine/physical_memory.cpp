// SPDX-License-Identifier: GPL-2.0-or-later
// Guest RAM as one anonymous mapping: pages the guest never touches cost the host nothing.
#include "machine/physical_memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>

namespace mmscope {

Result<std::unique_ptr<PhysicalMemory>> PhysicalMemory::create(uint32_t size) {
    constexpr uint32_t kMebibyte = 1u << 20;
    if (size < kMebibyte || size > 3072u * kMebibyte || size % kMebibyte != 0) {
        return fail("RAM of " + std::to_string(size) +
                    " bytes: expected a multiple of 1 MiB from 1 MiB to 3072 MiB");
    }
    void* base =
        mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) {
        return fail("no host memory for " + std::to_string(size / kMebibyte) +
                    " MiB of guest RAM: " + std::strerror(errno));
    }
    return std::unique_ptr<PhysicalMemory>(new PhysicalMemory(static_cast<std::byte*>(base), size));
}

PhysicalMemory::~PhysicalMemory() {
    munmap(base_, size_);
}

bool PhysicalMemory::read(PhysAddr address, std::span<std::byte> out) const {
    if (out.size() > size_ || !contains(address, static_cast<uint32_t>(out.size()))) return false;
    std::ranges::copy_n(base_ + address.value, static_cast<std::ptrdiff_t>(out.size()), out.begin());
    return true;
}

bool PhysicalMemory::write(PhysAddr address, std::span<const std::byte> in) {
    if (in.size() > size_ || !contains(address, static_cast<uint32_t>(in.size()))) return false;
    std::ranges::copy(in, base_ + address.value);
    if (!dirty_.watching() || in.empty()) return true;
    const PhysAddr last = address + static_cast<uint32_t>(in.size() - 1);
    for (uint32_t page = address.page_number(); page <= last.page_number(); ++page)
        dirty_.add(PhysAddr(page * kPageSize));
    return true;
}

}  // namespace mmscope

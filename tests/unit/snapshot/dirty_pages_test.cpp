// SPDX-License-Identifier: GPL-2.0-or-later
// Everybody who writes to RAM marks the page.
#include <gtest/gtest.h>

#include "cpu/supervisor_memory.h"
#include "machine/machine.h"
#include "machine/physical_memory.h"
#include "mmu/page_access.h"

namespace mmscope {
namespace {

using Numbers = std::vector<uint32_t>;

TEST(dirty_pages, a_write_marks_each_page_that_it_touches_once_somebody_watches) {
    const auto memory = std::move(PhysicalMemory::create(2u << 20).value());
    const std::vector<std::byte> bytes(2 * kPageSize, std::byte{1});
    ASSERT_TRUE(memory->write(PhysAddr(0x3FFF), bytes));
    EXPECT_EQ(memory->dirty().numbers(), Numbers{});
    memory->dirty().start();
    ASSERT_TRUE(memory->write(PhysAddr(0x3FFF), bytes));
    ASSERT_TRUE(memory->write(PhysAddr(0x1FFFFF), std::span(bytes).first(1)));
    ASSERT_TRUE(memory->write(PhysAddr(0x8000), {}));
    EXPECT_EQ(memory->dirty().numbers(), (Numbers{3, 4, 5, 511}));
    memory->dirty().start();
    EXPECT_EQ(memory->dirty().numbers(), Numbers{});
}

TEST(dirty_pages, a_walk_marks_the_table_whose_entry_it_changes_and_no_other) {
    const auto memory = std::move(PhysicalMemory::create(2u << 20).value());
    const uint32_t directory_entry = 0x2000 | kPresent | kAccessed, entry = 0x5000 | kPresent | kWritable;
    ASSERT_TRUE(memory->write(PhysAddr(0x1000), std::as_bytes(std::span(&directory_entry, 1))));
    ASSERT_TRUE(memory->write(PhysAddr(0x2000), std::as_bytes(std::span(&entry, 1))));
    memory->dirty().start();
    const PagingMode mode{.directory = PhysAddr(0x1000), .paging = true};
    EXPECT_FALSE(access_page(*memory, mode, LinearAddr(0), Access::Read, Privilege::Supervisor).violation);
    EXPECT_EQ(memory->dirty().numbers(), Numbers{2});
    memory->dirty().start();
    EXPECT_FALSE(access_page(*memory, mode, LinearAddr(0), Access::Read, Privilege::Supervisor).violation);
    EXPECT_EQ(memory->dirty().numbers(), Numbers{}) << "A is set already";
}

TEST(dirty_pages, each_reader_gets_what_was_written_since_he_asked) {
    DirtyPages dirty(2u << 20);
    const size_t one = dirty.add_reader(), other = dirty.add_reader();
    dirty.start();
    dirty.add(PhysAddr(0x3000));
    dirty.start();
    EXPECT_EQ(dirty.take(one), Numbers{3});
    dirty.add(PhysAddr(0x4000));
    dirty.start();
    EXPECT_EQ(dirty.take(one), Numbers{4});
    EXPECT_EQ(dirty.take(other), (Numbers{3, 4}));
    EXPECT_EQ(dirty.take(other), Numbers{});
}

class NoPins final : public CpuPins {
  public:
    uint32_t read_port(uint16_t, Width) override { return 0; }
    void write_port(uint16_t, Width, uint32_t) override {}
    uint32_t read_memory(PhysAddr, Width) override { return 0; }
    void write_memory(PhysAddr, Width, uint32_t) override {}
    [[nodiscard]] bool interrupt_requested() const override { return false; }
    uint8_t acknowledge_interrupt() override { return 0; }
    bool clock_expired() override { return false; }
};

TEST(dirty_pages, what_a_delivery_pushes_marks_the_stack_also_when_its_page_is_known_already) {
    const auto memory = std::move(PhysicalMemory::create(2u << 20).value());
    NoPins pins;
    const PagingMode mode{};
    PagedSupervisorMemory stack(*memory, mode, pins);
    for (int delivery = 0; delivery < 2; ++delivery) {
        memory->dirty().start();
        EXPECT_FALSE(stack.write(LinearAddr(0x6FFE), Width::Dword, 0x12345678));
        EXPECT_EQ(memory->dirty().numbers(), (Numbers{6, 7}));
    }
}

/// MOV BYTE [0x9000], 1; JMP back: with paging off.
TEST(dirty_pages, each_page_that_the_guest_stores_to_is_marked_once_for_each_watch) {
    const auto machine =
        std::move(Machine::create({.ram = 2u << 20, .translation_buffer = 1u << 20}, {}).value());
    const std::string code("\xC6\x05\x00\x90\x00\x00\x01\xEB\xF7", 9);
    ASSERT_TRUE(machine->memory().write(PhysAddr(0), std::as_bytes(std::span(code))));
    (void)machine->run({VirtualTime{1000}});
    EXPECT_EQ(machine->memory().dirty().numbers(), Numbers{}) << "nobody watches";
    for (int round = 0; round < 2; ++round) {
        ASSERT_TRUE(machine->cpu().watch_pages());
        (void)machine->run({machine->now() + 1000});
        EXPECT_EQ(machine->memory().dirty().numbers(), Numbers{9});
    }
}

}  // namespace
}  // namespace mmscope

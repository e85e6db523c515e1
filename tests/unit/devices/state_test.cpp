// SPDX-License-Identifier: GPL-2.0-or-later
// Saving and loading fields, input that lies about itself, and the layout of every device's state.
#include "devices/state.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "device_bench.h"
#include "devices/ata_channel.h"
#include "devices/cmos_rtc.h"
#include "devices/debug_ports.h"
#include "devices/i8042.h"
#include "devices/pic8259.h"
#include "devices/pit8254.h"
#include "devices/uart16550.h"
#include "devices/vga_text.h"
#include "memory_disk.h"

namespace mmscope {
namespace {

enum class Colour : uint8_t { Red, Green, Blue };

struct Sample {
    uint32_t number = 0;
    int16_t negative = 0;
    bool flag = false;
    Colour colour = Colour::Red;
    std::array<uint16_t, 3> array{};
    std::deque<uint8_t> list;

    void state(StateVisitor& visitor) {
        visitor.field("number", number);
        visitor.field("negative", negative);
        visitor.field("flag", flag);
        visitor.field("colour", colour);
        visitor.field("array", array);
        visitor.field("list", list);
    }
};

Sample filled() {
    return {0x12345678, -2, true, Colour::Blue, {1, 2, 3}, {7, 8}};
}

TEST(State, fields_are_written_little_endian_without_padding) {
    Sample sample = filled();
    StateSaver saver;
    sample.state(saver);
    const std::vector<uint8_t> expected = {0x78, 0x56, 0x34, 0x12, 0xfe, 0xff, 1, 2, 1, 0,
                                           2,    0,    3,    0,    2,    0,    0, 0, 7, 8};
    EXPECT_EQ(saver.bytes(), expected);
}

TEST(State, what_was_saved_is_loaded) {
    Sample sample = filled();
    StateSaver saver;
    sample.state(saver);
    Sample copy;
    copy.list = {1, 2, 3, 4, 5};
    StateLoader loader(saver.bytes());
    copy.state(loader);
    EXPECT_FALSE(loader.failed());
    EXPECT_TRUE(loader.at_end());
    EXPECT_EQ(copy.number, 0x12345678u);
    EXPECT_EQ(copy.negative, -2);
    EXPECT_TRUE(copy.flag);
    EXPECT_EQ(copy.colour, Colour::Blue);
    EXPECT_EQ(copy.array, (std::array<uint16_t, 3>{1, 2, 3}));
    EXPECT_EQ(copy.list, (std::deque<uint8_t>{7, 8}));
}

TEST(State, truncated_input_fails_at_every_length_and_yields_zeros) {
    Sample sample = filled();
    StateSaver saver;
    sample.state(saver);
    for (size_t length = 0; length < saver.bytes().size(); ++length) {
        const std::vector<uint8_t> part(saver.bytes().begin(),
                                        saver.bytes().begin() + static_cast<ptrdiff_t>(length));
        Sample copy = filled();
        StateLoader loader(part);
        copy.state(loader);
        EXPECT_TRUE(loader.failed()) << length << " bytes";
        if (length < 4) {
            EXPECT_EQ(copy.number, 0u);
        }
    }
}

TEST(State, a_list_longer_than_its_input_is_refused_before_memory_is_taken) {
    const std::vector<uint8_t> bytes = {0xff, 0xff, 0xff, 0xff, 1, 2, 3};
    std::deque<uint64_t> list = {9};
    StateLoader loader(bytes);
    loader.field("list", list);
    EXPECT_TRUE(loader.failed());
    EXPECT_TRUE(list.empty());
}

TEST(State, the_layout_hash_knows_names_and_sizes_but_not_contents) {
    Sample empty;
    Sample full = filled();
    StateSaver a;
    StateSaver b;
    empty.state(a);
    full.state(b);
    EXPECT_EQ(a.layout_hash(), b.layout_hash());

    uint16_t narrow = 0;
    uint32_t wide = 0;
    StateSaver c;
    StateSaver d;
    StateSaver e;
    c.field("x", narrow);
    d.field("x", wide);
    e.field("y", narrow);
    EXPECT_NE(c.layout_hash(), d.layout_hash());
    EXPECT_NE(c.layout_hash(), e.layout_hash());
}

/// One of each kind.
template <class Use>
void for_each_device(Use use) {
    Scheduler scheduler;
    Pic8259Pair pic({});
    Pit8254 pit(scheduler, {});
    Uart16550 uart(scheduler, "uart0", 0x3f8, {}, {});
    I8042 keyboard(scheduler, {}, {});
    CmosRtc rtc(scheduler, {}, {});
    VgaText vga(scheduler);
    DebugPorts debug({}, {}, {});
    MemoryDisk disk(1);
    AtaChannel ata(scheduler, "ata0", 0x1f0, 0x3f6, {}, {&disk, &disk});
    for (Device* device :
         std::initializer_list<Device*>{&pic, &pit, &uart, &keyboard, &rtc, &vga, &debug, &ata})
        use(*device);
}

/// Where each field stands in what a StateSaver writes.
class FieldFinder final : public StateVisitor {
  public:
    struct Found {
        std::string name;
        size_t at, size;
        bool is_list;  // `at` is its length's
    };
    std::vector<Found> fields;

  private:
    void word(std::string_view name, size_t size, uint64_t&) override {
        // Of an array the first one: the others are read in the same way.
        if (fields.empty() || fields.back().name != name)
            fields.push_back({std::string(name), at_, size, false});
        at_ += size;
    }
    void list(std::string_view name, size_t size, uint64_t&) override {
        fields.push_back({std::string(name), at_, size, true});
        at_ += 4;
    }
    void element(size_t size, uint64_t&) override { at_ += size; }
    size_t at_ = 0;
};

/// Loaded and saved again, these bytes are no longer those of `before`.
bool takes(Device& device, const std::vector<uint8_t>& changed, const std::vector<uint8_t>& before) {
    StateLoader loader(changed);
    device.state(loader);
    StateSaver saver;
    device.state(saver);
    StateLoader undo(before);
    device.state(undo);
    return saver.bytes() != before;
}

/// Some value of the field, other than its own, is kept.
bool keeps(Device& device, const FieldFinder::Found& field, const std::vector<uint8_t>& before) {
    if (field.is_list) {
        if (before[field.at] != 0) return true;  // changed by its elements, which other tests fill
        std::vector<uint8_t> longer = before;
        longer[field.at] = 1;
        longer.insert(longer.begin() + static_cast<ptrdiff_t>(field.at) + 4, field.size, uint8_t{1});
        return takes(device, longer, before);
    }
    for (size_t bit = 0; bit < 8 * field.size; ++bit) {
        std::vector<uint8_t> changed = before;
        changed[field.at + bit / 8] ^= static_cast<uint8_t>(1u << bit % 8);
        if (takes(device, changed, before)) return true;
    }
    return false;
}

/// If this fails, a device no longer takes from a snapshot what it puts into one.
TEST(State, each_field_of_each_device_comes_back_from_a_snapshot) {
    for_each_device([](Device& device) {
        StateSaver saver;
        device.state(saver);
        FieldFinder finder;
        device.state(finder);
        for (const FieldFinder::Found& field : finder.fields)
            EXPECT_TRUE(keeps(device, field, saver.bytes())) << device.name() << ": " << field.name;
    });
}

/// If this fails, the fields of a device changed: old snapshots no longer fit. Raise kDeviceStateVersion and
/// enter the new version and hashes here.
TEST(State, the_layout_of_each_device_belongs_to_the_version) {
    std::map<std::string, std::string> found;
    for_each_device([&](Device& device) {
        found[std::string(device.name())] = fmt::format("{:016x}", layout_hash(device));
    });
    const std::map<std::string, std::string> pinned = {
        {"ata0", "c3784bb8aebfc543"},  {"debug", "63ed67aa6b6d92f1"}, {"kbd", "23dcb3b54a5ac4a4"},
        {"pic", "7b1d0d8bf82d88a7"},   {"pit", "87853a0834030df2"},   {"rtc", "403f43acc80c1a46"},
        {"uart0", "e2481d422bb1ba1d"}, {"vga", "c21e30c42cdca957"},
    };
    EXPECT_EQ(kDeviceStateVersion, 2u);
    EXPECT_EQ(found, pinned);
}

}  // namespace
}  // namespace mmscope

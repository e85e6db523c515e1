// SPDX-License-Identifier: GPL-2.0-or-later
// The same port accesses on our devices and on QEMU's: what is read must be the same.
#include <gtest/gtest.h>

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "device_bench.h"
#include "devices/cmos_rtc.h"
#include "devices/i8042.h"
#include "devices/pic8259.h"
#include "devices/pit8254.h"
#include "devices/uart16550.h"
#include "devices/vga_text.h"

namespace mmscope {
namespace {

constexpr uint32_t kRam = 64u << 20;

struct Step {
    char operation;  // 'o' write, 'i' read, 'd' read for the effect, 'w' wait, 'e' end; as in port_script.S
    uint8_t value;
    uint16_t port;
};

class Script {
  public:
    Script& out(uint16_t port, unsigned value) {
        steps_.push_back({'o', static_cast<uint8_t>(value), port});
        return *this;
    }
    Script& in(uint16_t port) {
        steps_.push_back({'i', 0, port});
        return *this;
    }
    Script& touch(uint16_t port) {
        steps_.push_back({'d', 0, port});
        return *this;
    }
    Script& wait() {
        steps_.push_back({'w', 0, 0});
        return *this;
    }
    /// Writes an index register and its data register, or reads the data.
    Script& set(uint16_t port, unsigned index, unsigned value) {
        return out(port, index).out(static_cast<uint16_t>(port + 1), value);
    }
    Script& get(uint16_t port, unsigned index) {
        return out(port, index).in(static_cast<uint16_t>(port + 1));
    }
    [[nodiscard]] const std::vector<Step>& steps() const { return steps_; }

  private:
    std::vector<Step> steps_;
};

/// Our devices, wired as in the machine.
std::vector<std::string> run_here(const Script& script) {
    DeviceBench bench;
    Pic8259Pair pic({});
    Pit8254 pit(bench.scheduler, pic.line(0));
    I8042 keyboard(bench.scheduler, pic.line(1), {});
    Uart16550 uart(bench.scheduler, "uart0", 0x3f8, pic.line(4), {});
    CmosRtc rtc(bench.scheduler, pic.line(8), {0, kRam});
    VgaText vga(bench.scheduler);
    for (Device* device : std::initializer_list<Device*>{&pic, &pit, &keyboard, &uart, &rtc, &vga})
        bench.plug_in(*device);
    std::vector<std::string> values;
    for (const Step& step : script.steps()) {
        if (step.operation == 'o') bench.out(step.port, step.value);
        if (step.operation == 'i') values.push_back(fmt::format("{:02x}", bench.in(step.port)));
        if (step.operation == 'd') bench.in(step.port);
        bench.pass(step.operation == 'w' ? 5'000'000 : 1'000);
    }
    return values;
}

std::vector<std::string> run_in_qemu(const Script& script) {
    std::string path = testing::TempDir() + "port-script-XXXXXX";
    const int file = mkstemp(path.data());
    std::ofstream out(path, std::ios::binary);
    for (Step step : script.steps()) {
        const char record[] = {step.operation, static_cast<char>(step.value), static_cast<char>(step.port),
                               static_cast<char>(step.port >> 8)};
        out.write(record, sizeof record);
    }
    out.write("e\0\0\0", 4);
    out.close();
    const std::string command =
        "timeout 60 qemu-system-i386 -accel tcg -icount shift=6,sleep=off -m 64 -display none -no-reboot "
        "-vga std -serial null"
        " -debugcon stdio -device isa-debug-exit,iobase=0xf4,iosize=4 -kernel " PORT_SCRIPT " -initrd " +
        path + " 2>/dev/null </dev/null";
    std::vector<std::string> values;
    FILE* qemu = popen(command.c_str(), "r");
    char line[64];
    bool boot_text = true;  // the firmware may write to port 0xE9, too; our lines are two digits
    while (qemu != nullptr && fgets(line, sizeof line, qemu) != nullptr) {
        const std::string text(line);
        boot_text = boot_text && text.size() != 3;
        if (!boot_text) values.push_back(text.substr(0, text.size() - 1));
    }
    if (qemu != nullptr) pclose(qemu);
    close(file);
    unlink(path.c_str());
    return values;
}

class QemuTest : public testing::Test {
  protected:
    void SetUp() override {
        if (std::system("command -v qemu-system-i386 >/dev/null") != 0) {
            GTEST_SKIP() << "qemu-system-i386 is not installed (Debian: apt install qemu-system-x86)";
        }
    }
    static void expect_same(const Script& script) {
        const auto ours = run_here(script);
        const auto theirs = run_in_qemu(script);
        std::string our_text;
        std::string their_text;
        size_t read = 0;
        for (size_t i = 0; i < script.steps().size(); ++i) {
            const Step& step = script.steps()[i];
            if (step.operation != 'i') continue;
            our_text += fmt::format("step {}: in {:#x} = {}\n", i, step.port, ours.at(read));
            their_text += fmt::format("step {}: in {:#x} = {}\n", i, step.port,
                                      read < theirs.size() ? theirs[read] : "nothing");
            ++read;
        }
        EXPECT_EQ(our_text, their_text) << "left: ours, right: QEMU's";
    }
    static Script initialised_pics() {
        Script script;
        for (const auto& [port, vector, icw3] : {std::tuple{0x20, 0x20, 4}, std::tuple{0xa0, 0x28, 2}}) {
            const auto at = static_cast<uint16_t>(port);
            const auto data = static_cast<uint16_t>(port + 1);
            script.out(at, 0x11)
                .out(data, static_cast<unsigned>(vector))
                .out(data, static_cast<unsigned>(icw3))
                .out(data, 1);
            script.out(data, 0xff);
        }
        return script;
    }
};

TEST_F(QemuTest, interrupt_controllers_poll_serve_and_end_alike) {
    Script script = initialised_pics();
    script.in(0x21).in(0xa1);
    script.out(0x3fc, 0x0b).out(0x3f9, 0x02);         // the UART asks: transmitter empty
    script.out(0x21, 0xef).out(0x20, 0x0c).in(0x20);  // poll
    script.out(0x20, 0x0b).in(0x20);                  // in service
    script.out(0x20, 0x64).in(0x20);                  // specific end
    script.out(0x20, 0x0c).in(0x20);                  // poll: nothing
    script.out(0x21, 0xeb).in(0x21);
    script.out(0x4d0, 0xff).in(0x4d0).out(0x4d1, 0xff).in(0x4d1);
    expect_same(script);
}

TEST_F(QemuTest, the_keyboard_reaches_the_interrupt_controller_alike) {
    Script script = initialised_pics();
    script.out(0x64, 0x60).out(0x60, 0x45).wait();
    script.out(0x64, 0xd2).out(0x60, 0x1e).wait();
    script.out(0x21, 0xfd).out(0x20, 0x0c).in(0x20).in(0x60).out(0x20, 0x20);
    script.out(0x20, 0x0b).in(0x20);
    expect_same(script);
}

TEST_F(QemuTest, uart_registers_behave_alike) {
    Script script;
    script.out(0x3fb, 0x80).out(0x3f8, 0x0c).out(0x3f9, 0x01).in(0x3f8).in(0x3f9).out(0x3fb, 0x03).in(0x3fb);
    script.out(0x3ff, 0x5a).in(0x3ff).out(0x3fb, 0x80).out(0x3f8, 1).out(0x3f9, 0).out(0x3fb, 3);
    script.in(0x3fd).in(0x3fa).out(0x3fa, 0x07).in(0x3fa);
    script.out(0x3fc, 0x1b).out(0x3f9, 0x0f).wait();
    script.in(0x3f9).in(0x3fc).in(0x3fa);
    expect_same(script);
}

TEST_F(QemuTest, uart_loop_back_and_its_fifo_behave_alike) {
    Script script;
    script.out(0x3fb, 0x80).out(0x3f8, 1).out(0x3f9, 0).out(0x3fb, 3).out(0x3fa, 0x07).out(0x3fc, 0x10);
    for (unsigned i = 0; i < 5; ++i)
        script.out(0x3f8, 'a' + i).wait();
    script.in(0x3fd);
    for (unsigned i = 0; i < 5; ++i)
        script.in(0x3f8);
    script.in(0x3fd);
    for (unsigned i = 0; i < 17; ++i)
        script.out(0x3f8, 'a' + i).wait();
    script.in(0x3fd).in(0x3fd).in(0x3f8);
    expect_same(script);
}

TEST_F(QemuTest, uart_interrupts_are_identified_alike) {
    Script script;
    script.out(0x3fb, 0x80).out(0x3f8, 1).out(0x3f9, 0).out(0x3fb, 3).out(0x3fa, 0x07).out(0x3fc, 0x10);
    script.out(0x3f9, 0x03).in(0x3fa).in(0x3fa);
    // At trigger level 1 both "data available" and "time-out" hold after a while; the sheet ranks them equal.
    script.out(0x3f8, 'x').wait().touch(0x3fa).in(0x3f8).in(0x3fa).in(0x3fa);
    script.out(0x3fa, 0x47);
    script.out(0x3f8, 'x').wait().wait().in(0x3fa).in(0x3f8).in(0x3fa);
    expect_same(script);
}

TEST_F(QemuTest, keyboard_controller_and_keyboard_answer_alike) {
    Script script;
    script.out(0x64, 0xad).wait().in(0x64);
    script.out(0x64, 0xaa).wait().in(0x60);
    script.out(0x64, 0xab).wait().in(0x60);
    script.out(0x64, 0x60).out(0x60, 0x47).wait().out(0x64, 0x20).wait().in(0x60);
    script.out(0x60, 0xf5).wait().in(0x60);
    script.out(0x60, 0xf2).wait().in(0x60).wait().in(0x60).wait().in(0x60);
    script.out(0x60, 0xee).wait().in(0x60);
    script.out(0x60, 0xed).wait().in(0x60).out(0x60, 0x02).wait().in(0x60);
    script.out(0x60, 0xf0).wait().in(0x60).out(0x60, 0x00).wait().in(0x60).wait().in(0x60);
    script.out(0x60, 0xf4).wait().in(0x60);
    script.out(0x60, 0xff).wait().in(0x60).wait().in(0x60);
    expect_same(script);
}

TEST_F(QemuTest, timer_control_words_and_status_read_back_alike) {
    Script script;
    script.out(0x61, 0x01);
    for (const unsigned mode :
         {0u, 3u}) {  // in modes 2 and 4 QEMU's OUT is low while it counts, not the sheet's
        script.out(0x43, 0xb0 | mode << 1).out(0x42, 0xff).out(0x42, 0xff).wait().out(0x43, 0xe8).in(0x42);
    }
    script.out(0x61, 0x00).out(0x43, 0xb1).out(0x42, 0x34).out(0x42, 0x12);
    script.out(0x43, 0xe8).in(0x42);
    script.out(0x61, 0x03).out(0x43, 0x90).out(0x42, 0x01).wait().in(0x61);
    expect_same(script);
}

TEST_F(QemuTest, clock_registers_and_memory_size_are_alike) {
    Script script;
    script.set(0x70, 0x0b, 0x82).get(0x70, 0x0b);
    for (const unsigned index : {0x0du, 0x15u, 0x16u, 0x17u, 0x18u, 0x30u, 0x31u, 0x34u, 0x35u})
        script.get(0x70, index);
    for (const auto& [index, value] :
         {std::pair{0u, 0x58u}, {2u, 0x59u}, {4u, 0x23u}, {7u, 0x28u}, {8u, 0x02u}, {9u, 0x24u}}) {
        script.set(0x70, index, value).get(0x70, index);
    }
    script.set(0x70, 0x40, 0xa5).get(0x70, 0x40).set(0x70, 0x0d, 0).get(0x70, 0x0d);
    expect_same(script);
}

TEST_F(QemuTest, video_registers_read_back_alike) {
    Script script;
    script.out(0x3c2, 0x67).in(0x3cc);
    for (const unsigned index : {0x0au, 0x0bu, 0x0cu, 0x0du, 0x0eu, 0x0fu})
        script.set(0x3d4, index, 0x15).get(0x3d4, index);
    script.out(0x3c8, 7).out(0x3c9, 63).out(0x3c9, 1).out(0x3c9, 32).out(0x3c7, 7).in(0x3c9).in(0x3c9).in(
        0x3c9);
    script.touch(0x3da).out(0x3c0, 0x02).out(0x3c0, 0x3a).touch(0x3da).out(0x3c0, 0x02).in(0x3c1);
    script.set(0x3ce, 0x05, 0x10).get(0x3ce, 0x05).set(0x3c4, 0x02, 0x03).get(0x3c4, 0x02);
    expect_same(script);
}

}  // namespace
}  // namespace mmscope

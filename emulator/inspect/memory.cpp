// SPDX-License-Identifier: GPL-2.0-or-later
// x and dis: memory as words and as instructions.
#include <capstone/capstone.h>
#include <fmt/format.h>

#include <array>
#include <cstring>

#include "inspect/command_call.h"
#include "inspect/expression.h"
#include "inspect/inspect_json.h"
#include "introspect/walkers.h"

namespace mmscope {

namespace {

constexpr uint32_t kMostWords = 4096, kMostInstructions = 1024, kWordsALine = 4, kLongestInstruction = 15;

Result<uint32_t> count_argument(const CommandCall& call, uint32_t otherwise, uint32_t most) {
    const std::string* word = call.argument(1);
    if (word == nullptr) return otherwise;
    const auto count = parse_number(*word, "count");
    if (!count) return count;
    if (*count == 0 || *count > most)
        return fail(fmt::format("a count of {}: expected 1 to {}", *count, most));
    return count;
}

std::string ascii_of(std::span<const uint32_t> words) {
    std::string text;
    for (const uint32_t word : words) {
        for (int shift = 0; shift < 32; shift += 8) {
            const auto c = static_cast<char>(word >> shift);
            text += c >= 0x20 && c < 0x7f ? c : '.';
        }
    }
    return text;
}

/// As many words as are mapped, up to `count`.
std::vector<uint32_t> read_words(const Place& place, uint32_t count) {
    std::vector<uint32_t> words;
    for (uint32_t i = 0; i < count; ++i) {
        const auto word = place.memory.read_u32(place.address + 4 * i);
        if (!word) break;
        words.push_back(*word);
    }
    return words;
}

std::string words_text(const SymbolTable& symbols, const Place& place, const std::vector<uint32_t>& words,
                       uint32_t wanted) {
    std::string out;
    for (size_t i = 0; i < words.size(); i += kWordsALine) {
        const auto line = std::span(words).subspan(i, std::min<size_t>(kWordsALine, words.size() - i));
        const LinearAddr at = place.address + static_cast<uint32_t>(4 * i);
        out += fmt::format("{:08x} ", at.value);
        for (const uint32_t word : line)
            out += fmt::format(" {:08x}", word);
        out += std::string(9 * (kWordsALine - line.size()), ' ') + fmt::format("  {}", ascii_of(line));
        if (const std::string name = symbols.describe(at); !name.empty()) out += fmt::format("  <{}>", name);
        out += '\n';
    }
    if (words.size() < wanted)
        out += fmt::format("! 0x{:08x}: not mapped\n",
                           (place.address + static_cast<uint32_t>(4 * words.size())).value);
    return out;
}

struct Instruction {
    LinearAddr at;
    std::string bytes, text, target;
};

class Disassembler {
  public:
    explicit Disassembler(const SymbolTable& symbols) : symbols_(symbols) {
        if (cs_open(CS_ARCH_X86, CS_MODE_32, &handle_) == CS_ERR_OK)
            cs_option(handle_, CS_OPT_DETAIL, CS_OPT_ON);
    }
    ~Disassembler() {
        if (handle_ != 0) cs_close(&handle_);
    }
    Disassembler(const Disassembler&) = delete;
    Disassembler& operator=(const Disassembler&) = delete;

    /// One instruction of at most `bytes`; its length is returned. No instruction: "(bad)", one byte.
    size_t decode(LinearAddr at, std::span<const uint8_t> bytes, Instruction& into) const {
        into = {.at = at, .bytes = {}, .text = "(bad)", .target = {}};
        cs_insn* found = nullptr;
        size_t length = 1;
        if (handle_ != 0 && cs_disasm(handle_, bytes.data(), bytes.size(), at.value, 1, &found) == 1) {
            length = found->size;
            into.text = found->op_str[0] != 0 ? fmt::format("{} {}", found->mnemonic, found->op_str)
                                              : found->mnemonic;
            into.target = target_of(*found);
            cs_free(found, 1);
        }
        for (size_t i = 0; i < length; ++i)
            into.bytes += fmt::format("{:02x}", bytes[i]);
        return length;
    }

  private:
    /// The symbol that an immediate or an absolute address names.
    [[nodiscard]] std::string target_of(const cs_insn& found) const {
        const cs_x86& x86 = found.detail->x86;
        for (const cs_x86_op& operand : std::span(x86.operands, x86.op_count)) {
            uint32_t address = 0;
            if (operand.type == X86_OP_IMM) address = static_cast<uint32_t>(operand.imm);
            if (operand.type == X86_OP_MEM) address = static_cast<uint32_t>(operand.mem.disp);
            if (address < kPageOffset) continue;
            if (std::string name = symbols_.describe(LinearAddr(address)); !name.empty()) return name;
        }
        return {};
    }

    const SymbolTable& symbols_;
    csh handle_ = 0;
};

/// Stops early where memory is not mapped.
std::vector<Instruction> disassemble(const SymbolTable& symbols, const Place& place, uint32_t count) {
    const Disassembler disassembler(symbols);
    std::vector<Instruction> instructions;
    LinearAddr at = place.address;
    while (instructions.size() < count) {
        std::array<uint8_t, kLongestInstruction> bytes{};
        size_t size = 0;
        while (size < bytes.size() &&
               !place.memory.read(at + static_cast<uint32_t>(size),
                                  std::as_writable_bytes(std::span(bytes)).subspan(size, 1)))
            ++size;
        if (size == 0) break;
        Instruction instruction;
        const size_t length = disassembler.decode(at, std::span(bytes).first(size), instruction);
        instructions.push_back(std::move(instruction));
        at = at + static_cast<uint32_t>(length);
    }
    return instructions;
}

std::string instructions_text(const SymbolTable& symbols, const std::vector<Instruction>& instructions) {
    std::string out;
    for (const Instruction& instruction : instructions) {
        const std::string name = symbols.describe(instruction.at);
        out += fmt::format("{:08x} {:<28} {:<22} {}{}\n", instruction.at.value,
                           name.empty() ? "" : "<" + name + ">", instruction.bytes, instruction.text,
                           instruction.target.empty() ? "" : "  <" + instruction.target + ">");
    }
    return out;
}

}  // namespace

Result<std::string> run_x(const CommandCall& call) {
    const auto objects = Objects::at(call.inspector());
    if (!objects) return std::unexpected(objects.error());
    const auto count = count_argument(call, 16, kMostWords);
    if (!count) return std::unexpected(count.error());
    const auto place = parse_place(call, *objects, call.arguments[0]);
    if (!place) return std::unexpected(place.error());
    const std::vector<uint32_t> words = read_words(*place, *count);
    if (words.empty()) return fail(fmt::format("0x{:08x}: not mapped", place->address.value));
    const SymbolTable& symbols = call.inspector().kernel().symbols();
    if (!call.json) return words_text(symbols, *place, words, *count);
    InspectJson json = inspect_document("x", objects->kernel().moment);
    json["at"] = hex_word(place->address);
    json["words"] = InspectJson::array();
    for (const uint32_t word : words)
        json["words"].push_back(hex_word(word));
    return json_line(json);
}

Result<std::string> run_dis(const CommandCall& call) {
    const auto objects = Objects::at(call.inspector());
    if (!objects) return std::unexpected(objects.error());
    const auto count = count_argument(call, 12, kMostInstructions);
    if (!count) return std::unexpected(count.error());
    const auto place = parse_place(call, *objects, call.arguments[0]);
    if (!place) return std::unexpected(place.error());
    const SymbolTable& symbols = call.inspector().kernel().symbols();
    const auto instructions = disassemble(symbols, *place, *count);
    if (instructions.empty()) return fail(fmt::format("0x{:08x}: not mapped", place->address.value));
    if (!call.json) return instructions_text(symbols, instructions);
    InspectJson json = inspect_document("dis", objects->kernel().moment);
    json["instructions"] = InspectJson::array();
    for (const Instruction& instruction : instructions) {
        InspectJson item{
            {"at", hex_word(instruction.at)}, {"bytes", instruction.bytes}, {"text", instruction.text}};
        if (!instruction.target.empty()) item["target"] = instruction.target;
        json["instructions"].push_back(std::move(item));
    }
    return json_line(json);
}

}  // namespace mmscope

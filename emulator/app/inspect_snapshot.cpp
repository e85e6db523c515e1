// SPDX-License-Identifier: GPL-2.0-or-later
// A snapshot, the kernel that ran in it, and one command.
#include "app/inspect_snapshot.h"

#include <fmt/format.h>

#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/file.h"
#include "app/options.h"
#include "devices/state.h"
#include "inspect/commands.h"
#include "introspect/inspector.h"
#include "mmu/tlb_shadow.h"
#include "snapshot/core_reader.h"

namespace mmscope {
namespace {

constexpr std::string_view kUsage =
    "emu inspect [--kernel KERNEL.elf] FILE.core COMMAND [ARGUMENT...] [--json]";

int complain(std::string_view what) {
    fmt::print(stderr, "emu: {}\n", what);
    return kExitUsage;
}

struct Request {
    std::string file, kernel;        // kernel: empty for the one that the snapshot names
    std::vector<std::string> words;  // the command
};

int print_help() {
    std::string text = fmt::format("{}\n\nCommands:\n", kUsage);
    for (const Command& command : inspection_commands())
        text +=
            fmt::format("  {:<24} {}\n", fmt::format("{} {}", command.name, command.arguments), command.help);
    std::fputs(text.c_str(), stdout);
    return kExitClean;
}

Result<Request> parse_request(std::span<const char* const> arguments) {
    Request request;
    for (size_t i = 0; i < arguments.size(); ++i) {
        const std::string_view word = arguments[i];
        const bool before_command = request.words.empty();
        if (before_command && word == "--kernel") {
            if (++i == arguments.size()) return fail("--kernel: its FILE is missing");
            request.kernel = arguments[i];
        } else if (before_command && request.file.empty()) {
            request.file = word;
        } else {
            request.words.emplace_back(word);
        }
    }
    if (request.file.empty() || request.words.empty()) return fail(fmt::format("usage: {}", kUsage));
    return request;
}

/// A kernel of other bytes would decode nonsense.
Result<std::string> read_kernel(const std::string& named, const KernelIdentity& wanted) {
    const std::string path = named.empty() ? wanted.path : named;
    auto bytes = read_file(path, kLargestKernel);
    if (!bytes) return fail(fmt::format("{} (--kernel names another file)", bytes.error().message));
    const std::string hash = image_hash(std::as_bytes(std::span(*bytes)));
    if (hash == wanted.hash) return bytes;
    return fail(
        fmt::format("{}: not the kernel of this snapshot: found {}, expected {} (--kernel names "
                    "another file)",
                    path, hash, wanted.hash));
}

Result<std::string> answer(const Request& request) {
    return look_at_snapshot(request.file, request.kernel,
                            [&](const Inspection& inspection) -> Result<std::string> {
                                const auto output = run_command(inspection, request.words);
                                if (!output) return std::unexpected(output.error());
                                return output->text;
                            });
}

}  // namespace

Result<std::string> look_at_snapshot(const std::string& file, const std::string& kernel_file,
                                     const std::function<Result<std::string>(const Inspection&)>& look) {
    auto core = load_core(file);
    if (!core) return std::unexpected(core.error());
    const Snapshot& snapshot = core->snapshot;
    const auto kernel = read_kernel(kernel_file, snapshot.kernel);
    if (!kernel) return std::unexpected(kernel.error());
    const MachineMoment moment{snapshot.now, snapshot.cpu.instructions, snapshot.cpu.paging()};
    const auto inspector = Inspector::from_bytes(std::as_bytes(std::span(*kernel)), snapshot.kernel.path,
                                                 *core->memory, [moment] { return moment; });
    if (!inspector) return std::unexpected(inspector.error());
    TlbShadow tlb(snapshot.mmu == MmuKind::Own);
    StateLoader loader(snapshot.tlb);
    tlb.state(loader);
    if (loader.failed() || !loader.at_end()) return fail(file + ": damaged: its TLB cannot be read");
    const bool rests = snapshot.cpu.state.cpl == 3 || snapshot.cpu.halted;
    return look({.inspector = **inspector,
                 .tlb = &tlb,
                 .registers = snapshot.cpu.registers(),
                 .place = rests ? AuditPlace::AtRest : AuditPlace::Anywhere,
                 .other = [&kernel_file](const std::string& other, const auto& compare) {
                     return look_at_snapshot(other, kernel_file, compare);
                 }});
}

int inspect_snapshot(int count, const char* const* arguments) {
    const std::span all(arguments, static_cast<size_t>(count));
    if (count > 0 && (std::string_view(all[0]) == "--help" || std::string_view(all[0]) == "-h"))
        return print_help();
    const auto request = parse_request(all);
    if (!request) return complain(request.error().message);
    const auto text = answer(*request);
    if (!text) return complain(text.error().message);
    if (std::fwrite(text->data(), 1, text->size(), stdout) == text->size() && std::fflush(stdout) == 0)
        return kExitClean;
    return complain("standard output: cannot write");
}

}  // namespace mmscope

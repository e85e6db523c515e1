// SPDX-License-Identifier: GPL-2.0-or-later
// Asks the inspector and writes what it says, with a heading in the text form.
#include "app/dumper.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include "base/check.h"
#include "introspect/inspector.h"

namespace mmscope {

Result<std::unique_ptr<Dumper>> Dumper::create(const Inspector* inspector, std::vector<DumpRequest> requests,
                                               const std::filesystem::path& file) {
    CHECK(inspector != nullptr || requests.empty());
    FILE* out = stderr;
    if (!file.empty() && (out = std::fopen(file.c_str(), "w")) == nullptr) {
        return fail(fmt::format("{}: cannot write: {}", file.string(), std::strerror(errno)));
    }
    return std::unique_ptr<Dumper>(new Dumper(inspector, std::move(requests), out, file.string()));
}

Dumper::Dumper(const Inspector* inspector, std::vector<DumpRequest> requests, FILE* out, std::string name)
    : inspector_(inspector), requests_(std::move(requests)), out_(out), name_(std::move(name)) {}

Dumper::~Dumper() {
    if (out_ != stderr) std::fclose(out_);
}

void Dumper::at_checkpoint(uint32_t id) {
    for (const DumpRequest& request : requests_) {
        if (request.checkpoint == id) print(request, fmt::format("checkpoint {}", id));
    }
}

void Dumper::at_exit() {
    for (const DumpRequest& request : requests_) {
        if (!request.checkpoint) print(request, "exit");
    }
}

Result<void> Dumper::status() const {
    if (!errors_.empty()) return std::unexpected(errors_.front());
    return {};
}

void Dumper::print(const DumpRequest& request, const std::string& moment) {
    for (const std::string& name : request.what) {
        const auto what = parse_dump_what(name);
        CHECK(what);
        const auto text = inspector_->render(*what, request.json ? DumpFormat::Json : DumpFormat::Text);
        if (!text) {
            errors_.push_back({fmt::format("dump of {} at {}: {}", name, moment, text.error().message)});
            continue;
        }
        if (!request.json) write(fmt::format("== {} at {}\n", name, moment));
        write(*text);
    }
}

void Dumper::write(const std::string& text) {
    if (std::fwrite(text.data(), 1, text.size(), out_) == text.size() && std::fflush(out_) == 0) return;
    errors_.push_back({fmt::format("{}: cannot write: {}", name_.empty() ? "standard error" : name_,
                                   std::strerror(errno))});
}

}  // namespace mmscope

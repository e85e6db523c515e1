// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace/read/trace_reader.h"

#include <fmt/format.h>
#include <stdlib.h>
#include <unistd.h>

#include <fstream>
#include <vector>

#include "trace/read/readers.h"
#include "trace/trace_formats.h"
#include "trace/trace_sink.h"

namespace mmscope {

namespace {

/// SQLite wants a file: a compressed one is unpacked into one without a name.
Result<std::unique_ptr<TraceReader>> read_compressed_sqlite(ByteSource& bytes) {
    std::string name = (std::filesystem::temp_directory_path() / "emu-trace-XXXXXX").string();
    const int descriptor = ::mkstemp(name.data());
    if (descriptor < 0) return fail(name + ": cannot be made");
    ::close(descriptor);
    std::ofstream out(name, std::ios::binary);
    std::vector<char> buffer(size_t{1} << 20);
    Result<size_t> got = 0;
    do {
        got = bytes.read(buffer);
        if (got) out.write(buffer.data(), static_cast<std::streamsize>(*got));
    } while (got && *got != 0 && out);
    out.close();
    Result<std::unique_ptr<TraceReader>> reader = !got   ? std::unexpected(got.error())
                                                  : !out ? fail(name + ": cannot be written")
                                                         : read_sqlite(name);
    ::unlink(name.c_str());  // SQLite has it open
    return reader;
}

}  // namespace

std::string check_header(std::string_view schema, uint64_t version) {
    if (schema != kTraceSchema) return "not a trace of emu";
    if (version != kTraceVersion)
        return fmt::format("a trace of version {}, this emu reads version {}", version, kTraceVersion);
    return {};
}

Result<std::unique_ptr<TraceReader>> open_trace(const std::filesystem::path& path) {
    const std::string name = path.string();
    const std::string_view format = trace_format_of(name);
    if (format.empty())
        return fail(
            fmt::format("{}: the extension tells the format of a trace: {}", name, trace_formats_in_words()));
    const bool compressed = path.extension() == kZstdExtension;
    auto bytes = ByteSource::open(path);
    if (!bytes) return std::unexpected(bytes.error());
    if (format == ".sqlite") return compressed ? read_compressed_sqlite(**bytes) : read_sqlite(path);
    LineSource lines(std::move(*bytes), name);
    if (format == ".jsonl") return read_jsonl(std::move(lines));
    if (format == ".csv") return read_csv(std::move(lines));
    return read_trace_events(std::move(lines));
}

}  // namespace mmscope

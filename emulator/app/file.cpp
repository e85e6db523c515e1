// SPDX-License-Identifier: GPL-2.0-or-later
// Reads files with the C library, whose errors carry errno.
#include "app/file.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace mmscope {

Result<std::string> read_file(const std::filesystem::path& path, size_t limit) {
    const auto cannot_read = [&] {
        return fail(fmt::format("{}: cannot read: {}", path.string(), std::strerror(errno)));
    };
    const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "rb"), &std::fclose);
    if (!file) return cannot_read();
    std::string text;
    char buffer[65536];
    while (const size_t count = std::fread(buffer, 1, sizeof buffer, file.get())) {
        text.append(buffer, count);
        if (text.size() > limit) return fail(fmt::format("{}: longer than {} bytes", path.string(), limit));
    }
    if (std::ferror(file.get()) != 0) return cannot_read();
    return text;
}

std::filesystem::path executable_folder() {
    std::error_code error;
    const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
    return error ? std::filesystem::current_path() : program.parent_path();
}

}  // namespace mmscope

// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/check.h"
#include "tests/fuzz/fuzz_target.h"

namespace mmscope::test {

ScratchFile::ScratchFile(std::string_view extension)
    : path_((std::filesystem::temp_directory_path() / "mmscope-fuzz-XXXXXX").string() +
            std::string(extension)),
      file_(::mkstemps(path_.data(), static_cast<int>(extension.size()))) {
    CHECK(file_ >= 0);
}

ScratchFile::~ScratchFile() {
    ::close(file_);
    ::unlink(path_.c_str());
}

void ScratchFile::write(std::string_view bytes, uint64_t size) const {
    CHECK(::ftruncate(file_, 0) == 0);
    CHECK(::pwrite(file_, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
    CHECK(::ftruncate(file_, static_cast<off_t>(std::max<uint64_t>(size, bytes.size()))) == 0);
}

}  // namespace mmscope::test

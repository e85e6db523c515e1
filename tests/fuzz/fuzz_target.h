// SPDX-License-Identifier: GPL-2.0-or-later
// What a fuzz target is: a function that gives any bytes to one parser, and ends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// FUZZ_TARGET(NAME) { ... } defines fuzz_NAME(input). With MMSCOPE_FUZZ it is also what libFuzzer calls, and
/// a program of its own; else one of those that fuzz_corpus_test gives the corpus to.
#ifdef MMSCOPE_FUZZ
#define FUZZ_TARGET(name)                                                        \
    namespace mmscope::test {                                                    \
    static void fuzz_##name(std::string_view input);                             \
    }                                                                            \
    extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {    \
        mmscope::test::fuzz_##name({reinterpret_cast<const char*>(data), size}); \
        return 0;                                                                \
    }                                                                            \
    void mmscope::test::fuzz_##name(std::string_view input)
#else
#define FUZZ_TARGET(name) void mmscope::test::fuzz_##name(std::string_view input)
namespace mmscope::test {
void fuzz_config(std::string_view input);
void fuzz_gdb(std::string_view input);
void fuzz_image(std::string_view input);
void fuzz_monitor(std::string_view input);
void fuzz_restore(std::string_view input);
void fuzz_snapshot(std::string_view input);
void fuzz_trace(std::string_view input);
}  // namespace mmscope::test
#endif

namespace mmscope::test {

/// What stands before `separator`; `text` goes on behind it.
inline std::string_view take_until(std::string_view& text, std::string_view separator) {
    const size_t end = text.find(separator);
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + separator.size());
    return part;
}

/// A file for those parsers that want one, made anew for each input and removed at the end of the program.
class ScratchFile {
  public:
    explicit ScratchFile(std::string_view extension);
    ~ScratchFile();
    ScratchFile(const ScratchFile&) = delete;
    ScratchFile& operator=(const ScratchFile&) = delete;
    [[nodiscard]] const std::string& path() const { return path_; }
    /// `size`: what it is filled up to with zeros, if it is shorter.
    void write(std::string_view bytes, uint64_t size = 0) const;

  private:
    std::string path_;
    int file_ = -1;
};

}  // namespace mmscope::test

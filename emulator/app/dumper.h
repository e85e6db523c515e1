// SPDX-License-Identifier: GPL-2.0-or-later
// Prints decoded structures at the moments that --dump-at names.
#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <vector>

#include "app/options.h"
#include "base/error.h"

namespace mmscope {

class Inspector;

class Dumper {
  public:
    /// `file` empty: standard error. `inspector` must outlive the dumper; null only without requests.
    /// Error: the file cannot be created.
    static Result<std::unique_ptr<Dumper>> create(const Inspector* inspector,
                                                  std::vector<DumpRequest> requests,
                                                  const std::filesystem::path& file);
    ~Dumper();
    Dumper(const Dumper&) = delete;
    Dumper& operator=(const Dumper&) = delete;

    void at_checkpoint(uint32_t id);
    void at_exit();
    /// Error: something could not be decoded or written since the start; the first such thing.
    [[nodiscard]] Result<void> status() const;

  private:
    Dumper(const Inspector* inspector, std::vector<DumpRequest> requests, FILE* out, std::string name);
    void print(const DumpRequest& request, const std::string& moment);
    void write(const std::string& text);

    const Inspector* inspector_;
    std::vector<DumpRequest> requests_;
    FILE* out_;
    std::string name_;  // of the file, for messages
    std::vector<Error> errors_;
};

}  // namespace mmscope

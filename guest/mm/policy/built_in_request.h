// SPDX-License-Identifier: GPL-2.0-or-later
// A read or write that its task waits for is a request too: it stands in the context built into the space's
// descriptor, which needs no ring because nobody asks for an event (3.5, 4.30).
#pragma once

#include "fs/kiocb.h"

/// A request of `current` from its begin to its end, on the stack of the call. Only of regular files: devices
/// and pipes have no requests.
class built_in_request {
  public:
    /// `opcode`: IOCB_CMD_PREAD or IOCB_CMD_PWRITE. The caller has a reference to the file.
    built_in_request(file* filp, u16 opcode, char* buffer, size_t count, loff_t position);
    ~built_in_request();
    built_in_request(const built_in_request&) = delete;
    built_in_request& operator=(const built_in_request&) = delete;

  private:
    kiocb req_;
};

// SPDX-License-Identifier: GPL-2.0-or-later
// A context of asynchronous input and output: this edition has none. Included by fs/aio.h only.
#pragma once

struct kioctx;

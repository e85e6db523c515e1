// SPDX-License-Identifier: GPL-2.0-or-later
// How this edition's trees keep parent and colour. Included by lib/rbtree.h only.
#pragma once

#include "lib/rb_plain.h"

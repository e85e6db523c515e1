// SPDX-License-Identifier: GPL-2.0-or-later
// This edition has no red-black trees of areas; lib/rbtree.cpp is compiled all the same. Included by
// lib/rbtree.h only.
#pragma once

#include "lib/rb_plain.h"

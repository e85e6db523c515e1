// SPDX-License-Identifier: GPL-2.0-or-later
// What a file knows of its pages and areas. Included by mm/filemap.h only.
#pragma once

#include "mm/policy/address_space_by_lists.h"

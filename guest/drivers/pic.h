// SPDX-License-Identifier: GPL-2.0-or-later
// The two 8259A interrupt controllers (Intel 8259A data sheet).
#pragma once

#include "lib/types.h"

/// IRQ n comes in at this vector plus n.
constexpr unsigned PIC_VECTOR_BASE = 0x20;

/// Both controllers programmed, every line masked but the cascade.
void pic_init();
void pic_unmask(unsigned irq);
/// True if the controller asked for lines 7 or 15 without a cause; a spurious one needs no end of interrupt
/// (of line 15 the master does, which is done here).
bool pic_is_spurious(unsigned irq);
void pic_end_of_interrupt(unsigned irq);

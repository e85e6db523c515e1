# SPDX-License-Identifier: GPL-2.0-or-later
# What of guest/mm the policies of edition 2.6.28 need besides the files of every edition.
set(EDITION_SOURCES
    policy/cached_holes.cpp
    policy/rb_areas.cpp
    policy/split_rss.cpp
)

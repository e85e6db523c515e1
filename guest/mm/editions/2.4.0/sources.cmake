# SPDX-License-Identifier: GPL-2.0-or-later
# What of guest/mm the policies of edition 2.4.0 need besides the files of every edition.
include(${CMAKE_CURRENT_LIST_DIR}/../series_2.4/sources.cmake)
list(APPEND EDITION_SOURCES
    policy/avl_areas.cpp
    policy/inherited_rss.cpp
    policy/scan_shares.cpp
)

# SPDX-License-Identifier: GPL-2.0-or-later
# An edition of the descriptors is a folder of guest/mm/editions, named after its version.
set(GUEST_EDITIONS_DIR ${CMAKE_CURRENT_LIST_DIR}/mm/editions)

# use_guest_edition(TARGET SCOPE VERSION): what is compiled for TARGET (SCOPE: PRIVATE or INTERFACE) has the structures
# and the policies of that edition.
function(use_guest_edition target scope version)
    if(NOT EXISTS ${GUEST_EDITIONS_DIR}/${version}/descriptors.h)
        message(FATAL_ERROR "there is no edition ${version} in ${GUEST_EDITIONS_DIR}")
    endif()
    target_include_directories(${target} ${scope} ${GUEST_EDITIONS_DIR}/${version})
    target_compile_definitions(${target} ${scope} MMSCOPE_EDITION="${version}")
endfunction()

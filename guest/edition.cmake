# SPDX-License-Identifier: GPL-2.0-or-later
# An edition of the descriptors is a folder of guest/mm/editions, named after its version.
set(GUEST_MM_DIR ${CMAKE_CURRENT_LIST_DIR}/mm)
set(GUEST_EDITIONS_DIR ${GUEST_MM_DIR}/editions)

# use_guest_edition(TARGET SCOPE VERSION): what is compiled for TARGET (SCOPE: PRIVATE or INTERFACE) has the structures
# and the policies of that edition.
function(use_guest_edition target scope version)
    if(NOT EXISTS ${GUEST_EDITIONS_DIR}/${version}/policies.h)
        message(FATAL_ERROR "there is no edition ${version} in ${GUEST_EDITIONS_DIR}")
    endif()
    target_include_directories(${target} ${scope} ${GUEST_EDITIONS_DIR}/${version})
    target_compile_definitions(${target} ${scope} MMSCOPE_EDITION="${version}")
endfunction()

# add_edition_sources(TARGET VERSION): the sources that this edition's policies need, for a target that has guest/mm.
function(add_edition_sources target version)
    include(${GUEST_EDITIONS_DIR}/${version}/sources.cmake)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${GUEST_EDITIONS_DIR}/${version}/sources.cmake)
    list(TRANSFORM EDITION_SOURCES PREPEND ${GUEST_MM_DIR}/)
    target_sources(${target} PRIVATE ${EDITION_SOURCES})
endfunction()

# add_edition_kernel_sources(TARGET VERSION): the same for a whole kernel.
function(add_edition_kernel_sources target version)
    add_edition_sources(${target} ${version})
    include(${GUEST_EDITIONS_DIR}/${version}/sources.cmake)
    list(TRANSFORM EDITION_KERNEL_SOURCES PREPEND ${GUEST_MM_DIR}/../)
    target_sources(${target} PRIVATE ${EDITION_KERNEL_SOURCES})
endfunction()

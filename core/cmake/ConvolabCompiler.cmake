# Compiler settings that every target shares, and ccache where it is installed.
find_program(CONVOLAB_CCACHE ccache)
if(CONVOLAB_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      CCACHE_NOHASHDIR=1 CCACHE_DEPEND=1 ${CONVOLAB_CCACHE})  # DEPEND: no run of the preprocessor before each miss
endif()

add_library(convolab_flags INTERFACE)
target_include_directories(convolab_flags INTERFACE ${CMAKE_SOURCE_DIR})
# No contraction of a*b+c: the reference arithmetic must not depend on the instruction set.
target_compile_options(convolab_flags INTERFACE -Wall -Wextra -Wshadow=local -ffp-contract=off)
if(CONVOLAB_WERROR AND NOT CONVOLAB_SANITIZE)  # GCC warns wrongly beside inserted checks; `dev` compiles the same sources
  target_compile_options(convolab_flags INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Werror>)  # nvcc has a -Werror of its own
endif()
if(CONVOLAB_SANITIZE)
  target_compile_options(convolab_flags INTERFACE -fsanitize=${CONVOLAB_SANITIZE}
                         -fno-sanitize-recover=undefined -fno-omit-frame-pointer -g1 -Wno-maybe-uninitialized)
  target_link_options(convolab_flags INTERFACE -fsanitize=${CONVOLAB_SANITIZE})
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
set(CMAKE_CXX_FLAGS_DEBUG "-Og -g1")
# Inner loops have more. What the sanitizers insert is dear to optimise (AVX-512 kernels at -O3: 33 s a file, at -O1: 8 s).
set(CONVOLAB_FAST -O3)
if(CONVOLAB_SANITIZE)
  set(CONVOLAB_FAST -O1)
endif()

# convolab_library(NAME SOURCES... LINK PUBLIC|PRIVATE libs...) declares one static library of the house.
function(convolab_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC convolab_flags ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
endfunction()

# An executable's libraries may lie anywhere (CMAKE_PREFIX_PATH), and those that they need in turn beside them: RPATH is searched
# for these, too, RUNPATH is not.
function(convolab_find_libraries_beside name)
  target_link_options(${name} PRIVATE LINKER:--disable-new-dtags)
endfunction()

# Qt 6.4's moc cannot read the concepts in libstdc++'s <compare>; without the compiler's macros it skips them.
set(CMAKE_AUTOMOC_COMPILER_PREDEFINES OFF)

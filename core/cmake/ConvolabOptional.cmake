# Libraries that the program can do without, each behind one seam: a source file that stands in for those that need it.
# CONVOLAB_<ID> is AUTO (used where it is found), ON (missing: an error) or OFF.
set(CONVOLAB_LEFT_OUT "")
set(CONVOLAB_OPTIONAL "")

# convolab_option(SQLITE SQLite) declares the choice; CONVOLAB_WANTS_SQLITE then says whether to look for the library.
macro(convolab_option id title)
  set(CONVOLAB_${id} AUTO CACHE STRING "${title}: AUTO (where it is found), ON, OFF")
  set_property(CACHE CONVOLAB_${id} PROPERTY STRINGS AUTO ON OFF)
  set(CONVOLAB_WANTS_${id} FALSE)
  if(CONVOLAB_${id} STREQUAL "AUTO" OR CONVOLAB_${id})
    set(CONVOLAB_WANTS_${id} TRUE)
  endif()
endmacro()

# convolab_settle(SQLITE SQLite PACKAGES libsqlite3-dev COSTS "..." FOUND variables...) sets CONVOLAB_HAS_SQLITE: wanted, and
# each variable of FOUND is true. COSTS holds no semicolon. What is left out, with what that costs, is said here and by `convolab --version`.
function(convolab_settle id title)
  cmake_parse_arguments(ARG "" "COSTS" "PACKAGES;FOUND" ${ARGN})
  list(JOIN ARG_PACKAGES ", " packages)
  set(has ${CONVOLAB_WANTS_${id}})
  foreach(variable IN LISTS ARG_FOUND)
    if(NOT ${variable})
      set(has FALSE)
    endif()
  endforeach()
  set(CONVOLAB_HAS_${id} ${has} PARENT_SCOPE)
  set(row "        {\"${title}\", \"${packages}\", \"${ARG_COSTS}\"},")
  set(CONVOLAB_OPTIONAL ${CONVOLAB_OPTIONAL} ${row} PARENT_SCOPE)
  if(has)
    return()
  endif()
  if(CONVOLAB_WANTS_${id} AND NOT CONVOLAB_${id} STREQUAL "AUTO")
    message(FATAL_ERROR "CONVOLAB_${id} is ON and ${title} was not found: install ${packages}, or name the folder that holds "
                        "its include and lib in CMAKE_PREFIX_PATH, or set CONVOLAB_${id} to AUTO")
  endif()
  message(STATUS "${title} is left out (${packages}): ${ARG_COSTS}")
  set(CONVOLAB_LEFT_OUT ${CONVOLAB_LEFT_OUT} ${row} PARENT_SCOPE)
endfunction()

# Writes the table behind core/util/left_out.h: convolab_left_out_table(FILE rows...), of CONVOLAB_LEFT_OUT or CONVOLAB_OPTIONAL.
function(convolab_left_out_table file)
  list(JOIN ARGN "\n" rows)
  if(rows)
    string(APPEND rows "\n")
  endif()
  file(CONFIGURE OUTPUT ${file} CONTENT
"#include \"core/util/left_out.h\"

namespace convolab {

const std::vector<LeftOut>& leftOut() {
    static const std::vector<LeftOut> table{
@rows@    };
    return table;
}

}  // namespace convolab
" @ONLY)
endfunction()

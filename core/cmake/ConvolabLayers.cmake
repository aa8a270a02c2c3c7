# convolab_layer(max_pool) adds core/layers/max_pool.cpp, which defines
# `std::unique_ptr<LayerKind> makeLayerKind_max_pool()`; the registry is generated, because self-registration from a static library is dropped
# by the linker. Faster tiers beside it under the same name are found by their own lists.
set(CONVOLAB_LAYER_IDS "")
set(CONVOLAB_LAYER_SOURCES "")

macro(convolab_layer id)
  list(APPEND CONVOLAB_LAYER_IDS ${id})
  list(APPEND CONVOLAB_LAYER_SOURCES ${CMAKE_SOURCE_DIR}/core/layers/${id}.cpp)
endmacro()

# Writes registry.cpp into the build folder from the ids collected so far.
macro(convolab_layer_registry)
  set(_declarations "")
  set(_entries "")
  foreach(_id IN LISTS CONVOLAB_LAYER_IDS)
    string(APPEND _declarations "std::unique_ptr<LayerKind> makeLayerKind_${_id}();\n")
    string(APPEND _entries "        kinds.push_back(makeLayerKind_${_id}());\n")
  endforeach()
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/layer_registry.cpp CONTENT
"#include \"core/layers/layer_kind.h\"

namespace convolab {

@_declarations@
std::vector<std::unique_ptr<LayerKind>> makeAllLayerKinds() {
    std::vector<std::unique_ptr<LayerKind>> kinds;
@_entries@    return kinds;
}

}  // namespace convolab
" @ONLY)
  list(APPEND CONVOLAB_LAYER_SOURCES ${CMAKE_BINARY_DIR}/generated/layer_registry.cpp)
endmacro()

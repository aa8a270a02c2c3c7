# The presets, in the order in which they are listed: assets/networks/NAME.json each. They become part of the library.
set(CONVOLAB_PRESETS
  perceptron-t linear-regression xor autoencoder-8-3-8
  mlp-512-256 dense-n lenet-300-100 lenet-5 lenet-5-1998 lenet-like conv20-conv50 conv32-conv64 madry-mnist
  krizhevsky-2009 vgg-small-bn resnet-20 resnet-56 mobilenet-v2-32
  alexnet-2012 alexnet vgg-11 vgg-16 vgg-19 googlenet-2014 googlenet resnet-18 resnet-34 resnet-50 resnet-152 squeezenet-1.0 squeezenet-1.1
  mobilenet-v2 densenet-121)

set(_texts "")
foreach(_name IN LISTS CONVOLAB_PRESETS)
  set(_file ${CMAKE_SOURCE_DIR}/assets/networks/${_name}.json)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${_file})
  file(READ ${_file} _json)
  string(APPEND _texts "        {\"${_name}\", R\"json(${_json})json\"},\n")
endforeach()
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/embedded_presets.cpp CONTENT
"#include \"core/graph/preset_file.h\"

namespace convolab {

const std::vector<EmbeddedPreset>& embeddedPresets() {
    static const std::vector<EmbeddedPreset> presets{
@_texts@    };
    return presets;
}

}  // namespace convolab
" @ONLY)
target_sources(convolab_core PRIVATE ${CMAKE_BINARY_DIR}/generated/embedded_presets.cpp)

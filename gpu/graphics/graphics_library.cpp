#include <dlfcn.h>

#include <type_traits>

#include "gpu/graphics/graphics_table.h"

namespace convolab::gpu {

namespace {

struct Opened {
    GraphicsTable table;
    bool whole = true;

    Opened() {
        void* file = ::dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
        const auto take = [&](auto& function, const char* name) {
            if (file != nullptr) function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(::dlsym(file, name));
            whole = whole && function != nullptr;
        };
        take(table.glDevices, "cuGLGetDevices_v2");
        take(table.registerImage, "cuGraphicsGLRegisterImage");
        take(table.unregisterResource, "cuGraphicsUnregisterResource");
        take(table.mapResources, "cuGraphicsMapResources");
        take(table.unmapResources, "cuGraphicsUnmapResources");
        take(table.mappedArray, "cuGraphicsSubResourceGetMappedArray");
        take(table.copyToArray, "cuMemcpy2DAsync_v2");
    }
};

}  // namespace

const GraphicsTable* graphicsLibrary() {
    static const Opened opened;
    return opened.whole ? &opened.table : nullptr;
}

}  // namespace convolab::gpu

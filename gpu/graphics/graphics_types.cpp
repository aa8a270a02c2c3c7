// Compiled into the module only, where OpenGL's header is too: the driver's functions have these very types.
#include <cudaGL.h>

#include <cstddef>

#include "gpu/graphics/graphics_table.h"
#include "gpu/libraries/plain_types.h"

namespace convolab::gpu {

CONVOLAB_PLAIN(CUgraphicsResource, void*)
CONVOLAB_PLAIN(CUgraphicsResource*, void**)
CONVOLAB_PLAIN(CUarray*, void**)
CONVOLAB_PLAIN(CUstream, void*)
CONVOLAB_PLAIN(const CUDA_MEMCPY2D*, const ArrayCopy*)

namespace {

CONVOLAB_SAME(GraphicsTable, glDevices, cuGLGetDevices);
CONVOLAB_SAME(GraphicsTable, registerImage, cuGraphicsGLRegisterImage);
CONVOLAB_SAME(GraphicsTable, unregisterResource, cuGraphicsUnregisterResource);
CONVOLAB_SAME(GraphicsTable, mapResources, cuGraphicsMapResources);
CONVOLAB_SAME(GraphicsTable, unmapResources, cuGraphicsUnmapResources);
CONVOLAB_SAME(GraphicsTable, mappedArray, cuGraphicsSubResourceGetMappedArray);
CONVOLAB_SAME(GraphicsTable, copyToArray, cuMemcpy2DAsync);  // cuda.h's name without _v2 is a macro for the one with it

static_assert(kAllGlDevices == CU_GL_DEVICE_LIST_ALL && kOnlyWritten == CU_GRAPHICS_REGISTER_FLAGS_WRITE_DISCARD &&
              kDriverInvalidHandle == CUDA_ERROR_INVALID_HANDLE && kMemoryOfDevice == CU_MEMORYTYPE_DEVICE && kMemoryOfArray == CU_MEMORYTYPE_ARRAY);
static_assert(sizeof(ArrayCopy) == sizeof(CUDA_MEMCPY2D) && offsetof(ArrayCopy, fromType) == offsetof(CUDA_MEMCPY2D, srcMemoryType) &&
              offsetof(ArrayCopy, fromDevice) == offsetof(CUDA_MEMCPY2D, srcDevice) && offsetof(ArrayCopy, fromPitch) == offsetof(CUDA_MEMCPY2D, srcPitch) &&
              offsetof(ArrayCopy, toX) == offsetof(CUDA_MEMCPY2D, dstXInBytes) && offsetof(ArrayCopy, toType) == offsetof(CUDA_MEMCPY2D, dstMemoryType) &&
              offsetof(ArrayCopy, toArray) == offsetof(CUDA_MEMCPY2D, dstArray) && offsetof(ArrayCopy, widthBytes) == offsetof(CUDA_MEMCPY2D, WidthInBytes) &&
              offsetof(ArrayCopy, height) == offsetof(CUDA_MEMCPY2D, Height));

}  // namespace

}  // namespace convolab::gpu

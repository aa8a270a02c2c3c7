#pragma once

#include <cstddef>
#include <cstdint>

namespace convolab::gpu {

/// CUDA_MEMCPY2D of cuda.h.
struct ArrayCopy {
    std::size_t fromX = 0, fromY = 0;     ///< X in bytes
    std::int32_t fromType = 0;
    const void* fromHost = nullptr;
    std::uint64_t fromDevice = 0;
    void* fromArray = nullptr;
    std::size_t fromPitch = 0;            ///< bytes of a row
    std::size_t toX = 0, toY = 0;
    std::int32_t toType = 0;
    void* toHost = nullptr;
    std::uint64_t toDevice = 0;
    void* toArray = nullptr;
    std::size_t toPitch = 0;
    std::size_t widthBytes = 0, height = 0;
};
inline constexpr std::int32_t kMemoryOfDevice = 2, kMemoryOfArray = 3;  ///< CUmemorytype

/// The functions of the driver that know OpenGL, with their own names behind; results are CUresult values (CUDA Driver API reference,
/// "Graphics Interoperability" and "OpenGL Interoperability"). The OpenGL context must be current where they are called.
struct GraphicsTable {
    int (*glDevices)(unsigned* count, int* devices, unsigned room, int list) = nullptr;                      // cuGLGetDevices_v2
    int (*registerImage)(void** resource, unsigned image, unsigned target, unsigned flags) = nullptr;        // cuGraphicsGLRegisterImage
    int (*unregisterResource)(void* resource) = nullptr;                                                     // cuGraphicsUnregisterResource
    int (*mapResources)(unsigned count, void** resources, void* stream) = nullptr;                           // cuGraphicsMapResources
    int (*unmapResources)(unsigned count, void** resources, void* stream) = nullptr;                         // cuGraphicsUnmapResources
    int (*mappedArray)(void** array, void* resource, unsigned index, unsigned level) = nullptr;              // cuGraphicsSubResourceGetMappedArray
    int (*copyToArray)(const ArrayCopy* copy, void* stream) = nullptr;                                       // cuMemcpy2DAsync_v2
};

inline constexpr int kAllGlDevices = 1;             ///< CU_GL_DEVICE_LIST_ALL
inline constexpr unsigned kOnlyWritten = 2;         ///< CU_GRAPHICS_REGISTER_FLAGS_WRITE_DISCARD
inline constexpr int kDriverInvalidHandle = 400;    ///< CUDA_ERROR_INVALID_HANDLE: OpenGL has deleted the texture

/// Of libcuda.so.1, opened once; null where it or one of the functions is missing.
const GraphicsTable* graphicsLibrary();

}  // namespace convolab::gpu

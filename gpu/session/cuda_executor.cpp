#include "gpu/session/cuda_executor.h"

#include <cstring>
#include <map>
#include <utility>
#include <vector>

#include "gpu/launch/enqueue.h"
#include "gpu/plan/arena.h"

namespace convolab::gpu {

namespace {

#define CONVOLAB_CUDA(call, during)                                                               \
    do {                                                                                          \
        if (Outcome outcome = cudaOutcome(call, during); !outcome.ok()) return outcome;             \
    } while (false)

class CudaExecutor final : public Executor {
  public:
    explicit CudaExecutor(const ConvolabGpuOptions& options)
        : m_ordinal(options.ordinal), m_precision(options.precision == kGpuTf32 ? Precision::Tf32 : Precision::Float32) {}

    ~CudaExecutor() override {
        if (m_stream == nullptr) return;
        cudaSetDevice(m_ordinal);
        m_libraries = Libraries();
        if (m_workspace != nullptr) cudaFree(m_workspace);
        for (const cudaStream_t stream : {m_copies, m_pictures}) {
            if (stream != nullptr) cudaStreamSynchronize(stream);
        }
        for (Buffer& buffer : m_buffers) {
            for (const cudaEvent_t event : {buffer.copied, buffer.used, buffer.posted, buffer.pictured}) {
                if (event != nullptr) cudaEventDestroy(event);
            }
            for (void* locked : {buffer.pinned, buffer.post, buffer.picture}) {
                if (locked != nullptr) cudaFreeHost(locked);
            }
        }
        if (m_shadowed != nullptr) cudaEventDestroy(m_shadowed);
        for (const cudaStream_t stream : {m_copies, m_pictures}) {
            if (stream != nullptr) cudaStreamDestroy(stream);
        }
        for (const auto& [slot, graph] : m_graphs) cudaGraphExecDestroy(graph);
        for (const cudaEvent_t event : m_marks) cudaEventDestroy(event);
        cudaStreamDestroy(m_stream);
    }

    Outcome start() {
        CONVOLAB_CUDA(cudaSetDevice(m_ordinal), "while the device was chosen");
        CONVOLAB_CUDA(cudaStreamCreateWithFlags(&m_stream, cudaStreamNonBlocking), "while the device was started");
        CONVOLAB_CUDA(cudaStreamCreateWithFlags(&m_copies, cudaStreamNonBlocking), "while the device was started");
        CONVOLAB_CUDA(cudaStreamCreateWithFlags(&m_pictures, cudaStreamNonBlocking), "while the device was started");
        CONVOLAB_CUDA(cudaEventCreateWithFlags(&m_shadowed, cudaEventDisableTiming), "while an event was made");
        for (Buffer& buffer : m_buffers) {
            for (cudaEvent_t* event : {&buffer.copied, &buffer.used, &buffer.posted, &buffer.pictured}) {
                CONVOLAB_CUDA(cudaEventCreateWithFlags(event, cudaEventDisableTiming), "while an event was made");
            }
            CONVOLAB_CUDA(cudaHostAlloc(&buffer.post, kPostBytes, cudaHostAllocDefault), "while memory was locked for copies");
        }
        int pools = 0;
        if (cudaDeviceGetAttribute(&pools, cudaDevAttrMemoryPoolsSupported, m_ordinal) != cudaSuccess || pools == 0 ||
            cudaDeviceGetDefaultMemPool(&m_pool, m_ordinal) != cudaSuccess) {
            cudaGetLastError();
            m_pool = nullptr;
        }
        openLibraries();
        return {};
    }

    // The processor waits until the copies before have left the page-locked memory, the stream of copies until the kernels that read the
    // buffer are done. An event that was never recorded counts as done.
    Outcome stage(int place, std::span<const Transfer> transfers) override {
        CONVOLAB_CUDA(cudaSetDevice(m_ordinal), "while the device was chosen");
        Buffer& buffer = m_buffers[place];
        CONVOLAB_CUDA(cudaEventSynchronize(buffer.copied), "in a copy to the device");
        std::size_t bytes = 0;
        for (const Transfer& transfer : transfers) bytes += alignedSize(transfer.bytes);
        if (bytes > buffer.pinnedBytes) {
            if (buffer.pinned != nullptr) cudaFreeHost(std::exchange(buffer.pinned, nullptr));
            buffer.pinnedBytes = 0;
            CONVOLAB_CUDA(cudaHostAlloc(&buffer.pinned, bytes, cudaHostAllocDefault), "while memory was locked for copies");
            buffer.pinnedBytes = bytes;
        }
        CONVOLAB_CUDA(cudaStreamWaitEvent(m_copies, buffer.used, 0), "in a copy to the device");
        auto* room = static_cast<std::byte*>(buffer.pinned);
        for (const Transfer& transfer : transfers) {
            std::memcpy(room, transfer.from, transfer.bytes);
            CONVOLAB_CUDA(cudaMemcpyAsync(transfer.to, room, transfer.bytes, cudaMemcpyHostToDevice, m_copies), "in a copy to the device");
            room += alignedSize(transfer.bytes);
        }
        CONVOLAB_CUDA(cudaEventRecord(buffer.copied, m_copies), "while an event was recorded");
        return {};
    }

    Outcome take(int place) override {
        CONVOLAB_CUDA(cudaSetDevice(m_ordinal), "while the device was chosen");
        CONVOLAB_CUDA(cudaStreamWaitEvent(m_stream, m_buffers[place].copied, 0), "in a copy to the device");
        return {};
    }

    Outcome leave(int place) override {
        CONVOLAB_CUDA(cudaSetDevice(m_ordinal), "while the device was chosen");
        CONVOLAB_CUDA(cudaEventRecord(m_buffers[place].used, m_stream), "while an event was recorded");
        return {};
    }

    Outcome post(int slot, const void* from, std::size_t bytes) override {
        if (bytes > kPostBytes) return {kGpuDriverFailed, "too much was posted"};
        CONVOLAB_CUDA(cudaSetDevice(m_ordinal), "while the device was chosen");
        CONVOLAB_CUDA(cudaMemcpyAsync(m_buffers[slot].post, from, bytes, cudaMemcpyDeviceToHost, m_stream), "in a copy from the device");
        CONVOLAB_CUDA(cudaEventRecord(m_buffers[slot].posted, m_stream), "while an event was recorded");
        return {};
    }

    Outcome fetch(int slot, void* to, std::size_t bytes) override {
        CONVOLAB_CUDA(cudaSetDevice(m_ordinal), "while the device was chosen");
        CONVOLAB_CUDA(cudaEventSynchronize(m_buffers[slot].posted), "in a CUDA kernel or in a copy from the device");
        std::memcpy(to, m_buffers[slot].post, bytes);
        return {};
    }

    // The copies to the shadow stand in the order of the steps; those over the bus on a stream that no step waits for.
    Outcome capture(int slot, std::span<const Piece> pieces, std::byte* shadow) override {
        CONVOLAB_CUDA(cudaSetDevice(m_ordinal), "while the device was chosen");
        Buffer& buffer = m_buffers[slot];
        std::size_t bytes = 0;
        for (const Piece& piece : pieces) bytes += piece.bytes;
        if (bytes > buffer.pictureBytes) {
            if (buffer.picture != nullptr) cudaFreeHost(std::exchange(buffer.picture, nullptr));
            buffer.pictureBytes = 0;
            CONVOLAB_CUDA(cudaHostAlloc(&buffer.picture, bytes, cudaHostAllocDefault), "while memory was locked for copies");
            buffer.pictureBytes = bytes;
        }
        std::byte* to = shadow;
        for (const Piece& piece : pieces) {
            if (piece.bytes > 0) CONVOLAB_CUDA(cudaMemcpyAsync(to, piece.from, piece.bytes, cudaMemcpyDeviceToDevice, m_stream), "in a copy on the device");
            to += piece.bytes;
        }
        CONVOLAB_CUDA(cudaEventRecord(m_shadowed, m_stream), "while an event was recorded");
        CONVOLAB_CUDA(cudaStreamWaitEvent(m_pictures, m_shadowed, 0), "in a copy from the device");
        CONVOLAB_CUDA(cudaMemcpyAsync(buffer.picture, shadow, bytes, cudaMemcpyDeviceToHost, m_pictures), "in a copy from the device");
        CONVOLAB_CUDA(cudaEventRecord(buffer.pictured, m_pictures), "while an event was recorded");
        return {};
    }

    Outcome arrived(int slot, bool* there) override {
        CONVOLAB_CUDA(cudaSetDevice(m_ordinal), "while the device was chosen");
        const cudaError_t found = cudaEventQuery(m_buffers[slot].pictured);
        *there = found == cudaSuccess;
        if (found != cudaErrorNotReady) return cudaOutcome(found, "in a CUDA kernel or in a copy from the device");
        cudaGetLastError();  // not ready is no failure
        return {};
    }

    const std::byte* picture(int slot) override { return static_cast<const std::byte*>(m_buffers[slot].picture); }

    int ordinal() const override { return m_ordinal; }
    void* stream() override { return m_stream; }
    std::uint32_t libraries() const override { return m_libraries.available(); }

    Outcome prepare(std::span<const Launch> launches) override {
        CONVOLAB_CUDA(cudaSetDevice(m_ordinal), "while the device was chosen");
        return m_libraries.prepare(launches, m_stream);
    }

    Outcome allocate(std::size_t bytes, std::byte** memory) override {
        CONVOLAB_CUDA(cudaSetDevice(m_ordinal), "while the device was chosen");
        void* block = nullptr;
        CONVOLAB_CUDA(m_pool != nullptr ? cudaMallocAsync(&block, bytes, m_stream) : cudaMalloc(&block, bytes), "while memory was allocated");
        *memory = static_cast<std::byte*>(block);
        CONVOLAB_CUDA(cudaMemsetAsync(block, 0, bytes, m_stream), "while memory was cleared");
        CONVOLAB_CUDA(cudaStreamSynchronize(m_stream), "while memory was cleared");  // before another stream copies there
        return {};
    }

    // In the order of the stream, behind all that uses the memory; cudaFree waits for it, and for everybody else on the device.
    void release(std::byte* memory) override {
        cudaSetDevice(m_ordinal);
        if (m_pool == nullptr) {
            cudaFree(memory);
            return;
        }
        for (const Buffer& buffer : m_buffers) {
            for (const cudaEvent_t copied : {buffer.copied, buffer.pictured}) cudaStreamWaitEvent(m_stream, copied, 0);
        }
        cudaFreeAsync(memory, m_stream);
    }

    Outcome freeBytes(std::size_t* bytes) override {
        CONVOLAB_CUDA(cudaSetDevice(m_ordinal), "while the device was chosen");
        std::size_t total = 0;
        CONVOLAB_CUDA(cudaMemGetInfo(bytes, &total), "while the device was asked for its memory");
        // What the pool has from the driver and nobody uses is free, too.
        std::uint64_t reserved = 0, used = 0;
        if (m_pool != nullptr && cudaMemPoolGetAttribute(m_pool, cudaMemPoolAttrReservedMemCurrent, &reserved) == cudaSuccess &&
            cudaMemPoolGetAttribute(m_pool, cudaMemPoolAttrUsedMemCurrent, &used) == cudaSuccess && used < reserved) {
            *bytes += reserved - used;
        }
        cudaGetLastError();
        return {};
    }

    // From memory that is not pinned the runtime has copied what it needs when the call returns.
    Outcome upload(void* to, const void* from, std::size_t bytes) override {
        CONVOLAB_CUDA(cudaSetDevice(m_ordinal), "while the device was chosen");
        CONVOLAB_CUDA(cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, m_stream), "in a copy to the device");
        return {};
    }

    Outcome download(void* to, const void* from, std::size_t bytes) override {
        CONVOLAB_CUDA(cudaSetDevice(m_ordinal), "while the device was chosen");
        CONVOLAB_CUDA(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToHost, m_stream), "in a copy from the device");
        CONVOLAB_CUDA(cudaStreamSynchronize(m_stream), "in a CUDA kernel or in a copy from the device");
        return {};
    }

    Outcome run(std::span<const Launch> launches) override {
        CONVOLAB_CUDA(cudaSetDevice(m_ordinal), "while the device was chosen");
        return enqueue(launches, m_libraries, m_stream);
    }

    Outcome record(int slot, std::span<const Launch> launches) override {
        CONVOLAB_CUDA(cudaSetDevice(m_ordinal), "while the device was chosen");
        CONVOLAB_CUDA(cudaStreamBeginCapture(m_stream, cudaStreamCaptureModeThreadLocal), "while a step was recorded");
        Outcome enqueued = enqueue(launches, m_libraries, m_stream);
        cudaGraph_t graph = nullptr;
        const cudaError_t ended = cudaStreamEndCapture(m_stream, &graph);  // also after an error, or the stream stays in recording
        cudaGraphExec_t made = nullptr;
        cudaError_t result = ended;
        if (result == cudaSuccess && enqueued.ok()) result = cudaGraphInstantiate(&made, graph, 0);
        if (graph != nullptr) cudaGraphDestroy(graph);
        if (result != cudaSuccess || !enqueued.ok()) cudaGetLastError();  // a failed recording leaves its error for the next call to find
        if (!enqueued.ok()) return enqueued;
        CONVOLAB_CUDA(result, "while a step was recorded");
        cudaGraphExec_t& kept = m_graphs[slot];
        if (kept != nullptr) cudaGraphExecDestroy(kept);
        kept = made;
        return replay(slot);
    }

    Outcome replay(int slot) override {
        CONVOLAB_CUDA(cudaSetDevice(m_ordinal), "while the device was chosen");
        CONVOLAB_CUDA(cudaGraphLaunch(m_graphs.at(slot), m_stream), "while a recorded step was started");
        return {};
    }

    ConvolabGpuClock clock() const override { return kGpuDeviceClock; }

    Outcome mark(std::size_t place) override {
        CONVOLAB_CUDA(cudaSetDevice(m_ordinal), "while the device was chosen");
        while (place >= m_marks.size()) {
            cudaEvent_t event = nullptr;
            CONVOLAB_CUDA(cudaEventCreate(&event), "while an event was made");
            m_marks.push_back(event);
        }
        CONVOLAB_CUDA(cudaEventRecord(m_marks[place], m_stream), "while an event was recorded");
        return {};
    }

    Outcome seconds(std::size_t from, std::size_t to, double* result) override {
        CONVOLAB_CUDA(cudaEventSynchronize(m_marks.at(to)), "in a CUDA kernel or in a copy");
        float milliseconds = 0.0F;
        CONVOLAB_CUDA(cudaEventElapsedTime(&milliseconds, m_marks.at(from), m_marks.at(to)), "while events were read");
        *result = 1e-3 * static_cast<double>(milliseconds);
        return {};
    }

    double occupancy(const Launch& launch) override {
        int blocks = 0, most = 0;
        if (cudaSetDevice(m_ordinal) != cudaSuccess || residentBlocks(launch, &blocks) != cudaSuccess ||
            cudaDeviceGetAttribute(&most, cudaDevAttrMaxThreadsPerMultiProcessor, m_ordinal) != cudaSuccess || most <= 0) {
            cudaGetLastError();
            return 0.0;
        }
        return static_cast<double>(blocks) * kThreadsPerBlock / most;
    }

    std::int32_t units(const Launch& launch) const override { return unitsOf(launch, m_tensorCores ? m_precision : Precision::Float32); }

  private:
    /// A library that is missing or does not start is done without: our own kernels do the same.
    void openLibraries() {
        const BlasLibrary& blas = blasLibrary(CUDART_VERSION / 1000);
        const DnnLibrary& dnn = dnnLibrary();
        cudaDeviceProp properties{};
        if ((blas.table == nullptr && dnn.table == nullptr) || cudaGetDeviceProperties(&properties, m_ordinal) != cudaSuccess ||
            cudaMalloc(&m_workspace, kWorkspaceBytes) != cudaSuccess) {
            cudaGetLastError();
            m_workspace = nullptr;
            return;
        }
        m_tensorCores = properties.major >= 8;  // that have TF32
        if (blas.table != nullptr) {
            auto matrices = std::make_unique<MatrixLibrary>(*blas.table, m_precision, m_workspace, kWorkspaceBytes);
            if (matrices->start().ok()) m_libraries.matrices = std::move(matrices);
        }
        if (dnn.table != nullptr) {
            const std::string title = std::string(properties.name) + ", cuDNN " + std::to_string(dnn.version);
            auto convolutions = std::make_unique<ConvolutionLibrary>(*dnn.table, m_precision, AlgorithmCache(algorithmCacheFile(title), title), m_workspace, kWorkspaceBytes);
            if (convolutions->start().ok()) m_libraries.convolutions = std::move(convolutions);
            auto layers = std::make_unique<LayerLibrary>(*dnn.table);
            if (layers->start().ok()) m_libraries.layers = std::move(layers);
        }
    }

    struct Buffer {
        cudaEvent_t copied = nullptr, used = nullptr, posted = nullptr, pictured = nullptr;
        void *pinned = nullptr, *post = nullptr, *picture = nullptr;  ///< page-locked
        std::size_t pinnedBytes = 0, pictureBytes = 0;
    };
    static constexpr std::size_t kPostBytes = 256;
    static constexpr std::size_t kWorkspaceBytes = std::size_t{64} << 20;  // cuBLAS recommends 32 MiB for compute capability 9.0

    int m_ordinal;
    Precision m_precision;
    bool m_tensorCores = false;
    void* m_workspace = nullptr;
    Libraries m_libraries;
    cudaStream_t m_stream = nullptr, m_copies = nullptr, m_pictures = nullptr;
    cudaMemPool_t m_pool = nullptr;  ///< null: the device allocates in no stream's order
    cudaEvent_t m_shadowed = nullptr;
    Buffer m_buffers[2];
    std::map<int, cudaGraphExec_t> m_graphs;
    std::vector<cudaEvent_t> m_marks;
};

}  // namespace

Outcome makeNcclCommunicator(std::span<const std::int32_t> ordinals, std::span<const std::unique_ptr<Executor>> executors, std::unique_ptr<Communicator>& communicator) {
    const NcclLibrary& nccl = ncclLibrary();
    if (nccl.table == nullptr) return {kGpuDriverFailed, nccl.problem + "; several GPUs need NCCL"};
    std::vector<void*> streams;
    for (const auto& executor : executors) streams.push_back(executor->stream());
    auto made = std::make_unique<NcclCommunicator>(*nccl.table, std::move(streams));
    if (Outcome outcome = made->start(ordinals); !outcome.ok()) return outcome;
    communicator = std::move(made);
    return {};
}

Outcome makeCudaExecutor(const ConvolabGpuOptions& options, std::unique_ptr<Executor>& executor) {
    auto made = std::make_unique<CudaExecutor>(options);
    if (Outcome outcome = made->start(); !outcome.ok()) return outcome;
    executor = std::move(made);
    return {};
}

}  // namespace convolab::gpu

#include "gpu/session/cuda_executor.h"

#include <map>
#include <vector>

#include "gpu/launch/enqueue.h"

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
        for (const auto& [slot, graph] : m_graphs) cudaGraphExecDestroy(graph);
        for (const cudaEvent_t event : m_marks) cudaEventDestroy(event);
        cudaStreamDestroy(m_stream);
    }

    Outcome start() {
        CONVOLAB_CUDA(cudaSetDevice(m_ordinal), "while the device was chosen");
        CONVOLAB_CUDA(cudaStreamCreateWithFlags(&m_stream, cudaStreamNonBlocking), "while the device was started");
        openLibraries();
        return {};
    }

    std::uint32_t libraries() const override { return m_libraries.available(); }

    Outcome prepare(std::span<const Launch> launches) override {
        CONVOLAB_CUDA(cudaSetDevice(m_ordinal), "while the device was chosen");
        return m_libraries.prepare(launches, m_stream);
    }

    Outcome allocate(std::size_t bytes, std::byte** memory) override {
        CONVOLAB_CUDA(cudaSetDevice(m_ordinal), "while the device was chosen");
        void* block = nullptr;
        CONVOLAB_CUDA(cudaMalloc(&block, bytes), "while memory was allocated");
        *memory = static_cast<std::byte*>(block);
        CONVOLAB_CUDA(cudaMemsetAsync(block, 0, bytes, m_stream), "while memory was cleared");
        return {};
    }

    // cudaFree waits for everything that still uses the memory.
    void release(std::byte* memory) override {
        cudaSetDevice(m_ordinal);
        cudaFree(memory);
    }

    Outcome freeBytes(std::size_t* bytes) override {
        CONVOLAB_CUDA(cudaSetDevice(m_ordinal), "while the device was chosen");
        std::size_t total = 0;
        CONVOLAB_CUDA(cudaMemGetInfo(bytes, &total), "while the device was asked for its memory");
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
        if (blas.table != nullptr) {
            auto matrices = std::make_unique<MatrixLibrary>(*blas.table, m_precision, m_workspace, kWorkspaceBytes);
            if (matrices->start().ok()) m_libraries.matrices = std::move(matrices);
        }
        if (dnn.table != nullptr) {
            const std::string title = std::string(properties.name) + ", cuDNN " + std::to_string(dnn.version);
            auto convolutions = std::make_unique<ConvolutionLibrary>(*dnn.table, m_precision, AlgorithmCache(algorithmCacheFile(title), title), m_workspace, kWorkspaceBytes);
            if (convolutions->start().ok()) m_libraries.convolutions = std::move(convolutions);
        }
    }

    static constexpr std::size_t kWorkspaceBytes = std::size_t{64} << 20;  // cuBLAS recommends 32 MiB for compute capability 9.0

    int m_ordinal;
    Precision m_precision;
    void* m_workspace = nullptr;
    Libraries m_libraries;
    cudaStream_t m_stream = nullptr;
    std::map<int, cudaGraphExec_t> m_graphs;
    std::vector<cudaEvent_t> m_marks;
};

}  // namespace

Outcome makeCudaExecutor(const ConvolabGpuOptions& options, std::unique_ptr<Executor>& executor) {
    auto made = std::make_unique<CudaExecutor>(options);
    if (Outcome outcome = made->start(); !outcome.ok()) return outcome;
    executor = std::move(made);
    return {};
}

}  // namespace convolab::gpu

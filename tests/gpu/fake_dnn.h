// cuDNN without cuDNN: a table of functions that keeps what it is told and convolves as the library's documentation says.
#pragma once

#include <map>
#include <vector>

#include "gpu/kernels/convolution.h"
#include "gpu/libraries/dnn_table.h"

namespace convolab::testing {

struct FakeTensor {
    int n = 0, c = 0, h = 0, w = 0, type = 0;
};
struct FakeConvolution {
    int pad[2] = {}, stride[2] = {}, dilation[2] = {}, groups = 1, mathType = -1;
};

struct FakeDnn {
    int open = 0;        // handles and descriptors made and not destroyed
    int trials = 0, runs = 0, failCreate = 0, failRun = 0;
    int lastAlgorithm = -1, lastMath = -1, lastType = -1;
    void* stream = nullptr;
    std::map<int, std::size_t> bytesOf = {{1, 100}, {2, 5000}, {3, 0}, {4, 10}};  // by algorithm
    // The fastest is not deterministic, the next takes too much room, another one fails.
    std::vector<gpu::DnnTrial> answers = {{4, 0, 0.1F, 10, 0, 0, {}}, {2, 0, 0.2F, 5000, 1, 0, {}}, {9, 3000, 0.0F, 0, 1, 0, {}}, {3, 0, 0.9F, 0, 1, 0, {}}, {1, 0, 0.5F, 100, 1, 0, {}}};
};
inline FakeDnn& fakeDnn() {
    static FakeDnn dnn;
    return dnn;
}

inline gpu::ConvolutionShape fakeShape(const FakeTensor& in, const FakeTensor& weight, const FakeTensor& out, const FakeConvolution& c) {
    return {{in.c, in.h, in.w}, {out.c, out.h, out.w}, weight.h, weight.w, c.stride[0], c.stride[1], c.pad[0], c.pad[1], c.dilation[0], c.dilation[1], c.groups};
}

// The library takes maps only that fit one another.
inline bool fakeFits(const FakeTensor& in, const FakeTensor& weight, const FakeTensor& out, const FakeConvolution& c) {
    const auto places = [&](int size, int side, int kernel) { return (size + 2 * c.pad[side] - c.dilation[side] * (kernel - 1) - 1) / c.stride[side] + 1; };
    return in.type == weight.type && in.type == out.type && (in.type == 0 || in.type == 2 || in.type == 9) && in.n == out.n && weight.n == out.c && weight.c * c.groups == in.c && places(in.h, 0, weight.h) == out.h && places(in.w, 1, weight.w) == out.w && c.mathType >= 0;
}

template <class T>
const T& fakeOf(const void* pointer) {
    return *static_cast<const T*>(pointer);
}

template <class T>
int makeFake(void** made) {
    *made = new T;
    ++fakeDnn().open;
    return 0;
}

template <class T>
int destroyFake(void* made) {
    delete static_cast<T*>(made);
    --fakeDnn().open;
    return 0;
}

inline int fakeTrials(bool fits, int wanted, int* found, gpu::DnnTrial* trials) {
    if (!fits) return 2000;  // CUDNN_STATUS_BAD_PARAM
    ++fakeDnn().trials;
    *found = 0;
    for (const gpu::DnnTrial& answer : fakeDnn().answers) {
        if (*found < wanted) trials[(*found)++] = answer;
    }
    return 0;
}

// CUDNN_DATA_FLOAT, CUDNN_DATA_HALF or CUDNN_DATA_BFLOAT16.
inline gpu::ProductFactors fakeFactors(const void* values, int type) {
    if (type == 0) return {static_cast<const float*>(values)};
    return {static_cast<const std::uint16_t*>(values), type == 9 ? gpu::FactorType::Bf16 : gpu::FactorType::Fp16};
}

/// The result has the type of the factors.
template <class Body>
int fakeRun(bool fits, const FakeConvolution& c, int algorithm, std::size_t room, gpu::Index count, const Body& body, void* result, int type) {
    FakeDnn& dnn = fakeDnn();
    if (dnn.failRun != 0) return dnn.failRun;
    if (!fits || !dnn.bytesOf.contains(algorithm) || dnn.bytesOf.at(algorithm) > room) return 2000;
    ++dnn.runs;
    dnn.lastAlgorithm = algorithm;
    dnn.lastMath = c.mathType;
    dnn.lastType = type;
    for (gpu::Index i = 0; i < count; ++i) {
        if (type == 0) static_cast<float*>(result)[i] = body.value(i);
        else static_cast<std::uint16_t*>(result)[i] = gpu::to16(type == 9 ? gpu::FactorType::Bf16 : gpu::FactorType::Fp16, body.value(i));
    }
    return 0;
}

inline int fakeBytes(int algorithm, std::size_t* bytes) {
    const auto found = fakeDnn().bytesOf.find(algorithm);
    if (found == fakeDnn().bytesOf.end()) return 3000;  // CUDNN_STATUS_NOT_SUPPORTED
    *bytes = found->second;
    return 0;
}

inline gpu::DnnTable fakeDnnTable() {
    using T = FakeTensor;
    using C = FakeConvolution;
    gpu::DnnTable t;
    t.version = [] { return std::size_t{91900}; };
    t.errorString = [](int status) -> const char* { return status == 3000 ? "CUDNN_STATUS_NOT_SUPPORTED" : status == 2000 ? "CUDNN_STATUS_BAD_PARAM" : nullptr; };
    t.create = [](void** handle) { *handle = &fakeDnn(); fakeDnn().open += fakeDnn().failCreate == 0 ? 1 : 0; return fakeDnn().failCreate; };
    t.destroy = [](void*) { --fakeDnn().open; return 0; };
    t.setStream = [](void*, void* stream) { fakeDnn().stream = stream; return 0; };
    t.createTensor = makeFake<T>;
    t.destroyTensor = destroyFake<T>;
    t.setTensor = [](void* tensor, int format, int type, int n, int c, int h, int w) { *static_cast<T*>(tensor) = {n, c, h, w, type}; return format; };
    t.createFilter = makeFake<T>;
    t.destroyFilter = destroyFake<T>;
    t.setFilter = [](void* filter, int type, int format, int k, int c, int h, int w) { *static_cast<T*>(filter) = {k, c, h, w, type}; return format; };
    t.createConvolution = makeFake<C>;
    t.destroyConvolution = destroyFake<C>;
    t.setConvolution = [](void* convolution, int ph, int pw, int sh, int sw, int dh, int dw, int mode, int type) {
        *static_cast<C*>(convolution) = {{ph, pw}, {sh, sw}, {dh, dw}, 1, -1};
        return mode == gpu::kDnnCrossCorrelation && type == gpu::kDnnFloat32 ? 0 : 2000;
    };
    t.setGroups = [](void* convolution, int groups) { static_cast<C*>(convolution)->groups = groups; return 0; };
    t.setMath = [](void* convolution, int mathType) { static_cast<C*>(convolution)->mathType = mathType; return 0; };
    t.tryForward = [](void*, void* x, const void*, void* w, const void*, void* c, void* y, void*, int wanted, int* found, gpu::DnnTrial* trials, void*, std::size_t) {
        return fakeTrials(fakeFits(fakeOf<T>(x), fakeOf<T>(w), fakeOf<T>(y), fakeOf<C>(c)), wanted, found, trials);
    };
    t.tryData = [](void*, void* w, const void*, void* dy, const void*, void* c, void* dx, void*, int wanted, int* found, gpu::DnnTrial* trials, void*, std::size_t) {
        return fakeTrials(fakeFits(fakeOf<T>(dx), fakeOf<T>(w), fakeOf<T>(dy), fakeOf<C>(c)), wanted, found, trials);
    };
    t.tryFilter = [](void*, void* x, const void*, void* dy, const void*, void* c, void* dw, void*, int wanted, int* found, gpu::DnnTrial* trials, void*, std::size_t) {
        return fakeTrials(fakeFits(fakeOf<T>(x), fakeOf<T>(dw), fakeOf<T>(dy), fakeOf<C>(c)), wanted, found, trials);
    };
    t.forwardBytes = [](void*, void*, void*, void*, void*, int algorithm, std::size_t* bytes) { return fakeBytes(algorithm, bytes); };
    t.dataBytes = t.filterBytes = t.forwardBytes;
    t.forward = [](void*, const void*, void* xOf, const void* x, void* wOf, const void* w, void* c, int algorithm, void*, std::size_t room, const void*, void* yOf, void* y) {
        const T &in = fakeOf<T>(xOf), &weight = fakeOf<T>(wOf), &out = fakeOf<T>(yOf);
        const gpu::ConvolutionShape s = fakeShape(in, weight, out, fakeOf<C>(c));
        return fakeRun(fakeFits(in, weight, out, fakeOf<C>(c)), fakeOf<C>(c), algorithm, room, in.n * s.out.image(),
                       gpu::Convolution{s, fakeFactors(x, in.type), fakeFactors(w, in.type), nullptr, nullptr}, y, in.type);
    };
    t.data = [](void*, const void*, void* wOf, const void* w, void* dyOf, const void* dy, void* c, int algorithm, void*, std::size_t room, const void*, void* dxOf, void* dx) {
        const T &in = fakeOf<T>(dxOf), &weight = fakeOf<T>(wOf), &out = fakeOf<T>(dyOf);
        const gpu::ConvolutionShape s = fakeShape(in, weight, out, fakeOf<C>(c));
        return fakeRun(fakeFits(in, weight, out, fakeOf<C>(c)), fakeOf<C>(c), algorithm, room, in.n * s.in.image(),
                       gpu::ConvolutionInputGradient{s, fakeFactors(dy, in.type), fakeFactors(w, in.type), nullptr, nullptr}, dx, in.type);
    };
    t.filter = [](void*, const void*, void* xOf, const void* x, void* dyOf, const void* dy, void* c, int algorithm, void*, std::size_t room, const void*, void* dwOf, void* dw) {
        const T &in = fakeOf<T>(xOf), &weight = fakeOf<T>(dwOf), &out = fakeOf<T>(dyOf);
        const gpu::ConvolutionShape s = fakeShape(in, weight, out, fakeOf<C>(c));
        return fakeRun(fakeFits(in, weight, out, fakeOf<C>(c)), fakeOf<C>(c), algorithm, room, weight.n * s.depth() * s.kernelHeight * s.kernelWidth,
                       gpu::ConvolutionWeightGradient{s, fakeFactors(x, in.type), fakeFactors(dy, in.type), nullptr, in.n}, dw, in.type);
    };
    return t;
}

}  // namespace convolab::testing

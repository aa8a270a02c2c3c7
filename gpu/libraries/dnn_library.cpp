#include "gpu/libraries/dnn_table.h"
#include "gpu/libraries/open_library.h"

namespace convolab::gpu {

namespace {

constexpr int kMajor = 9;

struct Opened {
    DnnTable table;
    DnnLibrary library;

    Opened() {
        OpenLibrary file("libcudnn.so.9");
        file.take(table.version, "cudnnGetVersion");
        file.take(table.errorString, "cudnnGetErrorString");
        file.take(table.create, "cudnnCreate");
        file.take(table.destroy, "cudnnDestroy");
        file.take(table.setStream, "cudnnSetStream");
        file.take(table.createTensor, "cudnnCreateTensorDescriptor");
        file.take(table.destroyTensor, "cudnnDestroyTensorDescriptor");
        file.take(table.setTensor, "cudnnSetTensor4dDescriptor");
        file.take(table.createFilter, "cudnnCreateFilterDescriptor");
        file.take(table.destroyFilter, "cudnnDestroyFilterDescriptor");
        file.take(table.setFilter, "cudnnSetFilter4dDescriptor");
        file.take(table.createConvolution, "cudnnCreateConvolutionDescriptor");
        file.take(table.destroyConvolution, "cudnnDestroyConvolutionDescriptor");
        file.take(table.setConvolution, "cudnnSetConvolution2dDescriptor");
        file.take(table.setGroups, "cudnnSetConvolutionGroupCount");
        file.take(table.setMath, "cudnnSetConvolutionMathType");
        file.take(table.tryForward, "cudnnFindConvolutionForwardAlgorithmEx");
        file.take(table.tryData, "cudnnFindConvolutionBackwardDataAlgorithmEx");
        file.take(table.tryFilter, "cudnnFindConvolutionBackwardFilterAlgorithmEx");
        file.take(table.forwardBytes, "cudnnGetConvolutionForwardWorkspaceSize");
        file.take(table.dataBytes, "cudnnGetConvolutionBackwardDataWorkspaceSize");
        file.take(table.filterBytes, "cudnnGetConvolutionBackwardFilterWorkspaceSize");
        file.take(table.forward, "cudnnConvolutionForward");
        file.take(table.data, "cudnnConvolutionBackwardData");
        file.take(table.filter, "cudnnConvolutionBackwardFilter");
        file.take(table.createPooling, "cudnnCreatePoolingDescriptor");
        file.take(table.destroyPooling, "cudnnDestroyPoolingDescriptor");
        file.take(table.setPooling, "cudnnSetPooling2dDescriptor");
        file.take(table.pool, "cudnnPoolingForward");
        file.take(table.poolGradient, "cudnnPoolingBackward");
        file.take(table.deriveChannels, "cudnnDeriveBNTensorDescriptor");
        file.take(table.normTraining, "cudnnBatchNormalizationForwardTraining");
        file.take(table.normInference, "cudnnBatchNormalizationForwardInference");
        file.take(table.normGradient, "cudnnBatchNormalizationBackward");
        library.problem = file.problem();
        if (!library.problem.empty()) return;
        library.version = static_cast<int>(table.version());
        if (library.version / 10000 == kMajor) library.table = &table;
        else library.problem = "libcudnn.so.9 says that it is version " + std::to_string(library.version);
    }
};

}  // namespace

const DnnLibrary& dnnLibrary() {
    static const Opened opened;
    return opened.library;
}

}  // namespace convolab::gpu

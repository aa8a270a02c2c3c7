#include "gpu/libraries/blas_table.h"
#include "gpu/libraries/open_library.h"

namespace convolab::gpu {

namespace {

struct Opened {
    BlasTable table;
    BlasLibrary library;

    explicit Opened(int cudaMajor) {
        const std::string name = "libcublasLt.so." + std::to_string(cudaMajor);
        OpenLibrary file(name);
        file.take(table.version, "cublasLtGetVersion");
        file.take(table.statusName, "cublasLtGetStatusName");
        file.take(table.create, "cublasLtCreate");
        file.take(table.destroy, "cublasLtDestroy");
        file.take(table.createProduct, "cublasLtMatmulDescCreate");
        file.take(table.destroyProduct, "cublasLtMatmulDescDestroy");
        file.take(table.setProduct, "cublasLtMatmulDescSetAttribute");
        file.take(table.createLayout, "cublasLtMatrixLayoutCreate");
        file.take(table.destroyLayout, "cublasLtMatrixLayoutDestroy");
        file.take(table.createPreference, "cublasLtMatmulPreferenceCreate");
        file.take(table.destroyPreference, "cublasLtMatmulPreferenceDestroy");
        file.take(table.setPreference, "cublasLtMatmulPreferenceSetAttribute");
        file.take(table.heuristic, "cublasLtMatmulAlgoGetHeuristic");
        file.take(table.multiply, "cublasLtMatmul");
        library.problem = file.problem();
        if (!library.problem.empty()) return;
        library.version = static_cast<int>(table.version());
        if (library.version / 10000 == cudaMajor) library.table = &table;
        else library.problem = name + " says that it is version " + std::to_string(library.version);
    }
};

}  // namespace

const BlasLibrary& blasLibrary(int cudaMajor) {
    static const Opened opened(cudaMajor);
    return opened.library;
}

}  // namespace convolab::gpu

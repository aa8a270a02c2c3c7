#define EIGEN_DONT_PARALLELIZE
#define Eigen EigenAvx2
#include "core/cpu/portable/eigen_product.h"

namespace convolab {

void eigenGemmAvx2(const GemmBlock& block) { eigenProduct(block); }

}  // namespace convolab

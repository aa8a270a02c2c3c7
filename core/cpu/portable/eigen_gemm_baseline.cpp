#define EIGEN_DONT_PARALLELIZE
#define Eigen EigenBaseline
#include "core/cpu/portable/eigen_product.h"

namespace convolab {

void eigenGemmBaseline(const GemmBlock& block) { eigenProduct(block); }

}  // namespace convolab

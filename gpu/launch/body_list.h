#pragma once

#include "gpu/kernels/activations.h"
#include "gpu/kernels/atlas.h"
#include "gpu/kernels/attacks.h"
#include "gpu/kernels/augmentation.h"
#include "gpu/kernels/block_softmax.h"
#include "gpu/kernels/chain.h"
#include "gpu/kernels/convolution_call.h"
#include "gpu/kernels/convolution_product.h"
#include "gpu/kernels/dense_product.h"
#include "gpu/kernels/elementwise.h"
#include "gpu/kernels/int8_product.h"
#include "gpu/kernels/layer_calls.h"
#include "gpu/kernels/loss_scaling.h"
#include "gpu/kernels/lrn.h"
#include "gpu/kernels/mixed_precision.h"
#include "gpu/kernels/normalisation.h"
#include "gpu/kernels/optimizers.h"
#include "gpu/kernels/pooling.h"
#include "gpu/kernels/rounding.h"
#include "gpu/kernels/softmax.h"
#include "gpu/kernels/statistics.h"
#include "gpu/kernels/sums.h"
#include "gpu/kernels/target_rows.h"

namespace convolab::gpu {

template <class... Bodies>
struct BodyList {};

/// Every body that can be launched, by family; each family has its .cu file. To add one: its struct, its name here.
using ActivationBodies =
    BodyList<Activate<Relu>, Activate<LeakyRelu>, Activate<Relu6>, Activate<Elu>, Activate<Gelu>, Activate<GeluByTanh>, Activate<Silu>,
             Activate<Softplus>, Activate<Sigmoid>, Activate<HardSigmoid>, Activate<HardSwish>, Activate<Tanh>, Activate<Step>,
             ActivateGradient<Relu>, ActivateGradient<LeakyRelu>, ActivateGradient<Relu6>, ActivateGradient<Elu>,
             ActivateGradient<Gelu>, ActivateGradient<GeluByTanh>, ActivateGradient<Silu>, ActivateGradient<Softplus>,
             ActivateGradient<Sigmoid>, ActivateGradient<HardSigmoid>, ActivateGradient<HardSwish>, ActivateGradient<Tanh>,
             ActivateGradient<Step>, Prelu, PreluGradient, PreluSlopeGradient, BlockSum<PreluSlopeGradientTerms>>;
using ConvolutionBodies = BodyList<Convolution, ConvolutionInputGradient, ConvolutionWeightGradient, BiasGradient, TableConvolution,
                                   TableConvolutionInputGradient, TableConvolutionWeightGradient,
                                   TiledProduct<ConvolutionProduct, 64>, TiledProduct<ConvolutionProduct, 128>, SumSplits<ConvolutionProduct>,
                                   TiledProduct<InputGradientProduct, 64>, TiledProduct<InputGradientProduct, 128>, SumSplits<InputGradientProduct>,
                                   TiledProduct<WeightGradientProduct, 64>, TiledProduct<WeightGradientProduct, 128>, SumSplits<WeightGradientProduct>,
                                   BlockSum<BiasGradientTerms>, BlockSum<ConvolutionWeightGradientTerms>, AddBias>;
using DenseBodies =
    BodyList<Dense, DenseInputGradient, DenseWeightGradient, RbfOutput, RbfInputGradient, TiledProduct<DenseProduct, 64>,
             TiledProduct<DenseProduct, 128>, SumSplits<DenseProduct>, TiledProduct<DenseInputGradientProduct, 64>,
             TiledProduct<DenseInputGradientProduct, 128>, SumSplits<DenseInputGradientProduct>, TiledProduct<DenseWeightGradientProduct, 64>,
             TiledProduct<DenseWeightGradientProduct, 128>, SumSplits<DenseWeightGradientProduct>>;
using PoolingBodies = BodyList<MaxPool, MaxPoolGradient, AveragePool, AveragePoolGradient, ScaleMaps, ScaleMapsFactorGradient,
                               BlockSum<ScaleMapsFactorGradientTerms>>;
using NormalisationBodies =
    BodyList<BatchMoments, RunningMoments, BatchNorm, BatchNormParameterGradient, BatchNormInputGradient, SetMoments, SetNorm,
             SetGradientSums, SetNormInputGradient, SetNormParameterGradient, LrnDenominator, Lrn, LrnGradient,
             BlockSum<BatchMeanTerms>, BlockSum<BatchVarianceTerms>, BlockSum<BatchNormParameterGradientTerms>, BlockSum<SetMeanTerms>,
             BlockSum<SetVarianceTerms>, BlockSum<SetGradientSumsTerms>, BlockSum<SetNormParameterGradientTerms>>;
using SoftmaxBodies = BodyList<Softmax, SoftmaxGradient, LogSoftmax, LogSoftmaxGradient, LossScale, CrossEntropy, SquaredError, LossTotal,
                               BlockSum<LossScaleTerms>, BlockSum<LossTotalTerms>, BlockOfClasses<SoftmaxClasses>, BlockOfClasses<LogSoftmaxClasses>,
                               BlockOfClasses<SoftmaxGradientClasses>, BlockOfClasses<LogSoftmaxGradientClasses>, BlockOfClasses<CrossEntropyClasses>>;
using TargetBodies = BodyList<SquaredErrorToRows>;
using ElementwiseBodies = BodyList<NormaliseInput, NormaliseInputGradient, Add, Copy, Multiply, MultiplyGradient, Concat, ConcatGradient,
                                   Mix, Dropout, Atlas>;
using ChainBodies = BodyList<Chain, ChainGradient, ChainedNormParameterGradient, BlockSum<ChainedNormTerms>, ChainedNormInputGradient>;
using Int8Bodies = BodyList<Quantize, Dequantize, Int8Convolution, TiledProduct<Int8Product<true>, 64>, TiledProduct<Int8Product<true>, 128>,
                            SumSplits<Int8Product<true>>, TiledProduct<Int8Product<false>, 64>, TiledProduct<Int8Product<false>, 128>,
                            SumSplits<Int8Product<false>>, Int8MaxPool, Int8AveragePool, Int8Add, Int8Lookup, Int8Concat, Int8Flatten, Round, RoundGradient>;
using AttackBodies = BodyList<CubeStart, CubeStep, BallNormals, BallMove, BallMoveByBlocks, SawGradient, BlockSum<SawGradientTerms>>;
using StatisticsBodies = BodyList<Summarise, BlockSum<SummaryTerms>, JoinSummaries, Histogram, HistogramByBlocks, JoinCounts, ActiveChannels,
                                  BlockSum<ActiveChannelTerms>>;
using LibraryCalls = BodyList<MatrixCall, ConvolutionCall, PoolingCall, BatchNormCall>;
using AugmentationBodies = BodyList<GatherBytes, GatherFloats, DrawNumbers, MoveImage, RotateImage, EnlargeImage, FlipImage, EraseImage, BrightenImage,
                                    ImageMean, BlockSum<ImageMeanTerms>, StretchImage, AddNoise, ElasticField, BlurLines, BendImage, ClampImage>;
using MixedPrecisionBodies = BodyList<RoundTo16, WidenAddBias>;
using LossScalingBodies = BodyList<ScaleLossGradient, UnscaleGradient, FindNonFinite, BlockSum<FindNonFiniteTerms>, JudgeGradients, UnlessSkipped<SgdUpdate>,
                                   UnlessSkipped<MomentumUpdate>, UnlessSkipped<AdamUpdate>, UnlessSkipped<RmspropUpdate>, UnlessSkipped<AdagradUpdate>>;
using OptimizerBodies = BodyList<ScaleGradients, SgdUpdate, MomentumUpdate, AdamUpdate, RmspropUpdate, AdagradUpdate>;

template <class... Lists>
struct Joined;
template <class... A>
struct Joined<BodyList<A...>> {
    using type = BodyList<A...>;
};
template <class... A, class... B, class... Rest>
struct Joined<BodyList<A...>, BodyList<B...>, Rest...> {
    using type = typename Joined<BodyList<A..., B...>, Rest...>::type;
};
using AllBodies = Joined<ActivationBodies, ConvolutionBodies, DenseBodies, PoolingBodies, NormalisationBodies, SoftmaxBodies, TargetBodies,
                         ElementwiseBodies, ChainBodies, Int8Bodies, AugmentationBodies, OptimizerBodies, MixedPrecisionBodies, LossScalingBodies, AttackBodies,
                         StatisticsBodies, LibraryCalls>::type;

}  // namespace convolab::gpu

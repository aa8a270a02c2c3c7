#pragma once

#include "app/lenses/attack/attack_bench.h"
#include "app/lenses/attack/robustness_session.h"
#include "core/train/history.h"
#include "widgets/instruments/logit_bars_instrument.h"
#include "widgets/instruments/perturbation_instrument.h"

namespace convolab {

/// From values to what the instruments draw. Plain functions; UI thread because of tr().

/// What surrounds the values.
struct ImageWords {
    std::string title, note;                       ///< "Test image 5", "of 10,000"
    std::function<std::string(int)> className;
    Shape picture;                                 ///< (C, H, W), also where the network's input is a vector
    bool waits = false;                            ///< a better one is on its way
    std::string problem;                           ///< why there is none
};

PerturbationPicture perturbationPicture(const AttackPicture* picture, const ImageWords& words);
LogitPicture logitPicture(const AttackPicture* picture, const ImageWords& words);
/// "already wrong", "the gradient is zero", "ε is 0" …: one plain line about this picture; may be empty.
std::string pictureNote(const AttackPicture& picture, const ImageWords& words);
/// "|r| ≤ 0.12" or "‖r‖₂ ≤ 1.5".
std::string boundText(const AttackSpec& spec);

/// Probabilities of the true class and the adversarial one over ε, in per cent.
PlotDescription sweepPlot(const EpsilonSweep* sweep, double epsilon, double largest, const ImageWords& words);

struct CurveWords {
    double epsilon = 0.0;            ///< where the line stands
    double largest = 0.3;
    AttackNorm norm = AttackNorm::Linf;
    WeightSetPtr current, defended;  ///< curves of other weights are dashed
    std::int64_t images = 0;
    Split split = Split::Test;
};
/// Accuracy over ε of all curves of one norm, in per cent with 95 % intervals.
PlotDescription accuracyPlot(const std::vector<RobustnessCurve>& curves, const CurveWords& words);

std::string attackLabel(const AttackSpec& spec);                          ///< "PGD 20", "PGD 20 × 10", "FGSM"
std::string sampleText(Split split, std::int64_t images);                 ///< "test, 1,000 images"

}  // namespace convolab

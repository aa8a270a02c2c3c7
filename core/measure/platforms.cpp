#include "core/measure/platforms.h"

#include <algorithm>

namespace convolab {

namespace {

constexpr double kTera = 1e12, kGiga = 1e9, kMega = 1e6;
constexpr const char* kCnnTable = "ImageNet CNN on three platforms";
constexpr const char* kTpuTable = "K80, TPU, P40";

Platform measuredOnCnn(std::string name, double images, double peak, double effective, double share, double watts,
                       double opsPerJoule, std::string slip) {
    Platform row;
    row.name = std::move(name);
    row.table = kCnnTable;
    row.imagesPerSecond = images;
    row.peakFlops = peak * kTera;
    row.effectiveFlops = effective * kTera;
    row.effectivePrinted = share;
    row.watts = watts;
    row.opsPerJoule = opsPerJoule * kGiga;
    row.arithmetic = "FP32";
    row.slip = std::move(slip);
    return row;
}

Platform accelerator(std::string name, double relative, std::optional<double> training, double inference, double megabytes,
                     double watts, double gigabytes, std::string arithmetic) {
    Platform row;
    row.name = std::move(name);
    row.table = kTpuTable;
    row.relativeInferences = relative;
    if (training) row.trainingFlops = *training * kTera;
    row.peakFlops = inference * kTera;
    row.onChipBytes = megabytes * kMega;
    row.watts = watts;
    row.bytesPerSecond = gigabytes * kGiga;
    row.arithmetic = std::move(arithmetic);
    return row;
}

}  // namespace

const std::vector<Platform>& platforms() {
    static const std::vector<Platform> table{
        measuredOnCnn("Xeon E5-2450", 53, 0.27, 0.074, 0.27, 225, 0.3, ""),
        measuredOnCnn("Arria 10 GX1150", 369, 1.366, 0.51, 0.38, 40, 12.8,
                      "the effective share is printed as 38 %; 0.51 of 1.366 TFLOP/s is 37.3 %"),
        measuredOnCnn("Titan X", 4129, 6.1, 5.75, 0.94, 250, 23.0, ""),
        accelerator("K80 (2012)", 1.0 / 13.0, 6, 6, 16, 300, 320, "FP32"),
        accelerator("TPU (2015)", 1.0, std::nullopt, 90, 24, 75, 34, "INT8"),
        accelerator("P40 (2016)", 2.0, 12, 48, 11, 250, 350, "INT8"),
    };
    return table;
}

std::optional<PlatformEstimate> estimate(const Platform& platform, std::span<const LayerWork> work, std::int64_t batch) {
    double flop = 0.0;
    for (const LayerWork& layer : work) flop += 2.0 * static_cast<double>(layer.macs);
    if (flop <= 0.0) return std::nullopt;
    if (platform.effectiveFlops) return PlatformEstimate{*platform.effectiveFlops / flop, "its effective rate on an ImageNet CNN"};
    if (!platform.peakFlops || !platform.bytesPerSecond) return std::nullopt;
    const double bytesPerValue = platform.arithmetic == "INT8" ? 0.25 : 1.0;
    double seconds = 0.0;
    for (const LayerWork& layer : work) {
        const double arithmetic = 2.0 * static_cast<double>(layer.macs * batch) / *platform.peakFlops;
        const double moving = bytesPerValue * static_cast<double>(layer.bytesMoved(batch)) / *platform.bytesPerSecond;
        seconds += std::max(arithmetic, moving);
    }
    return PlatformEstimate{static_cast<double>(batch) / seconds, "roofline"};
}

}  // namespace convolab

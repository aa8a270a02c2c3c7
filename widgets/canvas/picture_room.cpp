#include "widgets/canvas/picture_room.h"

#include "core/graph/layout.h"
#include "widgets/canvas/canvas_model.h"
#include "widgets/canvas/spec_layout.h"

#include <algorithm>
#include <cmath>

namespace convolab {

namespace {

constexpr double kSameRow = card::kBar + card::kHeader;  // cards nearer than that stand beside one another
constexpr double kLeastAir = 36, kMostAir = 80;          // below a picture: a line with its shape fits

// Where the card would end without its picture.
double plainBottom(const Card& each) { return each.position.y() + each.height() - each.slotHeight; }

// What the other card lacks to stand as far below the picture of `upper` as it stands below the card without it, within
// limits: where more is free, the picture takes it.
double lackBelow(const PictureRoom& room, const Card& upper, const Card& lower, double leastAir) {
    const double air = std::clamp(lower.position.y() - plainBottom(upper), leastAir, kMostAir);
    return room.shown(upper.position.y()) + upper.height() + air - room.shown(lower.position.y());
}

}  // namespace

double PictureRoom::shown(double y) const {
    double result = y;
    for (const Step& step : m_steps)
        if (y >= step.at) result += step.by;
    return result;
}

double PictureRoom::meant(double shown) const {
    double moved = 0;
    for (const Step& step : m_steps) {
        if (shown < step.at + moved) break;
        if (shown < step.at + moved + step.by) return step.at;
        moved += step.by;
    }
    return shown - moved;
}

void PictureRoom::open(double at, double by) {
    const auto place = std::find_if(m_steps.begin(), m_steps.end(), [at](const Step& step) { return step.at >= at; });
    if (place != m_steps.end() && place->at == at)
        place->by += by;
    else
        m_steps.insert(place, {at, by});
}

PictureRoom roomForPictures(const std::vector<Card>& cards, const std::set<double>& lineTops) {
    std::vector<const Card*> order;
    for (const Card& each : cards) order.push_back(&each);
    std::stable_sort(order.begin(), order.end(), [](const Card* a, const Card* b) { return a->position.y() < b->position.y(); });
    PictureRoom room;
    for (const Card* lower : order) {
        const Card* closest = nullptr;
        double most = 0;
        const bool line = lineTops.contains(lower->position.y());
        for (const Card* upper : order) {
            if (upper->position.y() + kSameRow > lower->position.y()) break;
            const bool beside = std::abs(upper->position.x() - lower->position.x()) >= card::kWidth;
            if (upper->slotHeight <= 0 || (beside && !line)) continue;
            if (const double lack = lackBelow(room, *upper, *lower, line ? kLineGap : kLeastAir); lack > most) {
                most = lack;
                closest = upper;
            }
        }
        // From the end of the card on: what stands in one row with the lower one moves with it.
        if (closest) room.open(std::min(plainBottom(*closest), lower->position.y()), kSnap * std::ceil(most / kSnap));
    }
    return room;
}

}  // namespace convolab

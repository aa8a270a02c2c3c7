// Room for what a lens draws into the cards. Pictures make cards higher than the network's rows are apart: what stands
// below moves down together, as far as needed, so that nothing is covered and what stood in one line still does. The
// positions in the spec stay as they are. Plain values and functions; logical pixels, y downwards.
#pragma once

#include <set>
#include <vector>

namespace convolab {

struct Card;

class PictureRoom {
public:
    double shown(double y) const;      // where the canvas draws what stands at `y` in the spec
    double meant(double shown) const;  // the other way; inside an opened room: its lower end
    bool isEmpty() const { return m_steps.empty(); }
    void open(double at, double by);   // everything from `at` on moves down

private:
    struct Step {
        double at = 0, by = 0;
    };
    std::vector<Step> m_steps;  // from above
};

// What cards at the positions of the spec, with the heights of their pictures, need. `lineTops`: the upper edges of lines
// that a link leads back to, above which it needs a way.
PictureRoom roomForPictures(const std::vector<Card>& cards, const std::set<double>& lineTops = {});

}  // namespace convolab

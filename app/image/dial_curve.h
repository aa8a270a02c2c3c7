#pragma once

#include <QObject>
#include <vector>

#include "app/image/background_job.h"
#include "core/data/dataset.h"
#include "core/model/weights.h"
#include "datasets/image_transform.h"
#include "widgets/plots/plot_description.h"

namespace convolab {

struct ImageDesk;

/// One thing that the dial turns, with its range and the places where accuracy is measured.
struct DialAxis {
    const char* label;                  ///< "rotation"
    const char* unit;                   ///< "°"
    double ImageTransform::*value;
    double low, high, neutral;
    std::vector<double> places;         ///< ascending, with `neutral`
};
const std::vector<DialAxis>& dialAxes();

/// Accuracy against one setting of the dial, measured over a split in the background: from the untouched image outwards,
/// so that the shape shows early; what is there stays when it is cancelled. UI thread only.
class DialCurve : public QObject {
    Q_OBJECT

  public:
    explicit DialCurve(ImageDesk& desk, QObject* parent = nullptr);

    /// `limit` images from the start of the split; 0: all. The other settings are neutral.
    void measure(std::size_t axis, Split split, std::int64_t limit);
    void setAxis(std::size_t axis);  ///< shows the curve of that axis, if it has one
    std::size_t axis() const { return m_axis; }
    bool canMeasure() const;
    PlotDescription plot() const;
    BackgroundJob& job() { return m_job; }

  signals:
    void changed();

  private:
    struct Point {
        double place = 0.0;
        std::int64_t correct = 0, images = 0;
    };
    struct Curve {
        std::vector<Point> points;  ///< ascending
        WeightSetPtr weights;
        Split split = Split::Test;
        bool whole = false;         ///< the split's images, not only the first
    };
    void add(std::size_t axis, const Point& point);

    ImageDesk& m_desk;
    BackgroundJob m_job;
    std::vector<Curve> m_curves;
    std::size_t m_axis = 2;
};

}  // namespace convolab

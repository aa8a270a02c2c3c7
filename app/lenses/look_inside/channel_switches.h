#pragma once

#include <QTimer>
#include <QWidget>
#include <optional>

#include "app/image/background_job.h"
#include "core/model/weights.h"

class QLabel;
class QPushButton;

namespace convolab {

class LabDocument;
class Theme;
struct ImageDesk;

/// Which channels are switched off and what that does to the accuracy, as long as any is, so that nobody forgets. The
/// accuracy is counted in the background on the first kImages validation images, with the channels off and with all on.
class ChannelSwitches : public QWidget {
    Q_OBJECT

  public:
    static constexpr std::int64_t kImages = 1000;

    ChannelSwitches(Theme& theme, LabDocument& document, ImageDesk& desk, QWidget* parent = nullptr);
    void setActive(bool active);

  private:
    struct Count {
        WeightSetPtr weights;
        std::int64_t correct = 0, images = 0, ofAll = 0;
    };
    struct Counts {
        Count off, all;
    };
    void refresh();
    void count();
    void showCounts();
    QString offText() const;
    QString countText(const std::optional<Count>& count, const WeightSetPtr& now) const;

    LabDocument& m_document;
    ImageDesk& m_desk;
    QLabel *m_title = nullptr, *m_which = nullptr, *m_off = nullptr, *m_all = nullptr;
    QPushButton* m_allOn = nullptr;
    BackgroundJob m_job;
    QTimer m_rest;  ///< a training brings new weights ten times a second: counting waits until they rest
    std::optional<Count> m_offCount, m_allCount;
    bool m_active = false;
};

}  // namespace convolab

#pragma once

#include <QObject>
#include <QString>
#include <memory>
#include <optional>
#include <vector>

#include "app/image/background_job.h"
#include "core/measure/laser.h"
#include "core/measure/machine_peak.h"

namespace convolab {

struct ImageDesk;
class LabDocument;
class TrainingSession;

/// A network whose five numbers are measured: the open one, or a kept version.
struct MeasureSubject {
    std::int64_t version = 0;  ///< 0: the open network
    QString name;
    NetworkSpec network;
    WeightSetPtr weights;      ///< null: untrained
    std::optional<std::int64_t> packedBytes = {};  ///< of a version that was kept packed
    std::optional<DocumentQuantization> quantization = {};  ///< its plan rounds these weights
};

struct MeasuredNetwork {
    std::int64_t version = 0;
    QString name;
    WeightSetPtr weights;      ///< that were measured
    std::shared_ptr<const LaserCard> card;
    bool isOpen() const { return version == 0; }
};

/// The LASER numbers of the open network and its kept versions, measured in the background one network after another;
/// cancelling keeps what was done. Switching the energy's assumptions prices anew at once. UI thread only.
class MeasureSession : public QObject {
    Q_OBJECT

  public:
    MeasureSession(LabDocument& document, TrainingSession& training, ImageDesk& desk, QObject* parent = nullptr);

    // What is measured, and how.
    struct Settings {
        Split split = Split::Test;
        std::optional<AttackSpec> attack;   ///< for the robustness; absent: none
        std::int64_t attackImages = 300;
    };
    const Settings& settings() const { return m_settings; }
    void setSettings(const Settings& settings) { m_settings = settings; }

    /// Measures the open network and every kept version; `peakAgain` this computer's peak, too.
    void measure(bool peakAgain = false);
    bool canMeasure(QString* reason = nullptr) const;  ///< an untrained network can: but for accuracy and robustness
    QString hint() const;  ///< what stands between this network and all five numbers; may be empty
    BackgroundJob& job() { return m_job; }

    const std::vector<MeasuredNetwork>& networks() const { return m_networks; }  ///< the open one first, if measured
    std::shared_ptr<const LaserCard> card() const;     ///< of the open network; null before the first measurement
    /// The open network has other layers than card(): its numbers are shown as stale, and not on the canvas.
    bool isStale() const { return m_stale; }
    bool weightsMoved() const;                         ///< trained on since
    const std::optional<MachinePeak>& peak() const { return m_peak; }

    // How it is shown.
    const EnergyOptions& energy() const { return m_energy; }
    void setEnergy(const EnergyOptions& options);      ///< its batch is the batch of everything that is shown
    /// The nearest batch size that was measured.
    std::int64_t measuredBatch() const;
    const QString& metric() const { return m_metric; } ///< id of the heat on the canvas
    void setMetric(const QString& id);

    void clear();  ///< another document

  signals:
    void changed();        ///< networks(), peak(), stale
    void displayChanged(); ///< energy(), metric()

  private:
    std::vector<MeasureSubject> subjects() const;
    LaserRequest requestFor(const MeasureSubject& subject) const;
    void take(const MeasureSubject& subject, LaserCard card);
    void checkStale();
    void followVersions();  ///< removed ones go, renamed ones get their new names

    LabDocument& m_document;
    TrainingSession& m_training;
    ImageDesk& m_desk;
    BackgroundJob m_job;
    Settings m_settings;
    EnergyOptions m_energy;
    QString m_metric = QStringLiteral("time");
    std::vector<MeasuredNetwork> m_networks;
    std::optional<MachinePeak> m_peak;
    bool m_stale = false;
};

}  // namespace convolab

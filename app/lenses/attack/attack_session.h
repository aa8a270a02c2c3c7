#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>
#include <memory>
#include <optional>

#include "app/lenses/attack/attack_bench.h"

namespace convolab {

class LabDocument;
struct ImageDesk;

/// The current image under the chosen attack, computed on a thread and models of its own with the newest weights; the
/// latest wish wins. Whatever a person changes shows at once as FGSM; at rest (kRestMs) the chosen attack replaces it,
/// then come the smallest perturbation, this image over ε, and the means over a sample. UI thread only.
class AttackSession : public QObject {
    Q_OBJECT

  public:
    static constexpr int kRestMs = 150;
    static constexpr std::int64_t kSampleImages = 32;

    AttackSession(LabDocument& document, ImageDesk& desk, QObject* parent = nullptr);
    ~AttackSession() override;

    void setActive(bool active);  ///< an inactive session asks for nothing
    const AttackSpec& spec() const { return m_spec; }
    void setSpec(const AttackSpec& spec);

    /// Null before the first one, and while problem() says why there is none.
    AttackPicturePtr picture() const { return m_picture; }
    /// picture() belongs to another image or budget, or FGSM stands in: a better one is on its way.
    bool pictureWaits() const;
    EpsilonSweepPtr sweep() const { return m_sweep; }
    bool sweepWaits() const;
    const std::optional<SmallestPerturbation>& smallest() const { return m_smallest; }
    bool smallestWaits() const;
    SampleDivergencePtr sample() const { return m_sample; }
    bool sampleWaits() const;
    QString problem() const { return m_problem; }  ///< one plain line, or empty

    std::vector<double> sweepEpsilons() const;  ///< 0 … largestEpsilon(), 24 steps
    double largestEpsilon() const { return largestEpsilon(m_spec.norm); }  ///< of slider and plots
    double largestEpsilon(AttackNorm norm) const;  ///< 0.3 for L∞, for L2 what suits the image's size
    double latencyMilliseconds() const { return m_latency; }  ///< from a person's change to the first picture of it

  signals:
    void specChanged();
    void pictureChanged();  ///< picture(), pictureWaits() or problem()
    void analysisChanged(); ///< sweep, smallest, sample, or whether they wait

  private:
    /// What a result was computed for.
    struct Key {
        std::shared_ptr<const Tensor> image;
        WeightSetPtr weights;
        AttackSpec spec;
        DatasetPtr dataset;  ///< of the sample
        Split split = Split::Test;
        bool operator==(const Key&) const = default;
        bool sameWish(const Key& other) const {
            return image == other.image && spec == other.spec && dataset == other.dataset && split == other.split;
        }
    };
    struct Request;
    struct Answer;
    struct Worker;

    Key pictureKey() const;
    Key sweepKey() const;
    Key smallestKey() const;
    Key sampleKey() const;
    void onImageChanged();
    void onWeightsChanged();
    void onNetworkChanged();
    void touch();               ///< a person changed something: preview now, the rest later
    void request(bool preview);
    std::optional<QString> obstacle() const;
    void take(const Answer& answer);
    void setProblem(const QString& sentence);

    LabDocument& m_document;
    ImageDesk& m_desk;
    std::unique_ptr<Worker> m_worker;
    AttackSpec m_spec;
    std::shared_ptr<const NetworkSpec> m_network;
    AttackPicturePtr m_picture;
    EpsilonSweepPtr m_sweep;
    std::optional<SmallestPerturbation> m_smallest;
    SampleDivergencePtr m_sample;
    Key m_pictureKey, m_sweepKey, m_smallestKey, m_sampleKey;  ///< of what is there
    QString m_problem;
    QTimer m_rest;      ///< until a hand rests
    QTimer m_breath;    ///< between two passes that only newer weights asked for
    QElapsedTimer m_passClock, m_wishClock;
    bool m_active = false, m_busy = false, m_again = false, m_wished = false;
    double m_latency = 0.0;
};

}  // namespace convolab

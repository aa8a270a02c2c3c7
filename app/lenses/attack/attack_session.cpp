#include "app/lenses/attack/attack_session.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "app/image/image_desk.h"
#include "app/lab_document.h"
#include "app/training_session.h"
#include "core/cpu/compute_team.h"

namespace convolab {

namespace {

constexpr int kSweepSteps = 24;
constexpr double kLargestLinf = 0.3;
constexpr double kLargestL2PerRootPixel = 0.1;  // 2.8 for 28 × 28
constexpr int kShortestBreathMs = 250;
constexpr double kLongestTurn = 0.02;           // s
constexpr double kBreath = 2.0;                 // passes take at most a third of the time

}  // namespace

struct AttackSession::Request {
    std::uint64_t ticket = 0;
    std::shared_ptr<const NetworkSpec> network;
    AttackTask task;
    WeightSetPtr weights;
    DatasetPtr dataset;
    Split split = Split::Test;
    std::vector<double> epsilons;
    Key picture, sweep, smallest, sample;
};

struct AttackSession::Answer {
    std::uint64_t ticket = 0;
    AttackPicturePtr picture = {};
    EpsilonSweepPtr sweep = {};
    std::optional<SmallestPerturbation> smallest = {};
    SampleDivergencePtr sample = {};
    Key key = {};
    std::optional<Error> error = {};
    bool last = false;
};

/// Runs the latest request on a thread of its own; an older one is given up between two steps of an attack.
struct AttackSession::Worker {
    explicit Worker(AttackSession& owner) : session(owner), thread([this](std::stop_token stop) { loop(stop); }) {}
    ~Worker() {
        thread.request_stop();
        wake.notify_all();
    }

    void ask(Request request) {
        {
            const std::lock_guard lock(mutex);
            request.ticket = ++latest;
            waiting = std::move(request);
        }
        wake.notify_all();
    }
    std::uint64_t newest() {
        const std::lock_guard lock(mutex);
        return latest;
    }

    void loop(const std::stop_token& stop) {
        while (true) {
            Request request;
            {
                std::unique_lock lock(mutex);
                wake.wait(lock, stop, [this] { return waiting.has_value(); });
                if (stop.stop_requested()) return;
                request = std::move(*waiting);
                waiting.reset();
            }
            // A preview is one step long: it is finished, so that a hand that never rests sees pictures, too.
            const KeepGoing keepGoing = [&] {
                return !stop.stop_requested() && (request.task.preview || newest() == request.ticket);
            };
            std::optional<Error> error;
            try {
                if (const Status status = run(request, keepGoing); !status.ok()) error = status.error();
            } catch (const std::exception& exception) {
                error = Error{ErrorCode::Internal, std::string("the attack failed (") + exception.what() + ")", {}, {}};
            }
            if (error && error->code == ErrorCode::Cancelled) error.reset();
            Answer answer{.ticket = request.ticket, .key = request.picture, .error = std::move(error), .last = true};
            post(std::move(answer));
        }
    }

    void post(Answer answer) {
        QMetaObject::invokeMethod(&session, [this, answer = std::make_shared<Answer>(std::move(answer))] { session.take(*answer); },
                                  Qt::QueuedConnection);
    }

    // A preview takes the compute team once for all its passes: beside a training each would wait for a step of its own.
    // Not on networks where that would hold the training up.
    Result<AttackPicturePtr> picture(const AttackTask& task, const KeepGoing& keepGoing) {
        if (!task.preview || previewSeconds > kLongestTurn) return bench.picture(task, keepGoing);
        const ComputeGuard turn;
        const auto begin = std::chrono::steady_clock::now();
        auto result = bench.picture(task, keepGoing);
        previewSeconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
        return result;
    }

    Status run(const Request& request, const KeepGoing& keepGoing) {
        if (request.network != network) {
            network = request.network;
            previewSeconds = 0.0;
        }
        CONVOLAB_RETURN_IF_ERROR(bench.prepare(request.network, request.weights));
        CONVOLAB_ASSIGN(auto picture, this->picture(request.task, keepGoing));
        const bool preview = request.task.preview;
        post({.ticket = request.ticket, .picture = std::move(picture), .key = request.picture});
        if (preview || !keepGoing()) return {};
        if (!(smallestKey == request.smallest)) {
            CONVOLAB_ASSIGN(auto smallest, bench.smallest(request.task, keepGoing));
            smallestKey = request.smallest;
            post({.ticket = request.ticket, .smallest = smallest, .key = smallestKey});
        }
        if (!(sweepKey == request.sweep)) {
            const auto coarse = [&](EpsilonSweepPtr first) { post({.ticket = request.ticket, .sweep = std::move(first), .key = request.sweep}); };
            CONVOLAB_ASSIGN(auto sweep, bench.sweep(request.task, request.epsilons, keepGoing, coarse));
            sweepKey = request.sweep;
            post({.ticket = request.ticket, .sweep = std::move(sweep), .key = sweepKey});
        }
        if (request.dataset && !(sampleKey == request.sample)) {
            CONVOLAB_ASSIGN(auto sample, bench.sample(*request.dataset, request.split, kSampleImages, request.task.spec, keepGoing));
            sampleKey = request.sample;
            post({.ticket = request.ticket, .sample = std::move(sample), .key = sampleKey});
        }
        return {};
    }

    AttackSession& session;
    AttackBench bench;
    std::shared_ptr<const NetworkSpec> network;
    double previewSeconds = 0.0;  // of the latest preview that had the team to itself
    Key sweepKey, smallestKey, sampleKey;  // of what has been sent
    std::mutex mutex;
    std::condition_variable_any wake;
    std::optional<Request> waiting;
    std::uint64_t latest = 0;
    std::jthread thread;  // last: it starts when all else is there
};

AttackSession::AttackSession(LabDocument& document, ImageDesk& desk, QObject* parent)
    : QObject(parent), m_document(document), m_desk(desk), m_worker(std::make_unique<Worker>(*this)) {
    m_rest.setSingleShot(true);
    m_rest.setInterval(kRestMs);
    m_breath.setSingleShot(true);
    connect(&m_rest, &QTimer::timeout, this, [this] {
        // On a slow network the preview first.
        if (m_busy) return m_rest.start();
        request(false);
    });
    connect(&m_breath, &QTimer::timeout, this, [this] { if (m_again && !m_rest.isActive()) request(false); });
    connect(&m_desk.image, &CurrentImage::changed, this, &AttackSession::onImageChanged);
    connect(&m_desk.image, &CurrentImage::datasetChanged, this, &AttackSession::onWeightsChanged);
    connect(&m_desk.probe, &ProbeSession::weightsChanged, this, &AttackSession::onWeightsChanged);
    connect(&m_document.network(), &SpecEditor::specChanged, this, &AttackSession::onNetworkChanged);
}

AttackSession::~AttackSession() = default;

void AttackSession::setActive(bool active) {
    if (active == m_active) return;
    m_active = active;
    if (active) return touch();
    m_rest.stop();
    m_breath.stop();
}

void AttackSession::setSpec(const AttackSpec& spec) {
    if (spec == m_spec) return;
    m_spec = spec;
    emit specChanged();
    touch();
}

AttackSession::Key AttackSession::pictureKey() const { return {m_desk.image.image(), m_desk.probe.weights(), m_spec, nullptr}; }

AttackSession::Key AttackSession::sweepKey() const {
    Key key = pictureKey();
    key.spec.epsilon = 0.0;
    return key;
}

AttackSession::Key AttackSession::smallestKey() const {
    Key key = pictureKey();
    key.spec = {};
    return key;
}

AttackSession::Key AttackSession::sampleKey() const {
    return {nullptr, m_desk.probe.weights(), m_spec, m_desk.image.dataset(), m_desk.image.split()};
}

bool AttackSession::pictureWaits() const { return m_picture && (m_picture->preview || !m_pictureKey.sameWish(pictureKey())); }
bool AttackSession::sweepWaits() const { return m_sweep && (m_sweep->coarse || !m_sweepKey.sameWish(sweepKey())); }
bool AttackSession::smallestWaits() const { return m_smallest && !m_smallestKey.sameWish(smallestKey()); }
bool AttackSession::sampleWaits() const { return m_sample && !m_sampleKey.sameWish(sampleKey()); }

double AttackSession::largestEpsilon(AttackNorm norm) const {
    if (norm == AttackNorm::Linf) return kLargestLinf;
    const auto image = m_desk.image.image();
    const double largest = kLargestL2PerRootPixel * std::sqrt(image ? static_cast<double>(image->size()) : 784.0);
    return std::max(0.1, std::ceil(largest * 2) / 2);
}

std::vector<double> AttackSession::sweepEpsilons() const {
    std::vector<double> epsilons;
    for (int i = 0; i <= kSweepSteps; ++i) epsilons.push_back(largestEpsilon() * i / kSweepSteps);
    return epsilons;
}

void AttackSession::onImageChanged() {
    emit analysisChanged();
    touch();
}

void AttackSession::onWeightsChanged() {
    if (!m_active || m_rest.isActive()) return;
    if (m_busy || m_breath.isActive()) {
        m_again = true;
        return;
    }
    request(false);
}

void AttackSession::onNetworkChanged() {
    if (m_network && !sameStructure(*m_network, m_document.network().spec())) {
        m_network.reset();
        m_picture.reset();
        m_sweep.reset();
        m_smallest.reset();
        m_sample.reset();
        emit pictureChanged();
        emit analysisChanged();
    }
    onWeightsChanged();
}

void AttackSession::touch() {
    if (!m_active) return;
    if (!m_wished) m_wishClock.start();
    m_wished = true;
    m_breath.stop();
    request(true);
    if (m_problem.isEmpty()) m_rest.start();
}

std::optional<QString> AttackSession::obstacle() const {
    if (!m_desk.probe.weights()) {
        const QString problem = m_desk.probe.problem();
        return problem.isEmpty() ? tr("waiting for the network …") : problem;
    }
    if (!m_desk.image.image()) {
        const QString problem = m_desk.image.problem();
        return problem.isEmpty() ? tr("waiting for an image …") : problem;
    }
    if (const Status valid = validateAttack(m_spec, m_document.network().analysis().classes); !valid.ok()) {
        return QString::fromStdString(valid.error().sentence());
    }
    if (m_spec.target && m_desk.image.label() == m_spec.target) {
        return tr("this image is a “%1” already: choose another class to become").arg(m_desk.image.className(*m_spec.target));
    }
    return std::nullopt;
}

void AttackSession::request(bool preview) {
    if (!m_active) return;
    if (const auto problem = obstacle()) {
        m_rest.stop();
        m_picture.reset();
        setProblem(*problem);
        return;
    }
    m_problem.clear();
    if (!m_network) m_network = std::make_shared<NetworkSpec>(m_document.network().spec());
    Request request;
    request.network = m_network;
    request.weights = m_desk.probe.weights();
    request.task = {m_desk.image.image(), m_desk.image.label(), m_desk.image.label() ? m_desk.image.index() : 0, m_spec, preview};
    request.dataset = m_desk.image.dataset();
    request.split = m_desk.image.split();
    request.epsilons = sweepEpsilons();
    request.picture = pictureKey();
    request.sweep = sweepKey();
    request.smallest = smallestKey();
    request.sample = sampleKey();
    m_busy = true;
    m_again = false;
    m_passClock.start();
    m_worker->ask(std::move(request));
    emit pictureChanged();
    emit analysisChanged();
}

void AttackSession::take(const Answer& answer) {
    if (answer.error && answer.ticket == m_worker->newest()) setProblem(QString::fromStdString(answer.error->sentence()));
    if (answer.picture && m_problem.isEmpty()) {
        m_picture = answer.picture;
        m_pictureKey = answer.key;
        if (m_wished && m_pictureKey.sameWish(pictureKey())) {
            m_latency = static_cast<double>(m_wishClock.nsecsElapsed()) * 1e-6;
            m_wished = false;
        }
        emit pictureChanged();
    }
    if (answer.smallest) {
        m_smallest = answer.smallest;
        m_smallestKey = answer.key;
    }
    if (answer.sweep) {
        m_sweep = answer.sweep;
        m_sweepKey = answer.key;
    }
    if (answer.sample) {
        m_sample = answer.sample;
        m_sampleKey = answer.key;
    }
    if (answer.smallest || answer.sweep || answer.sample) emit analysisChanged();
    if (!answer.last || answer.ticket != m_worker->newest()) return;
    m_busy = false;
    // Newer weights wait while the training gets its share of the processor.
    m_breath.start(std::max(kShortestBreathMs, static_cast<int>(kBreath * static_cast<double>(m_passClock.elapsed()))));
}

void AttackSession::setProblem(const QString& sentence) {
    m_problem = sentence;
    if (!sentence.isEmpty()) m_picture.reset();
    emit pictureChanged();
}

}  // namespace convolab

#pragma once

#include <QObject>
#include <optional>

#include "app/image/background_job.h"
#include "app/lenses/compress/stage_presenters.h"

namespace convolab {

class CompressSession;
struct ImageDesk;
class LabDocument;

/// The four stages of the plan that lies there, estimated as it changes, counted once it has been coded. UI thread only.
class StageSession : public QObject {
    Q_OBJECT

  public:
    StageSession(LabDocument& document, ImageDesk& desk, CompressSession& compress, QObject* parent = nullptr);

    const std::string& coder() const { return m_coder; }
    void setCoder(const std::string& id);  ///< remembered in the document

    bool canCode(QString* reason = nullptr) const;
    void code();  ///< in the background: written, read back, measured
    BackgroundJob& job() { return m_job; }
    /// Of the plan that lies there now; null while it is only estimated.
    const CodedPlan* coded() const;
    void take(CodedPlan coded);  ///< somebody else has coded it

    /// While stages of a recipe come in, these are shown in place of the plan's.
    void showRunning(std::vector<Stage> stages);
    void showPlan() { showRunning({}); }

    std::vector<Stage> stages() const;  ///< empty where no plan lies

  signals:
    void changed();

  private:
    void readCoder();
    std::optional<double> prunedAccuracy() const;

    LabDocument& m_document;
    ImageDesk& m_desk;
    CompressSession& m_compress;
    BackgroundJob m_job;
    std::string m_coder;
    std::optional<CodedPlan> m_coded;
    std::vector<Stage> m_running;
};

}  // namespace convolab

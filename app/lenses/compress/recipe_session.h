#pragma once

#include <QObject>

#include "app/image/background_job.h"
#include "core/compress/compression_run.h"

namespace convolab {

class CompressSession;
struct ImageDesk;
class LabDocument;
class StageSession;
class TrainingSession;

/// Runs a compression recipe on the document's weights, in the background: what it ends with comes to lie over the network,
/// one undo step and a tried point like any other. UI thread only.
class RecipeSession : public QObject {
    Q_OBJECT

  public:
    RecipeSession(LabDocument& document, TrainingSession& session, ImageDesk& desk, CompressSession& compress, StageSession& stages, QObject* parent = nullptr);

    bool canRun(QString* reason = nullptr) const;
    /// Those that come with the program and name layers of the network that is open.
    std::vector<CompressionRecipe> shipped() const;
    /// A file that cannot be read, or a recipe that is none or for other layers: a sentence, and nothing runs.
    Status runFile(const QString& file);
    void run(const CompressionRecipe& recipe);
    BackgroundJob& job() { return m_job; }
    const QString& doing() const { return m_doing; }  ///< "pruning", "measuring" …, while it runs

  signals:
    void changed();
    void message(const QString& text, bool problem);

  private:
    void take(const CompressionRecipe& recipe, CompressionResult result, const WeightSetPtr& base);

    LabDocument& m_document;
    TrainingSession& m_session;
    ImageDesk& m_desk;
    CompressSession& m_compress;
    StageSession& m_stages;
    BackgroundJob m_job;
    QString m_doing;
};

}  // namespace convolab

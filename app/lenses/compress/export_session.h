#pragma once

#include <QObject>

#include "app/image/background_job.h"
#include "app/lenses/compress/export_forms.h"

namespace convolab {

class CompressSession;
struct ImageDesk;
class LabDocument;
class StageSession;

/// Writes what lies there into a file, in the background. UI thread only.
class ExportSession : public QObject {
    Q_OBJECT

  public:
    ExportSession(LabDocument& document, ImageDesk& desk, CompressSession& compress, StageSession& stages, QObject* parent = nullptr);

    /// Of the plan that lies there; without one, `laid` is null.
    ExportGround ground() const;
    /// A recipe that does again what a person did here; a sentence where there is none.
    Result<CompressionRecipe> recipe() const;
    void run(const ExportForm& form, const QString& file);
    BackgroundJob& job() { return m_job; }

  signals:
    void message(const QString& text, bool problem);

  private:
    LabDocument& m_document;
    ImageDesk& m_desk;
    CompressSession& m_compress;
    StageSession& m_stages;
    BackgroundJob m_job;
};

}  // namespace convolab

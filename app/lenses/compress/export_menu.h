#pragma once

#include <QMenu>

namespace convolab {

class ExportSession;
class LabDocument;

/// Every form that the network can be written in; what does not apply is grey and says why.
class ExportMenu : public QMenu {
    Q_OBJECT

  public:
    ExportMenu(LabDocument& document, ExportSession& session, QWidget* parent = nullptr);

  private:
    void refresh();
    void choose(const std::string& form);

    LabDocument& m_document;
    ExportSession& m_session;
};

}  // namespace convolab

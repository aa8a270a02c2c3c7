#include "app/lenses/compress/export_menu.h"

#include <QCoreApplication>
#include <QFileDialog>

#include "app/lab_document.h"
#include "app/lenses/compress/compress_presenters.h"
#include "app/lenses/compress/export_session.h"

namespace convolab {

namespace {

QString words(const char* text) { return QCoreApplication::translate("compress", text); }

}  // namespace

ExportMenu::ExportMenu(LabDocument& document, ExportSession& session, QWidget* parent) : QMenu(parent), m_document(document), m_session(session) {
    setObjectName(QStringLiteral("exportMenu"));
    for (const ExportForm& form : exportForms()) {
        QAction* action = addAction(words(form.title) + QStringLiteral(" …"), this, [this, id = form.id] { choose(id); });
        action->setObjectName(QLatin1String("export_") + QString::fromStdString(form.id));
        if (form.id == "packed") addSeparator();
    }
    connect(this, &QMenu::aboutToShow, this, &ExportMenu::refresh);
}

void ExportMenu::refresh() {
    const ExportGround ground = m_session.ground();
    for (const ExportForm& form : exportForms()) {
        auto* action = findChild<QAction*>(QLatin1String("export_") + QString::fromStdString(form.id));
        const QString obstacle = !ground.laid ? tr("the plan is not computed yet") : form.obstacle(ground);
        action->setEnabled(obstacle.isEmpty() && !m_session.job().isRunning());
        const QString title = words(form.title) + QStringLiteral(" …");
        action->setText(obstacle.isEmpty() ? title : title + QStringLiteral("   (") + obstacle + QLatin1Char(')'));
    }
}

void ExportMenu::choose(const std::string& id) {
    const ExportForm* form = findExportForm(id);
    const ExportGround ground = m_session.ground();
    if (form == nullptr || !ground.laid) return;
    const QString name = m_document.name() + QStringLiteral(", ") + QString::fromStdString(planTitle(ground.laid->figures) + form->ending);
    const QString file = QFileDialog::getSaveFileName(window(), words(form->title), name, words(form->filter));
    if (!file.isEmpty()) m_session.run(*form, file);
}

}  // namespace convolab

#include "app/lab_document.h"

#include <QDateTime>
#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QFileInfo>
#include <QSettings>
#include <QStandardPaths>
#include <QUndoStack>

#include "app/packed_document.h"
#include "core/graph/spec_json.h"
#include "core/util/atomic_file.h"

namespace convolab {

namespace fs = std::filesystem;

namespace {

constexpr int kWriteDelayMs = 300;
constexpr int kRecentFiles = 8;
constexpr int kRecipeCommandId = 2;  // SpecDocument's commands have 1
constexpr int kMergeMs = 1000;

}  // namespace

fs::path unnamedDocumentsFolder() {
    const QString data = QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation);
    return fs::path(data.toStdString()) / "convolab" / "documents";
}

fs::path freshUnnamedFile(const std::string& network) {
    QString name = QString::fromStdString(network.empty() ? "Untitled" : network);
    name.replace(QLatin1Char('/'), QLatin1Char('-'));
    const QString stamp = QDateTime::currentDateTime().toString(QStringLiteral("yyyy-MM-dd hh-mm-ss"));
    const std::string stem = (name + QLatin1Char(' ') + stamp).toStdString();
    const fs::path folder = unnamedDocumentsFolder();
    fs::path file = folder / (stem + ".convolab");
    for (int number = 2; fs::exists(file); ++number) file = folder / (stem + " " + std::to_string(number) + ".convolab");
    return file;
}

QStringList recentFiles() {
    QStringList files = QSettings().value(QStringLiteral("recentFiles")).toStringList();
    files.removeIf([](const QString& file) { return !QFile::exists(file); });
    return files;
}

QStringList unnamedDocuments() {
    const QDir folder(QString::fromStdString(unnamedDocumentsFolder().string()));
    QStringList files;
    for (const QFileInfo& info : folder.entryInfoList({QStringLiteral("*.convolab")}, QDir::Files, QDir::Time)) {
        files << info.absoluteFilePath();
    }
    return files;
}

void rememberRecentFile(const QString& file) {
    QStringList files = recentFiles();
    const QString path = QFileInfo(file).absoluteFilePath();
    files.removeAll(path);
    files.prepend(path);
    QSettings().setValue(QStringLiteral("recentFiles"), QStringList(files.mid(0, kRecentFiles)));
}

namespace {

/// A document without a name that holds what a packed file does.
Result<std::unique_ptr<ProjectFile>> unpacked(const fs::path& file, const Recipe& recipe) {
    CONVOLAB_ASSIGN(PackedNetwork network, readPackedFile(file));
    if (network.spec.name.empty()) network.spec.name = file.stem().string();
    CONVOLAB_RETURN_IF_ERROR(makeFolder(unnamedDocumentsFolder()));
    CONVOLAB_ASSIGN(auto project, ProjectFile::create(freshUnnamedFile(network.spec.name)));
    fillDocument(*project, network, recipe);
    CONVOLAB_RETURN_IF_ERROR(project->flush());
    return project;
}

}  // namespace

LabDocument::LabDocument(QObject* parent) : QObject(parent) {
    m_writeTimer.setSingleShot(true);
    m_writeTimer.setInterval(kWriteDelayMs);
    connect(&m_writeTimer, &QTimer::timeout, this, &LabDocument::writePending);
    connect(&m_network, &SpecEditor::specChanged, this, &LabDocument::scheduleWrite);
}

LabDocument::~LabDocument() { writePending(); }

Status LabDocument::startNew(NetworkSpec spec, Recipe recipe) {
    emit closing();
    flush();
    m_recipe = std::move(recipe);
    m_network.setSpec(std::move(spec));
    m_open = true;
    m_problem.reset();
    std::unique_ptr<ProjectFile> file;
    Status status = makeFolder(unnamedDocumentsFolder());
    if (status.ok()) {
        auto created = ProjectFile::create(freshUnnamedFile(m_network.spec().name));
        if (created.ok()) {
            file = std::move(created).value();
        } else {
            status = created.error();
        }
    }
    // Without a file the network can still be built and trained; the status bar says that nothing is saved.
    if (!status.ok()) m_problem = status.error();
    adopt(std::move(file), false);
    return {};
}

Status LabDocument::openFile(const QString& path) {
    const fs::path file(path.toStdString());
    if (!fs::exists(file)) {
        return Error{ErrorCode::NotFound, "there is no file \"" + file.string() + "\"", {}, "check the path"};
    }
    if (file.extension() == ".json") {
        QFile text(path);
        if (!text.open(QIODevice::ReadOnly)) {
            return Error{ErrorCode::IoFailure, "cannot read \"" + file.string() + "\"", {}, "check its permissions"};
        }
        CONVOLAB_ASSIGN(NetworkSpec spec, specFromJson(text.readAll().toStdString()));
        return startNew(std::move(spec), m_recipe);
    }
    const bool packed = file.extension() == kPackedExtension;
    CONVOLAB_ASSIGN(auto project, packed ? unpacked(file, m_recipe) : ProjectFile::open(file));
    CONVOLAB_ASSIGN(NetworkSpec spec, project->readSpec());
    Recipe recipe;
    if (auto read = project->readRecipe(); read.ok()) recipe = *read;
    emit closing();
    flush();
    m_recipe = std::move(recipe);
    m_network.setSpec(std::move(spec));
    m_open = true;
    m_problem.reset();
    const bool named = !packed && file.parent_path() != unnamedDocumentsFolder();
    adopt(std::move(project), named);
    if (named) rememberRecentFile(path);
    return {};
}

void LabDocument::adopt(std::unique_ptr<ProjectFile> file, bool named) {
    m_file = std::move(file);
    m_named = named;
    m_pending = true;
    writePending();
    emit opened();
    emit nameChanged();
    emit recipeChanged();
}

Status LabDocument::saveAs(const QString& path) {
    QString target = path;
    if (!target.endsWith(QStringLiteral(".convolab"))) target += QStringLiteral(".convolab");
    const fs::path file(target.toStdString());
    flush();
    if (m_file && file == m_file->path()) return {};
    const fs::path before = m_file ? m_file->path() : fs::path{};
    if (m_file) {
        CONVOLAB_RETURN_IF_ERROR(m_file->saveCopy(file));
    } else {
        CONVOLAB_ASSIGN(const auto created, ProjectFile::create(file));
    }
    CONVOLAB_ASSIGN(auto project, ProjectFile::open(file));
    const bool wasUnnamed = !m_named;
    m_file = std::move(project);
    m_named = true;
    m_problem.reset();
    m_pending = true;
    writePending();
    // The unnamed original has moved; its copy in the data directory would only come back as a ghost.
    if (wasUnnamed && !before.empty()) {
        std::error_code ignored;
        fs::remove(before, ignored);
    }
    rememberRecentFile(target);
    emit nameChanged();
    emit saveStateChanged();
    return {};
}

class LabDocument::RecipeCommand : public QUndoCommand {
  public:
    RecipeCommand(LabDocument& document, Recipe after)
        : QUndoCommand(tr("Change training settings")), m_document(document), m_before(document.m_recipe), m_after(std::move(after)) {
        m_age.start();
    }
    void undo() override { m_document.showRecipe(m_before); }
    void redo() override { m_document.showRecipe(m_after); }
    int id() const override { return kRecipeCommandId; }
    bool mergeWith(const QUndoCommand* other) override {
        if (m_age.elapsed() > kMergeMs) return false;
        m_after = static_cast<const RecipeCommand*>(other)->m_after;
        m_age.restart();
        setObsolete(m_before == m_after);
        return true;
    }

  private:
    LabDocument& m_document;
    Recipe m_before, m_after;
    QElapsedTimer m_age;
};

void LabDocument::setRecipe(const Recipe& recipe) {
    if (!(recipe == m_recipe)) m_network.undoStack().push(new RecipeCommand(*this, recipe));
}

void LabDocument::showRecipe(const Recipe& recipe) {
    m_recipe = recipe;
    scheduleWrite();
    emit recipeChanged();
}

QString LabDocument::name() const {
    if (m_named && m_file) return QString::fromStdString(m_file->path().stem().string());
    const std::string& network = m_network.spec().name;
    return network.empty() ? tr("Untitled") : QString::fromStdString(network);
}

bool LabDocument::hasSaveProblem() const { return m_problem || (m_file && m_file->lastError()); }

QString LabDocument::saveState() const {
    if (m_problem) return tr("not saved: %1").arg(QString::fromStdString(m_problem->message));
    if (m_file && m_file->lastError()) return tr("not saved: %1").arg(QString::fromStdString(m_file->lastError()->message));
    return m_pending ? tr("saving …") : tr("saved");
}

void LabDocument::scheduleWrite() {
    if (!m_open) return;
    m_pending = true;
    m_writeTimer.start();
    emit saveStateChanged();
}

void LabDocument::writePending() {
    m_writeTimer.stop();
    if (!m_pending) return;
    m_pending = false;
    if (m_file) {
        m_file->writeSpec(m_network.spec());
        m_file->writeRecipe(m_recipe);
    }
    emit saveStateChanged();
}

void LabDocument::keepVersion(const VersionInfo& version, WeightSetPtr weights) {
    if (!m_file) return;
    m_file->writeVersion(version, std::move(weights));
    emit versionsChanged();
}

void LabDocument::renameVersion(std::int64_t id, const std::string& name) {
    if (!m_file) return;
    m_file->renameVersion(id, name);
    emit versionsChanged();
}

void LabDocument::removeVersion(std::int64_t id) {
    if (!m_file) return;
    m_file->removeVersion(id);
    emit versionsChanged();
}

void LabDocument::flush() {
    writePending();
    if (!m_file) return;
    if (auto flushed = m_file->flush(); !flushed.ok()) m_problem = flushed.error();
}

}  // namespace convolab

#pragma once

#include <QObject>
#include <QString>
#include <QTimer>
#include <filesystem>
#include <memory>
#include <optional>

#include "core/project/project_file.h"
#include "core/train/recipe.h"
#include "widgets/canvas/spec_document.h"

namespace convolab {

/// The open document: the network with its undo history, the recipe, and the file behind both. Nothing is ever unsaved:
/// a document without a name lives in the user's data directory until it is saved under one. Edits reach the file half
/// a second later at most. UI thread only.
class LabDocument : public QObject {
    Q_OBJECT

  public:
    explicit LabDocument(QObject* parent = nullptr);
    ~LabDocument() override;

    /// Replaces what is open by a network that has no name yet.
    Status startNew(NetworkSpec spec, Recipe recipe);
    Status openFile(const QString& file);  ///< .convolab; .json: the network alone; .packed: a new document
    Status saveAs(const QString& file);    ///< .convolab; from then on the document lives there
    bool isOpen() const { return m_open; }

    SpecDocument& network() { return m_network; }
    const SpecDocument& network() const { return m_network; }
    const Recipe& recipe() const { return m_recipe; }
    /// One undo step beside those of the network; steps less than a second apart (a slider under a hand) become one.
    void setRecipe(const Recipe& recipe);

    QString name() const;         ///< of the file, or of the network while there is no file
    bool isNamed() const { return m_named; }
    QString saveState() const;    ///< "saved", "saving …", or "not saved: …"
    bool hasSaveProblem() const;
    ProjectFile* file() { return m_file.get(); }
    std::string path() const { return m_file ? m_file->path().string() : std::string{}; }

    void flush();  ///< writes what is pending now

    /// Into the file, where others find it (ProjectFile::readVersions). Does nothing without a file.
    void keepVersion(const VersionInfo& version, WeightSetPtr weights);
    void renameVersion(std::int64_t id, const std::string& name);
    void removeVersion(std::int64_t id);

  signals:
    void closing();         ///< the open document is about to give way: last chance to write into its file
    void opened();          ///< another network is here
    void recipeChanged();
    void nameChanged();
    void saveStateChanged();
    void versionsChanged();  ///< one was kept, renamed or removed

  private:
    class RecipeCommand;
    void showRecipe(const Recipe& recipe);
    void scheduleWrite();
    void writePending();
    void adopt(std::unique_ptr<ProjectFile> file, bool named);

    SpecDocument m_network;
    Recipe m_recipe;
    std::unique_ptr<ProjectFile> m_file;
    QTimer m_writeTimer;
    std::optional<Error> m_problem;
    bool m_open = false;
    bool m_named = false;
    bool m_pending = false;
};

/// Where documents without a name live: $XDG_DATA_HOME/convolab/documents.
std::filesystem::path unnamedDocumentsFolder();
/// A file there that does not exist yet: "LeNet-like 2026-05-04 10-15-30.convolab".
std::filesystem::path freshUnnamedFile(const std::string& network);

/// Files opened or saved recently, newest first; those that are gone are left out.
QStringList recentFiles();
/// Documents that were never given a name, newest first.
QStringList unnamedDocuments();
void rememberRecentFile(const QString& file);

}  // namespace convolab

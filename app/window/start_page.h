#pragma once

#include <QWidget>

class QHBoxLayout;
class QVBoxLayout;

namespace convolab {

class PresetGallery;
class Theme;

/// Cards to begin with, the built-in networks and the recent files, over the empty canvas.
class StartPage : public QWidget {
    Q_OBJECT

  public:
    explicit StartPage(Theme& theme, QWidget* parent = nullptr);
    /// `openFile`: the document behind the page; it goes back there and cannot be discarded.
    void refreshRecent(const QString& openFile = {});
    void searchNetworks();  ///< the cursor goes into the field over the built-in networks

  signals:
    void lenetChosen();
    void compressChosen();
    void foolChosen();
    void emptyChosen();
    void openChosen();
    void fileChosen(const QString& file);
    void presetChosen(const QString& name);

  protected:
    void keyPressEvent(QKeyEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

  private:
    QHBoxLayout* buildCards();
    QHBoxLayout* buildLists();
    QWidget* recentRow(const QString& file, bool unnamed);
    void addRecent(const QString& heading, const QStringList& files, bool unnamed);

    Theme& m_theme;
    PresetGallery* m_gallery = nullptr;
    QWidget* m_recent = nullptr;
    QVBoxLayout* m_recentRows = nullptr;
    QString m_openFile;
};

}  // namespace convolab

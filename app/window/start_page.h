#pragma once

#include <QWidget>

class QVBoxLayout;

namespace convolab {

class Theme;

/// Cards to begin with and the recent files, over the empty canvas.
class StartPage : public QWidget {
    Q_OBJECT

  public:
    explicit StartPage(Theme& theme, QWidget* parent = nullptr);
    /// `openFile`: the document behind the page; it goes back there and cannot be discarded.
    void refreshRecent(const QString& openFile = {});

  signals:
    void lenetChosen();
    void compressChosen();
    void foolChosen();
    void emptyChosen();
    void openChosen();
    void fileChosen(const QString& file);

  protected:
    void keyPressEvent(QKeyEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

  private:
    QWidget* recentRow(const QString& file, bool unnamed);
    void addRecent(const QString& heading, const QStringList& files, bool unnamed);

    Theme& m_theme;
    QWidget* m_recent = nullptr;
    QVBoxLayout* m_recentRows = nullptr;
    QString m_openFile;
};

}  // namespace convolab

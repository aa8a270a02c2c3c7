#pragma once

#include <QAbstractButton>
#include <QImage>

namespace convolab {

class Theme;

enum class StartArt { Digits, Compress, Attack, Network, File };

/// One card of the start page: a picture, a title, two lines, a footer with its key. The digits are drawn from the
/// built-in data set.
class StartCard : public QAbstractButton {
    Q_OBJECT

  public:
    StartCard(Theme& theme, StartArt art, const QString& title, const QString& text, const QString& footer, const QString& key,
              QWidget* parent = nullptr);
    QSize sizeHint() const override { return {300, 264}; }
    QSize minimumSizeHint() const override { return {180, 264}; }

  protected:
    void paintEvent(QPaintEvent* event) override;

  private:
    bool showsDigits() const { return m_art == StartArt::Digits || m_art == StartArt::Attack; }
    void paintArt(QPainter& painter, const QRectF& area) const;
    void paintDigits(QPainter& painter, const QRectF& area) const;
    void paintCompress(QPainter& painter, const QRectF& area) const;
    void paintAttack(QPainter& painter, const QRectF& area) const;
    void paintNetwork(QPainter& painter, const QRectF& area) const;
    void paintFile(QPainter& painter, const QRectF& area) const;

    Theme& m_theme;
    StartArt m_art;
    QString m_text, m_footer, m_key;
    QImage m_digits;  ///< 8 × 4 tiles of 28 × 28
};

}  // namespace convolab

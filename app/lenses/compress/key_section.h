#pragma once

#include <QWidget>

class QHBoxLayout;
class QLabel;
class QPushButton;

namespace convolab {

class CompressSession;
class Theme;

/// The three numbers of a plan: size, accuracy, MACs; and the test accuracy, which is looked at on purpose.
class KeySection : public QWidget {
    Q_OBJECT

  public:
    KeySection(Theme& theme, CompressSession& session, QWidget* parent = nullptr);

  signals:
    void trainRequested();  ///< there are no weights to compress yet

  private:
    struct Number {
        QLabel *name = nullptr, *value = nullptr, *note = nullptr;
    };
    Number addNumber(const char* objectName, const QString& name);
    void refresh();
    void refreshAccuracy();
    void refreshTest();
    void setRole(QLabel* label, const char* role);

    Theme& m_theme;
    CompressSession& m_session;
    QHBoxLayout* m_numbers = nullptr;
    Number m_size, m_accuracy, m_macs;
    QWidget* m_filled = nullptr;
    QLabel *m_problem = nullptr, *m_sample = nullptr, *m_arithmetic = nullptr, *m_test = nullptr;
    QPushButton *m_look = nullptr, *m_train = nullptr;
};

}  // namespace convolab

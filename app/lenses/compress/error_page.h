#pragma once

#include <QWidget>

#include "core/graph/network_spec.h"

class QLabel;

namespace convolab {

class ErrorSession;
class ErrorView;
class Theme;

/// The error x-ray in the strip: what it shows, a bar for each layer, and the layer that suffers most in a sentence.
class ErrorPage : public QWidget {
    Q_OBJECT

  public:
    ErrorPage(Theme& theme, ErrorSession& errors, QWidget* parent = nullptr);

    QString summary() const;

  signals:
    void layerChosen(NodeId layer);

  private:
    void refresh();

    Theme& m_theme;
    ErrorSession& m_errors;
    ErrorView* m_view = nullptr;
    QLabel *m_title = nullptr, *m_legend = nullptr, *m_summary = nullptr;
};

}  // namespace convolab

#pragma once

#include <QString>
#include <QWidget>

namespace convolab {

class CardDecorator;

/// A way of looking at the one network: what stands left, right and below the canvas, and what is drawn on its cards.
/// The widgets belong to the lens until the window takes them; they live as long as the window.
class Lens {
  public:
    virtual ~Lens() = default;
    virtual QString id() const = 0;     ///< "build"
    virtual QString title() const = 0;  ///< "Build"
    virtual QWidget* leftPanel() = 0;
    virtual QWidget* rightPanel() = 0;
    virtual QWidget* strip() = 0;
    virtual int stripHeight() const = 0;            ///< at first; the window remembers what a person chose
    virtual CardDecorator* decorator() { return nullptr; }
    virtual void setActive(bool active) = 0;        ///< an inactive lens asks for nothing
};

}  // namespace convolab

#pragma once

#include <QMenu>
#include <functional>
#include <vector>

#include "app/devices.h"

class QActionGroup;

namespace convolab {

class BackgroundJob;

/// The menu of the device button: the processor and the GPUs to choose from, and why some cannot be chosen; below, in which precision
/// the chosen one trains. GPUs are looked for when the menu opens for the first time, on a thread of their own: nothing is loaded
/// for a person who never asks.
class DeviceMenu : public QMenu {
    Q_OBJECT

  public:
    using Finder = std::function<std::vector<Device>()>;

    explicit DeviceMenu(Finder gpus = gpuDevices, QWidget* parent = nullptr);
    /// The device and the precision that wear the marks; precisions that the device does not have are greyed, with the reason.
    void setCurrent(const Device& device);

  signals:
    void chosen(const Device& device);
    void precisionChosen(ConvolabGpuPrecision precision);

  private:
    void addDevice(const Device& device);
    void addPrecisions();
    void showPrecisions();
    void look();
    void fill(const std::vector<Device>& gpus);
    QAction* addNote(const QString& text, QAction* before);

    Finder m_gpus;
    BackgroundJob* m_job;
    QActionGroup* m_choice;
    QAction* m_looking = nullptr;  ///< null once the GPUs are shown
    Device m_current = devices().front();
    QAction* m_precisions = nullptr;  ///< their heading: devices come before it
    struct PrecisionEntry {
        QAction *action, *note;
    };
    std::vector<PrecisionEntry> m_entries;  ///< in the order of precisions()
};

}  // namespace convolab

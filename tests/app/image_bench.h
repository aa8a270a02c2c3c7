// A document with its session and the desk of the current image, as the window owns them, but without a window.
#pragma once

#include <QStandardPaths>
#include <QTest>

#include "app/image/image_desk.h"
#include "app/lab_document.h"
#include "app/training_session.h"
#include "core/cpu/compute_team.h"
#include "core/graph/presets.h"

namespace convolab::testing {

inline constexpr int kPatience = 60000;

struct ImageBench {
    std::shared_ptr<DatasetCache> datasets = std::make_shared<DatasetCache>();
    LabDocument document;
    TrainingSession session{document, datasets};
    ImageDesk desk{document, session};

    ~ImageBench() { session.settle(); }

    void open(NetworkSpec spec, const Recipe& recipe = {}) {
        QVERIFY(document.startNew(std::move(spec), recipe).ok());
    }
    void openPreset(const char* name, const Recipe& recipe = {}) {
        auto spec = makePreset(name);
        QVERIFY(spec.ok());
        open(std::move(spec).value(), recipe);
    }
    NodeId node(const char* name) const { return document.network().spec().nodeByName(name)->id; }
    template <class Value>
    void set(const char* name, const char* key, Value value) {
        document.network().edit(QStringLiteral("Change"), [id = node(name), key, value](NetworkSpec& spec) { spec.setAttribute(id, key, value); });
    }
    /// A few steps of a training that then rests.
    void train(std::int64_t steps) {
        Recipe recipe = document.recipe();
        recipe.steps = steps;
        document.setRecipe(recipe);
        session.play();
        QTRY_COMPARE_WITH_TIMEOUT(session.status().state, TrainerState::Done, kPatience);
    }
};

inline void prepareApplication() {
    QStandardPaths::setTestModeEnabled(true);
    setComputeThreads(1);
}

}  // namespace convolab::testing

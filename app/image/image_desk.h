#pragma once

#include "app/image/current_image.h"
#include "app/image/predictions_cache.h"
#include "app/image/probe_session.h"

namespace convolab {

/// What all lenses share about the one current image; the window owns one, after document and session.
struct ImageDesk {
    ImageDesk(LabDocument& document, TrainingSession& session)
        : image(document, session), probe(document, session, image), predictions(probe, image) {}

    CurrentImage image;
    ProbeSession probe;
    PredictionsCache predictions;
};

}  // namespace convolab

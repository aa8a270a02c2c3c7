#include "app/lenses/look_inside/accuracy_text.h"

#include <QCoreApplication>

#include "core/util/interval.h"
#include "widgets/plots/number_text.h"

namespace convolab {

std::string shareText(std::int64_t hits, std::int64_t count) {
    const ShareInterval share = wilsonInterval(hits, count);
    return fixedText(100 * share.share, 2) + " ± " + fixedText(100 * share.halfWidth(), 2) + " %";
}

QString accuracyText(std::int64_t correct, std::int64_t images, Split split, std::int64_t ofAll) {
    const auto count = [](std::int64_t value) { return QString::fromStdString(countText(value)); };
    const QString number = QString::fromStdString(shareText(correct, images));
    const QString name = QString::fromUtf8(splitName(split));
    if (images < ofAll) {
        return QCoreApplication::translate("Accuracy", "%1 on the first %2 of %3 %4 images").arg(number, count(images), count(ofAll), name);
    }
    return QCoreApplication::translate("Accuracy", "%1 on %2 %3 images").arg(number, count(images), name);
}

}  // namespace convolab

// From an attack's values to what is drawn and saved.
#include <QImage>
#include <QTemporaryDir>
#include <QTest>
#include <cmath>
#include <cstring>

#include "app/lenses/attack/attack_files.h"
#include "app/lenses/attack/attack_presenters.h"
#include "app/lenses/look_inside/accuracy_text.h"
#include "tests/app/trained_tiny.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

CurvePoint pointOf(double epsilon, std::int64_t robust, std::int64_t images = 400) {
    CurvePoint point;
    point.epsilon = epsilon;
    point.result.images = images;
    point.result.cleanCorrect = images;
    point.result.robustCorrect = robust;
    return point;
}

}  // namespace

class AttackPresentersTest : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase() {
        AttackBench bench;
        QVERIFY(bench.prepare(trainedTiny().network, trainedTiny().weights).ok());
        for (std::int64_t i = 0; i < 20 && !m_fooled; ++i) {
            const int label = trainedTiny().dataset->label(Split::Test, i);
            const auto made = [&](const char* attack, int truth) {
                return *bench.picture({trainedTiny().image(Split::Test, i), truth, i, attackFrom(attack)}, {});
            };
            const AttackPicturePtr picture = made("pgd:eps=0.3,steps=10", label);
            if (picture->alreadyWrong() || !picture->outcome.fooled) continue;
            m_fooled = picture;
            m_still = made("fgsm:eps=0", label);
            m_wrong = made("fgsm:eps=0.1", (label + 1) % kTinyClasses);
            m_l2 = made("pgd:norm=l2,eps=0.7", label);
        }
        QVERIFY(m_fooled);
        m_words.title = "Test image 3";
        m_words.note = "of 20";
        m_words.className = [](int label) { return "class " + std::to_string(label); };
        m_words.picture = {1, 8, 8};
    }

    void thePictureAddsUp() {
        const PerturbationPicture picture = perturbationPicture(m_fooled.get(), m_words);
        QCOMPARE(picture.clean.width, 8);
        QCOMPARE(picture.clean.values.size(), std::size_t(64));
        for (std::size_t i = 0; i < 64; ++i) {
            QVERIFY(std::abs(picture.clean.values[i] + picture.perturbation.values[i] - picture.adversarial.values[i]) < 1e-6F);
        }
        QCOMPARE(picture.cleanClass, "class " + std::to_string(m_fooled->clean->predicted));
        QVERIFY(picture.cleanShare.ends_with(" %"));
        QCOMPARE(picture.bound, std::string("|r| ≤ 0.3"));
        QVERIFY(picture.fooled);
        QVERIFY(picture.message.empty());
        QCOMPARE(perturbationPicture(m_l2.get(), m_words).bound, std::string("‖r‖₂ ≤ 0.7"));
        m_words.problem = "the network has an error";
        QCOMPARE(perturbationPicture(nullptr, m_words).emptyText, std::string("the network has an error"));
        m_words.problem.clear();
    }

    void plainLinesSayWhatIsOdd() {
        QCOMPARE(pictureNote(*m_still, m_words), std::string("ε is 0: nothing changes"));
        QCOMPARE(pictureNote(*m_wrong, m_words), "already wrong: this is a class " + std::to_string(m_wrong->outcome.label));
        AttackPicture blind;
        blind.spec = m_fooled->spec;
        blind.outcome = m_fooled->outcome;
        blind.outcome.gradientVanished = true;
        QVERIFY(pictureNote(blind, m_words).find("gradient is 0") != std::string::npos);
        blind.outcome.gradientVanished = false;
        blind.outcome.fooled = false;
        QCOMPARE(pictureNote(blind, m_words), std::string("not fooled"));
        for (const auto& sentence : {pictureNote(*m_still, m_words), pictureNote(*m_fooled, m_words)}) {
            QVERIFY(sentence.find("invisible") == std::string::npos);
        }
    }

    void logitsKeepTheirOrderAndValues() {
        const LogitPicture picture = logitPicture(m_fooled.get(), m_words);
        QCOMPARE(picture.rows.size(), std::size_t(3));
        QCOMPARE(picture.rows[1].name, std::string("class 1"));
        QCOMPARE(static_cast<float>(picture.rows[2].clean), m_fooled->clean->logits[2]);
        QCOMPARE(static_cast<float>(picture.rows[2].adversarial), m_fooled->attacked->logits[2]);
        QCOMPARE(picture.cleanClass, m_fooled->clean->predicted);
        QCOMPARE(picture.adversarialClass, m_fooled->attacked->predicted);
    }

    void curvesHaveIntervalsNamesAndMarkers() {
        RobustnessCurve pgd{false, attackFrom("pgd:eps=0.1"), trainedTiny().weights, {pointOf(0, 380), pointOf(0.1, 40)}};
        RobustnessCurve restarts{false, attackFrom("pgd:eps=0.1,restarts=10"), trainedTiny().weights, {pointOf(0, 380)}};
        RobustnessCurve noise{false, attackFrom("noise:eps=0.1"), trainedTiny().weights, {pointOf(0, 380)}};
        RobustnessCurve defended{true, attackFrom("pgd:eps=0.1"), trainedTiny().weights, {pointOf(0, 370)}};
        RobustnessCurve other{false, attackFrom("pgd:norm=l2,eps=1"), trainedTiny().weights, {pointOf(0, 380)}};
        CurveWords words;
        words.epsilon = 0.1;
        words.images = 400;
        words.current = trainedTiny().weights;
        const PlotDescription plot = accuracyPlot({pgd, restarts, noise, defended, other}, words);
        QCOMPARE(plot.series.size(), std::size_t(4));  // the L2 curve has another axis
        QCOMPARE(plot.series[0].name, std::string("PGD 20"));
        QCOMPARE(plot.series[1].name, std::string("PGD 20 × 10"));
        QCOMPARE(plot.series[3].name, std::string("PGD 20, defended"));
        QCOMPARE(plot.series[0].y, (std::vector<double>{95.0, 10.0}));
        QVERIFY(std::abs((plot.series[0].high[1] - plot.series[0].low[1]) / 2 - 2.95) < 0.02);  // Wilson, 40 of 400
        QCOMPARE(plot.note, std::string("test, 400 images"));
        QCOMPARE(plot.now, std::optional(0.1));
        QVERIFY(plot.nowHandle);
        QVERIFY(plot.series[0].marker != plot.series[1].marker);
        QVERIFY(plot.series[0].colorIndex != plot.series[1].colorIndex);
        QVERIFY(!plot.series[0].dashed);
        words.current = std::make_shared<WeightSet>(*trainedTiny().weights);
        const PlotDescription stale = accuracyPlot({pgd}, words);
        QVERIFY(stale.series[0].dashed);
        QCOMPARE(stale.series[0].name, std::string("PGD 20, older weights"));
        words.norm = AttackNorm::L2;
        QCOMPARE(accuracyPlot({pgd, other}, words).series.size(), std::size_t(1));
    }

    void textsOfTheField() {
        QCOMPARE(shareText(9862, 10000), std::string("98.62 ± 0.23 %"));
        QCOMPARE(sampleText(Split::Validation, 1000), std::string("validation, 1,000 images"));
        QCOMPARE(attackLabel(attackFrom("fgsm:eps=0.1")), std::string("FGSM"));
    }

    void theSweepShowsBothClasses() {
        EpsilonSweep sweep;
        sweep.label = 1;
        sweep.adversarialClass = 2;
        sweep.epsilons = {0, 0.1, 0.2};
        sweep.labelShare = {0.9, 0.5, 0.1};
        sweep.adversarialShare = {0.05, 0.4, 0.8};
        const PlotDescription plot = sweepPlot(&sweep, 0.15, 0.3, m_words);
        QCOMPARE(plot.series.size(), std::size_t(2));
        QCOMPARE(plot.series[0].name, std::string("class 1"));
        QCOMPARE(plot.series[0].y, (std::vector<double>{90, 50, 10}));
        QCOMPARE(plot.series[1].y, (std::vector<double>{5, 40, 80}));
        QCOMPARE(plot.now, std::optional(0.15));
    }

    void savedNumbersAndPicturesAreTheImages() {
        QTemporaryDir folder;
        const auto numbers = saveAttackNumbers(*m_fooled, folder.path(), QStringLiteral("test-image-3"));
        QVERIFY(numbers.ok());
        QCOMPARE(*numbers, (QStringList{QStringLiteral("test-image-3-clean.npy"), QStringLiteral("test-image-3-r.npy"),
                                        QStringLiteral("test-image-3-adversarial.npy")}));
        QFile file(folder.filePath(numbers->last()));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray bytes = file.readAll();
        QVERIFY(bytes.contains("'shape': (1, 8, 8)"));
        QCOMPARE(std::memcmp(bytes.constData() + bytes.size() - 64 * 4, m_fooled->adversarial.data(), 64 * 4), 0);
        const auto pictures = saveAttackPictures(*m_fooled, {1, 8, 8}, 3.0, folder.path(), QStringLiteral("a"));
        QVERIFY(pictures.ok());
        const QImage clean(folder.filePath(pictures->first()));
        QCOMPARE(clean.size(), QSize(8, 8));
        QCOMPARE(qGray(clean.pixel(3, 2)), static_cast<int>(std::lround(m_fooled->clean->image.data()[2 * 8 + 3] * 255)));
        const QImage r(folder.filePath(pictures->at(1)));
        const ThemeColor color = divergingColor(3.0 * m_fooled->perturbation()[2 * 8 + 3]);
        QCOMPARE(r.pixelColor(3, 2), QColor(color.red, color.green, color.blue));
        const auto nowhere = saveAttackNumbers(*m_fooled, QStringLiteral("/proc/nowhere"), QStringLiteral("a"));
        QVERIFY(!nowhere.ok());
    }

  private:
    AttackPicturePtr m_fooled, m_still, m_wrong, m_l2;
    ImageWords m_words;
};

QTEST_GUILESS_MAIN(AttackPresentersTest)
#include "tst_attack_presenters.moc"

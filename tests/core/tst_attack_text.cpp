// What is asked of an attack, as text: both ways, and a sentence for what cannot be.
#include <QtTest>
#include <limits>

#include "core/attack/attack_text.h"

using namespace convolab;

namespace {

QString sentenceOf(const AttackSpec& spec, int classes = 0) {
    const Status status = validateAttack(spec, classes);
    return status.ok() ? QString() : QString::fromStdString(status.error().sentence());
}

QString sentenceFor(const char* text) {
    const auto spec = parseAttack(text);
    return spec.ok() ? QString() : QString::fromStdString(spec.error().sentence());
}

}  // namespace

class TestAttackText : public QObject {
    Q_OBJECT

  private slots:
    void epsilonHasTwoForms() {
        QCOMPARE(*parseEpsilon("0.1"), 0.1);
        QCOMPARE(*parseEpsilon("8/255"), 8.0 / 255.0);
        QCOMPARE(*parseEpsilon("0"), 0.0);
        QCOMPARE(*parseEpsilon("1"), 1.0);
        QCOMPARE(*parseEpsilon("1.5", AttackNorm::L2), 1.5);
        QCOMPARE(epsilonText(8.0 / 255.0), std::string("0.0314 (8/255)"));
        QCOMPARE(epsilonText(0.3), std::string("0.3 (76.5/255)"));
    }

    void epsilonThatIsNone_data() {
        QTest::addColumn<QString>("text");
        for (const char* text : {"", "-0.1", "nan", "inf", "1.5", "8/0", "8/-255", "-8/255", "/255", "8/", "8/255/2", "0,1",
                                 "300/255", "many", "1e999"}) {
            QTest::newRow(text) << text;
        }
    }
    void epsilonThatIsNone() {
        QFETCH(QString, text);
        const auto epsilon = parseEpsilon(text.toStdString());
        QVERIFY(!epsilon.ok());
        const QString sentence = QString::fromStdString(epsilon.error().sentence());
        QVERIFY2(sentence.startsWith("ε is \"" + text + "\"") && sentence.contains("8/255"), qPrintable(sentence));
    }
    void lengthThatIsNone() {
        for (const char* text : {"-1", "nan", "inf", "x"}) QVERIFY(!parseEpsilon(text, AttackNorm::L2).ok());
    }

    void textGoesBothWays_data() {
        QTest::addColumn<QString>("text");
        for (const char* text :
             {"fgsm:eps=0.3", "fgsm:eps=0.3,step=0.375,random_start=true", "pgd:eps=0.3,step=0.1,steps=7", "bim:eps=8/255,steps=10",
              "pgd:eps=1.5,norm=l2,restarts=10,target=3,seed=18446744073709551615", "noise:eps=4/255", "deepfool:eps=1,norm=l2,steps=50",
              "pgd:eps=0.012345678901234567,random_start=false"}) {
            QTest::newRow(text) << text;
        }
    }
    void textGoesBothWays() {
        QFETCH(QString, text);
        const auto spec = parseAttack(text.toStdString());
        QVERIFY2(spec.ok(), spec.ok() ? "" : spec.error().sentence().c_str());
        const auto again = parseAttack(attackText(*spec));
        QVERIFY(again.ok());
        QVERIFY(*again == *spec);
        if (!text.contains("0.0123")) QCOMPARE(QString::fromStdString(attackText(*spec)), text);
    }

    void partsAreRead() {
        const auto spec = parseAttack("PGD:eps=8/255,norm=L2,step=2/255,steps=7,restarts=3,randomStart=on,target=2,seed=9");
        QVERIFY(spec.ok());
        QCOMPARE(spec->method, std::string("pgd"));
        QCOMPARE(spec->epsilon, 8.0 / 255.0);
        QVERIFY(spec->norm == AttackNorm::L2);
        QCOMPARE(spec->step, 2.0 / 255.0);
        QCOMPARE(spec->steps, 7);
        QCOMPARE(spec->restarts, 3);
        QVERIFY(spec->randomStart.value());
        QCOMPARE(spec->target.value(), 2);
        QCOMPARE(spec->seed, std::uint64_t{9});
    }

    void wrongTextIsAnswered_data() {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("expected");
        const auto row = [](const char* text, const char* expected) { QTest::newRow(text) << text << expected; };
        row("pdg", "unknown attack \"pdg\": did you mean \"pgd\"?");
        row("deepfol:eps=1", "did you mean \"deepfool\"?");
        row("pgd:epsilom=0.1", "unknown option of pgd \"epsilom\"");
        row("pgd:eps", "\"eps\" in \"pgd:eps\" has no value: write it as pgd:key=value");
        row("pgd:eps=8/0", "eps is \"8/0\": give a number such as 0.1 or 8/255");
        row("pgd:eps=-0.1", "ε is -0.1: give a share of the pixel range from 0 to 1");
        row("pgd:eps=nan", "ε is NaN");
        row("pgd:eps=1.5", "ε is 1.5");
        row("pgd:eps=-1,norm=l2", "ε is -1: give a length");
        row("pgd:steps=0", "the number of steps is 0: give a whole number from 1");
        row("pgd:steps=2.5", "steps is \"2.5\": give a whole number");
        row("pgd:restarts=0", "the number of restarts is 0");
        row("pgd:step=-1", "the step size is -1");
        row("pgd:target=-1", "the target is class \u22121: classes count from 0");
        row("pgd:norm=l1", "unknown norm \"l1\"");
        row("pgd:random_start=maybe", "random_start is \"maybe\": give true or false");
        row("bim:random_start=true", "BIM has no random start");
        row("bim:restarts=5", "5 restarts of BIM would all do the same");
        row("fgsm:restarts=5", "set restarts to 1, or random_start to true");
        row("noise:target=3", "Random noise cannot aim at a class");
        row("noise:random_start=false", "Random noise is random throughout");
    }
    void wrongTextIsAnswered() {
        QFETCH(QString, text);
        QFETCH(QString, expected);
        const QString sentence = sentenceFor(qPrintable(text));
        QVERIFY2(sentence.contains(expected), qPrintable(sentence));
    }

    void targetHasToBeAClass() {
        AttackSpec spec;
        spec.target = 10;
        QCOMPARE(sentenceOf(spec, 10), QString("the target is class 10: the network has the classes 0 to 9"));
        QCOMPARE(sentenceOf(spec, 11), QString());
        QCOMPARE(sentenceOf(spec), QString());
        spec = {};
        spec.epsilon = std::numeric_limits<double>::quiet_NaN();
        QVERIFY(sentenceOf(spec).startsWith("ε is NaN"));
    }

    void stepsFollowTheMethod() {
        const auto step = [](const char* text) { return stepSize(*parseAttack(text)); };
        QCOMPARE(step("fgsm:eps=0.3"), 0.3);
        QCOMPARE(step("fgsm:eps=0.3,random_start=true"), 0.375);
        QCOMPARE(step("bim:eps=0.3,steps=10"), 0.03);
        QCOMPARE(step("pgd:eps=0.3,steps=10"), 0.075);
        QCOMPARE(step("pgd:eps=0.3,steps=10,step=0.01"), 0.01);
    }

    void everyMethodExplainsItself() {
        std::vector<std::string> ids;
        for (const AttackMethod* method : attackMethods()) {
            ids.push_back(method->id);
            QVERIFY(!method->label.empty() && method->help.ends_with('.'));
            QVERIFY(method->run != nullptr);
            QVERIFY(findAttackMethod(method->id) == method);
            AttackSpec spec;
            spec.method = method->id;
            QCOMPARE(sentenceOf(spec), QString());
        }
        QCOMPARE(ids, (std::vector<std::string>{"fgsm", "bim", "pgd", "deepfool", "noise"}));
        QVERIFY(findAttackMethod("none") == nullptr);
    }
};

QTEST_GUILESS_MAIN(TestAttackText)
#include "tst_attack_text.moc"

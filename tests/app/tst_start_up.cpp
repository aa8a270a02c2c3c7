// How the program starts and ends: without a display, with a file, with a file that is none, where nothing
// can be saved.
#include "tests/app/real_window.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

const Tokens& dark() { return tokens(ThemeMode::Dark); }

QRect statusBar(const QImage& picture) {
    return {0, picture.height() - metrics::kStatusBar, picture.width(), metrics::kStatusBar};
}

bool complains(const QImage& picture) {
    return !boundsOf(picture, dark().error, statusBar(picture)).isEmpty();
}

// The canvas has a row of cards: convolutions somewhere and dense layers somewhere.
bool showsNetwork(const QImage& picture) {
    const QRect canvas(metrics::kLeftPanel + 8, metrics::kTopBar,
                       picture.width() - metrics::kLeftPanel - metrics::kRightPanel - 16,
                       picture.height() / 2);
    return boundsOf(picture, dark().group(GroupColor::Convolution), canvas).width() > 60 &&
           boundsOf(picture, dark().group(GroupColor::Dense), canvas).width() > 60;
}

}  // namespace

class TestStartUp : public QObject {
    Q_OBJECT

  private slots:
    void fileWithoutDisplay();
    void startPageLeavesNothing();
    void fileOnTheCommandLine();
    void fileThatIsNoDocument();
    void nowhereToSave();
};

void TestStartUp::fileWithoutDisplay() {
    Workplace place;
    const ProgramResult result = place.run({QStringLiteral("mine.convolab")});
    QVERIFY(!result.crashed);
    QCOMPARE(result.exitCode, 1);
    QCOMPARE(result.errorLines().size(), 1);
    QVERIFY2(result.err.contains("mine.convolab") && result.err.contains("display"), result.err.constData());
}

void TestStartUp::startPageLeavesNothing() {
    CONVOLAB_NEEDS_DISPLAY();
    Workplace place;
    QElapsedTimer timer;
    timer.start();
    RealWindow window(place);
    QVERIFY(window.start());
    qInfo("the window was there after %lld ms", static_cast<long long>(timer.elapsed()));
    QVERIFY(window.close());
    QCOMPARE(place.list(QStringLiteral(".local/share/convolab/documents")), QStringList{});
}

void TestStartUp::fileOnTheCommandLine() {
    CONVOLAB_NEEDS_DISPLAY();
    Workplace place;
    QCOMPARE(place.run("export lenet-like --to json --out lenet.json").exitCode, 0);
    RealWindow window(place);
    QVERIFY(window.start({place.path(QStringLiteral("lenet.json"))}));
    QVERIFY(window.waitUntil(showsNetwork));
    QVERIFY(!complains(window.picture()));
    QVERIFY(window.close());
}

void TestStartUp::fileThatIsNoDocument() {
    CONVOLAB_NEEDS_DISPLAY();
    Workplace place;
    const QByteArray text = "this is not a document";
    place.write(QStringLiteral("text.convolab"), text);
    RealWindow window(place);
    QVERIFY(window.start({place.path(QStringLiteral("text.convolab"))}));
    QVERIFY2(window.waitUntil(complains), "the status bar says nothing");
    QVERIFY(window.close());
    QCOMPARE(place.read(QStringLiteral("text.convolab")), text);
}

void TestStartUp::nowhereToSave() {
    CONVOLAB_NEEDS_DISPLAY();
    Workplace place;
    // A file where the data folder should be: this refuses the administrator, too.
    place.write(QStringLiteral(".local"), "in the way");
    RealWindow window(place);
    QVERIFY(window.start());
    window.key("Return");
    QVERIFY2(
        window.waitUntil([](const QImage& picture) { return showsNetwork(picture) && complains(picture); }),
        "the status bar does not say that nothing is saved");
    QVERIFY(window.close());
}

int main(int argc, char** argv) {
    TestStartUp test;
    return runDisplayTest(test, argc, argv);
}
#include "tst_start_up.moc"

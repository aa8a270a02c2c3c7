// What the lenses draw on the card of a folded block: the maps and the change of its output, the weights of its largest
// layer, the sum of what its layers cost and weigh. Opened, each layer shows its own again.
#include <QImage>
#include <QPainter>
#include <QTest>
#include <cmath>

#include "app/lenses/attack/change_decorator.h"
#include "app/lenses/block_note.h"
#include "app/lenses/compress/compress_presenters.h"
#include "app/lenses/compress/plan_decorator.h"
#include "app/lenses/look_inside/inspect_focus.h"
#include "app/lenses/look_inside/maps_decorator.h"
#include "app/lenses/measure/heat_decorator.h"
#include "app/lenses/train/weights_decorator.h"
#include "core/graph/block_edits.h"
#include "core/graph/docking.h"
#include "tests/app/image_bench.h"
#include "tests/app/trained_tiny.h"
#include "widgets/canvas/canvas_model.h"
#include "widgets/canvas/canvas_selection.h"
#include "widgets/plots/number_text.h"
#include "widgets/theme/theme.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

constexpr int kWidth = 112;
const char* const kKinds[] = {"basic_residual", "bottleneck_residual", "inverted_residual", "inception_v1", "fire", "dense_block"};

/// The tiny network with a block behind its activation, folded.
NetworkSpec withBlock(const std::string& kind) {
    NetworkSpec spec = tinyNetwork();
    const auto relu = std::find_if(spec.nodes().begin(), spec.nodes().end(), [](const Node& node) { return node.kind == "relu"; });
    const auto name = insertBlockBehind(spec, kind, relu->id, {}, {300, 0});
    if (!name.ok()) qFatal("%s", name.error().sentence().c_str());
    return spec;
}

}  // namespace

class TestBlockPictures : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase() { prepareApplication(); }

    void lookInsideShowsTheMapsThatLeaveIt_data() { everyKind(); }
    void lookInsideShowsTheMapsThatLeaveIt() {
        open();
        CanvasSelection selection;
        InspectFocus focus(m_bench->document, selection);
        MapsDecorator maps(m_theme, m_bench->document.network(), focus);
        auto pictures = std::make_shared<LayerPictures>(layerPictures(spec(), analysis(), probed()));
        maps.setPictures(pictures);
        maps.beginLayout();
        const NodeId head = block().nodes.front(), exit = borderOf(spec(), block()).exit;
        QVERIFY(maps.slotHeight(head) >= 60);
        const LayerPicture* shown = maps.picture(head);
        QVERIFY(shown != nullptr);
        // Of the last layer of the block: the one that what follows reads.
        QCOMPARE(shown->shown, exit);
        QCOMPARE(shown->mosaic.total(), analysis().find(exit)->output->channels());
        const QRectF slot(0, 0, kWidth, maps.slotHeight(head));
        QVERIFY(colours(paint(maps, head)) > 4);
        const QString words = QStringLiteral("output of block %1: %2").arg(text(block().name), text(spec().node(exit)->name));
        const QPointF tile = shown->mosaic.tileRect(maps.mosaicBox(slot, head), 1).center();
        const std::int64_t map = shown->mosaic.placeAt(maps.mosaicBox(slot, head), tile)->map;
        QVERIFY2(maps.hint(slot, head, tile).startsWith(words + QStringLiteral("\nmap %1, ").arg(map)), qPrintable(maps.hint(slot, head, tile)));
        // A click looks at that layer; the block stays folded.
        QVERIFY(maps.press(slot, head, tile, {}));
        QCOMPARE(focus.layer(), dockHead(spec(), exit));
        QCOMPARE(focus.map(), map);
        QVERIFY(isFolded(spec(), block()));
        NodeId switched;
        maps.setToggle([&](const ChannelRef& channel) { switched = channel.node; });
        QVERIFY(maps.press(slot, head, tile, Qt::ControlModifier));
        QCOMPARE(switched, dockHead(spec(), exit));
        // The eye of that layer hides it.
        maps.setHidden([&](NodeId layer) { return layer == dockHead(spec(), exit); });
        QCOMPARE(maps.slotHeight(head), 0);
    }

    void attackShowsTheChangeOfItsOutput_data() { everyKind(); }
    void attackShowsTheChangeOfItsOutput() {
        open();
        AttackBench bench;
        const auto network = std::make_shared<const NetworkSpec>(spec());
        QVERIFY(bench.prepare(network, weights()).ok());
        const auto picture = bench.picture({trainedTiny().image(Split::Test, 1), 1, 1, attackFrom("fgsm:eps=0.2")}, {});
        QVERIFY2(picture.ok(), picture.ok() ? "" : picture.error().sentence().c_str());
        ChangeDecorator change(m_theme, m_bench->document.network());
        change.show(*picture, nullptr, false, {});
        const NodeId head = block().nodes.front(), exit = borderOf(spec(), block()).exit;
        QCOMPARE(change.shownLayer(head), exit);
        QCOMPARE(change.figures(head)->own, (*picture)->divergence.at(exit));
        QVERIFY(change.edge(head, {}).has_value());
        QVERIFY(change.slotHeight(head) > 150);
        QVERIFY(colours(paint(change, head)) > 4);
        const QRectF slot(0, 0, kWidth, change.slotHeight(head));
        const QString below = change.hint(slot, head, slot.bottomLeft() + QPointF(10, -10));
        QVERIFY2(below.startsWith(QStringLiteral("output of block %1: ").arg(text(block().name))) && below.contains(QStringLiteral("this image")), qPrintable(below));
        fold(false);  // its first layer again
        QCOMPARE(change.shownLayer(head), shownLayer(spec(), analysis(), head));
        QVERIFY(!change.hint(slot, head, slot.bottomLeft() + QPointF(10, -10)).contains(QStringLiteral("block")));
    }

    void measureSumsTheLayers_data() { everyKind(); }
    void measureSumsTheLayers() {
        open();
        auto card = std::make_shared<LaserCard>();
        card->work = layerWork(spec(), analysis());
        card->priceEnergy({});
        const LayerMetric& macs = *findLayerMetric("macs");
        HeatDecorator heat(m_theme, m_bench->document.network());
        heat.show(card, macs, 1, 1, {});
        heat.beginLayout();
        const NodeId head = block().nodes.front();
        double sum = 0;
        for (const NodeId layer : block().nodes) sum += static_cast<double>(analysis().find(layer)->cost.macs);
        QVERIFY(sum > static_cast<double>(analysis().find(head)->cost.macs));
        QCOMPARE(*heat.cardValue(head, macs), sum);
        QVERIFY(heat.slotHeight(head) > 100);
        QVERIFY(colours(paint(heat, head)) > 2);
        const QRectF slot(0, 0, kWidth, heat.slotHeight(head));
        const QString words = QStringLiteral("sum over the %1 layers of block %2\n").arg(block().nodes.size()).arg(text(block().name));
        QVERIFY2(heat.hint(slot, head, slot.center()).startsWith(words), qPrintable(heat.hint(slot, head, slot.center())));
        // Opened, the layers count for themselves: the next layout knows.
        fold(false);
        heat.beginLayout();
        QCOMPARE(*heat.cardValue(head, macs), static_cast<double>(analysis().find(head)->cost.macs));
    }

    void compressSumsWeightsAndShowsEachLayer_data() { everyKind(); }
    void compressSumsWeightsAndShowsEachLayer() {
        open();
        const auto network = std::make_shared<const NetworkSpec>(spec());
        CompressionPlan plan;
        std::vector<NodeId> inside;
        for (const NodeId layer : compressibleLayers(spec()))
            if (std::find(block().nodes.begin(), block().nodes.end(), layer) != block().nodes.end()) inside.push_back(layer);
        QVERIFY(inside.size() >= 2);
        plan.layers[inside.front()] = {.sparsity = 0.5, .bits = 4};
        plan.layers[inside.back()] = {.sparsity = 0.75, .bits = 8};
        const auto laid = layPlan({network, weights(), nullptr}, plan);
        QVERIFY2(laid.ok(), laid.ok() ? "" : laid.error().sentence().c_str());
        PlanDecorator decorator(m_theme, m_bench->document.network());
        decorator.show(*laid, false, {});
        const NodeId head = block().nodes.front();
        const auto layers = decorator.layers(head);
        QCOMPARE(layers.size(), inside.size());
        const LayerFigures sum = sumOf(layers);
        std::int64_t weights = 0, kept = 0, bytes = 0;
        for (const NodeId layer : inside) {
            weights += (*laid)->figures.find(layer)->weights;
            kept += (*laid)->figures.find(layer)->kept;
            bytes += (*laid)->figures.find(layer)->bytes;
        }
        QVERIFY(kept < weights);
        QCOMPARE(sum.weights, weights);
        QCOMPARE(sum.kept, kept);
        QCOMPARE(sum.bytes, bytes);
        QCOMPARE(bitsRangeText(layers), std::string(inside.size() > 2 ? "4–32 bit" : "4–8 bit"));
        const QRectF slot(0, 0, kWidth, decorator.slotHeight(head));
        const QString below = decorator.hint(slot, head, slot.bottomLeft() + QPointF(10, -40));
        QVERIFY2(below.startsWith(QStringLiteral("sum over the ")) &&
                     below.contains(QStringLiteral("%1 of %2 weights kept").arg(text(countText(kept)), text(countText(weights)))), qPrintable(below));
        const QString first = decorator.hint(slot, head, PlanDecorator::layerRow(PlanDecorator::pictureArea(slot), 0).center());
        QVERIFY2(first.contains(text(layers.front()->name) + ": "), qPrintable(first));
        // A bar for the layer, its second half pruned.
        const QImage image = paint(decorator, head);
        const QRectF row = PlanDecorator::layerRow(PlanDecorator::pictureArea(slot), 0);
        std::int64_t most = 1;
        for (const LayerFigures* each : layers) most = std::max(most, each->weights);
        const double length = row.width() * static_cast<double>(layers.front()->weights) / static_cast<double>(most);
        const int y = static_cast<int>(row.top()) + 16;
        if (length > 16) {
            QCOMPARE(image.pixelColor(static_cast<int>(row.left() + 0.2 * length), y), toQColor(m_theme.current().series[3]));
            QVERIFY(image.pixelColor(static_cast<int>(row.left() + 0.8 * length), y) != toQColor(m_theme.current().series[3]));
        }
        fold(false);
        QCOMPARE(decorator.layers(inside.front()).size(), std::size_t{1});
    }

    void trainShowsTheLargestWeights_data() { everyKind(); }
    void trainShowsTheLargestWeights() {
        open();
        WeightsDecorator decorator(m_theme, m_bench->document.network());
        decorator.setWeights(weights());
        const NodeId head = block().nodes.front(), shown = decorator.shownLayer(head);
        QVERIFY(shown);
        for (const NodeId layer : block().nodes) QVERIFY(analysis().find(layer)->cost.parameters <= analysis().find(shown)->cost.parameters);
        QVERIFY(decorator.slotHeight(head) > 100);
        QVERIFY(colours(paint(decorator, head)) > 4);
        QVERIFY(decorator.hint({}, head, {}).contains(QStringLiteral("weights of %1").arg(text(spec().node(shown)->name))));
        fold(false);
        QCOMPARE(decorator.shownLayer(shown), shown);
        QVERIFY(decorator.hint({}, shown, {}).isEmpty());
    }

    void notesAreForBlocksOnly() {
        m_bench = std::make_unique<ImageBench>();
        m_bench->open(withBlock("fire"));
        const NodeId input = analysis().input;
        QVERIFY(blockOutputNote(spec(), input, input).isEmpty());
        QVERIFY(blockSumNote(spec(), input).isEmpty());
        QCOMPARE(withNote({}, QStringLiteral("a")), QStringLiteral("a"));
        QCOMPARE(withNote(QStringLiteral("b"), {}), QStringLiteral("b"));
        QCOMPARE(withNote(QStringLiteral("b"), QStringLiteral("a")), QStringLiteral("b\na"));
    }

    void cleanup() { m_bench.reset(); }

  private:
    static void everyKind() {
        QTest::addColumn<QString>("kind");
        for (const char* kind : kKinds) QTest::newRow(kind) << kind;
    }
    void open() {
        QFETCH(QString, kind);
        m_bench = std::make_unique<ImageBench>();
        m_bench->open(withBlock(kind.toStdString()));
        QVERIFY(isFolded(spec(), block()));
        QVERIFY(!analysis().hasErrors());
    }
    const NetworkSpec& spec() const { return m_bench->document.network().spec(); }
    const Analysis& analysis() const { return m_bench->document.network().analysis(); }
    const Block& block() const { return spec().blocks().front(); }
    void fold(bool folded) {
        m_bench->document.network().edit(QStringLiteral("Fold"), [&](NetworkSpec& edited) { setFolded(edited, std::string(edited.blocks().front().name), folded); });
    }
    WeightSetPtr weights() const { return std::make_shared<const WeightSet>(initialWeights(spec(), analysis(), 7)); }
    ActivationSnapshotPtr probed() const {
        auto probe = ActivationProbe::create(spec()).value();
        [[maybe_unused]] const Status bound = probe->bind(weights());
        return probe->run(trainedTiny().image(Split::Test, 0)->view()).value();
    }
    static QString text(const std::string& words) { return QString::fromStdString(words); }
    QImage paint(const CardDecorator& decorator, NodeId head) const {
        QImage image(kWidth, decorator.slotHeight(head), QImage::Format_RGB32);
        image.fill(toQColor(m_theme.current().bg3));
        QPainter painter(&image);
        decorator.paint(painter, QRectF(0, 0, image.width(), image.height()), head);
        return image;
    }
    static std::size_t colours(const QImage& image) {
        std::set<QRgb> found;
        for (int y = 0; y < image.height(); y += 2)
            for (int x = 0; x < image.width(); x += 2) found.insert(image.pixel(x, y));
        return found.size();
    }

    Theme m_theme{ThemeMode::Dark};
    std::unique_ptr<ImageBench> m_bench;
};

QTEST_MAIN(TestBlockPictures)
#include "tst_block_pictures.moc"

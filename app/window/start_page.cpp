#include "app/window/start_page.h"

#include <QDateTime>
#include <QFile>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QPainter>
#include <QPainterPath>
#include <QPushButton>
#include <QToolButton>
#include <QVBoxLayout>

#include "app/lab_document.h"
#include "app/window/preset_gallery.h"
#include "app/window/start_card.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

constexpr int kPageWidth = 1240;
constexpr int kCardGap = 16;
constexpr int kRecentRows = 4;

QString whenText(const QDateTime& time) {
    const qint64 days = time.date().daysTo(QDate::currentDate());
    if (days == 0) return time.toString(QStringLiteral("HH:mm"));
    if (days == 1) return StartPage::tr("yesterday");
    return time.toString(QStringLiteral("yyyy-MM-dd"));
}

}  // namespace

StartPage::StartPage(Theme& theme, QWidget* parent) : QWidget(parent), m_theme(theme) {
    setObjectName(QStringLiteral("startPage"));
    auto* outer = new QHBoxLayout(this);
    auto* page = new QWidget;
    page->setMaximumWidth(kPageWidth);
    page->setMinimumWidth(720);
    outer->addStretch(1);
    outer->addWidget(page, 1000);
    outer->addStretch(1);
    auto* column = new QVBoxLayout(page);
    column->setContentsMargins(24, 0, 24, 0);
    column->setSpacing(0);
    column->addStretch(1);

    auto* title = new QLabel(QStringLiteral("Convolab"));
    title->setFont(m_theme.font(FontRole::StartPage));
    auto* subtitle = new QLabel(tr("Build a network, watch it learn, look inside, compress it, break it, export it."));
    subtitle->setProperty("role", "caption");
    subtitle->setFont(m_theme.font(FontRole::Name));
    column->addWidget(title);
    column->addSpacing(2);
    column->addWidget(subtitle);
    column->addSpacing(16);
    column->addLayout(buildCards());
    column->addSpacing(20);
    column->addLayout(buildLists(), 12);
    column->addSpacing(12);
    connect(&m_theme, &Theme::changed, this, [this] { refreshRecent(m_openFile); });
    refreshRecent();
}

QHBoxLayout* StartPage::buildCards() {
    auto* cards = new QHBoxLayout;
    cards->setSpacing(kCardGap);
    auto* lenet = new StartCard(m_theme, StartArt::Digits, tr("LeNet on digits"),
                                tr("Trains at once on handwritten digits that are built in. Watch the loss fall."),
                                tr("81,194 parameters"), QStringLiteral("↵"));
    lenet->setObjectName(QStringLiteral("lenetCard"));
    auto* compress = new StartCard(m_theme, StartArt::Compress, tr("Compress a network"),
                                   tr("Cut weights away and watch the accuracy. How small does it get before it forgets?"),
                                   tr("LeNet, trains first"), QStringLiteral("2"));
    compress->setObjectName(QStringLiteral("compressCard"));
    auto* fool = new StartCard(m_theme, StartArt::Attack, tr("Fool a network"),
                               tr("A faint, computed pattern turns one digit into another. Then defend the network."),
                               tr("LeNet, trains first"), QStringLiteral("3"));
    fool->setObjectName(QStringLiteral("foolCard"));
    auto* empty = new StartCard(m_theme, StartArt::Network, tr("Empty network"),
                                tr("An input and an output. Drag layers between them, or begin with one of the networks below."),
                                tr("your own"), QStringLiteral("4"));
    empty->setObjectName(QStringLiteral("emptyCard"));
    auto* open = new StartCard(m_theme, StartArt::File, tr("Open"), tr("A Convolab document with its network, runs and weights, or a JSON network."),
                               QStringLiteral(".convolab · .packed · .json"), QStringLiteral("5"));
    open->setObjectName(QStringLiteral("openCard"));
    connect(lenet, &QAbstractButton::clicked, this, &StartPage::lenetChosen);
    connect(compress, &QAbstractButton::clicked, this, &StartPage::compressChosen);
    connect(fool, &QAbstractButton::clicked, this, &StartPage::foolChosen);
    connect(empty, &QAbstractButton::clicked, this, &StartPage::emptyChosen);
    connect(open, &QAbstractButton::clicked, this, &StartPage::openChosen);
    for (StartCard* card : {lenet, compress, fool, empty, open}) cards->addWidget(card);
    setFocusProxy(lenet);
    return cards;
}

/// The networks, and beside them the recent files where there are any.
QHBoxLayout* StartPage::buildLists() {
    auto* lists = new QHBoxLayout;
    lists->setSpacing(2 * kCardGap);
    m_gallery = new PresetGallery(m_theme);
    connect(m_gallery, &PresetGallery::presetChosen, this, &StartPage::presetChosen);
    connect(m_gallery, &PresetGallery::searchLeft, this, [this] { setFocus(); });
    lists->addWidget(m_gallery, 8);
    m_recent = new QWidget;
    m_recentRows = new QVBoxLayout(m_recent);
    m_recentRows->setContentsMargins(0, 4, 0, 0);
    m_recentRows->setSpacing(0);
    lists->addWidget(m_recent, 3);
    return lists;
}

void StartPage::searchNetworks() { m_gallery->startSearch(); }

void StartPage::refreshRecent(const QString& openFile) {
    m_openFile = openFile;
    while (QLayoutItem* item = m_recentRows->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    const QStringList named = recentFiles();
    const QStringList unnamed = unnamedDocuments();
    m_recent->setVisible(!named.isEmpty() || !unnamed.isEmpty());
    addRecent(tr("Recent"), named.mid(0, kRecentRows), false);
    addRecent(tr("Without a name"), unnamed.mid(0, kRecentRows), true);
    m_recentRows->addStretch(1);
}

void StartPage::addRecent(const QString& heading, const QStringList& files, bool unnamed) {
    if (files.isEmpty()) return;
    if (m_recentRows->count() > 0) m_recentRows->addSpacing(16);
    auto* label = new QLabel(heading);
    label->setFont(m_theme.font(FontRole::Name));
    m_recentRows->addWidget(label);
    m_recentRows->addSpacing(4);
    for (const QString& file : files) m_recentRows->addWidget(recentRow(file, unnamed));
}

QWidget* StartPage::recentRow(const QString& file, bool unnamed) {
    const QFileInfo info(file);
    auto* row = new QWidget;
    auto* layout = new QHBoxLayout(row);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(4);
    auto* open = new QPushButton;
    open->setProperty("role", "flat");
    open->setAccessibleName(tr("Open %1").arg(info.completeBaseName()));
    open->setToolTip(file);
    auto* inside = new QHBoxLayout(open);
    inside->setContentsMargins(6, 0, 8, 0);
    inside->setSpacing(10);
    auto* icon = new QLabel;
    icon->setPixmap(iconPixmap(QStringLiteral("file"), m_theme.current().text2, metrics::kIcon, devicePixelRatioF()));
    auto* name = new QLabel(info.completeBaseName());
    auto* when = new QLabel(file == m_openFile ? tr("open") : whenText(info.lastModified()));
    name->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);  // a long one is cut off, with its tooltip
    when->setProperty("role", "muted");
    for (QLabel* label : {icon, name, when}) {
        label->setAttribute(Qt::WA_TransparentForMouseEvents);
        inside->addWidget(label, label == name ? 1 : 0);
    }
    connect(open, &QPushButton::clicked, this, [this, file] { emit fileChosen(file); });
    layout->addWidget(open, 1);
    if (unnamed && file != m_openFile) {
        auto* discard = new QToolButton;
        discard->setProperty("role", "icon");
        discard->setIcon(m_theme.icon(QStringLiteral("trash")));
        discard->setToolTip(tr("Move to the trash"));
        discard->setAccessibleName(tr("Discard %1").arg(info.completeBaseName()));
        connect(discard, &QToolButton::clicked, this, [this, file] {
            if (QFile::moveToTrash(file)) QMetaObject::invokeMethod(this, [this] { refreshRecent(m_openFile); }, Qt::QueuedConnection);
        });
        layout->addWidget(discard);
    }
    return row;
}

void StartPage::keyPressEvent(QKeyEvent* event) {
    switch (event->key()) {
        case Qt::Key_Return:
        case Qt::Key_Enter:
        case Qt::Key_1: emit lenetChosen(); return;
        case Qt::Key_2: emit compressChosen(); return;
        case Qt::Key_3: emit foolChosen(); return;
        case Qt::Key_4: emit emptyChosen(); return;
        case Qt::Key_5: emit openChosen(); return;
        case Qt::Key_Slash: searchNetworks(); return;
        default: break;
    }
    // Who types a word is looking for a network.
    const QString typed = event->text();
    const bool word = typed.size() == 1 && typed.front().isLetter() && !(event->modifiers() & (Qt::ControlModifier | Qt::AltModifier));
    word ? m_gallery->startSearch(typed) : QWidget::keyPressEvent(event);
}

void StartPage::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const Tokens& colors = m_theme.current();
    painter.fillRect(rect(), toQColor(colors.bg2));
    painter.setPen(Qt::NoPen);
    painter.setBrush(toQColor(colors.dot));
    for (int y = metrics::kCanvasDots; y < height(); y += metrics::kCanvasDots) {
        for (int x = metrics::kCanvasDots; x < width(); x += metrics::kCanvasDots) painter.drawRect(x, y, 1, 1);
    }
}

}  // namespace convolab

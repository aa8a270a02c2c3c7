#include "app/report/report_style.h"

#include "widgets/theme/tokens.h"

namespace convolab {

namespace {

constexpr const char* kRules = R"(
*{box-sizing:border-box}
body{background:var(--bg);color:var(--text1);font:14px/20px Roboto,'DejaVu Sans',sans-serif;margin:0}
main{max-width:1216px;margin:0 auto;padding:32px}
h1{font-size:26px;line-height:32px;font-weight:600;margin:0;overflow-wrap:anywhere}
h2{font-size:13px;line-height:20px;font-weight:600;margin:0 0 8px}
p{color:var(--text2);margin:4px 0 0}
.grid{display:grid;gap:16px;margin-top:16px;align-items:start}
.keys{grid-template-columns:repeat(auto-fit,minmax(160px,1fr));align-items:stretch}
.two{grid-template-columns:repeat(auto-fit,minmax(min(100%,480px),1fr))}
.stack{display:grid;gap:16px;min-width:0}
.panel{background:var(--panel);border:1px solid var(--line);border-radius:7px;padding:16px;min-width:0;overflow-x:auto}
.picture{padding:4px 4px 8px}
.key{color:var(--text3);font-size:12px;line-height:16px}
.key b{display:block;color:var(--text1);font-size:19px;line-height:26px;font-weight:600;white-space:nowrap}
.caption{color:var(--text3);font-size:12px;line-height:16px;margin:0;padding:0 12px 8px}
table{border-collapse:collapse;font-size:13px;width:100%}
th,td{padding:4px 24px 4px 0;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
tr:last-child th,tr:last-child td{border-bottom:0}
th:last-child,td:last-child{padding-right:0}
th{color:var(--text3);font-weight:400;white-space:nowrap}
td{overflow-wrap:anywhere}
.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.total td{color:var(--text1);font-weight:600}
pre{margin:0;font:12.5px/20px 'DejaVu Sans Mono',monospace;white-space:pre-wrap}
pre span{white-space:nowrap}
svg{display:block}
.fluid svg{width:100%;height:auto}
.fit svg{max-width:100%;height:auto}
.narrow{display:none}
@media (max-width:560px){main{padding:20px 12px}.keys{grid-template-columns:1fr 1fr}.wide{display:none}.narrow{display:block}th,td{padding-right:12px}}
)";

std::string variables(ThemeMode mode) {
    const Tokens& t = tokens(mode);
    return ":root{--bg:" + hexText(t.bg0) + ";--panel:" + hexText(t.bg1) + ";--line:" + hexText(t.line) +
           ";--text1:" + hexText(t.text1) + ";--text2:" + hexText(t.text2) + ";--text3:" + hexText(t.text3) +
           "}";
}

}  // namespace

std::string reportStyle() {
    return ":root{color-scheme:light dark}" + variables(ThemeMode::Light) +
           ".dark{display:none}\n@media (prefers-color-scheme:dark){" + variables(ThemeMode::Dark) +
           ".light{display:none}.dark{display:block}}" + kRules;
}

}  // namespace convolab

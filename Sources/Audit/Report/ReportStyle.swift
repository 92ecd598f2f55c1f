/// The report's style sheet: for screens in light and dark, for paper, wide and narrow. It loads nothing.
enum ReportStyle {
    static let css = """
        :root{color-scheme:light dark;--ink:#1b1f24;--soft:#5b6470;--paper:#fff;--card:#f5f6f8;--rule:#d9dde3;
        --good:#2b6f9e;--bad:#b3492d;--c0:#2b6f9e;--c1:#d08a1d;--c2:#4c8c4a;--c3:#8a5aa8;--c4:#b3492d;--c5:#3f9a97;
        --c6:#a34a74;--c7:#868e99}
        @media (prefers-color-scheme:dark){:root{--ink:#e6e9ed;--soft:#a2abb6;--paper:#14171b;--card:#1e2228;
        --rule:#353b44;--good:#6cb0dd;--bad:#ec8a6c;--c0:#6cb0dd;--c1:#e9b356;--c2:#86c183;--c3:#bf97d8;--c4:#ec8a6c;
        --c5:#74cbc7;--c6:#d98ab0;--c7:#9aa3ae}}
        *{box-sizing:border-box}
        body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,"Segoe UI","Liberation Sans",
        sans-serif}
        main{max-width:50rem;margin:0 auto;padding:2.5rem 1.25rem 4rem}
        h1{font-size:1.75rem;line-height:1.2;margin:0 0 .25rem}
        h2{font-size:1.2rem;margin:2.75rem 0 .25rem;line-height:1.3}
        p{margin:.4rem 0}.soft,figcaption,caption,summary,dt{color:var(--soft)}
        code{font:.85em/1.4 ui-monospace,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
        .facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(9.5rem,1fr));gap:.75rem;margin:1.5rem 0;
        padding:0;list-style:none}
        .facts li{background:var(--card);border-radius:.5rem;padding:.7rem .9rem}
        .facts b{display:block;font-size:1.45rem;line-height:1.25;font-variant-numeric:tabular-nums}
        .facts span{color:var(--soft);font-size:.85rem}
        .note{border-left:.25rem solid var(--good);background:var(--card);padding:.7rem 1rem;border-radius:0 .5rem .5rem 0}
        .note.warn{border-color:var(--bad)}
        figure{margin:.75rem 0}figcaption{font-size:.875rem}
        .scroll{overflow-x:auto;max-width:100%}
        svg{display:block;width:100%;min-width:36rem;height:auto;font:12px system-ui,"Segoe UI","Liberation Sans",sans-serif}
        .t{fill:var(--soft)}.strong{fill:var(--ink)}.axis{stroke:var(--soft)}.grid{stroke:var(--rule)}
        .good{fill:var(--good)}.bad{fill:var(--bad)}
        .step{fill:none;stroke-width:2}.given{stroke:var(--good)}.ended{stroke:var(--bad);stroke-dasharray:6 3}
        .given-text{fill:var(--good);font-weight:600}.ended-text{fill:var(--bad);font-weight:600}
        .c0{fill:var(--c0)}.c1{fill:var(--c1)}.c2{fill:var(--c2)}.c3{fill:var(--c3)}.c4{fill:var(--c4)}.c5{fill:var(--c5)}
        .c6{fill:var(--c6)}.c7{fill:var(--c7)}
        .key{display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;margin:.5rem 0;padding:0;list-style:none;font-size:.875rem}
        .key svg{display:inline-block;width:.8rem;min-width:0;height:.8rem;margin-right:.4rem;vertical-align:-1px}
        table{border-collapse:collapse;width:100%;font-size:.875rem;font-variant-numeric:tabular-nums;margin:.5rem 0}
        caption{text-align:left;font-size:.875rem;padding-bottom:.3rem}
        th,td{text-align:left;vertical-align:top;padding:.3rem 1.2rem .3rem 0;border-bottom:1px solid var(--rule);
        overflow-wrap:break-word;max-width:18rem}
        thead th{font-weight:600;border-bottom-color:var(--soft)}tbody th{font-weight:400}
        td:last-child,th:last-child{padding-right:0}
        .n{text-align:right}.n,time,td code,th code{white-space:nowrap}
        .slim{width:auto;min-width:20rem}
        summary{cursor:pointer;font-size:.875rem;padding:.2rem 0}
        footer{margin-top:3rem;border-top:1px solid var(--rule);padding-top:1rem;font-size:.875rem}
        dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem;margin:.5rem 0}dd{margin:0;min-width:0}
        @media (max-width:40rem){main{padding-top:1.5rem}dl{grid-template-columns:1fr}dd{margin-bottom:.4rem}}
        @page{margin:12mm}
        @media print{body{font-size:9pt;line-height:1.3}main{max-width:none;padding:0}h1{font-size:15pt}
        h2{break-after:avoid;font-size:11pt;margin-top:5mm}figure,tr,.note,.facts{break-inside:avoid}
        figure{max-width:130mm;margin:2mm 0}.facts{gap:2mm;margin:3mm 0}.facts li{padding:1mm 2mm}.facts b{font-size:11pt}
        table{font-size:7.5pt;line-height:1.2}th,td{padding:.3mm 4mm .3mm 0}footer{margin-top:5mm}
        .scroll{overflow:visible}svg{min-width:0}details::details-content{content-visibility:visible;display:block}
        *{print-color-adjust:exact}}
        """
}

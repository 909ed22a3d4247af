import { escapeHtml } from './untrusted.ts';

const STYLE = `
:root { color-scheme: light dark; --page: #f6f8fa; --card: #ffffff; --text: #1f2328; --quiet: #59636e; --line: #d1d9e0; --link: #0969da;
  --good: #1a7f37; --bad: #cf222e; --busy: #9a6700; --note: #0969da; --added: #dafbe1; --removed: #ffebe9; --code: #eff2f5; --merged: #8250df }
@media (prefers-color-scheme: dark) { :root { --page: #010409; --card: #0d1117; --text: #f0f6fc; --quiet: #9198a1; --line: #3d444d; --link: #4493f8;
  --good: #3fb950; --bad: #f85149; --busy: #d29922; --note: #4493f8; --added: #12361f; --removed: #4a1719; --code: #1b2129; --merged: #ab7df8 } }
* { box-sizing: border-box }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere }
main { max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem 4rem }
a { color: var(--link) }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .5rem } h1 .number { color: var(--quiet); font-weight: 400 }
h2 { font-size: 1rem; margin: 2rem 0 .5rem } h3 { font-size: 1.1rem; margin: 0 0 .75rem } h4, h5, h6 { font-size: 1rem; margin: 1rem 0 .5rem }
p { margin: 0 0 .75rem } ul, ol { margin: 0 0 .75rem; padding-left: 1.5rem }
.quiet, time { color: var(--quiet); font-size: .875rem }
.badge { display: inline-block; padding: .1rem .6rem; border: 1px solid currentColor; border-radius: 1rem; font-size: .875rem; font-weight: 600 }
.open, .success { color: var(--good) } .failure, .error, .timed_out { color: var(--bad) } .merged { color: var(--merged) }
.pending, .in_progress, .queued, .action_required { color: var(--busy) } .closed, .neutral, .skipped, .cancelled { color: var(--quiet) }
article, .card { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; margin: 1rem 0 }
article > header { padding: .5rem 1rem; border-bottom: 1px solid var(--line); font-size: .9rem } article > header strong { font-weight: 600 }
article > .body, .card > .body { padding: 1rem } .body > :last-child { margin-bottom: 0 }
.event { color: var(--quiet); border-left: 2px solid var(--line); margin: 1rem 0 1rem 1rem; padding-left: 1rem }
.table { overflow-x: auto; margin: 0 0 .75rem; overflow-wrap: normal } table { border-collapse: collapse; font-size: .9rem } th, td { border: 1px solid var(--line); padding: .35rem .7rem; text-align: left }
td.right, th.right { text-align: right } td.center, th.center { text-align: center }
code { font: .85em/1.45 ui-monospace, monospace; background: var(--code); padding: .15em .35em; border-radius: .3em }
pre { background: var(--code); padding: .8rem; border-radius: .4rem; overflow-x: auto; margin: 0 0 .75rem; overflow-wrap: normal } pre code { background: none; padding: 0; white-space: pre }
.added { background: var(--added) } .removed { background: var(--removed) } .hunk { color: var(--quiet) }
blockquote { margin: 0 0 .75rem; padding: 0 1rem; border-left: .25rem solid var(--line); color: var(--quiet) }
.alert { margin: 0 0 .75rem; padding: .5rem 1rem; border-left: .25rem solid var(--note) } .alert > :last-child { margin-bottom: 0 } .alert-title { font-weight: 600; color: var(--note) }
.alert.caution { border-color: var(--bad) } .caution .alert-title { color: var(--bad) } .alert.warning { border-color: var(--busy) } .warning .alert-title { color: var(--busy) } .alert.tip { border-color: var(--good) } .tip .alert-title { color: var(--good) }
details { margin: 0 0 .75rem } li > details:not([open]) { margin: 0 } details[open] > summary { margin-bottom: .5rem } summary { cursor: pointer } summary:focus-visible, a:focus-visible { outline: 2px solid var(--link); outline-offset: 2px }
sub { vertical-align: baseline; font-size: .8rem; color: var(--quiet) } hr { border: 0; border-top: 1px solid var(--line) }
.list { list-style: none; padding: 0; margin: 0 } .list > li { padding: .75rem 1rem; border-top: 1px solid var(--line) } .list > li:first-child { border-top: 0 }
`;

/** A whole page. `body` is HTML already. */
export function htmlPage(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`;
}

/** A page that holds one report. `body` is HTML already. */
export function articlePage(title: string, body: string): string {
  return htmlPage(title, `<article><div class="body">${body}</div></article>`);
}

/** ISO time for people and machines. */
export function timeTag(iso: string): string {
  return `<time datetime="${escapeHtml(iso)}">${escapeHtml(iso.replace('T', ' ').replace(/(?:\.\d+)?Z$/, ' UTC'))}</time>`;
}
